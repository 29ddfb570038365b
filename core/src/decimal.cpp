#include "decimal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace touchstone {
namespace {

/// No double, and no point between two of them, has more digits.
constexpr int max_digits = 768;
constexpr int least_exponent = -1074;  // of the lowest bit of a double
constexpr int precision = 53;

/// digits * 10^exponent, where a last digit 1 may stand for all that were left out behind it.
struct Decimal {
  std::array<std::uint8_t, max_digits + 1> digits;
  int count = 0;
  int exponent = 0;
  bool is_negative = false;
};

/// Beyond the length of any text that is read, and far from overflowing.
constexpr int clamped(int exponent) { return std::clamp(exponent, -100'000'000, 100'000'000); }

int read_exponent(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  int exponent = 0;
  for (const char c : text.substr(is_negative || text.starts_with('+') ? 1 : 0))
    exponent = clamped(10 * exponent + (c - '0'));
  return is_negative ? -exponent : exponent;
}

Decimal read_decimal(std::string_view text) {
  Decimal decimal;
  bool is_fraction = false, has_more = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '-') {
      decimal.is_negative = true;
    } else if (c == '.') {
      is_fraction = true;
    } else if (c == 'e' || c == 'E') {
      decimal.exponent += read_exponent(text.substr(i + 1));
      break;
    } else if (decimal.count < max_digits) {
      if (is_fraction) decimal.exponent = clamped(decimal.exponent - 1);
      if (c != '0' || decimal.count > 0)
        decimal.digits[static_cast<std::size_t>(decimal.count++)] =
            static_cast<std::uint8_t>(c - '0');
    } else {
      if (!is_fraction) decimal.exponent = clamped(decimal.exponent + 1);
      has_more = has_more || c != '0';
    }
  }
  if (has_more) {
    decimal.digits[max_digits] = 1;
    ++decimal.count;
    --decimal.exponent;
  }
  return decimal;
}

/// A natural number of at most 240 words; nearest_double() needs no more than 200.
class Natural {
 public:
  void multiply_add(std::uint32_t factor, std::uint32_t summand) {
    std::uint64_t carry = summand;
    for (std::size_t i = 0; i < size_; ++i) {
      carry += std::uint64_t{words_[i]} * factor;
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_[size_++] = static_cast<std::uint32_t>(carry);
  }

  /// Leaves the quotient; whether there was a remainder.
  bool divide(std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (std::size_t i = size_; i-- > 0;) {
      rest = rest << 32 | words_[i];
      words_[i] = static_cast<std::uint32_t>(rest / divisor);
      rest %= divisor;
    }
    while (size_ > 0 && words_[size_ - 1] == 0) --size_;
    return rest != 0;
  }

  void shift_left_by_words(std::size_t count) {
    std::copy_backward(words_.begin(), words_.begin() + size_, words_.begin() + size_ + count);
    std::fill_n(words_.begin(), count, 0u);
    size_ += count;
  }

  int bit_length() const {
    return size_ == 0 ? 0 : static_cast<int>(32 * size_) - std::countl_zero(words_[size_ - 1]);
  }
  bool bit(int position) const {
    return (words_[static_cast<std::size_t>(position) / 32] >> (position % 32) & 1) != 0;
  }

  /// Bits from `from` up, at most 64 of them to the end.
  std::uint64_t bits_from(int from) const {
    std::uint64_t bits = 0;
    for (int i = bit_length(); i-- > from;) bits = bits << 1 | (bit(i) ? 1 : 0);
    return bits;
  }
  bool has_bit_below(int position) const {
    for (int i = 0; i < position; ++i)
      if (bit(i)) return true;
    return false;
  }

 private:
  std::array<std::uint32_t, 240> words_;
  std::size_t size_ = 0;
};

constexpr std::uint32_t powers_of_ten[] = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr int power_step = 9;  // the largest power of ten in a word

}  // namespace

double nearest_double(std::string_view text) {
  const Decimal decimal = read_decimal(text);
  const double sign = decimal.is_negative ? -1 : 1;
  const int magnitude = decimal.count + decimal.exponent;  // the value is below 10^magnitude
  if (decimal.count == 0 || magnitude < -330) return sign * 0.0;
  if (magnitude > 310) return sign * HUGE_VAL;

  // The value is natural * 2^-scale and a little more if there is a rest.
  Natural natural;
  for (int i = 0; i < decimal.count; ++i)
    natural.multiply_add(10, decimal.digits[static_cast<std::size_t>(i)]);
  int left = decimal.exponent;
  for (; left > 0; left -= std::min(left, power_step))
    natural.multiply_add(powers_of_ten[std::min(left, power_step)], 0);
  int scale = 0;
  bool has_rest = false;
  if (left < 0) {
    // The divisor has less than 4 bits a digit; two words more leave a quotient of 64 bits.
    const int words = -left / 8 + 3;
    scale = 32 * words;
    natural.shift_left_by_words(static_cast<std::size_t>(words));
    for (; left < 0; left += std::min(-left, power_step))
      has_rest |= natural.divide(powers_of_ten[std::min(-left, power_step)]);
  }

  // The bits from `lowest` up are the double's; those below it round.
  const int lowest = std::max(natural.bit_length() - precision, least_exponent + scale);
  if (lowest <= 0) return sign * std::ldexp(static_cast<double>(natural.bits_from(0)), -scale);
  std::uint64_t significand = natural.bits_from(lowest);
  const bool is_half = natural.bit(lowest - 1);
  has_rest = has_rest || natural.has_bit_below(lowest - 1);
  if (is_half && (has_rest || (significand & 1) != 0)) ++significand;
  return sign * std::ldexp(static_cast<double>(significand), lowest - scale);
}

}  // namespace touchstone
