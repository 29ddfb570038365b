// Where the choices that make a case come from: the numbers of a seed, or a fuzzer's input. What is
// chosen leans to where arithmetic goes wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace touchstone::differential {

/// A big-endian number and a little more or less, modulo 256^length.
inline std::string plus(std::string number, int difference) {
  int carry = difference;
  for (std::size_t i = number.size(); i-- > 0 && carry != 0;) {
    const int sum = static_cast<unsigned char>(number[i]) + carry;
    number[i] = static_cast<char>(sum & 255);
    carry = sum >> 8;
  }
  return number;
}

class Choices {
 public:
  virtual ~Choices() = default;
  virtual std::uint8_t octet() = 0;

  /// As many octets as the limit needs, so that a fuzzer's input is short.
  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t value = 0;
    for (std::uint64_t left = limit - 1; left > 0; left >>= 8) value = value << 8 | octet();
    return value % limit;
  }
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  std::string octets(std::size_t length) {
    std::string text(length, '\0');
    for (char& it : text) it = static_cast<char>(octet());
    return text;
  }

  /// At random, long runs of ones and zeros, or around a power of two or where a limb begins.
  std::string number(std::size_t length) {
    constexpr unsigned radixes[] = {1, 26, 27, 28, 29, 32, 52, 53, 56, 57, 59, 60, 64};
    const std::size_t bits = 8 * length;
    std::string text(length, '\0');
    if (length == 0) return text;
    const auto set = [&](std::size_t bit) {
      char& it = text[length - 1 - bit / 8];
      it = static_cast<char>(it | 1 << bit % 8);
    };
    switch (below(4)) {
      case 0: {
        bool is_one = below(2) == 0;
        for (std::size_t i = 0; i < bits; is_one = !is_one)
          for (std::size_t run = 1 + below(bits); run-- > 0 && i < bits; ++i)
            if (is_one) set(i);
        return text;
      }
      case 1: {
        const unsigned radix = radixes[below(std::size(radixes))];
        set(radix * below((bits + radix - 1) / radix));
        return plus(text, between(-4, 4));
      }
      default:
        return octets(length);
    }
  }

  std::string flipped(std::string text) {
    if (text.empty()) return text;
    const std::size_t bit = below(8 * text.size());
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
    return text;
  }
};

/// SplitMix64: the same seed, the same cases.
class SeededChoices : public Choices {
 public:
  explicit SeededChoices(std::uint64_t seed) : state_(seed) {}
  std::uint8_t octet() override {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return static_cast<std::uint8_t>(x >> 56);
  }

 private:
  std::uint64_t state_;
};

/// A fuzzer's input, and zeros behind its end.
class GivenChoices : public Choices {
 public:
  GivenChoices(const unsigned char* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}
  std::uint8_t octet() override {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }

 private:
  std::string_view rest_;
};

}  // namespace touchstone::differential
