// What the files of this folder share. The only folder that includes Mbed TLS.
#pragma once

#include <mbedtls/md.h>

#include "crypto/crypto.hpp"

namespace touchstone::crypto {

inline const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// Null for Hash::none.
const mbedtls_md_info_t* md_info(Hash hash);

}  // namespace touchstone::crypto
