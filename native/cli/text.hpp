// Text from outside, made fit to be shown; and the little reading and writing of numbers that
// commands do.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace touchstone::cli {

/// The parts, one behind the other.
std::string concat(std::initializer_list<std::string_view> parts);

bool is_utf8(std::string_view text);

/// The text with everything that steers a terminal, or hides or reorders what is read, spelt out
/// (\u001b). Bytes that are no UTF-8 become \xff.
std::string visible(std::string_view text);

/// The same as a JSON string, quotation marks included, cut short when it is long.
std::string in_quotes(std::string_view text);

/// The number of columns that visible text takes: one for each code point.
std::size_t width(std::string_view text);

/// A decimal number such as "-1.5"; no exponent, no sign but a minus.
std::optional<double> parse_number(std::string_view text);

/// 1234567 as "1,234,567".
std::string grouped(std::size_t number);

/// "1 key", "2 keys".
std::string counted(std::size_t number, std::string_view noun);

}  // namespace touchstone::cli
