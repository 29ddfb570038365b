#include "algorithms.hpp"

#include "table.hpp"

namespace touchstone {
namespace {

using enum crypto::Scheme;
using enum crypto::Hash;

constexpr Algorithm algorithm_table[] = {
    // name, kty, crv, scheme, hash, signature length, key length
    {"RS256", "RSA", "", rsa_pkcs1, sha256, 0, 0},
    {"RS384", "RSA", "", rsa_pkcs1, sha384, 0, 0},
    {"RS512", "RSA", "", rsa_pkcs1, sha512, 0, 0},
    {"PS256", "RSA", "", rsa_pss, sha256, 0, 0},
    {"PS384", "RSA", "", rsa_pss, sha384, 0, 0},
    {"PS512", "RSA", "", rsa_pss, sha512, 0, 0},
    {"ES256", "EC", "P-256", ecdsa, sha256, 64, 0},
    {"ES384", "EC", "P-384", ecdsa, sha384, 96, 0},
    {"ES512", "EC", "P-521", ecdsa, sha512, 132, 0},
    {"ES256K", "EC", "secp256k1", ecdsa, sha256, 64, 0},
    {"EdDSA", "OKP", "", eddsa, none, 0, 0},
    {"Ed25519", "OKP", "Ed25519", eddsa, none, 64, 0},
    {"Ed448", "OKP", "Ed448", eddsa, none, 114, 0},
    {"ML-DSA-44", "AKP", "", ml_dsa, none, 2420, 1312},
    {"ML-DSA-65", "AKP", "", ml_dsa, none, 3309, 1952},
    {"ML-DSA-87", "AKP", "", ml_dsa, none, 4627, 2592},
    {"HS256", "oct", "", hmac, sha256, 32, 32},
    {"HS384", "oct", "", hmac, sha384, 48, 48},
    {"HS512", "oct", "", hmac, sha512, 64, 64},
};

constexpr Curve curve_table[] = {
    // name, kty, id, length, bits, EdDSA signature length
    {"P-256", "EC", crypto::CurveId::p256, 32, 256, 0},
    {"P-384", "EC", crypto::CurveId::p384, 48, 384, 0},
    {"P-521", "EC", crypto::CurveId::p521, 66, 521, 0},
    {"secp256k1", "EC", crypto::CurveId::secp256k1, 32, 256, 0},
    {"Ed25519", "OKP", crypto::CurveId::ed25519, 32, 256, 64},
    {"Ed448", "OKP", crypto::CurveId::ed448, 57, 456, 114},
};

}  // namespace

std::span<const Algorithm> algorithms() { return algorithm_table; }
const Algorithm* find_algorithm(std::string_view name) { return find_row(algorithm_table, name); }
const Curve* find_curve(std::string_view name) { return find_row(curve_table, name); }

bool is_same_algorithm(const Algorithm& a, const Algorithm& b, std::string_view crv) {
  if (a.name == b.name) return true;
  const auto is_eddsa_on_curve = [&](const Algorithm& row) {
    return row.scheme == eddsa && (row.crv.empty() || row.crv == crv);
  };
  return is_eddsa_on_curve(a) && is_eddsa_on_curve(b);
}

}  // namespace touchstone
