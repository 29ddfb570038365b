// Several issuers side by side: a token is verified by the keys of its own issuer alone.
#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

const std::string ours = "https://id.example", other = "https://other.example";

KeySet other_keys() {
  return parse_keys({{"kty", "oct"}, {"k", encode_base64url(std::string(64, 'o'))}});
}

/// Ours sign with secret(), the other issuer has keys of its own.
IssuerSet two_issuers() {
  IssuerSet issuers;
  REQUIRE_FALSE(issuers.add(ours, secret_keys()));
  REQUIRE_FALSE(issuers.add(other, other_keys()));
  return issuers;
}

std::string token_of(const Json& iss) { return sign(hs256_header, Json{{"iss", iss}}.dump()); }

/// Signed with the other issuer's key.
std::string token_by_other(const Json& iss) {
  const std::string input =
      encode_base64url(hs256_header) + "." + encode_base64url(Json{{"iss", iss}}.dump());
  return input + "." + encode_base64url(hmac(crypto::Hash::sha256, std::string(64, 'o'), input));
}

std::string judge(const std::string& jwt, const Expectations& expectations = hs256()) {
  return outcome(verify(jwt, two_issuers(), expectations, 0));
}

Expectations expecting(OneOf issuer) {
  Expectations expectations = hs256();
  expectations.issuer = std::move(issuer);
  return expectations;
}

}  // namespace

TEST_CASE("issuers: a token is verified by its own issuer's keys", "[discovery]") {
  CHECK(judge(token_of(ours)) == "accepted");
  CHECK(judge(token_by_other(other)) == "accepted");
  const auto jwt = verify(token_of(ours), two_issuers(), hs256(), 0);
  REQUIRE(jwt);
  CHECK(jwt->claims()["iss"] == ours);
  CHECK_FALSE(jwt->unchecked().issuer);
}

TEST_CASE("issuers: never by another's", "[discovery]") {
  CHECK(judge(token_of(other)) == "signature_invalid");
  CHECK(judge(token_by_other(ours)) == "signature_invalid");
  CHECK(judge(token_of(other), expecting(OneOf{ours, other})) == "signature_invalid");
  CHECK(judge(token_of(other), expecting(ours)) == "signature_invalid");
}

TEST_CASE("issuers: one that is not there, to the letter", "[discovery]") {
  for (const Json& iss :
       {Json("https://id.example/"), Json("https://ID.example"), Json("HTTPS://id.example"),
        Json("https://id.example:443"), Json("https://id.exampl"), Json("https://id.example2"),
        Json(" https://id.example"), Json(std::string("https://id.example\0", 19)), Json(""),
        Json(), Json(1), Json(true), Json::array({ours}), Json::object()}) {
    INFO(iss.dump());
    CHECK(judge(token_of(iss)) == "issuer_unknown iss");
  }
  CHECK(judge(sign(hs256_header, "{}")) == "issuer_unknown iss");
  CHECK(outcome(verify(token_of(ours), IssuerSet(), hs256(), 0)) == "issuer_unknown iss");
}

TEST_CASE("issuers: of a payload's faults nothing is told before its signature is verified",
          "[discovery]") {
  const std::string twice = R"({"iss":"https://id.example","iss":"https://other.example"})";
  const std::string deep =
      R"({"iss":"https://id.example","a":)" + std::string(100, '[') + std::string(100, ']') + "}";
  for (const std::string& payload :
       {std::string(), std::string("[]"), std::string("{"), twice, deep}) {
    INFO(payload);
    CHECK(judge(sign(hs256_header, payload)) == "issuer_unknown iss");
  }
}

TEST_CASE("issuers: the token's own faults come first", "[discovery]") {
  CHECK(judge("") == "token_malformed");
  CHECK(judge("a.b.c.d.e") == "jwe_unsupported");
  CHECK(judge(sign("[]", "{}")) == "header_json_invalid");
  CHECK(judge(sign(R"({"alg":"none"})", Json{{"iss", ours}}.dump())) == "alg_none alg");
  CHECK(judge(token_of(ours) + std::string(64 << 10, 'A')) == "token_too_large");
}

TEST_CASE("issuers: an expected issuer narrows the set, and never widens it", "[discovery]") {
  CHECK(judge(token_of(ours), expecting(ours)) == "accepted");
  CHECK(judge(token_of(ours), expecting(OneOf{other, ours})) == "accepted");
  CHECK(judge(token_of(ours), expecting(other)) == "issuer_mismatch iss");
  CHECK(judge(token_by_other(other), expecting(ours)) == "issuer_mismatch iss");
  CHECK(judge(token_of("https://third.example"), expecting("https://third.example")) ==
        "issuer_unknown iss");
  CHECK(judge(token_of(ours), expecting(OneOf(std::vector<std::string>{}))) ==
        "option_invalid issuer");
}

TEST_CASE("issuers: the other expectations hold for each", "[discovery]") {
  Expectations expectations = hs256();
  expectations.audience = "api";
  CHECK(judge(token_of(ours), expectations) == "claim_missing aud");
  CHECK(judge(token_of(ours), {}) == "alg_not_allowed alg");
  // A profile wants an issuer, which the set gives.
  expectations.profile = Profile::id_token;
  const std::string id_token =
      sign(hs256_header,
           Json{{"iss", ours}, {"sub", "ada"}, {"aud", "api"}, {"exp", 1}, {"iat", 0}}.dump());
  CHECK(judge(id_token, expectations) == "accepted");
}

TEST_CASE("issuers: each is added once", "[discovery]") {
  IssuerSet issuers = two_issuers();
  CHECK(outcome(issuers.add(ours, other_keys())) == "option_invalid issuer");
  CHECK(outcome(issuers.add("", other_keys())) == "option_invalid issuer");
  CHECK(outcome(verify(token_of(ours), issuers, hs256(), 0)) == "accepted");
  REQUIRE(issuers.find(ours) != nullptr);
  CHECK(issuers.find(ours) != issuers.find(other));
  CHECK(issuers.find(ours + "/") == nullptr);
  CHECK(issuers.find(std::string_view(ours).substr(0, 5)) == nullptr);
  CHECK(issuers.find("") == nullptr);
  const KeySet* keys = issuers.find(ours);
  for (int i = 0; i < 1000; ++i)
    REQUIRE_FALSE(issuers.add("https://" + std::to_string(i), secret_keys()));
  CHECK(issuers.find(ours) == keys);
}
