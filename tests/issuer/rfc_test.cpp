// Others' private keys: the RFCs' and Wycheproof's are read or refused, and sign what these show.
#include <fstream>
#include <map>
#include <set>

#include "base64url.hpp"
#include "issuer/signing_key.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string sign_text(const SigningKey& key, std::string_view text) {
  const auto signature = std::visit(
      [&](const auto& private_key) {
        const Algorithm& algorithm = *key.data().algorithm;
        return crypto::sign(algorithm.scheme, algorithm.hash, private_key, text, entropy(1));
      },
      key.data().key);
  REQUIRE(signature);
  return encode_base64url(*signature);
}

Json read_vectors(const std::string& name) {
  return Json::parse(std::ifstream(TOUCHSTONE_TEST_VECTORS "/" + name));
}

}  // namespace

TEST_CASE("signing: the examples of RFC 7515 and RFC 7520", "[issuer]") {
  const Json files =
      Json::parse(std::ifstream(TOUCHSTONE_TEST_VECTORS "/rfc/rfc_jws_jwk_vectors.json"))
          .at("files");
  std::set<std::string> signed_with;
  for (const auto& [name, jws] : files.items()) {
    const auto dot = name.rfind('.');
    if (name.substr(dot) != ".jwsc" || !files.contains(name.substr(0, dot) + ".jwk")) continue;
    INFO(name);
    const std::string text = jws;
    const auto end = text.rfind('.');
    const std::string signing_input = text.substr(0, end);
    const Json header = Json::parse(*decode_base64url(text.substr(0, text.find('.'))));
    const std::string alg = header.at("alg");
    if (signing_input.ends_with('.')) continue;  // its payload is elsewhere
    const auto key = SigningKey::parse(files.at(name.substr(0, dot) + ".jwk").dump(), alg);
    INFO(outcome(key));
    REQUIRE(key);
    const std::string signature = sign_text(*key, signing_input);
    const bool is_deterministic = alg.starts_with("RS") || alg.starts_with("HS");
    if (is_deterministic) CHECK(signature == text.substr(end + 1));
    CHECK(verify_jws(signing_input + "." + signature, verifying_keys(*key),
                     {.algorithms = std::vector{alg}}));
    signed_with.insert(alg);
  }
  CHECK(signed_with == std::set<std::string>{"ES256", "ES512", "HS256", "PS384", "RS256"});
}

TEST_CASE("signing: Wycheproof's private keys", "[issuer]") {
  const std::map<int, std::string> reasons = {{8, "rsa_modulus_too_small n"},
                                              {9, "rsa_exponent_invalid e"},
                                              {10, "hmac_key_too_short k"},
                                              {11, "hmac_key_too_short k"},
                                              {12, "hmac_key_too_short k"},
                                              {16, "member_invalid k"},
                                              {17, "member_invalid k"},
                                              {18, "member_invalid k"},
                                              {19, "signing_alg_unsupported alg"},
                                              {20, "signing_alg_unsupported alg"},
                                              {21, "use_mismatch use"},
                                              {22, "ec_point_invalid"},
                                              {23, "alg_kty_inconsistent crv"},
                                              {24, "alg_kty_inconsistent kty"}};
  int valid = 0;
  const Json tests = read_vectors("wycheproof_private_keys.json").at("tests");
  for (const Json& test : tests) {
    INFO(test.dump());
    const auto key = SigningKey::parse(test.at("jwk").dump());
    if (test.at("result") == "invalid") {
      CHECK(outcome(key) == reasons.at(test.at("tcId")));
      continue;
    }
    INFO(outcome(key));
    REQUIRE(key);
    const std::string jws = test.at("jws");
    const auto end = jws.rfind('.');
    const std::string signature = sign_text(*key, jws.substr(0, end));
    if (key->is_symmetric()) CHECK(signature == jws.substr(end + 1));
    for (const std::string& text : {jws, jws.substr(0, end + 1) + signature})
      CHECK(verify_jws(text, verifying_keys(*key),
                       {.algorithms = std::vector{std::string(key->alg())}}));
    ++valid;
  }
  CHECK(valid == 4);
}
