#include <touchstone/digest.hpp>

#include "crypto/crypto.hpp"

namespace touchstone {

std::string sha256_hex(std::string_view bytes) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : crypto::digest(crypto::Hash::sha256, bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  return hex;
}

}  // namespace touchstone
