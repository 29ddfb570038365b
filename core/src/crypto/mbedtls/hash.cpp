#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>

#include "crypto/mbedtls/mbedtls.hpp"

namespace touchstone::crypto {

const mbedtls_md_info_t* md_info(Hash hash) {
  switch (hash) {
    case Hash::sha256:
      return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    case Hash::sha384:
      return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
    case Hash::sha512:
      return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
    case Hash::none:
      break;
  }
  return nullptr;
}

std::size_t digest_size(Hash hash) { return mbedtls_md_get_size(md_info(hash)); }

std::string digest(Hash hash, std::string_view message) {
  std::string value(digest_size(hash), '\0');
  // Cannot fail: these hashes allocate nothing and take any length.
  (void)mbedtls_md(md_info(hash), bytes(message), message.size(), bytes(value));
  return value;
}

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  mbedtls_platform_zeroize(other.bytes_.data(), other.bytes_.size());
}

Secret::~Secret() { mbedtls_platform_zeroize(bytes_.data(), bytes_.size()); }

}  // namespace touchstone::crypto
