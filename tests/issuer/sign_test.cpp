// Tokens from a ring, and what is published of it.
#include <touchstone/discovery.hpp>

#include <cmath>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr double start = 1'700'000'000.75;

KeyRing ring_of(std::string_view alg, std::uint64_t max_signatures = 1000) {
  auto rotated =
      rotate({}, {.alg = std::string(alg), .rsa_bits = 2048, .max_signatures = max_signatures},
             start, entropy(1));
  REQUIRE(rotated);
  return rotated->ring;
}

Json payload_of(const std::string& token) {
  const std::size_t dot = token.find('.') + 1;
  return Json::parse(*decode_base64url(token.substr(dot, token.rfind('.') - dot)));
}

std::string signed_outcome(std::string_view claims, const SignOptions& options = {}) {
  static const KeyRing ring = ring_of("HS256");
  KeyRing copy = ring;
  return outcome(sign(claims, copy, start, entropy(2), options));
}

/// The set as a client reads it.
KeySet published(const KeyRing& ring) {
  auto keys = KeySet::parse(publish_jwks(ring, start).body);
  REQUIRE(keys);
  CHECK(keys->skipped().empty());
  return *std::move(keys);
}

}  // namespace

TEST_CASE("sign: a token is verified by what is published", "[issuer]") {
  for (const std::string_view alg : {"RS256", "PS512", "ES256", "ES256K", "Ed25519"}) {
    KeyRing ring = ring_of(alg);
    const auto jwt = sign(R"({"iss":"https://id.example","aud":"api","sub":"ada"})", ring, start,
                          entropy(2), {.typ = "at+jwt"});
    INFO(alg << ": " << outcome(jwt));
    REQUIRE(jwt);
    CHECK(jwt->signatures == 1);
    CHECK(jwt->kid == ring.active()->key.kid());
    const auto verified =
        verify(jwt->token, published(ring),
               {.issuer = "https://id.example", .audience = "api", .typ = "at+jwt"}, start);
    CHECK(outcome(verified) == "accepted");
    CHECK(verified->header()["kid"] == jwt->kid);
    CHECK(verified->claims()["iat"] == 1'700'000'000);
    CHECK(verified->claims()["exp"] == 1'700'003'600);
  }
}

TEST_CASE("sign: a lifetime is the caller's, within the ring's", "[issuer]") {
  KeyRing ring = ring_of("HS256");
  const auto times = [&](std::string_view claims, const SignOptions& options = {}) {
    const auto jwt = sign(claims, ring, start, entropy(2), options);
    INFO(outcome(jwt));
    REQUIRE(jwt);
    const Json payload = payload_of(jwt->token);
    return std::pair(payload["iat"].get<double>() - 1.7e9, payload["exp"].get<double>() - 1.7e9);
  };
  CHECK(times("{}") == std::pair(0.0, 3600.0));
  CHECK(times("{}", {.expires_in = 60}) == std::pair(0.0, 60.0));
  CHECK(times(R"({"exp":1700000001,"iat":1600000000.5})") == std::pair(-1e8 + .5, 1.0));
  CHECK(times(R"({"exp":1700003600.75})") == std::pair(0.0, 3600.75));
  CHECK(signed_outcome(R"({"exp":1700003601})") == "token_lifetime_invalid exp");
  CHECK(signed_outcome(R"({"exp":1700000000})") == "token_lifetime_invalid exp");
  CHECK(signed_outcome("{}", {.expires_in = 3601}) == "token_lifetime_invalid expiresIn");
  CHECK(signed_outcome("{}", {.expires_in = 0}) == "token_lifetime_invalid expiresIn");
  CHECK(signed_outcome("{}", {.expires_in = 0.1}) == "token_lifetime_invalid exp");
}

TEST_CASE("sign: claims that a verifier would refuse are not signed", "[issuer]") {
  for (const char* name : {"exp", "nbf", "iat"})
    for (const char* value : {"\"1700000100\"", "null", "true", "1e17"})
      CHECK(signed_outcome("{\"" + std::string(name) + "\":" + value + "}") ==
            "claim_type_invalid " + std::string(name));
  for (const char* name : {"iss", "sub", "jti"})
    CHECK(signed_outcome("{\"" + std::string(name) + "\":1}") ==
          "claim_type_invalid " + std::string(name));
  CHECK(signed_outcome("[]").starts_with("payload_json_invalid"));
  CHECK(signed_outcome("{\"a\":1,\"a\":1}") == "payload_duplicate_member");
  CHECK(signed_outcome("{\"a\":\"\xff\"}").starts_with("payload_json_invalid"));
  CHECK(signed_outcome("{}", {.header = "[]"}) == "option_invalid header");
  CHECK(signed_outcome("{}", {.header = "{\"alg\":\"none\"}"}) == "option_invalid alg");
  KeyRing ring = ring_of("HS256");
  CHECK(outcome(sign("{}", ring, std::nan(""), entropy(1))) == "option_invalid now");
  CHECK(outcome(sign("{}", ring, start, "little")) == "entropy_too_short");
  CHECK(ring.active()->signatures == 0);  // what was refused is not counted
  KeyRing empty;
  CHECK(outcome(sign("{}", empty, start, entropy(1))) == "signing_key_missing");
}

TEST_CASE("sign: no key signs more than it may", "[issuer]") {
  KeyRing ring = ring_of("HS256", 8);
  std::string due;
  for (int i = 0; i < 8; ++i) {
    const auto jwt = sign("{}", ring, start, entropy(2));
    REQUIRE(jwt);
    due += jwt->is_rotation_due ? '1' : '0';
  }
  CHECK(due == "00011111");
  CHECK(outcome(sign("{}", ring, start, entropy(2))) == "signing_key_exhausted");
  CHECK(ring.active()->signatures == 8);
}

TEST_CASE("publish: keys of any state, and no symmetric one", "[issuer]") {
  const RotationPolicy elliptic{.alg = "ES256"};
  KeyRing ring = ring_of("HS256");
  CHECK(publish_jwks(ring, start).body == R"({"keys":[]})");
  ring = rotate(retire_early(ring), elliptic, start, entropy(3))->ring;
  ring = rotate(ring, elliptic, start + 86400, entropy(4))->ring;
  ring = rotate(retire_early(ring), elliptic, start + 86401, entropy(5))->ring;
  REQUIRE(ring.keys().size() == 3);
  const KeySet keys = published(ring);
  REQUIRE(keys.keys().size() == 2);
  CHECK(keys.keys()[0].kid() == ring.active()->key.kid());
  CHECK(keys.keys()[1].kid() == ring.pending()->key.kid());
  // Of the ring's secrets nothing is in what is published, whatever it is called there.
  const std::string body = publish_jwks(ring, start).body;
  for (const KeyRing::Key& key : ring.keys()) {
    const Json jwk = private_json(key.key);
    const std::string secret = jwk.contains("k") ? jwk["k"] : jwk["d"];
    CHECK(body.find(secret.substr(0, 12)) == body.npos);
  }
}

TEST_CASE("publish: fields that say how long a copy is good, and which one it is", "[issuer]") {
  const RotationPolicy policy{.alg = "ES256"};
  KeyRing ring = ring_of("ES256");
  const Publication first = publish_jwks(ring, start);
  CHECK(first.content_type == "application/jwk-set+json");
  CHECK(first.cache_control == "public, max-age=3600");
  CHECK(first.etag.size() == 45);
  CHECK(first.etag == publish_jwks(ring, start + 1000).etag);
  ring = rotate(retire_early(ring), policy, start, entropy(3))->ring;
  const Publication second = publish_jwks(ring, start);
  CHECK(second.etag != first.etag);
  ring = rotate(ring, policy, start + 86400, entropy(4))->ring;  // one retires, until 7200 s later
  CHECK(publish_jwks(ring, start + 86400).etag == second.etag);  // the same keys in the same order
  CHECK(publish_jwks(ring, start + 86400 + 3600).cache_control == "public, max-age=3600");
  CHECK(publish_jwks(ring, start + 86400 + 5200).cache_control == "public, max-age=2000");
  CHECK(publish_jwks(ring, start + 86400 + 7199).cache_control == "public, max-age=360");
  // Nobody has removed it, and its time is over all the same.
  const Publication later = publish_jwks(ring, start + 86400 + 7200);
  CHECK(later.cache_control == "public, max-age=3600");
  CHECK(later.etag != second.etag);
  CHECK(KeySet::parse(later.body)->keys().size() == 1);
}

TEST_CASE("publish: metadata that this library reads itself", "[issuer]") {
  const KeyRing ring = ring_of("ES256");
  const MetadataOptions options{.issuer = "https://id.example/tenant",
                                .jwks_uri = "https://id.example/tenant/.well-known/jwks.json"};
  const auto openid = publish_openid_configuration(ring, options);
  REQUIRE(openid);
  CHECK(openid->content_type == "application/json");
  CHECK(openid->cache_control == "public, max-age=3600");
  const auto read = parse_metadata(openid->body, options.issuer, {});
  REQUIRE(read);
  CHECK(read->jwks_uri == options.jwks_uri);
  CHECK(read->id_token_signing_alg_values_supported == std::vector<std::string>{"ES256"});
  const auto oauth = publish_oauth_metadata(ring, options);
  CHECK(Json::parse(oauth->body) ==
        Json({{"issuer", options.issuer}, {"jwks_uri", options.jwks_uri}}));
  CHECK(outcome(parse_metadata(oauth->body, options.issuer, {})) == "accepted");
  CHECK_FALSE(Json::parse(publish_openid_configuration(ring_of("HS256"), options)->body)
                  .contains("id_token_signing_alg_values_supported"));
}

TEST_CASE("publish: metadata is added to, not contradicted", "[issuer]") {
  const KeyRing ring = ring_of("ES256");
  MetadataOptions options{.issuer = "https://id.example", .jwks_uri = "https://id.example/jwks"};
  const auto published_outcome = [&] {
    const std::string openid = outcome(publish_openid_configuration(ring, options));
    CHECK(openid == outcome(publish_oauth_metadata(ring, options)));
    return openid;
  };
  options.additions =
      R"({"authorization_endpoint":"https://id.example/authorize","response_types_supported":["code"]})";
  CHECK(published_outcome() == "accepted");
  CHECK(Json::parse(publish_oauth_metadata(ring, options)->body)["response_types_supported"] ==
        Json{"code"});
  options.additions = R"({"jwks_uri":"https://evil.example"})";
  CHECK(published_outcome() == "option_invalid jwks_uri");
  options.additions = "[]";
  CHECK(published_outcome() == "option_invalid additions");
  options.additions = "{}";
  options.issuer = "http://id.example";
  CHECK(published_outcome() == "issuer_invalid issuer");
  options.issuer = "http://127.0.0.1:8080";
  options.jwks_uri = "http://127.0.0.1:8080/jwks";
  CHECK(published_outcome() == "issuer_invalid issuer");
  options.allow_http_on_loopback = true;
  CHECK(published_outcome() == "accepted");
  options.issuer = "https://id.example";
  CHECK(published_outcome() == "jwks_uri_invalid jwks_uri");
}
