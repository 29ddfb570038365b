// What the issuer's tests share.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <touchstone/issuer.hpp>
#include <touchstone/touchstone.hpp>

#include "json.hpp"

namespace touchstone::test {

/// Every algorithm that an issuer signs with.
inline constexpr std::string_view signing_algorithms[] = {
    "RS256", "RS384",  "RS512",   "PS256", "PS384", "PS512", "ES256", "ES384",
    "ES512", "ES256K", "Ed25519", "EdDSA", "HS256", "HS384", "HS512"};

/// 48 bytes, other ones for each number.
std::string entropy(std::uint64_t number);

/// A key of the algorithm, made once: RSA takes long.
const SigningKey& key_for(std::string_view alg);

/// "accepted", or the reason and the member at fault: "member_invalid n".
std::string outcome(const Error& error);
std::string outcome(const Refusal& refusal);
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "accepted" : outcome(result.error());
}

Json private_json(const SigningKey& key);
/// The key as a verifier has it: the public part, or the secret itself.
KeySet verifying_keys(const SigningKey& key);
/// A copy with one member set; null removes it.
Json with(Json jwk, const std::string& name, const Json& value);

std::string from_hex(std::string_view hex);
std::string to_hex(std::string_view bytes);

}  // namespace touchstone::test
