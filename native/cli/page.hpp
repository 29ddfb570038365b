// Output for people: paragraphs and labelled rows, wrapped to the width of the terminal.
#pragma once

#include <string>
#include <string_view>

namespace touchstone::cli {

struct Surroundings;

struct Style {
  bool colour = false;
  std::size_t columns = 80;
};

/// COLUMNS or the terminal's own width; colour on a terminal unless NO_COLOR or `dumb` say
/// otherwise.
Style style_of(const Surroundings& surroundings);

class Page {
 public:
  enum class Tone { plain, bold, good, bad, caution };

  explicit Page(Style style) : style_(style) {}

  /// Wrapped text. Lines after the first begin `hanging` columns further in.
  void paragraph(std::string_view text, std::size_t indent = 0, std::size_t hanging = 0);
  /// A paragraph whose first word or words stand out.
  void headline(Tone tone, std::string_view start, std::string_view rest, std::size_t hanging = 2);
  /// `  label      text`, the text in a column of its own that begins after `label_width`.
  void row(std::string_view label, std::string_view text, std::size_t label_width = 12,
           Tone tone = Tone::plain);
  /// A line as it is.
  void line(std::string_view text = "");

  std::string take() { return std::move(text_); }

 private:
  std::string toned(Tone tone, std::string_view text) const;
  void wrap(std::string_view text, std::size_t column, std::size_t hanging);

  Style style_;
  std::string text_;
};

}  // namespace touchstone::cli
