// H1 to H5: issuers, well-known URLs, metadata documents.
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using Urls = std::vector<std::string>;

const std::string issuer = "https://id.example";

Urls urls_of(const std::string& of) {
  const auto urls = well_known_urls(of, {});
  INFO(outcome(urls));
  REQUIRE(urls);
  return *urls;
}

/// A document with the two members that must be there.
Json metadata_of(const std::string& named, const std::string& jwks_uri) {
  return {{"issuer", named}, {"jwks_uri", jwks_uri}};
}

std::string judge(const Json& document, const std::string& asked = issuer,
                  const DiscoveryOptions& options = {}) {
  return outcome(parse_metadata(document.dump(), asked, options));
}

std::string judge_text(std::string_view text, const DiscoveryOptions& options = {}) {
  return outcome(parse_metadata(text, issuer, options));
}

/// What becomes of this jwks_uri in a document of this issuer.
std::string follow(const std::string& jwks_uri, const std::string& from = issuer,
                   const DiscoveryOptions& options = {}) {
  return judge(metadata_of(from, jwks_uri), from, options);
}

constexpr DiscoveryOptions on_loopback{.allow_http_on_loopback = true};

}  // namespace

TEST_CASE("H1: an issuer is a plain https URL", "[discovery]") {
  for (const std::string& good :
       Urls{issuer, "https://id.example/", "https://id.example:8443/a/b", "https://ID.example",
            "https://[2001:db8::1]/t", "https://10.0.0.1", "https://localhost",
            "https://id.example/a%20b", "https://id.example//",
            "https://h/" + std::string(1024 - 10, 'a')}) {
    INFO(good);
    CHECK(outcome(check_issuer(good, {})) == "accepted");
    CHECK(well_known_urls(good, {}));
  }
  for (const std::string& bad : Urls{"",
                                     "id.example",
                                     "http://id.example",
                                     "HTTPS://id.example",
                                     "https://",
                                     "https:///",
                                     "https:///id",
                                     "https://id.example?",
                                     "https://id.example/?a=b",
                                     "https://id.example#",
                                     "https://id.example/#a",
                                     "https://u@id.example",
                                     "https://good@evil",
                                     "https://id.example\t",
                                     "https://id.example/\n",
                                     "https://id.example/\xc3\xa9",
                                     "https://id\xc3\xa9",
                                     "https://id.example/..",
                                     "https://id.example ",
                                     "javascript:alert(1)",
                                     "file:///etc/passwd",
                                     "urn:issuer",
                                     "https://h/" + std::string(1024 - 9, 'a')}) {
    INFO(bad);
    CHECK(outcome(check_issuer(bad, {})) == "issuer_invalid issuer");
    CHECK(outcome(well_known_urls(bad, {})) == "issuer_invalid issuer");
    CHECK(judge(metadata_of("x", "https://id.example/keys"), bad) == "issuer_invalid issuer");
  }
}

TEST_CASE("H1: http is for loopback hosts, and only by the option", "[discovery]") {
  for (const char* local :
       {"http://localhost:8080", "http://127.0.0.1", "http://[::1]:1/a", "http://a.localhost"}) {
    INFO(local);
    CHECK(outcome(check_issuer(local, {})) == "issuer_invalid issuer");
    CHECK(outcome(check_issuer(local, on_loopback)) == "accepted");
  }
  for (const char* far :
       {"http://id.example", "http://10.0.0.1", "http://localhost.example", "http://0.0.0.0",
        "http://127.0.0.1.example", "http://127.1", "http://localhost@evil"}) {
    INFO(far);
    CHECK(outcome(check_issuer(far, on_loopback)) == "issuer_invalid issuer");
  }
}

TEST_CASE("H2, H3: well-known URLs, OpenID Connect's first", "[discovery]") {
  // OpenID Connect Discovery section 4.1, RFC 8414 sections 3.1 and 5.
  CHECK(urls_of("https://example.com") ==
        Urls{"https://example.com/.well-known/openid-configuration",
             "https://example.com/.well-known/oauth-authorization-server"});
  CHECK(urls_of("https://example.com/issuer1") ==
        Urls{"https://example.com/issuer1/.well-known/openid-configuration",
             "https://example.com/.well-known/oauth-authorization-server/issuer1"});
  // A "/" at the end goes, but no other.
  CHECK(urls_of("https://example.com/") == urls_of("https://example.com"));
  CHECK(urls_of("https://example.com/issuer1/") == urls_of("https://example.com/issuer1"));
  CHECK(urls_of("https://example.com:8443/a/b//") ==
        Urls{"https://example.com:8443/a/b//.well-known/openid-configuration",
             "https://example.com:8443/.well-known/oauth-authorization-server/a/b/"});
  CHECK(urls_of("https://[2001:db8::1]/A%20") ==
        Urls{"https://[2001:db8::1]/A%20/.well-known/openid-configuration",
             "https://[2001:db8::1]/.well-known/oauth-authorization-server/A%20"});
  CHECK((*well_known_urls("http://localhost:1", on_loopback))[1] ==
        "http://localhost:1/.well-known/oauth-authorization-server");
}

