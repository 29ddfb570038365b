#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace touchstone {

/// The bytes behind canonical unpadded base64url (RFC 7515 section 2); empty when it is anything
/// else: padding, white space, another alphabet, an impossible length, spare bits that are not zero
/// (RFC 4648 section 3.5). Each value has exactly one accepted spelling, so a signature cannot be
/// respelled.
std::optional<std::string> decode_base64url(std::string_view text);

/// The same for standard base64 with its padding, as x5c uses it (RFC 7517 section 4.7).
std::optional<std::string> decode_base64(std::string_view text);

/// Whether the character is one of the alphabet's 64.
bool is_base64url(char c);

std::string encode_base64url(std::string_view bytes);

}  // namespace touchstone
