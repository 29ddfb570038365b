#include "page.hpp"

#include <algorithm>

#include "cli.hpp"
#include "text.hpp"

namespace touchstone::cli {

Style style_of(const Surroundings& surroundings) {
  constexpr double kNarrowest = 40, kWidest = 120;
  const auto wished = parse_number(surroundings.columns);
  double columns =
      surroundings.terminal_columns == 0 ? 80 : static_cast<double>(surroundings.terminal_columns);
  if (wished && *wished >= 1) columns = *wished;
  Style style;
  style.columns = static_cast<std::size_t>(std::clamp(columns, kNarrowest, kWidest));
  style.colour =
      surroundings.out_is_terminal && surroundings.no_color.empty() && surroundings.term != "dumb";
  return style;
}

std::string Page::toned(Tone tone, std::string_view text) const {
  if (!style_.colour || tone == Tone::plain) return std::string(text);
  const std::string_view code = tone == Tone::good      ? "1;32"
                                : tone == Tone::bad     ? "1;31"
                                : tone == Tone::caution ? "33"
                                                        : "1";
  return concat({"\033[", code, "m", text, "\033[0m"});
}

// Puts words behind what stands on the line already, up to `column`. A word that is wider than the
// page has a line to itself and is not cut: it may be copied from there.
void Page::wrap(std::string_view text, std::size_t column, std::size_t hanging) {
  while (!text.empty()) {
    const std::size_t gap = std::min(text.find_first_not_of(' '), text.size());
    const std::string_view word = text.substr(gap, text.find(' ', gap) - gap);
    text.remove_prefix(gap + word.size());
    if (column + gap + width(word) > style_.columns && column > hanging) {
      text_.erase(text_.find_last_not_of(' ') + 1);
      text_ += '\n';
      text_.append(hanging, ' ');
      column = hanging;
    } else {
      text_.append(gap, ' ');
      column += gap;
    }
    text_ += word;
    column += width(word);
  }
  text_ += '\n';
}

void Page::paragraph(std::string_view text, std::size_t indent, std::size_t hanging) {
  text_.append(indent, ' ');
  wrap(text, indent, indent + hanging);
}

void Page::headline(Tone tone, std::string_view start, std::string_view rest, std::size_t hanging) {
  text_ += toned(tone, start);
  wrap(rest, width(start), hanging);
}

void Page::row(std::string_view label, std::string_view text, std::size_t label_width, Tone tone) {
  const std::size_t column = 2 + label_width;
  text_ += concat({"  ", toned(tone, label)});
  const std::size_t used = 2 + width(label);
  if (used + 1 > column) {  // a label that is too wide has a line to itself
    text_ += '\n';
    text_.append(column, ' ');
  } else {
    text_.append(column - used, ' ');
  }
  wrap(text, column, column);
}

void Page::line(std::string_view text) {
  text_ += text;
  text_ += '\n';
}

}  // namespace touchstone::cli
