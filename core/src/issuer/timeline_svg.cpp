// The timeline as a picture.
#include <algorithm>
#include <cmath>
#include <utility>

#include "issuer/time_axis.hpp"

namespace touchstone {
namespace {

using State = KeyRing::State;
using Span = Timeline::Span;
using Row = Timeline::Row;

// Hues help; what tells the states apart is hatched, full and dotted, and what is planned is dashed
// and faint. Every selector is below one class, for a picture that stands in a page.
constexpr std::string_view style = R"(
.touchstone-timeline { font: 12px system-ui, sans-serif; }
.touchstone-timeline .paper { fill: #fffdf9; }
.touchstone-timeline text { fill: #262119; paint-order: stroke; stroke: #fffdf9; stroke-width: 4px; stroke-linejoin: round; }
.touchstone-timeline .soft { fill: #655c4d; }
.touchstone-timeline .heading { font-size: 16px; font-weight: 600; }
.touchstone-timeline .kid { font-family: ui-monospace, monospace; }
.touchstone-timeline .grid { stroke: #e6dfd2; }
.touchstone-timeline .now { stroke: #262119; stroke-width: 1.5; }
.touchstone-timeline .next { stroke: #655c4d; stroke-dasharray: 2 3; }
.touchstone-timeline .pending { fill: url(#touchstone-pending); stroke: #2f6484; }
.touchstone-timeline .active { fill: #8a6008; stroke: #8a6008; }
.touchstone-timeline .retiring { fill: url(#touchstone-retiring); stroke: #75695a; }
.touchstone-timeline .hatch { stroke: #2f6484; stroke-width: 1.5; }
.touchstone-timeline .dot { fill: #75695a; }
.touchstone-timeline .planned { fill-opacity: 0.3; stroke-dasharray: 4 3; }
.touchstone-timeline .word { font-size: 11px; text-anchor: middle; }
.touchstone-timeline .on-active { fill: #fff; stroke: none; }
@media (prefers-color-scheme: dark) {
.touchstone-timeline .paper { fill: #1e1b17; }
.touchstone-timeline text { fill: #ece5d8; stroke: #1e1b17; }
.touchstone-timeline .soft { fill: #b3a999; }
.touchstone-timeline .grid { stroke: #39332a; }
.touchstone-timeline .now { stroke: #ece5d8; }
.touchstone-timeline .next { stroke: #b3a999; }
.touchstone-timeline .pending { stroke: #8fbdd9; }
.touchstone-timeline .active { fill: #e6b54a; stroke: #e6b54a; }
.touchstone-timeline .retiring { stroke: #b3a793; }
.touchstone-timeline .hatch { stroke: #8fbdd9; }
.touchstone-timeline .dot { fill: #b3a793; }
.touchstone-timeline .on-active { fill: #201b10; stroke: none; }
}
)";

constexpr std::string_view patterns = R"svg(<pattern id="touchstone-pending" width="6" height="6"
 patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M3 0V6"/></pattern>
<pattern id="touchstone-retiring" width="5" height="5" patternUnits="userSpaceOnUse">
<circle class="dot" cx="2.5" cy="2.5" r="1.2"/></pattern>)svg";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else if (c == '\'')
      safe += "&apos;";
    else
      safe += c;
  }
  return safe;
}

/// Pixels with one decimal.
std::string pixels(double number) {
  const auto tenths = static_cast<long long>(std::llround(number * 10));
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text.append(".").append(std::to_string(tenths % 10));
  return text;
}

std::string attribute(std::string_view name, std::string_view value) {
  return std::string(" ").append(name).append("=\"").append(value) + '"';
}
std::string attribute(std::string_view name, double value) {
  return attribute(name, pixels(value));
}

/// `content` is markup.
std::string text_at(double x, double y, std::string_view classes, std::string_view content,
                    std::string_view anchor = {}) {
  std::string text = "<text" + attribute("x", x) + attribute("y", y);
  if (!classes.empty()) text += attribute("class", classes);
  if (!anchor.empty()) text += attribute("text-anchor", anchor);
  return text.append(">").append(content) + "</text>\n";
}

std::string upright(double x, double top, double bottom, std::string_view classes) {
  return "<line" + attribute("class", classes) + attribute("x1", x) + attribute("x2", x) +
         attribute("y1", top) + attribute("y2", bottom) + "/>\n";
}

std::string words(const Span& span) {
  std::string text(KeyRing::name(span.state));
  text.append(span.is_planned ? ", planned, from " : " from ").append(date_text(span.from));
  return text + (span.to ? " to " + date_text(*span.to) : " on");
}

std::string words(const Row& row) {
  std::string text = row.is_planned ? "" : "Key ";
  text += escaped(printable(row.kid)) + ", " + escaped(printable(row.alg)) + ": ";
  for (const Span& span : row.spans) {
    if (&span != &row.spans.front()) text += "; ";
    text += words(span);
  }
  return text + ".";
}

constexpr double margin = 20, bar_height = 20, tick_room = 92;
constexpr double char_width = 6.6;  // of the small letters, with some room

class Picture {
 public:
  Picture(const Timeline& timeline, double width)
      : timeline_(timeline),
        axis_(timeline),
        width_(width),
        is_wide_(width >= 600),
        left_(is_wide_ ? 170 : margin),
        right_(width - margin) {}

  std::string draw() {
    const std::string top = heading();
    y_ += is_next_near() ? 46 : 34;
    const double rows_top = y_;
    std::string rows;
    for (const Row& each : timeline_.rows) rows += row(each);
    if (timeline_.rows.empty()) {
      rows += text_at((left_ + right_) / 2, y_ + 20, "soft", "There are no keys.", "middle");
      y_ += 32;
    }
    const std::string behind = grid(rows_top - 6, y_);
    const std::string front = marks(rows_top - 6, y_);
    y_ += 40;
    const std::string below = legend();
    y_ += margin;
    return root() + top + behind + rows + front + labels_ + below + "</svg>\n";
  }

 private:
  double x(NumericDate time) const { return left_ + axis_.place(time) * (right_ - left_); }

  std::string root() const {
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"touchstone-timeline\"";
    text += attribute("width", width_) + attribute("height", y_);
    text += attribute("viewBox", "0 0 " + pixels(width_) + ' ' + pixels(y_));
    text += " role=\"img\">\n<title>Signing keys over time</title>\n<desc>All times are in UTC. ";
    for (const Row& each : timeline_.rows) text += words(each) + ' ';
    text += sentence() + "</desc>\n";
    text.append("<style>").append(style).append("</style>\n<defs>").append(patterns);
    text += "</defs>\n<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n";
    return text;
  }

  bool is_due() const { return timeline_.next <= timeline_.now; }
  bool is_next_shown() const { return !is_due() && timeline_.next <= axis_.until(); }
  /// Whether its label would touch that of now.
  bool is_next_near() const { return is_next_shown() && x(timeline_.next) - x(timeline_.now) < 80; }

  std::string next_words() const {
    return is_due() ? "The next change is due." : "Next change " + date_text(timeline_.next) + '.';
  }
  std::string sentence() const { return "Now " + date_text(timeline_.now) + ". " + next_words(); }

  std::string heading() {
    std::string text = text_at(margin, 34, "heading", "Signing keys");
    y_ = 54;
    if (is_wide_) return text + text_at(margin, y_, "soft", sentence() + " All in UTC.");
    text += text_at(margin, y_, "soft", "Now " + date_text(timeline_.now) + " UTC");
    y_ += 17;
    return text + text_at(margin, y_, "soft", next_words());
  }

  std::string grid(double top, double bottom) const {
    std::string text;
    const auto room = static_cast<std::size_t>((right_ - left_) / tick_room);
    for (const Tick& tick : ticks(axis_.from(), axis_.until(), room)) {
      const double at = x(tick.time);
      text += upright(at, top, bottom + 4, "grid");
      text += label_at(at, bottom + 18, "", tick.label);
      text += label_at(at, bottom + 32, "soft", tick.context);
    }
    return text;
  }

  /// Centred, but within the picture.
  std::string label_at(double at, double y, std::string_view classes,
                       std::string_view label) const {
    if (label.empty()) return {};
    const double half = static_cast<double>(label.size()) * char_width / 2;
    at = std::clamp(at, margin / 2 + half, width_ - margin / 2 - half);
    return text_at(at, y, classes, label, "middle");
  }

  std::string marks(double top, double bottom) const {
    const double now = x(timeline_.now), next = x(timeline_.next);
    std::string text = upright(now, top, bottom + 4, "now");
    text += label_at(now, top - 5, "", is_due() ? "now, change due" : "now");
    if (!is_next_shown()) return text;
    const bool is_near = is_next_near();
    text += upright(next, is_near ? top - 14 : top, bottom + 4, "next");
    return text + label_at(next, is_near ? top - 19 : top - 5, "soft", "next change");
  }

  /// The bars; the labels come later, above the lines that go through all rows.
  std::string row(const Row& row) {
    std::string text = "<g>\n<title>" + words(row) + "</title>\n";
    const std::string name = escaped(short_kid(row.kid, 18, "\u2026"));
    const std::string alg = escaped(printable(row.alg));
    if (is_wide_) {
      labels_ += text_at(margin, y_ + 12, row.is_planned ? "soft" : "kid", name);
      labels_ += text_at(margin, y_ + 27, "soft", alg);
    } else {
      labels_ += "<text" + attribute("x", margin) + attribute("y", y_ + 12) +
                 "><tspan class=\"kid\">" + name + "</tspan><tspan class=\"soft\" dx=\"10\">" +
                 alg + "</tspan></text>\n";
      y_ += 18;
    }
    for (const Span& each : row.spans) text += span(each);
    y_ += is_wide_ ? 42 : 36;
    return text + "</g>\n";
  }

  std::string span(const Span& span) const {
    // What lasts no longer than a pixel is still to be seen.
    const double from = std::min(x(span.from), right_ - 2);
    const double length = std::max((span.to ? x(*span.to) : right_) - from, 2.0);
    const double top = y_ + (is_wide_ ? 5 : 0);
    const std::string_view name = KeyRing::name(span.state);
    std::string text = bar(from, top, length, span.state, span.is_planned, words(span));
    if (length < static_cast<double>(name.size()) * char_width + 12) return text;
    const bool is_on_active = span.state == State::active && !span.is_planned;
    return text +
           text_at(from + length / 2, top + 14, is_on_active ? "word on-active" : "word", name);
  }

  static std::string bar(double x, double y, double length, State state, bool is_planned,
                         std::string_view title) {
    std::string classes(KeyRing::name(state));
    if (is_planned) classes += " planned";
    std::string text = "<rect" + attribute("class", classes);
    // The outline lies within what it is the outline of.
    text += attribute("x", x + 0.5) + attribute("y", y + 0.5);
    text += attribute("width", std::max(length - 1, 1.0)) + attribute("height", bar_height - 1);
    return text.append("><title>").append(title) + "</title></rect>\n";
  }

  std::string legend() {
    struct Entry {
      State state;
      bool is_planned;
      std::string_view words;
    };
    constexpr Entry entries[] = {
        {State::pending, false, "pending: published, not signing yet"},
        {State::active, false, "active: signs"},
        {State::retiring, false, "retiring: published, signs no longer"},
        {State::active, true, "dashed and faint: planned"},
    };
    std::string text;
    double at = margin;
    y_ += 8;
    for (const Entry& entry : entries) {
      const double needed = 40 + static_cast<double>(entry.words.size()) * 6.1;
      if (at + needed > width_ && at > margin) {
        at = margin;
        y_ += 26;
      }
      text += bar(at, y_, 28, entry.state, entry.is_planned, entry.words);
      text += text_at(at + 36, y_ + 14, "soft", entry.words);
      at += needed + 16;
    }
    y_ += bar_height;
    return text;
  }

  const Timeline& timeline_;
  TimeAxis axis_;
  double width_;
  bool is_wide_;
  double left_, right_;
  double y_ = 0;
  std::string labels_;
};

}  // namespace

std::string timeline_svg(const Timeline& timeline, const TimelineSvgOptions& options) {
  const auto width = std::clamp<std::size_t>(options.width, 320, 10'000);
  return Picture(timeline, static_cast<double>(width)).draw();
}

}  // namespace touchstone