TEST_CASE("H4, H5: the documents of the specifications' examples", "[discovery]") {
  // Their members, shortened: OpenID Connect Discovery section 4.2, RFC 8414 section 3.2.
  const auto openid = parse_metadata(R"({
      "issuer": "https://server.example.com",
      "authorization_endpoint": "https://server.example.com/connect/authorize",
      "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
      "jwks_uri": "https://server.example.com/jwks.json",
      "subject_types_supported": ["public", "pairwise"],
      "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256"],
      "claims_parameter_supported": true,
      "ui_locales_supported": ["en-US", "en-GB", "en-CA", "fr-FR", "fr-CA"]})",
                                     "https://server.example.com", {});
  REQUIRE(openid);
  CHECK(openid->issuer == "https://server.example.com");
  CHECK(openid->jwks_uri == "https://server.example.com/jwks.json");
  CHECK(openid->id_token_signing_alg_values_supported == Urls{"RS256", "ES256", "HS256"});

  const auto oauth = parse_metadata(R"({
      "issuer": "https://server.example.com",
      "token_endpoint": "https://server.example.com/token",
      "jwks_uri": "https://server.example.com/jwks.json",
      "scopes_supported": ["openid", "profile", "email"],
      "ui_locales_supported": ["en-US", "fr-CA"]})",
                                    "https://server.example.com", {});
  REQUIRE(oauth);
  CHECK(oauth->jwks_uri == "https://server.example.com/jwks.json");
  CHECK_FALSE(oauth->id_token_signing_alg_values_supported);
}

