#pragma once

#include <touchstone/jwk.hpp>

#include "algorithms.hpp"
#include "json.hpp"

namespace touchstone {

struct Jwk::Data {
  std::size_t index;
  std::string kty;
  std::string crv;
  std::optional<std::string> kid, alg, use;
  std::size_t bits;
  std::string thumbprint;
  crypto::PublicKey key;
};

/// Checks one element of a JWK Set, rules K4 to K20 of the requirements: type, purpose, material,
/// algorithm. Errors: 230 to 252, with the member's name. `tables` bounds what the key's tables
/// take; without it there is no bound.
Result<Jwk> parse_jwk(const Json& jwk, std::size_t index,
                      std::shared_ptr<crypto::TableMemory> tables = {});

/// Whether the key serves the algorithm: type, curve, its own alg, the length of a secret.
/// Empty, or kty_mismatch, crv_mismatch, key_alg_mismatch, hmac_key_too_short.
std::optional<Error::Id> unfit_for(const Jwk& key, const Algorithm& algorithm);

/// Bytes of a signature that this key makes with the algorithm.
std::size_t signature_length(const Jwk& key, const Algorithm& algorithm);

}  // namespace touchstone
