// RSA, a context for each call: Mbed TLS keeps what blinds in it, so a shared one would need a
// lock.
#include <mbedtls/rsa.h>

#include "crypto/mbedtls/signing/signing.hpp"

namespace touchstone::crypto {
namespace {

constexpr int public_exponent = 65537;

struct Rsa : mbedtls_rsa_context {
  Rsa() { mbedtls_rsa_init(this); }
  ~Rsa() { mbedtls_rsa_free(this); }
  Rsa(const Rsa&) = delete;

  /// With the exponents of the Chinese remainder theorem as they are: computing them would take
  /// inversions whose time tells of the primes.
  bool load(const RsaPrivateKey& key) {
    const auto put = [](mbedtls_mpi& number, const WipedString& magnitude) {
      return mbedtls_mpi_read_binary(&number, bytes(magnitude), magnitude.size()) == 0;
    };
    const RsaKey& pub = key.public_key;
    return put(MBEDTLS_PRIVATE(DP), key.dp) && put(MBEDTLS_PRIVATE(DQ), key.dq) &&
           put(MBEDTLS_PRIVATE(QP), key.qi) &&
           mbedtls_rsa_import_raw(this, bytes(pub.n), pub.n.size(), bytes(key.p), key.p.size(),
                                  bytes(key.q), key.q.size(), bytes(key.d), key.d.size(),
                                  bytes(pub.e), pub.e.size()) == 0 &&
           mbedtls_rsa_complete(this) == 0;
  }
};

}  // namespace

std::optional<RsaPrivateKey> generate_rsa(std::size_t bits, std::string_view entropy) {
  Drbg drbg(entropy, "touchstone RSA");
  Rsa rsa;
  if (!drbg.is_ready() || mbedtls_rsa_gen_key(&rsa, Drbg::next, &drbg, static_cast<unsigned>(bits),
                                              public_exponent) != 0) {
    return {};
  }
  Mpi n, p, q, d, e, dp, dq, qi;
  if (mbedtls_rsa_export(&rsa, &n, &p, &q, &d, &e) != 0 ||
      mbedtls_rsa_export_crt(&rsa, &dp, &dq, &qi) != 0) {
    return {};
  }
  RsaPrivateKey key;
  const bool is_written = write(n, key.public_key.n) && write(e, key.public_key.e) &&
                          write(d, key.d) && write(p, key.p) && write(q, key.q) &&
                          write(dp, key.dp) && write(dq, key.dq) && write(qi, key.qi);
  if (!is_written) return {};
  return key;
}

bool is_consistent(const RsaPrivateKey& key) {
  Rsa rsa;
  return rsa.load(key) && mbedtls_rsa_check_privkey(&rsa) == 0;
}

std::optional<std::string> sign(Scheme scheme, Hash hash, const RsaPrivateKey& key,
                                std::string_view message, std::string_view entropy) {
  Drbg drbg(entropy, "touchstone RSA signature");
  Rsa rsa;
  if (!drbg.is_ready() || !rsa.load(key)) return {};
  const mbedtls_md_type_t md = mbedtls_md_get_type(md_info(hash));
  const std::string hashed = digest(hash, message);
  const auto length = static_cast<unsigned>(hashed.size());
  std::string signature(key.public_key.n.size(), '\0');
  // Both check what they made with the public key before they give it out.
  if (scheme == Scheme::rsa_pkcs1) {
    if (mbedtls_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE) != 0 ||
        mbedtls_rsa_rsassa_pkcs1_v15_sign(&rsa, Drbg::next, &drbg, md, length, bytes(hashed),
                                          bytes(signature)) != 0) {
      return {};
    }
    return signature;
  }
  // RFC 7518 section 3.5: MGF1 with the same hash, a salt exactly as long as it.
  if (mbedtls_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V21, md) != 0 ||
      mbedtls_rsa_rsassa_pss_sign_ext(&rsa, Drbg::next, &drbg, md, length, bytes(hashed),
                                      static_cast<int>(length), bytes(signature)) != 0) {
    return {};
  }
  return signature;
}

}  // namespace touchstone::crypto
