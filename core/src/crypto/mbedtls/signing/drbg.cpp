#include "crypto/mbedtls/signing/signing.hpp"

namespace touchstone::crypto {

Drbg::Drbg(std::string_view entropy, std::string_view purpose) {
  mbedtls_hmac_drbg_init(this);
  WipedString seed(entropy);
  seed += purpose;
  is_ready_ = entropy.size() >= min_entropy &&
              mbedtls_hmac_drbg_seed_buf(this, md_info(Hash::sha256), crypto::bytes(seed),
                                         seed.size()) == 0;
}

bool Drbg::fill(WipedString& bytes) {
  return is_ready_ && next(this, crypto::bytes(bytes), bytes.size()) == 0;
}

int Drbg::next(void* drbg, unsigned char* out, std::size_t length) {
  mbedtls_hmac_drbg_context* context = static_cast<Drbg*>(drbg);
  return mbedtls_hmac_drbg_random(context, out, length);
}

std::optional<WipedString> random_secret(std::size_t length, std::string_view entropy,
                                         std::string_view purpose) {
  WipedString octets(length, '\0');
  if (!Drbg(entropy, purpose).fill(octets)) return {};
  return octets;
}

std::optional<std::string> sign(Scheme, Hash hash, const SymmetricKey& key,
                                std::string_view message, std::string_view) {
  std::string tag(digest_size(hash), '\0');
  if (mbedtls_md_hmac(md_info(hash), bytes(key.k), key.k.size(), bytes(message), message.size(),
                      bytes(tag)) != 0) {
    return {};
  }
  return tag;
}

}  // namespace touchstone::crypto
