#pragma once

#include <span>

#include "crypto/crypto.hpp"

namespace touchstone {

/// A row of the table of signature algorithms (RFC 7518 section 3.1, RFC 8037, RFC 8812, RFC 9864,
/// RFC 9964).
struct Algorithm {
  std::string_view name;
  std::string_view kty;
  std::string_view
      crv;  ///< empty: the key type has none, or the algorithm goes with each of its curves
  crypto::Scheme scheme;
  crypto::Hash hash;
  std::size_t signature_length;  ///< bytes; 0: as long as the key's modulus, or its curve says
  std::size_t key_length;        ///< bytes of an AKP public key, the least of a secret; else 0

  bool is_symmetric() const { return scheme == crypto::Scheme::hmac; }
};

std::span<const Algorithm> algorithms();
const Algorithm* find_algorithm(std::string_view name);

/// A row of the table of elliptic curves (RFC 7518 section 7.6, RFC 8037, RFC 8812).
struct Curve {
  std::string_view name;
  std::string_view kty;
  crypto::CurveId id;
  std::size_t length;  ///< bytes of a coordinate (EC) or of the public key (OKP)
  std::size_t bits;
  std::size_t eddsa_signature_length;
};

const Curve* find_curve(std::string_view name);

/// Whether two rows are the same algorithm for a key on this curve: equal names, or EdDSA and the
/// name that RFC 9864 gives to the EdDSA of that curve.
bool is_same_algorithm(const Algorithm& a, const Algorithm& b, std::string_view crv);

}  // namespace touchstone
