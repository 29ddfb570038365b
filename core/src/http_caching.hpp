#pragma once

#include <optional>
#include <string_view>

namespace touchstone {

// What HTTP's caching fields say to a private cache (RFC 9111, RFC 5861). Every reader takes any
// bytes and looks at each of them once.

/// A directive whose argument is a number of seconds.
struct SecondsDirective {
  bool is_present = false;
  std::optional<double> seconds;  ///< none when it is malformed or stands twice
};

/// The directives of a response that a cache of JWK Sets obeys. s-maxage is for shared caches
/// (RFC 9111 section 5.2.2.10); unknown ones are nobody's (section 5.2.3).
struct CacheControl {
  bool no_store = false;
  bool no_cache = false;  ///< also when it names fields: a cache may take it so (section 5.2.2.4)
  bool must_revalidate = false;
  SecondsDirective max_age;
  SecondsDirective stale_while_revalidate;  ///< RFC 5861 section 3
  SecondsDirective stale_if_error;          ///< RFC 5861 section 4
};

/// Reads the values of all Cache-Control fields, joined by commas (RFC 9110 section 5.3). A list
/// whose quotes do not close means no_cache: what it hides may be anything.
CacheControl parse_cache_control(std::string_view list);

/// Digits alone; what is above 2^31 is 2^31 (RFC 9111 section 1.2.2).
std::optional<double> parse_delta_seconds(std::string_view text);

/// Seconds since the epoch, from any of the three forms of RFC 9110 section 5.6.7. `now` resolves
/// the two-digit year: no more than 50 years ahead. The day's name is not compared with the date.
std::optional<double> parse_http_date(std::string_view text, double now);

/// Whether this is an entity tag of visible ASCII, weak or strong (RFC 9110 section 8.8.3).
bool is_entity_tag(std::string_view text);

/// The seconds for which a response is fresh, from its Date on (RFC 9111 section 4.2.1): max-age,
/// else Expires less Date; none when it says neither. Malformed or repeated information means 0,
/// and so does an Expires that is no date. `expires` and `date` are the fields' values, empty when
/// absent; without a Date it is `now` (RFC 9110 section 6.6.1).
std::optional<double> freshness_lifetime(const CacheControl& control, std::string_view expires,
                                         std::string_view date, double now);

/// The text without spaces and tabs around it.
std::string_view trimmed(std::string_view text);

/// Whether the texts are equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace touchstone
