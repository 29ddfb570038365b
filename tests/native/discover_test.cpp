// discover(): which URLs are asked and when, and where a document may send us.
#include <touchstone/discover.hpp>

#include "http_server.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr const char* openid = "/tenant/.well-known/openid-configuration";
constexpr const char* oauth = "/.well-known/oauth-authorization-server/tenant";

using Documents = std::map<std::string, std::string>;

/// A provider that has these documents; "metadata" stands for good ones.
struct Provider {
  explicit Provider(Documents given) : documents(std::move(given)) {}

  void answer(Exchange& exchange) const {
    const auto found = documents.find(exchange.path);
    if (found == documents.end()) return exchange.respond("", "", "404 Not Found");
    exchange.respond(found->second == "metadata" ? metadata() : found->second);
  }
  std::string issuer() const { return server.url("/tenant"); }
  std::string metadata() const {
    return Json{{"issuer", issuer()}, {"jwks_uri", server.url("/jwks")}}.dump();
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> paths;
    for (const std::string& head : server.requests())
      paths.push_back(head.substr(4, head.find(' ', 4) - 4));
    return paths;
  }

  const Documents documents;
  const HttpServer server{[this](Exchange& exchange) { answer(exchange); }};
};

}  // namespace

TEST_CASE("discover: OpenID Connect's URL first, OAuth's when that is not there", "[discover]") {
  Provider first(Documents{{openid, "metadata"}, {oauth, "metadata"}});
  const auto metadata = discover(first.issuer());
  REQUIRE(outcome(metadata) == "accepted");
  CHECK(metadata->issuer == first.issuer());
  CHECK(metadata->jwks_uri == first.server.url("/jwks"));
  CHECK(first.asked() == std::vector<std::string>{openid});

  Provider second(Documents{{oauth, "metadata"}});
  CHECK(outcome(discover(second.issuer())) == "accepted");
  CHECK(second.asked() == std::vector<std::string>{openid, oauth});

  Provider neither(Documents{});
  CHECK(outcome(discover(neither.issuer())) == "fetch_failed status");
  CHECK(neither.asked().size() == 2);
}

TEST_CASE("discover: a document that is wrong ends it", "[discover]") {
  Provider other(
      Documents{{openid, R"({"issuer":"https://id.example","jwks_uri":"https://id.example/"})"},
                {oauth, "metadata"}});
  CHECK(outcome(discover(other.issuer())) == "metadata_issuer_mismatch issuer");
  CHECK(other.asked().size() == 1);

  Provider large(Documents{{openid, std::string(2000, ' ')}});
  CHECK(outcome(discover(large.issuer(), {},
                         {.allow_http_on_loopback = true, .max_metadata_size = 1000})) ==
        "metadata_too_large");
  CHECK(outcome(discover("http://id.example")) == "issuer_invalid issuer");
  CHECK(outcome(discover(large.issuer(), {}, {})) == "issuer_invalid issuer");
}

TEST_CASE("discover: the time-out is for all requests", "[discover]") {
  const HttpServer slow([](Exchange& exchange) {
    exchange.wait_for_end(0.3);
    exchange.respond("", "", "404 Not Found");
  });
  CHECK(outcome(discover(slow.url("/tenant"), {.timeout = 0.5})) == "fetch_timed_out");
}

TEST_CASE("discover: where a jwks_uri may lead", "[discover]") {
  const auto is_allowed = [](const char* issuer, const char* jwks_uri, bool by_user = false) {
    return jwks_uri_options({issuer, jwks_uri, {}}, {}, {.allow_private_addresses = by_user})
        .allow_private_addresses;
  };
  CHECK_FALSE(is_allowed("https://id.example", "https://keys.example/jwks"));
  CHECK_FALSE(is_allowed("https://id.example", "https://a.id.example/jwks"));
  CHECK(is_allowed("https://id.example", "https://ID.example/jwks"));
  CHECK(is_allowed("https://10.0.0.1", "https://keys.example/jwks"));
  CHECK(is_allowed("http://localhost:8080", "https://keys.example/jwks"));
  CHECK(is_allowed("https://id.example", "https://keys.example/jwks", true));
  HttpOptions strict;
  strict.allow_private_addresses = false;
  CHECK_FALSE(jwks_uri_options({"https://id.example", "https://id.example/jwks", {}}, strict, {})
                  .allow_private_addresses);
}
