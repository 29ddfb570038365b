#include "support.hpp"

#include <map>

#include "crypto/crypto.hpp"

namespace touchstone::test {

std::string entropy(std::uint64_t number) {
  return crypto::digest(crypto::Hash::sha384, "entropy " + std::to_string(number));
}

namespace {

/// RSA takes long to make, so its algorithms share a key.
Result<SigningKey> make_key(std::string_view alg, std::uint64_t number) {
  const bool is_rsa = alg.starts_with("RS") || alg.starts_with("PS");
  if (!is_rsa || alg == "RS256")
    return SigningKey::generate(alg, entropy(number), {.rsa_bits = 2048});
  return SigningKey::parse(with(private_json(key_for("RS256")), "alg", alg).dump());
}

}  // namespace

const SigningKey& key_for(std::string_view alg) {
  static std::map<std::string, SigningKey, std::less<>> keys;
  auto known = keys.find(alg);
  if (known == keys.end()) {
    auto key = make_key(alg, keys.size());
    INFO(alg << ": " << outcome(key));
    REQUIRE(key);
    known = keys.emplace(alg, *key).first;
  }
  return known->second;
}

std::string outcome(const Error& error) {
  std::string text(error.reason());
  const Error::Detail& detail = error.detail();
  if (!detail.member.empty()) return text + " " + detail.member;
  if (!detail.hint.empty()) text.append(" ").append(detail.hint);
  return text;
}

std::string outcome(const Refusal& refusal) { return refusal ? outcome(*refusal) : "accepted"; }

Json private_json(const SigningKey& key) { return Json::parse(key.private_jwk().view()); }

KeySet verifying_keys(const SigningKey& key) {
  const auto jwk = key.public_jwk();
  auto keys = KeySet::parse(jwk ? jwk->json() : std::string(key.private_jwk().view()));
  REQUIRE(keys);
  REQUIRE(keys->keys().size() == 1);
  return *std::move(keys);
}

Json with(Json jwk, const std::string& name, const Json& value) {
  jwk.erase(name);
  if (!value.is_null()) jwk[name] = value;
  return jwk;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace touchstone::test
