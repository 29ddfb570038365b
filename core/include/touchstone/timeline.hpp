// Which key is in which state when: from a ring what was, from its policy what is to be. Link
// touchstone::issuer.
#pragma once

#include <touchstone/key_ring.hpp>

namespace touchstone {

/// Facts without keys, fit to be shown to anybody. Times in seconds since the epoch.
struct Timeline {
  /// A time for which a key is in one state.
  struct Span {
    KeyRing::State state;           ///< what the key is from then on
    NumericDate from;               ///< its beginning
    std::optional<NumericDate> to;  ///< none: beyond the timeline's own end
    bool is_planned;  ///< what is to come, if rotate() is called in time and only time decides
  };
  /// A key's life.
  struct Row {
    std::string kid;          ///< of a key that is still to be made: "planned 1"
    std::string alg;          ///< what it signs with
    bool is_planned;          ///< whether it is still to be made
    std::vector<Span> spans;  ///< one after the other; a span that now divides stands twice
  };

  NumericDate from;       ///< the first time in it
  NumericDate now;        ///< between what was and what is planned
  NumericDate next;       ///< when rotate() changes something next: now, if that is due
  NumericDate until;      ///< its end
  std::vector<Row> rows;  ///< in the order in which the keys are published
};

/// Lays a ring's keys out in time. A ring remembers no key that is gone. What is planned is what
/// rotate() would do if it were called at each time that it asks for; a key whose signatures reach
/// their cap, or that is revoked or retired early, changes sooner.
///
/// until  where the plan ends, by default two rotations on. It ends sooner where it would make more
/// than 256 keys, and never before now.
/// Errors: option_invalid with the policy's fault, "now" or "until"; ring_too_large.
TOUCHSTONE_API Result<Timeline> timeline(const KeyRing& ring, const RotationPolicy& policy,
                                         NumericDate now,
                                         std::optional<NumericDate> until = {}) noexcept;

/// `{"from", "now", "next", "until", "keys": [{"kid", "alg", "planned", "spans": [{"state", "from",
/// "to"?, "planned"}]}]}`
TOUCHSTONE_API std::string timeline_json(const Timeline& timeline);

/// How large the picture is.
struct TimelineSvgOptions {
  std::size_t width = 960;  ///< in CSS pixels, from 320 to 10,000; the height follows
};

/// The picture as an SVG document that needs nothing else: for light and dark, with a title, and
/// with all that it shows in words for who does not see it. Dates are in UTC.
TOUCHSTONE_API std::string timeline_svg(const Timeline& timeline,
                                        const TimelineSvgOptions& options = {});

/// What the terminal can show.
struct TimelineTextOptions {
  std::size_t columns = 80;  ///< at least 24
  bool ascii = false;        ///< else UTF-8 with block and line drawing characters
  bool colour = false;       ///< by the terminal's escape sequences, beside the characters
};

/// The picture in lines for a terminal, none longer than its columns. Dates are in UTC.
TOUCHSTONE_API std::string timeline_text(const Timeline& timeline,
                                         const TimelineTextOptions& options = {});

}  // namespace touchstone
