extern "C" {
#include <mbedtls/constant_time.h>  // alone among them it does not say so itself
}
#include "crypto/mbedtls/mbedtls.hpp"

namespace touchstone::crypto {

bool verify_hmac(Hash hash, const Secret& key, std::string_view message, std::string_view tag) {
  std::string expected(digest_size(hash), '\0');
  if (tag.size() != expected.size()) return false;
  return mbedtls_md_hmac(md_info(hash), bytes(key.bytes()), key.bytes().size(), bytes(message),
                         message.size(), bytes(expected)) == 0 &&
         mbedtls_ct_memcmp(expected.data(), tag.data(), tag.size()) == 0;
}

}  // namespace touchstone::crypto
