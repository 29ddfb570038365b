// URLs, as strictly as every client reads them alike.
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

TEST_CASE("url: taken apart", "[discovery]") {
  const auto url = Url::parse("https://id.example:8443/a/b?c=d");
  REQUIRE(url);
  CHECK(url->is_https);
  CHECK(url->origin == "https://id.example:8443");
  CHECK(url->host == "id.example");
  CHECK_FALSE(url->address);
  CHECK(url->port == 8443);
  CHECK(url->path == "/a/b");
  CHECK(url->has_query);

  const auto bare = Url::parse("http://[2001:db8::1]");
  REQUIRE(bare);
  CHECK_FALSE(bare->is_https);
  CHECK(bare->origin == "http://[2001:db8::1]");
  CHECK(bare->host == "2001:db8::1");
  REQUIRE(bare->address);
  CHECK(bare->address->is_v6);
  CHECK(bare->port == 80);
  CHECK(bare->path.empty());
  CHECK_FALSE(bare->has_query);

  CHECK(Url::parse("https://h")->port == 443);
  CHECK(Url::parse("https://h?")->has_query);
  CHECK(Url::parse("https://h?a/b?c")->path.empty());
  CHECK(Url::parse("https://127.0.0.1/")->address->is_loopback());
}

TEST_CASE("url: what is accepted", "[discovery]") {
  const std::string label(63, 'a');
  const std::string host = label + "." + label + "." + label + "." + std::string(61, 'b');
  for (const std::string& text :
       std::vector<std::string>{"https://a",
                                "https://id.example",
                                "https://ID.Example/",
                                "https://xn--bcher-kva.example",
                                "https://a_b.c-d.example",
                                "https://1.example",
                                "https://1a",
                                "https://0x7g",
                                "https://h:1",
                                "https://h:65535",
                                "https://192.0.2.1:443",
                                "https://[::ffff:1.2.3.4]:1",
                                "https://h/-._~!$&'()*+,;=:@/x",
                                "https://h/%20%2f%C3%A9",
                                "https://h//a//",
                                "https://h/...",
                                "https://h/a.b/..c",
                                "https://h/.well-known/x",
                                "https://h/%2e%2e%2e",
                                "https://h?../..",
                                "https://" + host,
                                "https://h/" + std::string(2048 - 10, 'a')}) {
    INFO(text);
    CHECK(Url::parse(text));
  }
}

TEST_CASE("url: what is refused", "[discovery]") {
  const std::string label(63, 'a');
  const std::string host = label + "." + label + "." + label + "." + std::string(62, 'b');
  for (const std::string& text : std::vector<std::string>{
           // schemes
           "", "h", "//h", "https:", "https:/h", "https:h", "HTTPS://h", "Https://h", "ftp://h",
           "file:///etc/passwd", "javascript:alert(1)", "data:,x", "ws://h", "https ://h",
           " https://h", "https:\\\\h", "xhttps://h",
           // authorities
           "https://", "https:///", "https:///h", "https://?q", "https://:443", "https://@h",
           "https://u@h", "https://u:p@h", "https://good@evil", "https://good:1@evil",
           "https://good%40evil", "https://good\\@evil", "https://h.", "https://.h", "https://a..b",
           "https://h .", "https://h,i", "https://h%2ei", "https://h\xc3\xa9", "https://h*",
           "https://" + host, "https://" + label + "a",
           // ports
           "https://h:", "https://h:0", "https://h:01", "https://h:65536", "https://h:99999",
           "https://h:123456", "https://h:a", "https://h:1a", "https://h: 1", "https://h:+1",
           "https://h:-1", "https://h:1:2",
           "https://192.0.2.1:", "https://[::1]:", "https://[::1]1", "https://[::1]:x",
           // addresses in disguise
           "https://1", "https://127.1", "https://2130706433", "https://0x7f000001",
           "https://0X7F.1", "https://0X7F000001", "https://0177.0.0.1", "https://127.0.0.01",
           "https://1.2.3.256", "https://1.2.3.4.5", "https://a.1", "https://a.0x",
           "https://127.0.0.1.", "https://[]", "https://[::1", "https://::1", "https://[1.2.3.4]",
           "https://[::1%25lo]", "https://[v1.a]", "https://[h]", "https://[::1]]",
           "https://[[::1]]", "https://h[::1]",
           // paths and queries
           "https://h/#", "https://h#f", "https://h/a#b", "https://h?a#b", "https://h/ ",
           "https://h/a b", "https://h/\t", "https://h/\n", "https://h\r\n/", "https://h/\x7f",
           "https://h/\x01", "https://h/\xc3\xa9", "https://h/\\", "https://h\\a", "https://h/\"",
           "https://h/<>", "https://h/[", "https://h/{}", "https://h/|", "https://h/^",
           "https://h/`", "https://h/%", "https://h/%2", "https://h/%2g", "https://h/%g2",
           "https://h?%", "https://h?a b",
           // dot segments
           "https://h/.", "https://h/..", "https://h/./a", "https://h/a/../b", "https://h/a/..",
           "https://h/%2e", "https://h/%2E%2e/b", "https://h/.%2e", "https://h/a/%2e./b",
           "https://h/..?q",
           // length
           "https://h/" + std::string(2048 - 9, 'a')}) {
    INFO(text);
    CHECK_FALSE(Url::parse(text));
  }
  CHECK_FALSE(Url::parse(std::string_view("https://h\0", 10)));
  CHECK_FALSE(Url::parse(std::string_view("https://h\0.evil", 15)));
}

TEST_CASE("url: no byte but those of RFC 3986", "[discovery]") {
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const bool is_letter = (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z' && octet < 128;
    const bool is_digit = octet >= '0' && octet <= '9';
    const bool is_known = is_letter || is_digit;
    const auto is_one_of = [&](std::string_view marks) { return marks.find(c) != marks.npos; };
    INFO(octet);
    CHECK(Url::parse(std::string("https://a") + c + "a").has_value() ==
          (is_known || is_one_of("-._/?")));
    CHECK(Url::parse(std::string("https://a/") + c + "a").has_value() ==
          (is_known || is_one_of("-._~!$&'()*+,;=:@/?")));
  }
}

TEST_CASE("url: loopback and private hosts", "[discovery]") {
  struct Row {
    const char* host;
    bool is_loopback, is_private;
  };
  const Row rows[] = {
      {"localhost", true, true},          {"LocalHost", true, true},
      {"a.localhost", true, true},        {"127.0.0.1", true, true},
      {"127.9.9.9", true, true},          {"[::1]", true, true},
      {"[::ffff:127.0.0.1]", true, true}, {"10.0.0.1", false, true},
      {"[fe80::1]", false, true},         {"0.0.0.0", false, true},
      {"169.254.169.254", false, true},   {"notlocalhost", false, false},
      {"localhost.evil", false, false},   {"id.example", false, false},
      {"8.8.8.8", false, false},          {"local", false, false},
  };
  for (const Row& row : rows) {
    const auto text = "http://" + std::string(row.host) + ":8080/x";
    const auto url = Url::parse(text);
    INFO(text);
    REQUIRE(url);
    CHECK(url->is_loopback() == row.is_loopback);
    CHECK(url->is_private() == row.is_private);
  }
}
