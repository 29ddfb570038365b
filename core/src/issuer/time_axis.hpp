// What the timeline's drawings share: dates, where they stand on an axis, and what is shown of a
// key.
#pragma once

#include <touchstone/timeline.hpp>

namespace touchstone {

/// "2026-11-26 01:10:00", in UTC.
std::string date_text(NumericDate time);

struct Tick {
  NumericDate time;
  std::string label;    ///< "18:30", "26 Nov", "2026"
  std::string context;  ///< what the label leaves out, where it is not that of the tick before
};

/// The round times in a stretch, as many as there may be and no more.
std::vector<Tick> ticks(NumericDate from, NumericDate until, std::size_t at_most);

/// From a timeline's own time to a place between 0 and 1; what lies outside is put at the ends.
class TimeAxis {
 public:
  explicit TimeAxis(const Timeline& timeline);
  double place(NumericDate time) const;
  NumericDate from() const { return from_; }
  NumericDate until() const { return until_; }

 private:
  NumericDate from_, until_;
};

/// A kid's beginning and end, in printable ASCII but for the ellipsis.
std::string short_kid(std::string_view kid, std::size_t at_most, std::string_view ellipsis);
/// The text with all that is no printable ASCII as `?`: a ring's kids are, a caller's may not be.
std::string printable(std::string_view text);

}  // namespace touchstone
