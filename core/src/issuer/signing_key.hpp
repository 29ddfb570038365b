#pragma once

#include <touchstone/signing_key.hpp>

#include "algorithms.hpp"
#include "crypto/signing.hpp"

namespace touchstone {

struct SigningKey::Data {
  const Algorithm* algorithm;
  std::string kid, thumbprint;
  crypto::PrivateKey key;
};

/// Null for what this build does not sign with: ML-DSA, Ed448.
const Algorithm* find_signing_algorithm(std::string_view name);

/// A document that may hold secrets: all that it allocates is wiped.
using SecretJson =
    nlohmann::basic_json<std::map, std::vector, crypto::WipedString, bool, std::int64_t,
                         std::uint64_t, double, crypto::WipingAllocator>;

/// As of json.hpp.
const SecretJson* find(const SecretJson& object, std::string_view name);

/// SigningKey::parse() of a JWK inside another document.
Result<SigningKey> parse_signing_key(const SecretJson& jwk, std::string_view alg);

/// private_jwk(), for another document.
crypto::WipedString write_private_jwk(const SigningKey& key);

/// Whether it may stand in headers, logs and file names: 1 to 256 printable ASCII characters.
bool is_valid_kid(std::string_view kid);

}  // namespace touchstone
