#include "http_caching.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace touchstone {
namespace {

constexpr double greatest_delta = 2147483648;  // 2^31

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The end of the list's element that begins at `from`: its comma, or the end of the list. Commas
/// in a quoted string do not count. npos when a quote does not close.
std::size_t element_end(std::string_view list, std::size_t from) {
  bool is_quoted = false;
  for (std::size_t at = from; at < list.size(); ++at) {
    if (is_quoted && list[at] == '\\') {
      ++at;
    } else if (list[at] == '"') {
      is_quoted = !is_quoted;
    } else if (list[at] == ',' && !is_quoted) {
      return at;
    }
  }
  return is_quoted ? list.npos : list.size();
}

/// "60" and "\"60\"" alike: a recipient takes both (RFC 9111 section 5.2).
std::string_view unquoted(std::string_view argument) {
  const bool is_quoted = argument.size() >= 2 && argument.front() == '"' && argument.back() == '"';
  return is_quoted ? argument.substr(1, argument.size() - 2) : argument;
}

void read_seconds(std::string_view argument, SecondsDirective& directive) {
  const auto seconds = parse_delta_seconds(unquoted(argument));
  directive.seconds = directive.is_present ? std::nullopt : seconds;
  directive.is_present = true;
}

void read_directive(std::string_view element, CacheControl& control) {
  const auto equals = element.find('=');
  // White space around '=' is not in the grammar, but its sender meant the directive; the argument
  // is malformed then.
  const std::string_view name = trimmed(element.substr(0, equals));
  const std::string_view argument =
      equals == element.npos ? std::string_view() : element.substr(equals + 1);
  const auto is = [&](std::string_view known) { return equals_ignoring_case(name, known); };
  if (is("no-store")) control.no_store = true;
  if (is("no-cache")) control.no_cache = true;
  if (is("must-revalidate")) control.must_revalidate = true;
  if (is("max-age")) read_seconds(argument, control.max_age);
  if (is("stale-while-revalidate")) read_seconds(argument, control.stale_while_revalidate);
  if (is("stale-if-error")) read_seconds(argument, control.stale_if_error);
}

/// Reads a date from front to back.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return fail();
    rest_.remove_prefix(literal.size());
    return true;
  }

  /// So many digits; a space may stand for the first one where the form allows it.
  int number(std::size_t digits, bool is_padded = false) {
    if (rest_.size() < digits) return fail();
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const bool is_padding = i == 0 && is_padded && rest_[i] == ' ';
      if (!is_padding && !is_digit(rest_[i])) return fail();
      value = 10 * value + (is_padding ? 0 : rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  /// The position of the one that stands next.
  template <std::size_t count>
  int one_of(const std::string_view (&names)[count], std::size_t length = std::string_view::npos) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view name = names[i].substr(0, length);
      if (!rest_.starts_with(name)) continue;
      rest_.remove_prefix(name.size());
      return static_cast<int>(i);
    }
    return fail();
  }

  bool is_good_at_end() const { return is_good_ && rest_.empty(); }

 private:
  bool fail() { return is_good_ = false; }
  std::string_view rest_;
  bool is_good_ = true;
};

constexpr std::string_view days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};
constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Date {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void read_time(DateReader& reader, Date& date) {
  date.hour = reader.number(2);
  reader.take(":");
  date.minute = reader.number(2);
  reader.take(":");
  date.second = reader.number(2);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
bool read_imf_fixdate(std::string_view text, Date& date) {
  DateReader reader(text);
  reader.one_of(days, 3);
  reader.take(", ");
  date.day = reader.number(2);
  reader.take(" ");
  date.month = reader.one_of(months);
  reader.take(" ");
  date.year = reader.number(4);
  reader.take(" ");
  read_time(reader, date);
  reader.take(" GMT");
  return reader.is_good_at_end();
}

/// "Sunday, 06-Nov-94 08:49:37 GMT"
bool read_rfc850_date(std::string_view text, Date& date) {
  DateReader reader(text);
  reader.one_of(days);
  reader.take(", ");
  date.day = reader.number(2);
  reader.take("-");
  date.month = reader.one_of(months);
  reader.take("-");
  date.year = 1900 + reader.number(2);
  reader.take(" ");
  read_time(reader, date);
  reader.take(" GMT");
  return reader.is_good_at_end();
}

/// "Sun Nov  6 08:49:37 1994"
bool read_asctime_date(std::string_view text, Date& date) {
  DateReader reader(text);
  reader.one_of(days, 3);
  reader.take(" ");
  date.month = reader.one_of(months);
  reader.take(" ");
  date.day = reader.number(2, true);
  reader.take(" ");
  read_time(reader, date);
  reader.take(" ");
  date.year = reader.number(4);
  return reader.is_good_at_end();
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool is_possible(const Date& date) {
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int length = lengths[date.month] + (date.month == 1 && is_leap(date.year) ? 1 : 0);
  return date.day >= 1 && date.day <= length && date.hour < 24 && date.minute < 60 &&
         date.second <= 60;  // a leap second
}

double seconds_since_epoch(const Date& date) {
  constexpr int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int last = date.year - 1;
  const int leap_days = last / 4 - last / 100 + last / 400;
  const int in_year =
      days_before[date.month] + (date.month > 1 && is_leap(date.year) ? 1 : 0) + date.day - 1;
  constexpr int days_before_1970 = 719162;
  const int day = 365 * last + leap_days + in_year - days_before_1970;
  return 86400.0 * day + 3600.0 * date.hour + 60.0 * date.minute + date.second;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

CacheControl parse_cache_control(std::string_view list) {
  CacheControl control;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = element_end(list, at);
    if (end == list.npos) {
      control.no_cache = true;
      break;
    }
    read_directive(trimmed(list.substr(at, end - at)), control);
    at = end + 1;
  }
  return control;
}

std::optional<double> parse_delta_seconds(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  double seconds = 0;
  for (const char c : text) seconds = std::min(10 * seconds + (c - '0'), greatest_delta);
  return seconds;
}

std::optional<double> parse_http_date(std::string_view text, double now) {
  Date date;
  if (read_imf_fixdate(text, date) || read_asctime_date(text, date)) {
    if (date.year < 1 || !is_possible(date)) return {};
    return seconds_since_epoch(date);
  }
  if (!read_rfc850_date(text, date)) return {};
  // Of the centuries, the last in which it is no more than 50 years ahead.
  constexpr double fifty_years = 50 * 365.25 * 86400;
  std::optional<double> latest;
  for (; date.year < 10000; date.year += 100) {
    if (!is_possible(date)) continue;
    const double seconds = seconds_since_epoch(date);
    if (latest && seconds > now + fifty_years) break;
    latest = seconds;
  }
  return latest;
}

bool is_entity_tag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '"'; });
}

std::optional<double> freshness_lifetime(const CacheControl& control, std::string_view expires,
                                         std::string_view date, double now) {
  if (control.max_age.is_present) return control.max_age.seconds.value_or(0);
  if (expires.empty()) return {};
  const auto end = parse_http_date(expires, now);
  const double begin = parse_http_date(date, now).value_or(now);
  return end ? std::max(*end - begin, 0.0) : 0;
}

}  // namespace touchstone
