#include <limits>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string judge(std::string_view jwt, const KeySet& keys, const Expectations& expectations = {},
                  double now = fixture_now()) {
  return outcome(verify(jwt, keys, expectations, now));
}

}  // namespace

TEST_CASE("verify: the walk of a good token", "[verify]") {
  const auto jwt = verify(fixture_token("ES256"), fixture_keys(),
                          {.issuer = "https://id.example", .audience = "api"}, fixture_now());
  REQUIRE(jwt);
  CHECK(jwt->claims()["sub"] == "user");
  CHECK(jwt->header()["alg"] == "ES256");
  CHECK(jwt->key().kid() == "p256");
  CHECK(jwt->claims().json() == fixture().at("claims"));
  CHECK(Json::parse(jwt->payload_text()) == fixture().at("claims"));
  CHECK(Json::parse(jwt->header_text()) == jwt->header());
  CHECK(names(jwt->unchecked()).empty());
}

TEST_CASE("verify: every algorithm of this build, with kid and without", "[verify]") {
  const KeySet keys = fixture_keys();
  int count = 0;
  for (const auto& [alg, row] : fixture().at("tokens").items()) {
    INFO(alg);
    const std::string key = row.at("key");
    CHECK(judge(row.at("token").get<std::string>(), keys) == "accepted");
    const KeySet alone = parse_keys(set_of({fixture_jwk(key)}));
    CHECK(judge(row.at("without_kid").get<std::string>(), alone) == "accepted");
    ++count;
  }
  CHECK(count == static_cast<int>(fixture().at("tokens").size()));
}

TEST_CASE("verify: HS256, HS384 and HS512 when they are named", "[verify]") {
  const std::pair<const char*, crypto::Hash> rows[] = {{"HS256", crypto::Hash::sha256},
                                                       {"HS384", crypto::Hash::sha384},
                                                       {"HS512", crypto::Hash::sha512}};
  for (const auto& [alg, hash] : rows) {
    const std::string input =
        encode_base64url(Json{{"alg", alg}}.dump()) + "." + encode_base64url("{}");
    const std::string token = input + "." + encode_base64url(hmac(hash, secret(), input));
    CHECK(judge(token, secret_keys(), {.algorithms = {{alg}}}) == "accepted");
    CHECK(judge(token, secret_keys()) == "alg_not_allowed alg");
  }
}

TEST_CASE("C6: the bare form says what it left unchecked", "[verify]") {
  const auto bare = verify(fixture_token("ES256"), fixture_keys(), {}, fixture_now());
  REQUIRE(bare);
  CHECK(names(bare->unchecked()) == std::vector<std::string_view>{"iss", "aud"});
  const auto endless = verify(sign(hs256_header, "{}"), secret_keys(), hs256(), 0);
  REQUIRE(endless);
  CHECK(names(endless->unchecked()) == std::vector<std::string_view>{"iss", "aud", "exp"});
}

TEST_CASE("verify: refuses in the order of its steps", "[verify]") {
  // Each token has all the faults that come after it, too.
  const KeySet keys = secret_keys();
  const std::string bad_claims = R"({"exp":1})";
  const auto unsigned_token = [&](const char* header) {
    return encode_base64url(header) + "." + encode_base64url(bad_claims) + ".AA";
  };
  Expectations bad_options = hs256();
  bad_options.clock_tolerance = 1000;
  CHECK(judge("!", keys, bad_options) == "option_invalid clockTolerance");
  CHECK(judge("!", keys, hs256()) == "token_malformed");
  CHECK(judge("e31.e30.AA", keys, hs256()) == "token_base64_invalid");
  CHECK(judge(unsigned_token("[]"), keys, hs256()) == "header_json_invalid");
  CHECK(judge(unsigned_token(R"({"kid":1,"crit":[]})"), keys, hs256()) ==
        "header_param_invalid kid");
  CHECK(judge(unsigned_token(R"({"crit":[]})"), keys, hs256()) == "crit_invalid crit");
  CHECK(judge(unsigned_token(R"({"crit":["x"],"x":1})"), keys, hs256()) == "crit_unsupported crit");
  CHECK(judge(unsigned_token(R"({"kid":"x"})"), keys, hs256()) == "alg_missing alg");
  CHECK(judge(unsigned_token(R"({"alg":"RS256","kid":"x"})"), keys, hs256()) ==
        "alg_not_allowed alg");
  CHECK(judge(unsigned_token(R"({"alg":"HS256","kid":"x"})"), keys, hs256()) == "no_matching_key");
  CHECK(judge(unsigned_token(R"({"alg":"HS256"})"), keys, hs256()) == "signature_length_invalid");
  CHECK(judge(encode_base64url(hs256_header) + "." + encode_base64url("[") + "." +
                  encode_base64url(std::string(32, 'x')),
              keys, hs256()) == "signature_invalid");
  CHECK(judge(sign(hs256_header, "["), keys, hs256()) == "payload_json_invalid");
  CHECK(judge(sign(hs256_header, bad_claims), keys, hs256()) == "token_expired exp");
}

