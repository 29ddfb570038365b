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

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return {};
  std::string bytes(text.size() * 6 / 8, '\0');
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  auto out = bytes.begin();
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == not_in_alphabet) return {};
    pending = pending << 6 | value;
    pending_bits += 6;
    if (pending_bits < 8) continue;
    pending_bits -= 8;
    *out++ = static_cast<char>(pending >> pending_bits & 0xff);
  }
  const std::uint32_t spare = pending & ((1u << pending_bits) - 1);
  if (spare != 0) return {};
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
