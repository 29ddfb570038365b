#include <mbedtls/gcm.h>

#include "crypto/mbedtls/signing/signing.hpp"

namespace touchstone::crypto {
namespace {

constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16;

class Gcm : public mbedtls_gcm_context {
 public:
  explicit Gcm(std::string_view key) {
    mbedtls_gcm_init(this);
    is_ready = key.size() == key_size &&
               mbedtls_gcm_setkey(this, MBEDTLS_CIPHER_ID_AES, crypto::bytes(key), 256) == 0;
  }
  ~Gcm() { mbedtls_gcm_free(this); }  // wipes the key
  Gcm(const Gcm&) = delete;
  bool is_ready;
};

}  // namespace

std::optional<SealedOctets> seal_aes_gcm(std::string_view key, std::string_view octets,
                                         std::string_view additional, std::string_view entropy) {
  Gcm gcm(key);
  const auto nonce = random_secret(nonce_size, entropy, "touchstone nonce");
  if (!gcm.is_ready || !nonce) return {};
  SealedOctets sealed{std::string(*nonce), std::string(octets.size(), '\0'),
                      std::string(tag_size, '\0')};
  if (mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, octets.size(), bytes(sealed.nonce),
                                nonce_size, bytes(additional), additional.size(), bytes(octets),
                                bytes(sealed.ciphertext), tag_size, bytes(sealed.tag)) != 0) {
    return {};
  }
  return sealed;
}

std::optional<WipedString> unseal_aes_gcm(std::string_view key, const SealedOctets& sealed,
                                          std::string_view additional) {
  Gcm gcm(key);
  if (!gcm.is_ready || sealed.nonce.size() != nonce_size || sealed.tag.size() != tag_size)
    return {};
  WipedString octets(sealed.ciphertext.size(), '\0');
  if (mbedtls_gcm_auth_decrypt(&gcm, octets.size(), bytes(sealed.nonce), nonce_size,
                               bytes(additional), additional.size(), bytes(sealed.tag), tag_size,
                               bytes(sealed.ciphertext), bytes(octets)) != 0) {
    return {};
  }
  return octets;
}

}  // namespace touchstone::crypto