TEST_CASE("J10: b64 false is not for a JWT", "[verify]") {
  CHECK(judge(sign(R"({"alg":"HS256","b64":false,"crit":["b64"]})", "{}"), secret_keys(),
              hs256()) == "b64_not_allowed b64");
  CHECK(judge(sign(R"({"alg":"HS256","b64":true,"crit":["b64"]})", "{}"), secret_keys(), hs256()) ==
        "accepted");
}

TEST_CASE("J16: a nested token is not unwrapped", "[verify]") {
  for (const char* cty : {"JWT", "jwt", "Jwt"}) {
    CHECK(judge(sign(Json{{"alg", "HS256"}, {"cty", cty}}.dump(), "{}"), secret_keys(), hs256()) ==
          "nested_unsupported cty");
  }
  for (const char* cty : {"JW", "JWTS", "", "json", "\x0aWT"}) {
    CHECK(judge(sign(Json{{"alg", "HS256"}, {"cty", cty}}.dump(), "{}"), secret_keys(), hs256()) ==
          "accepted");
  }
}

TEST_CASE("J12: keys in the header are ignored", "[verify]") {
  for (const char* name : {"jku", "x5u", "x5t"}) {
    CHECK(judge(sign(Json{{"alg", "HS256"}, {name, "https://evil.example"}}.dump(), "{}"),
                secret_keys(), hs256()) == "accepted");
  }
  const Json jwk = with(secret_jwk(), "kid", "x");
  CHECK(judge(sign(Json{{"alg", "HS256"}, {"jwk", jwk}}.dump(), "{}"), parse_keys(set_of({})),
              hs256()) == "no_matching_key");
}

TEST_CASE("verify: a time that is not finite is refused", "[verify]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double now : {infinity, -infinity, nan}) {
    CHECK(judge(sign(hs256_header, "{}"), secret_keys(), hs256(), now) == "option_invalid now");
  }
}

TEST_CASE("S3: when several keys are tried, the one that verified is named", "[verify]") {
  const KeySet keys = parse_keys(set_of(
      {with(fixture_jwk("p256_other"), "kid", "p256"), with(fixture_jwk("p256"), "kid", "p256")}));
  CHECK(judge(fixture_token("ES256"), keys) == "multiple_matching_keys");
  const auto jwt = verify(fixture_token("ES256"), keys,
                          {.multiple_keys = Expectations::MultipleKeys::try_each}, fixture_now());
  REQUIRE(jwt);
  CHECK(jwt->key().index() == 1);
}

TEST_CASE("S3: when every tried key fails, the signature is invalid", "[verify]") {
  const KeySet keys = parse_keys(set_of({with(fixture_jwk("p256_other"), "kid", "p256"),
                                         with(fixture_jwk("p256_other"), "kid", "p256")}));
  CHECK(judge(fixture_token("ES256"), keys,
              {.multiple_keys = Expectations::MultipleKeys::try_each}) == "signature_invalid");
}

TEST_CASE("J9: an extension that the caller understands passes", "[verify]") {
  Expectations expectations = hs256();
  expectations.crit = {"x"};
  const std::string token = sign(R"({"alg":"HS256","crit":["x"],"x":1})", "{}");
  CHECK(judge(token, secret_keys(), expectations) == "accepted");
  CHECK(judge(token, secret_keys(), hs256()) == "crit_unsupported crit");
}

TEST_CASE("verify: a key that must say its alg", "[verify]") {
  const Expectations strict{.require_key_alg = true};
  const Json key = with(fixture_jwk("p256"), "kid", "p256");
  CHECK(judge(fixture_token("ES256"), parse_keys(key), strict) == "key_alg_mismatch");
  CHECK(judge(fixture_token("ES256"), parse_keys(with(key, "alg", "ES256")), strict) == "accepted");
}

