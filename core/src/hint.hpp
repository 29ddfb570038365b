#pragma once

#include <string_view>

#include <touchstone/error.hpp>

namespace touchstone {

/// What a text is that was given for a JWK Set or a JWK and is none, and what to do: in fixed
/// words, for Error::Detail. Empty when it looks like nothing that people mistake for one.
std::string_view hint_at_key_set(std::string_view text);

/// The same for a token.
std::string_view hint_at_token(std::string_view text);

/// The error, with the hint when there is one.
Error with_hint(const Error& error, std::string_view hint);

}  // namespace touchstone
