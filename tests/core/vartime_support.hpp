// What the tests of the variable-time arithmetic compare it with: numbers in rows of 32-bit words,
// multiplied and divided as on paper. Slow, and written to be obviously right.
#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::test {

/// A natural number; words from the lowest up, the uppermost not 0.
class Natural {
 public:
  Natural() = default;
  Natural(std::uint64_t value)
      : words_{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)} {
    trim();
  }
  static Natural power_of_two(std::size_t exponent) { return Natural(1) << exponent; }
  static Natural from_hex(std::string_view hex) {
    Natural x;
    for (const char c : hex)
      x = (x << 4) + Natural(static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10));
    return x;
  }
  /// From octets, the most significant one first.
  static Natural from_octets(std::string_view octets) {
    Natural x;
    x.words_.resize(octets.size() / 4 + 1);
    for (std::size_t i = 0; i < octets.size(); ++i) {
      const std::uint32_t octet = static_cast<unsigned char>(octets[octets.size() - 1 - i]);
      x.words_[i / 4] |= octet << (8 * (i % 4));
    }
    x.trim();
    return x;
  }

  bool is_zero() const { return words_.empty(); }
  bool bit(std::size_t at) const {
    return at / 32 < words_.size() && (words_[at / 32] >> (at % 32) & 1) != 0;
  }
  std::size_t bits() const {
    std::size_t count = 32 * words_.size();
    while (count > 0 && !bit(count - 1)) --count;
    return count;
  }
  /// `count` bits from `from` up, at most 64.
  std::uint64_t bits_at(std::size_t from, std::size_t count) const {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 1 | (bit(from + i) ? 1 : 0);
    return value;
  }
  std::string octets(std::size_t size) const {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size && i / 4 < words_.size(); ++i)
      text[size - 1 - i] = static_cast<char>(words_[i / 4] >> (8 * (i % 4)) & 0xff);
    return text;
  }
  std::string little_endian(std::size_t size) const {
    std::string text = octets(size);
    std::reverse(text.begin(), text.end());
    return text;
  }
  std::string hex() const {
    std::string text;
    for (std::size_t i = (bits() + 3) / 4; i-- > 0;) text += "0123456789abcdef"[bits_at(4 * i, 4)];
    return text.empty() ? "0" : text;
  }

  friend bool operator==(const Natural&, const Natural&) = default;
  friend std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
    if (a.words_.size() != b.words_.size()) return a.words_.size() <=> b.words_.size();
    for (std::size_t i = a.words_.size(); i-- > 0;)
      if (a.words_[i] != b.words_[i]) return a.words_[i] <=> b.words_[i];
    return std::strong_ordering::equal;
  }

  Natural& operator+=(const Natural& b) {
    if (words_.size() < b.words_.size()) words_.resize(b.words_.size());
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      carry += words_[i];
      if (i < b.words_.size()) carry += b.words_[i];
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_.push_back(static_cast<std::uint32_t>(carry));
    return *this;
  }
  /// b is no larger.
  Natural& operator-=(const Natural& b) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::uint64_t taken = borrow + (i < b.words_.size() ? b.words_[i] : 0);
      borrow = words_[i] < taken ? 1 : 0;
      words_[i] = static_cast<std::uint32_t>(words_[i] - taken);
    }
    trim();
    return *this;
  }
  friend Natural operator+(Natural a, const Natural& b) { return a += b; }
  friend Natural operator-(Natural a, const Natural& b) { return a -= b; }

  friend Natural operator*(const Natural& a, const Natural& b) {
    Natural x;
    x.words_.resize(a.words_.size() + b.words_.size());
    for (std::size_t i = 0; i < a.words_.size(); ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < b.words_.size(); ++j) {
        carry += std::uint64_t{a.words_[i]} * b.words_[j] + x.words_[i + j];
        x.words_[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
      x.words_[i + b.words_.size()] = static_cast<std::uint32_t>(carry);
    }
    x.trim();
    return x;
  }

  friend Natural operator<<(const Natural& a, std::size_t count) {
    Natural x;
    x.words_.assign(count / 32, 0);
    std::uint64_t carry = 0;
    for (const std::uint32_t word : a.words_) {
      carry |= std::uint64_t{word} << (count % 32);
      x.words_.push_back(static_cast<std::uint32_t>(carry));
      carry >>= 32;
    }
    x.words_.push_back(static_cast<std::uint32_t>(carry));
    x.trim();
    return x;
  }
  Natural& halve() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] >>= 1;
      if (i + 1 < words_.size()) words_[i] |= words_[i + 1] << 31;
    }
    trim();
    return *this;
  }
  friend Natural operator>>(Natural a, std::size_t count) {
    for (; count > 0; --count) a.halve();
    return a;
  }
  /// 16 a + digit.
  void append(unsigned digit) {
    std::uint32_t carry = digit;
    for (std::uint32_t& word : words_) {
      const std::uint32_t next = word >> 28;
      word = word << 4 | carry;
      carry = next;
    }
    if (carry != 0) words_.push_back(carry);
  }

 private:
  void trim() {
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
  }

  std::vector<std::uint32_t> words_;
};

