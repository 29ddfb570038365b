// The RFCs' private keys: they are read, and sign what the RFCs show.
#include <fstream>
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