TEST_CASE("verify: a key that the caller chose, whatever its kid", "[verify]") {
  const Expectations chosen{.ignore_kid = true};
  const Json key = fixture_jwk("p256");
  const std::string token = fixture_token("ES256");
  for (const Json& jwk : {key, with(key, "kid", "another")}) {
    const KeySet keys = parse_keys(jwk);
    CHECK(judge(token, keys, {}) == "no_matching_key");
    CHECK(judge(token, keys, chosen) == "accepted");
    CHECK_FALSE(explain(token, keys, chosen, fixture_now()).keys.front().passed_over);
  }
  // Nothing else is let pass.
  CHECK(judge(token, parse_keys(fixture_jwk("p384")), chosen) == "key_alg_mismatch");
  const KeySet twins = parse_keys(Json{{"keys", {key, with(key, "kid", "another")}}});
  CHECK(judge(token, twins, chosen) == "multiple_matching_keys");
}

TEST_CASE("J17: the token limit can be set and is exact", "[verify]") {
  const std::string token = sign(hs256_header, "{}");
  Expectations expectations = hs256();
  expectations.max_token_size = token.size();
  CHECK(judge(token, secret_keys(), expectations) == "accepted");
  expectations.max_token_size = token.size() - 1;
  CHECK(judge(token, secret_keys(), expectations) == "token_too_large");
}

TEST_CASE("C12: typ is taken from the protected header", "[verify]") {
  Expectations expectations = hs256();
  expectations.typ = "at+jwt";
  CHECK(judge(sign(R"({"alg":"HS256","typ":"application/AT+JWT"})", "{}"), secret_keys(),
              expectations) == "accepted");
  CHECK(judge(sign(R"({"alg":"HS256"})", R"({"typ":"at+jwt"})"), secret_keys(), expectations) ==
        "typ_mismatch typ");
}

TEST_CASE("decode: takes apart what verify would, and verifies nothing", "[verify]") {
  const auto decoded = decode(encode_base64url(R"({"alg":"none"})") + "." +
                              encode_base64url(R"({"exp":"x"})") + ".");
  REQUIRE(decoded);
  CHECK(decoded->unverified_header["alg"] == "none");
  CHECK(decoded->unverified_claims["exp"] == "x");
  CHECK(decoded->header_text == R"({"alg":"none"})");
  CHECK(decoded->payload_text == R"({"exp":"x"})");
}

TEST_CASE("decode: is as strict about the form", "[verify]") {
  CHECK(outcome(decode("e30.e30")) == "token_malformed");
  CHECK(outcome(decode("e30.e30.AA.AA.AA")) == "jwe_unsupported");
  CHECK(outcome(decode("e31.e30.AA")) == "token_base64_invalid");
  CHECK(outcome(decode("W10.e30.AA")) == "header_json_invalid");
  CHECK(outcome(decode("e30.W10.AA")) == "payload_json_invalid");
  CHECK(outcome(decode("e30.e30.AA", 9)) == "token_too_large");
}

TEST_CASE("verify: no error holds a token, a claim's value or a key", "[verify]") {
  const std::string marker = "marker-4711";
  const Json key = with(secret_jwk(), "kid", marker);
  const std::string header = Json{{"alg", "HS256"}, {"kid", marker + "x"}}.dump();
  const std::string tokens[] = {
      sign(header, "{}"),
      sign(Json{{"alg", marker}}.dump(), "{}"),
      sign(Json{{"alg", "HS256"}, {"kid", {marker}}}.dump(), "{}"),
      sign(Json{{"alg", "HS256"}, {"crit", {marker}}, {marker, 1}}.dump(), "{}"),
      sign(hs256_header, Json{{"iss", marker}}.dump()),
      sign(hs256_header, Json{{"aud", {marker}}}.dump()),
      sign(hs256_header, Json{{"exp", marker}}.dump()),
      sign(hs256_header, "{\"" + marker),
      sign("{\"" + marker, "{}"),
      marker,
  };
  Expectations expectations = hs256();
  expectations.issuer = "i";
  for (const std::string& token : tokens) {
    const auto jwt = verify(token, parse_keys(key), expectations, 0);
    REQUIRE_FALSE(jwt);
    const std::string text = to_json(jwt.error()).dump();
    INFO(text);
    CHECK(text.find("marker") == text.npos);
  }
}
