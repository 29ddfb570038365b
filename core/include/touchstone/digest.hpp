#pragma once

#include <string>
#include <string_view>

#include <touchstone/export.h>

namespace touchstone {

/// The SHA-256 of some bytes (FIPS 180-4) in 64 lower-case hexadecimal digits: a name for them that
/// changes when they do.
TOUCHSTONE_API std::string sha256_hex(std::string_view bytes) noexcept;

}  // namespace touchstone
