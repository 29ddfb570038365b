// Contexts are built for each call from the key's bytes: Mbed TLS writes to its RSA context while
// it verifies, so a shared one would need a lock.
#include "crypto/mbedtls/reference.hpp"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#include "crypto/mbedtls/curves.hpp"
#include "crypto/mbedtls/mbedtls.hpp"

namespace touchstone::crypto::reference {
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

class RsaVerifier : public Verifier {
 public:
  explicit RsaVerifier(const RsaKey& key) : key_(key) {}
  bool verify(Scheme scheme, Hash hash, std::string_view message,
              std::string_view signature) const override {
    return (scheme == Scheme::rsa_pkcs1 || scheme == Scheme::rsa_pss) &&
           verify_rsa(scheme, hash, key_, message, signature);
  }

 private:
  RsaKey key_;
};

class EcVerifier : public Verifier {
 public:
  explicit EcVerifier(const EcKey& key) : key_(key) {}
  bool verify(Scheme scheme, Hash hash, std::string_view message,
              std::string_view signature) const override {
    return scheme == Scheme::ecdsa && verify_ecdsa(hash, key_, message, signature);
  }

 private:
  EcKey key_;
};

}  // namespace

std::unique_ptr<const Verifier> make_verifier(const PublicKey::Form& form) {
  if (const auto* rsa = std::get_if<RsaKey>(&form)) return std::make_unique<RsaVerifier>(*rsa);
  const auto* ec = std::get_if<EcKey>(&form);
  if (ec != nullptr && EcPoint().load(*ec)) return std::make_unique<EcVerifier>(*ec);
  return nullptr;
}

}  // namespace touchstone::crypto::reference