TEST_CASE("H4: the document's issuer is the one that was asked, code point by code point",
          "[discovery]") {
  const std::string keys = "https://id.example/keys";
  CHECK(judge(metadata_of("https://id.example", keys)) == "accepted");
  for (const char* other :
       {"https://id.example/", "https://ID.example", "HTTPS://id.example", "https://id.example:443",
        "https://id.example.", "https://id.exampl", "https://id.example2", "http://id.example", "",
        " https://id.example", "https://id.example\n", "https://id.example/%2F", "https://evil"}) {
    INFO(other);
    CHECK(judge(metadata_of(other, keys)) == "metadata_issuer_mismatch issuer");
  }
  CHECK(judge(metadata_of("https://id.example/a", keys), "https://id.example/a") == "accepted");
  CHECK(judge(metadata_of("https://id.example/A", keys), "https://id.example/a") ==
        "metadata_issuer_mismatch issuer");
  CHECK(judge(metadata_of("https://id.example", keys), "https://id.example/") ==
        "metadata_issuer_mismatch issuer");
  CHECK(judge(metadata_of("https://id.example/%61", keys), "https://id.example/a") ==
        "metadata_issuer_mismatch issuer");
  // Escapes of JSON are no difference, NUL is one.
  CHECK(judge_text(R"({"issuer":"https:\/\/id.ex\u0061mple","jwks_uri":"https://k"})") ==
        "accepted");
  CHECK(judge_text(R"({"issuer":"https://id.example\u0000","jwks_uri":"https://k"})") ==
        "metadata_issuer_mismatch issuer");
  // Before the issuer is known to be right, nothing else of the document is said.
  CHECK(judge(metadata_of("https://evil", "file:///")) == "metadata_issuer_mismatch issuer");
}

TEST_CASE("H5: members of the wrong type are refused by name", "[discovery]") {
  const Json good = metadata_of(issuer, "https://id.example/keys");
  const std::string algorithms = "id_token_signing_alg_values_supported";
  for (const Json& wrong : {Json(), Json(1), Json(true), Json::array({issuer}), Json::object()}) {
    INFO(wrong.dump());
    Json document = good;
    document["issuer"] = wrong;
    CHECK(judge(document) == "metadata_member_invalid issuer");
    document = good;
    document["jwks_uri"] = wrong;
    CHECK(judge(document) == "metadata_member_invalid jwks_uri");
    document = good;
    document[algorithms] = wrong.is_array() ? Json::array({"RS256", 1}) : wrong;
    CHECK(judge(document) == "metadata_member_invalid " + algorithms);
    document = good;
    document["a member of no interest"] = wrong;
    CHECK(judge(document) == "accepted");
  }
  CHECK(judge(with(good, "issuer", nullptr)) == "metadata_member_invalid issuer");
  CHECK(judge(with(good, "jwks_uri", nullptr)) == "metadata_member_invalid jwks_uri");
  CHECK(judge(with(good, algorithms, Json::array())) == "accepted");
}

TEST_CASE("H5: the document is one strict JSON object", "[discovery]") {
  const std::string good = metadata_of(issuer, "https://id.example/keys").dump();
  CHECK(judge_text(good) == "accepted");
  CHECK(judge_text(" " + good + "\n") == "accepted");
  const std::string members = good.substr(1);
  for (const std::string& bad :
       Urls{"", "null", "[]", "[" + good + "]", good + "x", good + good, "\xef\xbb\xbf" + good,
            "<html>", good.substr(0, good.size() - 1), "{\"a\":1,\"a\":1," + members,
            "{\"issuer\":\"https://evil\"," + members,
            R"({"jwks_\u0075ri":"https://evil",)" + members, R"({"a":{"b":1,"b":2},)" + members,
            "{\"a\":\"\xff\"," + members, R"({"a":"\ud800",)" + members, "{\"a\":NaN," + members}) {
    INFO(bad);
    CHECK(judge_text(bad) == "metadata_malformed");
  }
  const auto nested = [&](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "," + members;
  };
  CHECK(judge_text(nested(31)) == "accepted");
  CHECK(judge_text(nested(32)) == "metadata_too_deep");
  CHECK(judge_text(nested(100'000)) == "metadata_too_deep");
}

TEST_CASE("H5: the document's size is limited", "[discovery]") {
  const std::string good = metadata_of(issuer, "https://id.example/keys").dump();
  const auto padded = [&](std::size_t size) { return good + std::string(size - good.size(), ' '); };
  CHECK(judge_text(padded(256 << 10)) == "accepted");
  CHECK(judge_text(padded((256 << 10) + 1)) == "metadata_too_large");
  CHECK(judge_text(good, {.max_metadata_size = good.size()}) == "accepted");
  CHECK(judge_text(good, {.max_metadata_size = good.size() - 1}) == "metadata_too_large");
  CHECK(judge_text(good, {.max_metadata_size = 16 << 20}) == "accepted");
  CHECK(judge_text(good, {.max_metadata_size = (16 << 20) + 1}) ==
        "option_invalid maxMetadataSize");
}

TEST_CASE("H5: jwks_uri is https", "[discovery]") {
  for (const char* good :
       {"https://id.example/keys", "https://keys.example", "https://id.example/keys?p=a%20b",
        "https://id.example:8443//keys", "https://8.8.8.8/keys", "https://[2606:4700::1]/keys"}) {
    INFO(good);
    CHECK(follow(good) == "accepted");
  }
  for (const char* bad : {"",
                          "keys",
                          "/keys",
                          "//id.example/keys",
                          "http://id.example/keys",
                          "http://localhost/keys",
                          "javascript:alert(1)",
                          "file:///etc/passwd",
                          "ftp://id.example/keys",
                          "data:application/json,{}",
                          "https:///keys",
                          "https://u:p@id.example",
                          "https://good@evil/keys",
                          "https://id.example/keys#a",
                          "https://id.example/ke\tys",
                          "https://id.example/keys\n",
                          "https://id.example/keys\r\nHost: evil",
                          "https://id.example/\xc3\xa9",
                          "https://2130706433/",
                          "https://0x7f.1/",
                          "https://id.example/%zz",
                          "https://id.example\\@evil",
                          "HTTPS://id.example/keys",
                          "https://id.example/a/../keys"}) {
    INFO(bad);
    CHECK(follow(bad) == "jwks_uri_invalid jwks_uri");
  }
  CHECK(follow("https://id.example/" + std::string(3000, 'a')) == "jwks_uri_invalid jwks_uri");
}

TEST_CASE("H5: jwks_uri is http only where the issuer is", "[discovery]") {
  const std::string local = "http://localhost:8080";
  CHECK(follow(local + "/keys", local, on_loopback) == "accepted");
  CHECK(follow("https://keys.example", local, on_loopback) == "accepted");
  CHECK(follow("http://keys.example", local, on_loopback) == "jwks_uri_invalid jwks_uri");
  CHECK(follow(local + "/keys", local) == "issuer_invalid issuer");
  // An issuer out there cannot use the option to reach what listens here.
  CHECK(follow("http://localhost/keys", issuer, on_loopback) == "jwks_uri_invalid jwks_uri");
  CHECK(follow("http://localhost/keys", "https://localhost", on_loopback) ==
        "jwks_uri_invalid jwks_uri");
}

TEST_CASE("H5: jwks_uri does not lead into a private network", "[discovery]") {
  const DiscoveryOptions anywhere{.allow_private_addresses = true};
  for (const char* inner :
       {"https://127.0.0.1/", "https://localhost/", "https://LOCALHOST/", "https://x.localhost/",
        "https://10.1.2.3/", "https://169.254.169.254/latest", "https://[::1]/",
        "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/",
        "https://100.64.0.1/"}) {
    INFO(inner);
    CHECK(follow(inner) == "private_address jwks_uri");
    CHECK(follow(inner, issuer, anywhere) == "accepted");
  }
  // The caller who names such an issuer means its host, and no other.
  CHECK(follow("https://10.0.0.1:8443/keys", "https://10.0.0.1") == "accepted");
  CHECK(follow("https://LocalHost/keys", "https://localhost") == "accepted");
  CHECK(follow("https://10.0.0.2/keys", "https://10.0.0.1") == "private_address jwks_uri");
  CHECK(follow("https://10.0.0.1/keys", "https://10.0.0.10") == "private_address jwks_uri");
  CHECK(follow("http://127.0.0.1:6379/", "http://localhost:8080", on_loopback) ==
        "private_address jwks_uri");
  // The option is about addresses, not about schemes.
  CHECK(follow("http://localhost/keys", issuer, anywhere) == "jwks_uri_invalid jwks_uri");
}