/// The integers modulo m.
class Ring {
 public:
  explicit Ring(const Natural& m) : m_(m) {
    for (std::size_t i = 1; i < multiples_.size(); ++i) multiples_[i] = multiples_[i - 1] + m;
  }
  const Natural& modulus() const { return m_; }

  /// Long division, hexadecimal digit by digit.
  Natural reduce(const Natural& x) const {
    Natural rest;
    for (std::size_t i = (x.bits() + 3) / 4; i-- > 0;) {
      rest.append(static_cast<unsigned>(x.bits_at(4 * i, 4)));
      std::size_t quotient = 15;
      while (multiples_[quotient] > rest) --quotient;
      if (quotient > 0) rest -= multiples_[quotient];
    }
    return rest;
  }
  Natural add(const Natural& a, const Natural& b) const {
    Natural sum = a + b;
    return sum < m_ ? sum : sum -= m_;
  }
  Natural negate(const Natural& a) const { return a.is_zero() ? a : m_ - a; }
  Natural subtract(const Natural& a, const Natural& b) const { return add(a, negate(b)); }
  Natural multiply(const Natural& a, const Natural& b) const { return reduce(a * b); }
  Natural square(const Natural& a) const { return multiply(a, a); }
  Natural power(const Natural& a, const Natural& exponent) const {
    Natural result = reduce(1);
    for (std::size_t i = exponent.bits(); i-- > 0;) {
      result = square(result);
      if (exponent.bit(i)) result = multiply(result, a);
    }
    return result;
  }
  /// 1/a for an odd prime m; 0 for 0. Invariants: x a = u and y a = v.
  Natural inverse(const Natural& a) const {
    if (a.is_zero()) return a;
    Natural u = a, v = m_, x = 1, y = 0;
    const auto halve = [&](Natural& n, Natural& coefficient) {
      while (!n.bit(0)) {
        n.halve();
        if (coefficient.bit(0)) coefficient += m_;
        coefficient.halve();
      }
    };
    for (halve(u, x); u != v;) {
      if (u > v) {
        u -= v;
        x = subtract(x, y);
        halve(u, x);
      } else {
        v -= u;
        y = subtract(y, x);
        halve(v, y);
      }
    }
    if (multiply(x, a) != Natural(1)) FAIL("the test's own inverse of " << a.hex());
    return x;
  }

 private:
  Natural m_;
  std::array<Natural, 16> multiples_;
};

/// Numbers that look random, the same ones in each run: SplitMix64.
class Random {
 public:
  static constexpr std::uint64_t seed = 20260101;
  explicit Random(std::uint64_t more = 0) : state_(seed + more) {}

  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  Natural natural(std::size_t bits) {
    Natural x;
    for (std::size_t i = 0; i < bits; i += 64) x = (x << 64) + Natural(next());
    const std::size_t drawn = (bits + 63) / 64 * 64;
    return x >> (drawn - bits);
  }
  Natural below(const Ring& ring) { return ring.reduce(natural(ring.modulus().bits() + 64)); }
  /// Runs of ones and zeros.
  Natural runs(std::size_t bits) {
    Natural x;
    bool ones = below(2) == 0;
    for (std::size_t left = bits; left > 0; ones = !ones) {
      const std::size_t run = std::min<std::size_t>(left, 1 + below(bits / 2 + 1));
      x = x << run;
      if (ones) x += Natural::power_of_two(run) - Natural(1);
      left -= run;
    }
    return x;
  }

 private:
  std::uint64_t state_;
};

/// Numbers below m where something could go wrong: around 0, m, m / 2, and around the powers of
/// two, of which those at `radix` bits begin a limb.
inline std::vector<Natural> edges_of(const Ring& ring, const std::vector<unsigned>& radixes) {
  const Natural& m = ring.modulus();
  std::vector<Natural> edges;
  const auto add_around = [&](const Natural& x) {
    for (unsigned offset = 0; offset < 3; ++offset) {
      edges.push_back(ring.reduce(x + Natural(offset)));
      if (x >= Natural(offset)) edges.push_back(ring.reduce(x - Natural(offset)));
    }
  };
  add_around(0);
  add_around(m);
  add_around(m >> 1);
  for (const unsigned radix : radixes)
    for (std::size_t k = radix; k < m.bits(); k += radix) {
      add_around(Natural::power_of_two(k));
      add_around(Natural::power_of_two(k - 1));
    }
  add_around(Natural::power_of_two(m.bits() - 1));
  return edges;
}

}  // namespace touchstone::test
