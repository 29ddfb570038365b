#pragma once

#include <string_view>

namespace touchstone {

/// The double nearest to a JSON number (RFC 8259 section 6), ties to even: the one that JavaScript
/// reads, too. Infinite when the number is beyond the doubles.
///
/// The C library's strtod minds the locale, and in WebAssembly calculates in software with 128-bit
/// floats, which are larger than all of this; std::from_chars for doubles came after C++20's first
/// libraries.
double nearest_double(std::string_view number);

}  // namespace touchstone
