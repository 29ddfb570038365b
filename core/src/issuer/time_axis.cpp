#include "issuer/time_axis.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace touchstone {
namespace {

using std::chrono::year_month_day;

constexpr double minute = 60, hour = 3600, day = 86400;

year_month_day date_of(NumericDate time) {
  const auto days = static_cast<int>(std::floor(time / day));
  return year_month_day{std::chrono::sys_days{std::chrono::days{days}}};
}

std::string padded(int number, std::size_t width = 2) {
  std::string text = std::to_string(std::abs(number));
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return number < 0 ? '-' + text : text;
}

std::string year_text(year_month_day date) { return padded(static_cast<int>(date.year()), 4); }
std::string month_text(year_month_day date) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return std::string(names.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3));
}
std::string day_text(year_month_day date) {
  return std::to_string(static_cast<unsigned>(date.day())) + ' ' + month_text(date);
}

std::string clock_text(NumericDate time, bool has_seconds) {
  const auto second = static_cast<int>(std::floor(time - day * std::floor(time / day)));
  std::string text = padded(second / 3600) + ':' + padded(second / 60 % 60);
  if (has_seconds) text += ':' + padded(second % 60);
  return text;
}

enum class Unit { seconds, minutes, days, months, years };

struct Step {
  Unit unit;
  double count;       // of seconds, or of months
  double offset = 0;  // in seconds, from where multiples are counted
};

constexpr double weeks_begin = 4 * day;  // 1970-01-01 was a Thursday

constexpr Step steps[] = {
    {Unit::seconds, 1},
    {Unit::seconds, 2},
    {Unit::seconds, 5},
    {Unit::seconds, 10},
    {Unit::seconds, 15},
    {Unit::seconds, 30},
    {Unit::minutes, minute},
    {Unit::minutes, 2 * minute},
    {Unit::minutes, 5 * minute},
    {Unit::minutes, 10 * minute},
    {Unit::minutes, 15 * minute},
    {Unit::minutes, 30 * minute},
    {Unit::minutes, hour},
    {Unit::minutes, 2 * hour},
    {Unit::minutes, 3 * hour},
    {Unit::minutes, 6 * hour},
    {Unit::minutes, 12 * hour},
    {Unit::days, day},
    {Unit::days, 2 * day},
    {Unit::days, 7 * day, weeks_begin},
    {Unit::days, 14 * day, weeks_begin},
    {Unit::months, 1},
    {Unit::months, 2},
    {Unit::months, 3},
    {Unit::months, 6},
    {Unit::years, 12},
    {Unit::years, 24},
    {Unit::years, 60},
    {Unit::years, 120},
    {Unit::years, 240},
    {Unit::years, 600},
    {Unit::years, 1200},
    {Unit::years, 6000},
    {Unit::years, 12'000},
    {Unit::years, 24'000},
};

bool is_calendar(const Step& step) { return step.unit == Unit::months || step.unit == Unit::years; }

/// In seconds, nearly.
double length_of(const Step& step) {
  return is_calendar(step) ? step.count * 30.4369 * day : step.count;
}

/// The number of the step's multiple that a time is not before.
double multiple_of(const Step& step, NumericDate time) {
  if (!is_calendar(step)) return std::floor((time - step.offset) / step.count);
  const year_month_day date = date_of(time);
  const double months =
      12.0 * static_cast<int>(date.year()) + static_cast<unsigned>(date.month()) - 1;
  return std::floor(months / step.count);
}

NumericDate time_of(const Step& step, double multiple) {
  if (!is_calendar(step)) return multiple * step.count + step.offset;
  const auto months = static_cast<int>(multiple * step.count);
  const int year = (months - (months % 12 + 12) % 12) / 12;
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(months - year * 12) + 1},
                            std::chrono::day{1}};
  return day * static_cast<double>(std::chrono::sys_days{date}.time_since_epoch().count());
}

Tick tick_at(const Step& step, NumericDate time) {
  const year_month_day date = date_of(time);
  switch (step.unit) {
    case Unit::seconds:
    case Unit::minutes:
      return {time, clock_text(time, step.unit == Unit::seconds),
              day_text(date) + ' ' + year_text(date)};
    case Unit::days:
      return {time, day_text(date), year_text(date)};
    case Unit::months:
      return {time, month_text(date), year_text(date)};
    case Unit::years:
      return {time, year_text(date), ""};
  }
  return {time, "", ""};
}

}  // namespace

std::string date_text(NumericDate time) {
  const year_month_day date = date_of(time);
  return year_text(date) + '-' + padded(static_cast<int>(static_cast<unsigned>(date.month()))) +
         '-' + padded(static_cast<int>(static_cast<unsigned>(date.day()))) + ' ' +
         clock_text(time, true);
}

std::vector<Tick> ticks(NumericDate from, NumericDate until, std::size_t at_most) {
  const auto wanted = static_cast<double>(std::max<std::size_t>(at_most, 1));
  const auto* step = std::find_if(std::begin(steps), std::end(steps) - 1, [&](const Step& each) {
    return (until - from) / length_of(each) <= wanted;
  });
  std::vector<Tick> found;
  std::string context;
  for (double multiple = multiple_of(*step, from);; ++multiple) {
    const NumericDate time = time_of(*step, multiple);
    if (time > until) return found;
    if (time < from) continue;
    Tick tick = tick_at(*step, time);
    if (tick.context == context)
      tick.context.clear();
    else
      context = tick.context;
    found.push_back(std::move(tick));
  }
}

TimeAxis::TimeAxis(const Timeline& timeline)
    : from_(timeline.from), until_(std::max(timeline.until, timeline.from + 1)) {}

double TimeAxis::place(NumericDate time) const {
  return std::clamp((time - from_) / (until_ - from_), 0.0, 1.0);
}

std::string short_kid(std::string_view kid, std::size_t at_most, std::string_view ellipsis) {
  std::string text = printable(kid);
  if (text.size() <= at_most) return text;
  const std::size_t end = (at_most - 1) / 3;
  return text.substr(0, at_most - 1 - end).append(ellipsis) + text.substr(text.size() - end);
}

std::string printable(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

}  // namespace touchstone
