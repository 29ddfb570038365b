#include "text.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace touchstone::cli {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 1;  // in bytes
  bool valid = false;
};

// RFC 3629: the shortest form only, no surrogates, nothing above U+10FFFF.
CodePoint first_code_point(std::string_view text) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  std::uint32_t value = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[length] || value > 0x10ffff || is_surrogate) return {};
  return {value, length, true};
}

// Control characters, and the invisible ones that join, hide or turn around what stands next to
// them.
bool is_unsafe(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

std::string hex(std::uint32_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text += "0123456789abcdef"[value >> shift & 0xf];
  return text;
}

}  // namespace

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole += part;
  return whole;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!c.valid) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

std::string visible(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!c.valid) {
      out += concat({"\\x", hex(static_cast<std::uint8_t>(text[0]), 2)});
    } else if (is_unsafe(c.value)) {
      out += c.value > 0xffff ? concat({"\\U", hex(c.value, 8)}) : concat({"\\u", hex(c.value, 4)});
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  const std::string_view start = text.substr(0, kLongest);
  std::string shown;
  for (const char c : start) {
    if (c == '"' || c == '\\') shown += '\\';
    shown += c;
  }
  // A character cut in two at the end shows as bytes, which is the truth.
  const bool is_cut = text.size() > kLongest;
  const std::string rest = is_cut ? concat({"... (", grouped(text.size()), " bytes)"}) : "";
  return concat({"\"", visible(shown), "\"", rest});
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<std::uint8_t>(c) & 0xc0) != 0x80;
  return columns;
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const std::size_t point = digits.find('.');
  const bool is_plain =
      digits.find_first_not_of("0123456789.") == std::string_view::npos &&
      (point == std::string_view::npos || digits.find('.', point + 1) == std::string_view::npos);
  if (!is_plain || digits.empty() || digits.front() == '.' || digits.back() == '.') return {};
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string counted(std::size_t number, std::string_view noun) {
  return concat({grouped(number), " ", noun, number == 1 ? "" : "s"});
}

}  // namespace touchstone::cli
