// Times for people: read from the command line, shown as a date and as words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <touchstone/claims.hpp>

namespace touchstone::cli {

/// Seconds since 1970, or a time such as 2026-11-23T18:30:00Z, 2026-11-23T18:30:00+01:00 or
/// 2026-11-23 (RFC 3339; a date alone is its first second in UTC).
std::optional<NumericDate> parse_time(std::string_view text);

/// Seconds from "90", "90s", "15m", "1.5h", "30d", "2w".
std::optional<double> parse_duration(std::string_view text);

/// "90s", "15m", "30d": in the largest unit of which it is a whole number.
std::string duration(double seconds);

/// "2026-11-23T18:30:00Z"; nothing for a time outside the years 0 to 9999.
std::string date(NumericDate time);

/// "3 days ago", "in 2 hours", "now".
std::string relative(NumericDate time, NumericDate now);

/// Both: "2026-11-23T18:30:00Z, 3 days ago".
std::string date_and_words(NumericDate time, NumericDate now);

}  // namespace touchstone::cli
