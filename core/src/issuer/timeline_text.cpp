// The timeline as lines of text.
#include <algorithm>
#include <cmath>

#include "issuer/time_axis.hpp"

namespace touchstone {
namespace {

using State = KeyRing::State;
using Span = Timeline::Span;
using Row = Timeline::Row;

/// What a cell shows of a state: blocks for what is, lines for what is planned, each of its own
/// shape, so that nothing hangs on colour.
struct Glyphs {
  std::string_view states[3], planned[3], now, ellipsis;
};
constexpr Glyphs unicode{.states = {"\u2591", "\u2588", "\u2592"},
                         .planned = {"\u2504", "\u2501", "\u254d"},
                         .now = "\u2502",
                         .ellipsis = "\u2026"};
constexpr Glyphs plain{
    .states = {"o", "#", "="}, .planned = {".", "+", "-"}, .now = "|", .ellipsis = "~"};
constexpr std::string_view colours[] = {"\x1b[36m", "\x1b[32m", "\x1b[33m"};
constexpr std::string_view colour_off = "\x1b[0m";

class Drawing {
 public:
  Drawing(const Timeline& timeline, const TimelineTextOptions& options)
      : timeline_(timeline),
        axis_(timeline),
        glyphs_(options.ascii ? plain : unicode),
        has_colour_(options.colour),
        columns_(std::clamp<std::size_t>(options.columns, 24, 1000)),
        kid_width_(columns_ >= 70   ? 16
                   : columns_ >= 48 ? 10
                                    : 0),
        alg_width_(columns_ >= 70 ? 7 : 0),
        left_(kid_width_ == 0 ? 0 : kid_width_ + 2 + (alg_width_ == 0 ? 0 : alg_width_ + 1)),
        cells_(columns_ - left_) {}

  std::string draw() {
    marks();
    for (const Row& each : timeline_.rows) row(each);
    if (timeline_.rows.empty()) line("There are no keys.");
    axis();
    line("");
    words("now", date_text(timeline_.now));
    words("next", timeline_.next <= timeline_.now ? "is due" : date_text(timeline_.next));
    line("");
    legend();
    return std::move(text_);
  }

 private:
  std::size_t cell(NumericDate time) const {
    const double place = axis_.place(time) * static_cast<double>(cells_);
    return std::min(static_cast<std::size_t>(place), cells_ - 1);
  }

  void line(std::string_view text) {
    const std::size_t end = text.find_last_not_of(' ');
    text_.append(text.substr(0, end == text.npos ? 0 : end + 1)) += '\n';
  }

  void words(std::string_view label, std::string_view text) {
    std::string whole(label);
    whole.resize(5, ' ');
    line(whole.append(text));
  }

  /// Writes into a line where there is nothing yet, a space before it, within the line.
  static bool put(std::string& into, std::size_t at, std::string_view text) {
    if (text.size() > into.size()) return false;
    at = std::min(at, into.size() - text.size());
    const std::size_t before = at == 0 ? 0 : at - 1;
    const std::size_t room = text.size() + (at - before);
    if (into.substr(before, room).find_first_not_of(' ') != into.npos) return false;
    if (at + text.size() < into.size() && into[at + text.size()] != ' ') return false;
    into.replace(at, text.size(), text);
    return true;
  }

  void marks() {
    std::string above(cells_, ' ');
    put(above, cell(timeline_.now), "now");
    if (timeline_.next > timeline_.now && timeline_.next <= axis_.until())
      put(above, cell(timeline_.next), "next");
    line(std::string(left_, ' ') + above);
  }

  void row(const Row& row) {
    const std::string kid =
        short_kid(row.kid, kid_width_ == 0 ? columns_ - 9 : kid_width_, glyphs_.ellipsis);
    const std::string alg = printable(row.alg).substr(0, 7);
    std::string label = kid;
    if (kid_width_ == 0) {
      line(label + "  " + alg);
      label.clear();
    } else {
      const bool is_cut = kid.size() > kid_width_;  // by its bytes; the ellipsis is one column
      label.append(is_cut ? 0 : kid_width_ - kid.size(), ' ').append("  ");
      if (alg_width_ != 0) label.append(alg).append(alg_width_ - alg.size() + 1, ' ');
    }
    line(label + cells_of(row));
  }

  std::string cells_of(const Row& row) const {
    std::vector<const Span*> spans(cells_, nullptr);
    // Later ones over earlier ones, but of each one cell: what is short is seen, too.
    std::size_t least = 0;
    for (const Span& span : row.spans) {
      const std::size_t from = std::min(std::max(cell(span.from), least), cells_ - 1);
      const double to = span.to ? axis_.place(*span.to) : 1;
      const auto end = static_cast<std::size_t>(std::ceil(to * static_cast<double>(cells_)));
      std::fill(spans.begin() + static_cast<std::ptrdiff_t>(from),
                spans.begin() + static_cast<std::ptrdiff_t>(std::max(from + 1, end)), &span);
      least = from + 1;
    }
    const std::size_t now = cell(timeline_.now);
    std::string text;
    std::string_view colour;
    for (std::size_t i = 0; i < cells_; ++i) {
      const Span* span = spans[i];
      const std::string_view wanted = span != nullptr && has_colour_ ? colour_of(*span) : "";
      if (wanted != colour) text += wanted.empty() ? colour_off : wanted;
      colour = wanted;
      text += span != nullptr ? glyph_of(*span) : i == now ? glyphs_.now : std::string_view(" ");
    }
    if (!colour.empty()) text += colour_off;
    return text;
  }

  static std::string_view colour_of(const Span& span) {
    return colours[static_cast<std::size_t>(span.state)];
  }
  std::string_view glyph_of(const Span& span) const {
    const auto state = static_cast<std::size_t>(span.state);
    return span.is_planned ? glyphs_.planned[state] : glyphs_.states[state];
  }

  void axis() {
    std::string labels(cells_, ' '), contexts(cells_, ' ');
    for (const Tick& tick :
         ticks(axis_.from(), axis_.until(), std::max<std::size_t>(cells_ / 10, 2))) {
      const std::size_t at = cell(tick.time);
      if (put(labels, at, tick.label)) put(contexts, at, tick.context);
    }
    line(std::string(left_, ' ') + labels);
    line(std::string(left_, ' ') + contexts);
  }

  void legend() {
    std::string all;
    for (const State state : {State::pending, State::active, State::retiring}) {
      const auto at = static_cast<std::size_t>(state);
      std::string entry;
      for (const std::string_view glyph : {glyphs_.states[at], glyphs_.planned[at]}) {
        if (has_colour_) entry += colours[at];
        entry.append(glyph).append(glyph);
        if (has_colour_) entry += colour_off;
        entry += ' ';
      }
      entry += KeyRing::name(state);
      if (columns_ < 64) {
        line(entry);
        continue;
      }
      all.append(entry).append("   ");
    }
    if (!all.empty()) line(all);
    line(columns_ < 64 ? "first: is, then: planned"
                       : "of each pair the first is what is, the second what is planned");
  }

  const Timeline& timeline_;
  TimeAxis axis_;
  const Glyphs& glyphs_;
  bool has_colour_;
  std::size_t columns_, kid_width_, alg_width_, left_, cells_;
  std::string text_;
};

}  // namespace

std::string timeline_text(const Timeline& timeline, const TimelineTextOptions& options) {
  return Drawing(timeline, options).draw();
}

}  // namespace touchstone
