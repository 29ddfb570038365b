#include "times.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "text.hpp"

namespace touchstone::cli {
namespace {

// The digits at the front of the text, exactly as many; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00": seconds east of Greenwich.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool is_west = text.starts_with('-');
  if (!take(text, "+-")) return {};
  const int hours = take_digits(text, 2);
  if (!take(text, ":")) return {};
  const int minutes = take_digits(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return {};
  return (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

// RFC 3339 section 5.6.
std::optional<NumericDate> parse_date(std::string_view text) {
  const int year = take_digits(text, 4);
  if (!take(text, "-")) return {};
  const int month = take_digits(text, 2);
  if (!take(text, "-")) return {};
  const int day = take_digits(text, 2);
  if (year < 0 || month < 0 || day < 0) return {};
  const std::chrono::year_month_day ymd{std::chrono::year{year},
                                        std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) return {};
  const auto days = static_cast<int>(std::chrono::sys_days{ymd}.time_since_epoch().count());
  const double midnight = 86400.0 * days;
  if (text.empty()) return midnight;

  if (!take(text, "Tt ")) return {};
  const int hour = take_digits(text, 2);
  if (!take(text, ":")) return {};
  const int minute = take_digits(text, 2);
  if (!take(text, ":")) return {};
  const int second = take_digits(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return {};
  double fraction = 0;
  if (take(text, ".")) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto part = parse_number(concat({"0.", text.substr(0, digits)}));
    if (!part) return {};
    fraction = *part;
    text.remove_prefix(digits);
  }
  const auto offset = parse_offset(text);
  if (!offset) return {};
  return midnight + hour * 3600 + minute * 60 + second + fraction - *offset;
}

std::string two_digits(unsigned value) {
  return concat({value < 10 ? "0" : "", std::to_string(value)});
}

}  // namespace

std::optional<NumericDate> parse_time(std::string_view text) {
  const auto seconds = parse_number(text);
  return seconds ? seconds : parse_date(text);
}

std::optional<double> parse_duration(std::string_view text) {
  // As the core reads those of its options.
  const auto read = Expectations::parse(nlohmann::json{{"maxTokenAge", std::string(text)}}.dump(
      -1, ' ', true, nlohmann::json::error_handler_t::replace));
  return read ? read->max_token_age : std::nullopt;
}

std::string duration(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
  for (const Unit& unit : kUnits) {
    const double count = seconds / unit.seconds;
    if (count >= 1 && count == std::floor(count) && count < 1e15)
      return concat({std::to_string(static_cast<std::uint64_t>(count)), unit.name});
  }
  return concat({nlohmann::json(seconds).dump(), "s"});
}

std::string date(NumericDate time) {
  constexpr double kYear0 = -62167219200, kYear10000 = 253402300800;
  if (!(time >= kYear0 && time < kYear10000)) return "";
  const auto days = static_cast<int>(std::floor(time / 86400));
  const auto rest = static_cast<unsigned>(std::floor(time - 86400.0 * days));
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{days}}};
  std::string year = std::to_string(static_cast<int>(ymd.year()));
  year.insert(0, 4 - year.size(), '0');
  const std::string month = two_digits(static_cast<unsigned>(ymd.month()));
  const std::string day = two_digits(static_cast<unsigned>(ymd.day()));
  return concat({year, "-", month, "-", day, "T", two_digits(rest / 3600), ":",
                 two_digits(rest / 60 % 60), ":", two_digits(rest % 60), "Z"});
}

std::string relative(NumericDate time, NumericDate now) {
  struct Unit {
    double seconds;
    const char* name;
  };
  // Each is used from twice its size on, so that "1 day" is never said of 47 hours.
  constexpr Unit kUnits[] = {
      {31556952, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  const double distance = std::abs(time - now);
  if (!(distance < 1e15)) return "";
  for (const Unit& unit : kUnits) {
    if (distance < 2 * unit.seconds && unit.seconds > 1) continue;
    const auto count = static_cast<std::size_t>(distance / unit.seconds);
    if (count == 0) return "now";
    const std::string words = counted(count, unit.name);
    return time > now ? concat({"in ", words}) : concat({words, " ago"});
  }
  return "";
}

std::string date_and_words(NumericDate time, NumericDate now) {
  const std::string shown = date(time);
  return shown.empty() ? "outside the years 0 to 9999" : concat({shown, ", ", relative(time, now)});
}

}  // namespace touchstone::cli
