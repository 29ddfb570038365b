// verify, explain, decode, verify_jws and the way by an IssuerSet on one token: their verdicts
// agree. Input: the first byte chooses the expectations, the rest is the token.
#include <touchstone/touchstone.hpp>

#include "require.hpp"

using namespace touchstone;

namespace {

/// RFC 7515 appendix A.1 to A.4: tokens of these keys are among the seeds.
constexpr std::string_view public_set = R"({"keys":[
  {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
  {"kty":"RSA","kid":"a","use":"enc"}, 1]})";
constexpr std::string_view secret_set =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";

constexpr const char* choices[] = {
    "{}",
    R"({"algorithms":["HS256"]})",
    R"({"algorithms":["HS256","ES256"],"multipleKeys":"try","crit":["x"]})",
    R"({"algorithms":["HS256","ES256"],"issuer":"joe","audience":"a","typ":"JWT","maxTokenAge":60})",
    R"({"algorithms":["HS256"],"profile":"access_token","issuer":"joe","audience":"a"})",
    R"({"algorithms":["HS256"],"profile":"introspection_response","issuer":"joe","audience":"a"})",
    R"({"algorithms":["HS256"],"profile":"id_token","issuer":"joe","audience":"a","nonce":"n"})",
    R"({"algorithms":["HS256","ES256"],"signatures":"all","requireKeyAlg":true})",
};

constexpr NumericDate now = 1'300'819'379;

/// Routed by its iss a token is accepted exactly when the keys that it is routed to accept it.
void check_routing(std::string_view token, const KeySet& keys, const Expectations& expectations,
                   const Result<VerifiedJwt>& jwt) {
  IssuerSet issuers;
  require(!issuers.add("joe", keys));
  const auto routed = verify(token, issuers, expectations, now);
  require(routed.has_value() == (jwt && jwt->claims()["iss"] == "joe"));
  require(!routed ||
          (routed->payload_text() == jwt->payload_text() && !routed->unchecked().issuer));
}

void check_agreement(std::string_view token, const KeySet& keys, const Expectations& expectations) {
  const auto jwt = verify(token, keys, expectations, now);
  const auto jws = verify_jws(token, keys, expectations);
  const auto decoded = decode(token);
  const Explanation explanation = explain(token, keys, expectations, now);

  require(explanation.refusal.has_value() == !jwt.has_value());
  check_routing(token, keys, expectations, jwt);
  int failed = 0;
  for (const auto& step : explanation.steps) failed += step.status == Explanation::Status::failed;
  require(failed == (jwt ? 0 : 1));
  require(to_json(explanation).at("valid") == jwt.has_value());
  require(explanation.unverified.has_value() == decoded.has_value());

  if (!jwt) {
    require(explanation.refusal->id() == jwt.error().id());
    require(explanation.refusal->detail().member == jwt.error().detail().member);
    require(!jwt.error().reason().empty());
    return;
  }
  // A JWT that is accepted is a JWS that is accepted, with the same payload.
  require(jws && jws->payload() == jwt->payload_text());
  require(decoded && decoded->payload_text == jwt->payload_text());
  require(decoded->unverified_claims.json() == jwt->claims().json());
  require(explanation.key_index == jwt->key().index());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const KeySet keys[] = {*KeySet::parse(public_set), *KeySet::parse(secret_set)};
  if (size == 0) return 0;
  const std::string_view token(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto expectations = Expectations::parse(choices[data[0] % std::size(choices)]);
  require(expectations.has_value());
  for (const KeySet& set : keys) {
    check_agreement(token, set, *expectations);
    (void)verify_jws(token, set, *expectations, "detached");
  }
  return 0;
}
