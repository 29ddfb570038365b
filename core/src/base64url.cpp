#include "base64url.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace touchstone {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t not_in_alphabet = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = not_in_alphabet;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto values = make_values();

std::uint32_t value_of(char c) { return values[static_cast<unsigned char>(c)]; }

}  // namespace

bool is_base64url(char c) { return value_of(c) != not_in_alphabet; }

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return {};
  std::string bytes(text.size() * 6 / 8, '\0');
  auto out = bytes.begin();
  std::uint32_t seen = 0;  // the uppermost bit of a value tells that it is none
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const std::uint32_t a = value_of(text[i]), b = value_of(text[i + 1]), c = value_of(text[i + 2]),
                        d = value_of(text[i + 3]);
    seen |= a | b | c | d;
    *out++ = static_cast<char>(a << 2 | b >> 4);
    *out++ = static_cast<char>(b << 4 | c >> 2);
    *out++ = static_cast<char>(c << 6 | d);
  }
  std::uint32_t last = 0;  // two or three characters, whose spare bits are 0
  const std::size_t rest = text.size() - i;
  for (; i < text.size(); ++i) {
    seen |= value_of(text[i]);
    last = last << 6 | value_of(text[i]);
  }
  if (seen > 63) return {};
  if (rest == 3) {
    *out++ = static_cast<char>(last >> 10);
    *out++ = static_cast<char>(last >> 2);
    if ((last & 3) != 0) return {};
  } else if (rest == 2) {
    *out++ = static_cast<char>(last >> 4);
    if ((last & 15) != 0) return {};
  }
  return bytes;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.find_first_of("-_") != text.npos) return {};
  std::string translated(text);
  std::replace(translated.begin(), translated.end(), '+', '-');
  std::replace(translated.begin(), translated.end(), '/', '_');
  return decode_base64url(translated);
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char c : bytes) {
    pending = pending << 8 | static_cast<unsigned char>(c);
    pending_bits += 8;
    while (pending_bits >= 6) {
      pending_bits -= 6;
      text += alphabet[pending >> pending_bits & 0x3f];
    }
  }
  if (pending_bits > 0) text += alphabet[pending << (6 - pending_bits) & 0x3f];
  return text;
}

}  // namespace touchstone
