// Addresses as text and bytes, and which of them are on the public Internet.
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

/// Its bytes in hexadecimal, or "" when it is refused.
std::string hex_of(std::string_view text) {
  const auto address = IpAddress::parse(text);
  std::string hex;
  for (std::size_t i = 0; address && i < (address->is_v6 ? 16U : 4U); ++i) {
    hex += "0123456789abcdef"[address->bytes[i] >> 4];
    hex += "0123456789abcdef"[address->bytes[i] & 0xf];
  }
  return hex;
}

bool is_private(std::string_view text) {
  const auto address = IpAddress::parse(text);
  INFO(text);
  REQUIRE(address);
  return address->is_private();
}

bool is_loopback(std::string_view text) { return IpAddress::parse(text)->is_loopback(); }

}  // namespace

TEST_CASE("ip address: IPv4 is four decimal numbers", "[discovery]") {
  CHECK(hex_of("192.0.2.1") == "c0000201");
  CHECK(hex_of("0.0.0.0") == "00000000");
  CHECK(hex_of("255.255.255.255") == "ffffffff");
  for (const char* text :
       {"",         "1",          "1.2.3",     "1.2.3.4.5",  "1.2.3.4.",   ".1.2.3.4",
        "1..3.4",   "256.0.0.1",  "1.2.3.999", "1.2.3.1000", "01.2.3.4",   "1.2.3.00",
        "1.2.3.04", "0x7f.0.0.1", "1.2.3.a",   "1.2.3.4 ",   " 1.2.3.4",   "1.2.3.4\n",
        "+1.2.3.4", "-1.2.3.4",   "127.1",     "2130706433", "0177.0.0.1", "1.2.3.4/8"}) {
    INFO(text);
    CHECK(hex_of(text).empty());
  }
  CHECK(hex_of(std::string_view("1.2.3.4\0", 8)).empty());
}

TEST_CASE("ip address: IPv6 as RFC 4291 section 2.2 writes it", "[discovery]") {
  CHECK(hex_of("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789") == "abcdef0123456789abcdef0123456789");
  CHECK(hex_of("2001:DB8::8:800:200C:417A") == "20010db80000000000080800200c417a");
  CHECK(hex_of("FF01::101") == "ff010000000000000000000000000101");
  CHECK(hex_of("::1") == "00000000000000000000000000000001");
  CHECK(hex_of("::") == "00000000000000000000000000000000");
  CHECK(hex_of("1::") == "00010000000000000000000000000000");
  CHECK(hex_of("1:2:3:4:5:6:7::") == "00010002000300040005000600070000");
  CHECK(hex_of("::2:3:4:5:6:7:8") == "00000002000300040005000600070008");
  CHECK(hex_of("0:0:0:0:0:0:13.1.68.3") == "0000000000000000000000000d014403");
  CHECK(hex_of("::FFFF:129.144.52.38") == "00000000000000000000ffff81903426");
  CHECK(hex_of("1:2::3:4.5.6.7") == "00010002000000000000000304050607");
  for (const char* text : {":",
                           ":::",
                           "::1::",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:",
                           "1:2:3:4:5:6:7:8:9",
                           ":1",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "1:2:3:4::5:6:7:8",
                           "12345::",
                           "::g",
                           "::1%eth0",
                           "::1%25eth0",
                           "[::1]",
                           "::1 ",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3.256",
                           "::01.2.3.4",
                           "::1\n",
                           "::/0",
                           ":1::",
                           "1:",
                           "v1.fe80::a"}) {
    INFO(text);
    CHECK(hex_of(text).empty());
  }
}

TEST_CASE("ip address: from the bytes of a resolver", "[discovery]") {
  const auto v4 = IpAddress::from_bytes("\x7f\x01\x02\xff");
  REQUIRE(v4);
  CHECK((!v4->is_v6 && v4->is_loopback() && v4->bytes[3] == 0xff));
  const auto v6 = IpAddress::from_bytes(from_hex("20010db8000000000000000000000001"));
  REQUIRE(v6);
  CHECK((v6->is_v6 && v6->is_private() && !v6->is_loopback()));
  for (const std::size_t size : {0U, 1U, 3U, 5U, 15U, 17U})
    CHECK_FALSE(IpAddress::from_bytes(std::string(size, '\1')));
}

TEST_CASE("ip address: each network that is not public, at both its ends", "[discovery]") {
  struct Row {
    const char *before, *first, *last, *after;  // before and after are public; null: there is none
  };
  const Row rows[] = {
      {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr},
      {nullptr, "240.0.0.0", "255.255.255.255", nullptr},
      {nullptr, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
      {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
      {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
       "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
      {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
      {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
      {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
  };
  for (const Row& row : rows) {
    CHECK(is_private(row.first));
    CHECK(is_private(row.last));
    if (row.before != nullptr) CHECK_FALSE(is_private(row.before));
    if (row.after != nullptr) CHECK_FALSE(is_private(row.after));
  }
  // Those that one looks for by name.
  for (const char* text : {"127.0.0.1", "169.254.169.254", "255.255.255.255", "::1", "fe80::1",
                           "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "100::1",
                           "64:ff9b:1::808:808", "::808:808", "::ffff:0:808:808", "2002:7f00:1::"})
    CHECK(is_private(text));
  for (const char* text :
       {"8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"})
    CHECK_FALSE(is_private(text));
}

TEST_CASE("ip address: an IPv4 address in IPv6 is judged as itself", "[discovery]") {
  for (const std::string prefix : {"::ffff:", "64:ff9b::"}) {
    for (const char* text : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"})
      CHECK(is_private(prefix + text));
    CHECK_FALSE(is_private(prefix + "8.8.8.8"));
    CHECK(is_loopback(prefix + "127.0.0.1"));
    CHECK_FALSE(is_loopback(prefix + "8.8.8.8"));
  }
}

TEST_CASE("ip address: loopback", "[discovery]") {
  for (const char* text : {"127.0.0.1", "127.255.255.254", "::1"}) CHECK(is_loopback(text));
  for (const char* text : {"126.0.0.1", "128.0.0.1", "0.0.0.0", "::", "::2", "1::1", "::127.0.0.1"})
    CHECK_FALSE(is_loopback(text));
}
