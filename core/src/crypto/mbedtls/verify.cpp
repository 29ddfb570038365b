// Verification by Mbed TLS. Contexts are built for each call from the key's bytes: Mbed TLS writes
// to its RSA context while it verifies, so a shared one would need a lock.
extern "C" {
#include <mbedtls/constant_time.h>  // alone among them it does not say so itself
}
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#include "crypto/mbedtls/mbedtls.hpp"

namespace touchstone::crypto {
namespace {

struct Rsa : mbedtls_rsa_context {
  Rsa() { mbedtls_rsa_init(this); }
  ~Rsa() { mbedtls_rsa_free(this); }
  Rsa(const Rsa&) = delete;
};

struct Mpi : mbedtls_mpi {
  Mpi() { mbedtls_mpi_init(this); }
  ~Mpi() { mbedtls_mpi_free(this); }
  Mpi(const Mpi&) = delete;
};

/// A curve and a point on it.
struct EcPoint {
  mbedtls_ecp_group group;
  mbedtls_ecp_point point;
  EcPoint() {
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
  }
  ~EcPoint() {
    mbedtls_ecp_point_free(&point);
    mbedtls_ecp_group_free(&group);
  }
  EcPoint(const EcPoint&) = delete;

  /// False when the point is not on the curve.
  bool load(const EcKey& key) {
    const std::string uncompressed = '\4' + key.x + key.y;
    return mbedtls_ecp_group_load(&group, group_id(key.curve)) == 0 &&
           mbedtls_ecp_point_read_binary(&group, &point, bytes(uncompressed),
                                         uncompressed.size()) == 0 &&
           mbedtls_ecp_check_pubkey(&group, &point) == 0;
  }

  static mbedtls_ecp_group_id group_id(CurveId curve) {
    switch (curve) {
      case CurveId::p256:
        return MBEDTLS_ECP_DP_SECP256R1;
      case CurveId::p384:
        return MBEDTLS_ECP_DP_SECP384R1;
      case CurveId::p521:
        return MBEDTLS_ECP_DP_SECP521R1;
      case CurveId::secp256k1:
        return MBEDTLS_ECP_DP_SECP256K1;
      case CurveId::ed25519:
      case CurveId::ed448:
        break;
    }
    return MBEDTLS_ECP_DP_NONE;
  }
};

bool verify_rsa(Scheme scheme, Hash hash, const RsaKey& key, std::string_view message,
                std::string_view signature) {
  // Mbed TLS reads as many bytes as the modulus has, whatever it is given.
  if (signature.size() != key.n.size()) return false;
  Rsa rsa;
  if (mbedtls_rsa_import_raw(&rsa, bytes(key.n), key.n.size(), nullptr, 0, nullptr, 0, nullptr, 0,
                             bytes(key.e), key.e.size()) != 0 ||
      mbedtls_rsa_complete(&rsa) != 0 || mbedtls_rsa_check_pubkey(&rsa) != 0) {
    return false;
  }
  const mbedtls_md_type_t md = mbedtls_md_get_type(md_info(hash));
  const std::string hashed = digest(hash, message);
  const auto length = static_cast<unsigned>(hashed.size());
  if (scheme == Scheme::rsa_pkcs1) {
    return mbedtls_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE) == 0 &&
           mbedtls_rsa_pkcs1_verify(&rsa, md, length, bytes(hashed), bytes(signature)) == 0;
  }
  // RFC 7518 section 3.5: MGF1 with the same hash, a salt exactly as long as it.
  return mbedtls_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V21, md) == 0 &&
         mbedtls_rsa_rsassa_pss_verify_ext(&rsa, md, length, bytes(hashed), md,
                                           static_cast<int>(length), bytes(signature)) == 0;
}

bool verify_ecdsa(Hash hash, const EcKey& key, std::string_view message,
                  std::string_view signature) {
  const std::size_t half = key.x.size();
  if (signature.size() != 2 * half) return false;
  EcPoint ec;
  Mpi r, s;
  if (!ec.load(key) || mbedtls_mpi_read_binary(&r, bytes(signature), half) != 0 ||
      mbedtls_mpi_read_binary(&s, bytes(signature) + half, half) != 0) {
    return false;
  }
  const std::string hashed = digest(hash, message);
  return mbedtls_ecdsa_verify(&ec.group, bytes(hashed), hashed.size(), &ec.point, &r, &s) == 0;
}

bool verify_hmac(Hash hash, const Secret& key, std::string_view message,
                 std::string_view signature) {
  std::string tag(digest_size(hash), '\0');
  if (signature.size() != tag.size()) return false;
  return mbedtls_md_hmac(md_info(hash), bytes(key.bytes()), key.bytes().size(), bytes(message),
                         message.size(), bytes(tag)) == 0 &&
         mbedtls_ct_memcmp(tag.data(), signature.data(), tag.size()) == 0;
}

}  // namespace

bool is_on_curve(const EcKey& key) { return EcPoint().load(key); }

bool can_verify(Scheme scheme) { return scheme != Scheme::eddsa && scheme != Scheme::ml_dsa; }

bool verify_signature(Scheme scheme, Hash hash, const PublicKey& key, std::string_view message,
                      std::string_view signature) {
  switch (scheme) {
    case Scheme::rsa_pkcs1:
    case Scheme::rsa_pss:
      if (const auto* rsa = key.as<RsaKey>())
        return verify_rsa(scheme, hash, *rsa, message, signature);
      return false;
    case Scheme::ecdsa:
      if (const auto* ec = key.as<EcKey>()) return verify_ecdsa(hash, *ec, message, signature);
      return false;
    case Scheme::hmac:
      if (const auto* secret = key.as<Secret>())
        return verify_hmac(hash, *secret, message, signature);
      return false;
    case Scheme::eddsa:
    case Scheme::ml_dsa:
      break;
  }
  return false;
}

}  // namespace touchstone::crypto
