// http_get() against a server that says anything: what is taken, what is refused, and how soon.
#include <chrono>
#include <cstdlib>
#include <touchstone/http.hpp>

#include "http_server.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string fate_of(const std::string& url, const HttpOptions& options = {}) {
  return outcome(http_get(url, {}, options));
}

/// What becomes of one response, whatever its bytes are.
std::string fate_of_bytes(const std::string& bytes, const HttpOptions& options = {}) {
  const HttpServer server([&](Exchange& exchange) { exchange.send(bytes); });
  return fate_of(server.url(), options);
}

std::string redirect_to(const std::string& target) {
  return "HTTP/1.1 302 Found\r\nLocation: " + target + "\r\nContent-Length: 0\r\n\r\n";
}

double seconds_of(const std::function<void()>& work) {
  const auto since = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

/// What resolves to a private address without saying so, and without asking anybody: the machine's
/// own name.
std::string machine_name() {
  char name[256]{};
  REQUIRE(gethostname(name, sizeof name - 1) == 0);
  return name;
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("http: a response, and what the request says", "[http]") {
  const HttpServer server([&](Exchange& exchange) {
    exchange.send("HTTP/1.1 100 Continue\r\nEarly: 1\r\n\r\n" + ok +
                  "ETag: \"v1\"\r\nEmpty:\r\nTransfer-Encoding: chunked\r\nTrailer: Late\r\n\r\n"
                  "4\r\nkeys\r\n0\r\nLate: 1\r\n\r\n");
  });
  const auto response = http_get(server.url("/a?b=c"), {{"Accept", "x/y"}, {"Empty", ""}}, {});
  REQUIRE(outcome(response) == "accepted");
  CHECK(response->status == 200);
  CHECK(response->body == "keys");
  REQUIRE(response->fields.size() == 4);
  CHECK(response->fields[0].name == "ETag");
  CHECK(response->fields[0].value == "\"v1\"");
  CHECK(response->fields[1].value.empty());
  const std::string head = server.requests().at(0);
  CHECK(head.starts_with("GET /a?b=c HTTP/1.1\r\n"));
  for (const char* line : {"\r\nAccept: x/y\r\n", "\r\nEmpty:\r\n",
                           "\r\nAccept-Encoding: gzip, deflate\r\n", "\r\nUser-Agent: touchstone/"})
    CHECK(head.find(line) != head.npos);
  for (const char* name : {"Cookie", "Authorization", "Referer"})
    CHECK(head.find(name) == head.npos);
}

TEST_CASE("http: any status is a response", "[http]") {
  for (const int status : {201, 304, 404, 503}) {
    const HttpServer server([&](Exchange& exchange) {
      exchange.send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\n\r\n");
    });
    const auto response = http_get(server.url(), {}, {});
    REQUIRE(outcome(response) == "accepted");
    CHECK(response->status == status);
  }
}

TEST_CASE("http: only plain URLs, and http for loopback alone", "[http]") {
  for (const char* url : {"", "file:///etc/passwd", "ftp://127.0.0.1/", "HTTP://127.0.0.1/",
                          "http://a@127.0.0.1/", "http://192.0.2.1/", "http://id.example/"}) {
    INFO(url);
    CHECK(fate_of(url) == "fetch_insecure url");
  }
  const HttpServer server([](Exchange& exchange) { exchange.respond(""); });
  const std::string port = std::to_string(server.port);
  CHECK(fate_of("http://localhost:" + port) == "accepted");
  CHECK(fate_of(server.url(), {.allow_private_addresses = false}) == "private_address");
  CHECK(fate_of("https://127.0.0.1:" + port, {.proxy = ""}) == "fetch_failed TLS");
  CHECK(fate_of("https://127.0.0.1:" + port, {.ca_file = "/nonexistent", .proxy = ""}) ==
        "option_invalid caFile");
  CHECK(fate_of("http://127.0.0.1:1") == "fetch_failed connect");
}

TEST_CASE("http: a name that leads to a private address", "[http]") {
  const HttpServer server([](Exchange& exchange) { exchange.respond(""); });
  const std::string url = "http://" + machine_name() + ":" + std::to_string(server.port);
  INFO(url);
  CHECK(fate_of(url, {.proxy = "", .allow_http = true, .allow_private_addresses = false}) ==
        "private_address");
  CHECK(server.requests().empty());
}

TEST_CASE("http: a proxy is asked for the host's name, but not for loopback", "[http]") {
  const HttpServer proxy([](Exchange& exchange) { exchange.respond("from the proxy"); });
  const HttpServer server([](Exchange& exchange) { exchange.respond("directly"); });
  const HttpOptions options{
      .proxy = proxy.url(""), .allow_http = true, .allow_private_addresses = false};
  const auto through = http_get("http://id.invalid/jwks", {}, options);
  REQUIRE(outcome(through) == "accepted");
  CHECK(through->body == "from the proxy");
  CHECK(proxy.requests().at(0).starts_with("GET http://id.invalid/jwks HTTP/1.1\r\n"));
  CHECK(fate_of("http://10.0.0.1/", options) == "private_address");
  CHECK(http_get(server.url(), {}, {.proxy = proxy.url("")})->body == "directly");

  const HttpServer refusing([](Exchange& exchange) { exchange.respond("", "", "407 X"); });
  CHECK(fate_of("https://id.invalid/", {.proxy = refusing.url("")}) == "fetch_failed proxy");
  CHECK(refusing.requests().at(0).starts_with("CONNECT id.invalid:443 HTTP/1.1\r\n"));
}

TEST_CASE("http: the environment's proxy, and its exceptions", "[http]") {
  const HttpServer proxy([](Exchange& exchange) { exchange.respond("from the proxy"); });
  const HttpServer server([](Exchange& exchange) { exchange.respond("directly"); });
  // Directly it is private, so that nothing is sent to it.
  const std::string name = machine_name(), url = "http://" + name + "/";
  HttpOptions options{.allow_http = true, .allow_private_addresses = false};
  for (const char* variable : {"all_proxy", "ALL_PROXY", "NO_PROXY"}) unsetenv(variable);
  CHECK(fate_of(url, options) == "private_address");
  setenv("http_proxy", proxy.url("").c_str(), 1);
  CHECK(fate_of(url, options) == "accepted");
  CHECK(http_get(server.url(), {}, {})->body == "directly");
  for (const std::string& exceptions : {std::string("*"), "a.example, " + name, "." + name}) {
    setenv("no_proxy", exceptions.c_str(), 1);
    CHECK(fate_of(url, options) == "private_address");
  }
  // A proxy that was given is for every host: what is refused there must not be asked directly.
  options.proxy = proxy.url("");
  CHECK(fate_of(url, options) == "accepted");
  options.proxy.reset();
  setenv("no_proxy", (name.substr(1) + ",a." + name).c_str(), 1);
  CHECK(fate_of(url, options) == "accepted");
  options.proxy = "";
  CHECK(fate_of(url, options) == "private_address");
  unsetenv("http_proxy");
  unsetenv("no_proxy");
}

TEST_CASE("http: redirects stay within the origin, and are three at most", "[http]") {
  const HttpServer server([&](Exchange& exchange) {
    const int left = exchange.path[1] - '0';
    if (left == 0) return exchange.respond("end");
    exchange.send(redirect_to("/" + std::to_string(left - 1)));
  });
  CHECK(http_get(server.url("/3"), {}, {})->body == "end");
  CHECK(fate_of(server.url("/4")) == "fetch_failed redirect");
  CHECK(server.requests().size() == 8);

  const HttpServer other([](Exchange& exchange) { exchange.respond(""); });
  for (const std::string& elsewhere :
       {other.url(), std::string("https://id.example/"), std::string("file:///etc/passwd"),
        std::string("//id.example/"),
        std::string("http://localhost:") + std::to_string(server.port),
        std::string("http://a:b@127.0.0.1/")}) {
    INFO(elsewhere);
    CHECK(fate_of_bytes(redirect_to(elsewhere)) == "fetch_insecure redirect");
  }
  CHECK(other.requests().empty());
}

TEST_CASE("http: a body is bounded while it is read", "[http]") {
  const HttpOptions options{.max_size = 1000};
  const auto size_of = [&](const std::string& bytes) {
    const HttpServer server([&](Exchange& exchange) { exchange.send(bytes); });
    const auto response = http_get(server.url(), {}, options);
    INFO(outcome(response));
    REQUIRE(response);
    return response->body.size();
  };
  const auto sized = [](std::size_t size) {
    return ok + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
  };
  CHECK(size_of(sized(0)) == 0);
  CHECK(size_of(sized(1000)) == 1000);
  CHECK(size_of(sized(1001)) == 1001);
  CHECK(size_of(sized(60'000)) == 1001);
  CHECK(size_of(ok + "\r\n" + std::string(200'000, 'x')) == 1001);
  CHECK(fate_of_bytes(ok + "Content-Length: 1000000000\r\n\r\nx", options) == "fetch_failed size");
  CHECK(fate_of_bytes(ok + "Content-Length: 10\r\n\r\n12345") == "fetch_failed truncated");
  CHECK(fate_of_bytes(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab") ==
        "fetch_failed truncated");
  CHECK(fate_of_bytes("") == "fetch_failed connection");

  const HttpServer endless([&](Exchange& exchange) {
    exchange.send(ok + "\r\n");
    while (exchange.send(std::string(10'000, 'x')))
      ;
  });
  CHECK(http_get(endless.url(), {}, options)->body.size() == 1001);
}

TEST_CASE("http: content is decoded within the same bound", "[http]") {
  // 100,000 times "x", which is mostly zeros in gzip, and {"keys":[]} in both.
  const std::string bomb = from_hex("1f8b0800000000000203edc13101000000c2a0da8b6f0d0fa0" +
                                    std::string(192, '0') + "805703711107fea0860100");
  const std::string gzip =
      from_hex("1f8b0800000000000203ab56ca4ead2c56b28a8ead0500ef67882a0b000000");
  const std::string deflate = from_hex("789cab56ca4ead2c56b28a8ead0500176e03eb");
  const auto encoded = [&](const std::string& encoding, const std::string& body) {
    return ok + "Content-Encoding: " + encoding +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  CHECK(fate_of_bytes(encoded("identity", "x")) == "accepted");
  for (const char* encoding : {"br", "zstd", "gzip, gzip", "x-gzip, deflate", "unknown"}) {
    INFO(encoding);
    CHECK(fate_of_bytes(encoded(encoding, "x")) == "fetch_failed encoding");
  }
  CHECK(fate_of_bytes(ok + "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\nx") ==
        "fetch_failed encoding");
  CHECK(fate_of_bytes(encoded("gzip", "no gzip")) == "fetch_failed encoding");
  const auto body_of = [&](const std::string& bytes) {
    const HttpServer server([&](Exchange& exchange) { exchange.send(bytes); });
    const auto response = http_get(server.url(), {}, {.max_size = 1000});
    INFO(outcome(response));
    REQUIRE(response);
    return response->body;
  };
  CHECK(body_of(encoded("gzip", gzip)) == R"({"keys":[]})");
  CHECK(body_of(encoded("deflate", deflate)) == R"({"keys":[]})");
  CHECK(body_of(encoded("gzip", bomb)) == std::string(1001, 'x'));
}

TEST_CASE("http: the head is bounded and well-formed", "[http]") {
  const auto many = [](int count, std::size_t size) {
    std::string fields;
    for (int i = 0; i < count; ++i) fields += "A: " + std::string(size, 'x') + "\r\n";
    return fields;
  };
  const std::string end = "Content-Length: 0\r\n\r\n";
  CHECK(fate_of_bytes(ok + many(255, 10) + end) == "accepted");
  CHECK(fate_of_bytes(ok + many(256, 10) + end) == "fetch_failed fields");
  CHECK(fate_of_bytes(ok + many(60, 1000) + end) == "accepted");
  CHECK(fate_of_bytes(ok + many(70, 1000) + end) == "fetch_failed fields");
  CHECK(fate_of_bytes(ok + "A : 1\r\n" + end) == "fetch_failed fields");
  CHECK(fate_of_bytes(ok + "A: 1\r\n B: 2\r\n" + end) == "fetch_failed fields");
  const HttpServer interim([&](Exchange& exchange) {
    while (exchange.send("HTTP/1.1 100 Continue\r\nA: 1\r\n\r\n"))
      ;
  });
  CHECK(fate_of(interim.url()) == "fetch_failed fields");
  CHECK(fate_of_bytes("SSH-2.0-OpenSSH\r\n") == "fetch_failed response");
}

TEST_CASE("http: a slow server ends with the time-out, a stopped call at once", "[http]") {
  const HttpServer slow([](Exchange& exchange) {
    exchange.send(ok + "Content-Length: 100000\r\n\r\n");
    while (exchange.send("x") && !exchange.wait_for_end(0.05))
      ;
  });
  const double late =
      seconds_of([&] { CHECK(fate_of(slow.url(), {.timeout = 0.5}) == "fetch_timed_out"); });
  CHECK(late > 0.49);
  CHECK(late < 1.5);

  const HttpServer turning([](Exchange& exchange) {
    exchange.wait_for_end(0.2);
    exchange.send(redirect_to("/"));
  });
  CHECK(fate_of(turning.url(), {.timeout = 0.5}) == "fetch_timed_out");

  std::atomic<bool> stop = false;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  CHECK(seconds_of([&] {
          CHECK(outcome(http_get(slow.url(), {}, {}, &stop)) == "fetch_failed stopped");
        }) < 1);
  stopper.join();
}

TEST_CASE("http: options out of range, and fields that would be two", "[http]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string url = "http://127.0.0.1:1/";
  CHECK(fate_of(url, {.connect_timeout = 0}) == "option_invalid connectTimeout");
  CHECK(fate_of(url, {.timeout = nan}) == "option_invalid timeout");
  CHECK(fate_of(url, {.timeout = 601}) == "option_invalid timeout");
  CHECK(fate_of(url, {.max_size = std::size_t{17} << 20}) == "option_invalid maxSize");
  for (const HttpField& field : std::vector<HttpField>{
           {"A", "1\r\nB: 2"}, {"A\r\nB", "1"}, {"", "1"}, {"A:", "1"}, {"A", std::string(1, 0)}})
    CHECK(outcome(http_get(url, {field}, {})) == "option_invalid fields");
}
