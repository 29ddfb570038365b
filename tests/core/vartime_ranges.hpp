// Words that are ranges: a layout of limbs under which Field's own code computes, for each word
// that it uses, the least and the greatest value there may be, and throws where these leave the
// word. The kernels do not branch on what they compute, so one run with the widest operands is a
// proof for all operands.
#pragma once

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "crypto/vartime/modulus.hpp"

namespace touchstone::test {

__extension__ typedef __int128 Int128;

struct Range {
  Int128 low, high;
};

/// What a word can be that is not one number only. A word names its place in here, since it must be
/// as wide as the word that it stands for: Field asks for sizeof.
inline std::vector<Range> places;

/// The ways through code that does branch: which turn was taken where either was possible.
struct Ways {
  std::vector<bool> taken;
  std::size_t next = 0;

  bool choose() {
    if (next == taken.size()) taken.push_back(false);
    return taken[next++];
  }
  /// Whether there is a way not gone yet; `choose` then goes it.
  bool advance() {
    next = 0;
    while (!taken.empty() && taken.back()) taken.pop_back();
    if (taken.empty()) return false;
    taken.back() = true;
    return true;
  }
};
inline Ways ways;

/// An integer of Rep's width: a number, or a range by its place.
template <class Rep>
class Word {
 public:
  Word() = default;
  template <std::integral T>
  constexpr Word(T number) : rep_(static_cast<Rep>(number)) {
    if (rep_ >= first_place) throw std::overflow_error("no room for this number");
  }
  constexpr explicit Word(Range range) {
    constexpr Rep low = -greatest - 1;
    if (range.low < low || range.high > greatest) throw std::overflow_error("a word overflows");
    const bool is_number = range.low == range.high && range.low < first_place;
    rep_ = static_cast<Rep>(is_number ? range.low : place_of(range));
  }
  template <class Other>
  constexpr explicit(sizeof(Other) > sizeof(Rep)) Word(const Word<Other>& other)
      : Word(other.range()) {}

  constexpr bool is_number() const { return rep_ < first_place; }
  constexpr Range range() const {
    if (is_number()) return {rep_, rep_};
    return places[static_cast<std::size_t>(rep_ - first_place)];
  }
  constexpr Rep number() const {
    if (!is_number()) throw std::logic_error("not one number");
    return rep_;
  }
  constexpr explicit operator std::uint64_t() const { return static_cast<std::uint64_t>(number()); }

  [[gnu::noinline]] friend constexpr Word operator+(const Word& a, const Word& b) {
    const Range x = a.range(), y = b.range();
    return Word(Range{sum(x.low, y.low), sum(x.high, y.high)});
  }
  [[gnu::noinline]] friend constexpr Word operator-(const Word& a, const Word& b) {
    const Range x = a.range(), y = b.range();
    return Word(Range{sum(x.low, -y.high), sum(x.high, -y.low)});
  }
  [[gnu::noinline]] friend constexpr Word operator*(const Word& a, const Word& b) {
    const Range x = a.range(), y = b.range();
    if (a.is_number() && b.is_number()) return Word(exactly(product(x.low, y.low)));
    const Int128 corners[] = {product(x.low, y.low), product(x.low, y.high), product(x.high, y.low),
                              product(x.high, y.high)};
    Range range{corners[0], corners[0]};
    for (const Int128 corner : corners) {
      if (corner < range.low) range.low = corner;
      if (corner > range.high) range.high = corner;
    }
    return Word(range);
  }
  /// By a positive number: rounding towards 0 keeps the order.
  friend constexpr Word operator/(const Word& a, const Word& b) {
    if (b.number() <= 0) throw std::logic_error("divided by what is not positive");
    return Word(Range{a.range().low / b.number(), a.range().high / b.number()});
  }
  friend constexpr Word operator<<(const Word& a, unsigned count) {
    return a * (Word(1) <<= count);
  }
  friend constexpr Word operator>>(const Word& a, unsigned count) {
    return Word(Range{a.range().low >> count, a.range().high >> count});
  }
  friend constexpr Word operator&(const Word& a, const Word& mask) {
    if (a.is_number()) return Word(exactly(a.number() & mask.number()));
    if ((mask.number() & (mask.number() + 1)) != 0) throw std::logic_error("not the lowest bits");
    const Range x = a.range();
    return x.low >= 0 && x.high <= mask.number() ? a : Word(Range{0, mask.number()});
  }
  friend constexpr Word operator-(const Word& a) { return Word(0) - a; }

  constexpr Word& operator+=(const Word& b) { return *this = *this + b; }
  constexpr Word& operator-=(const Word& b) { return *this = *this - b; }
  constexpr Word& operator&=(const Word& b) { return *this = *this & b; }
  constexpr Word& operator|=(const Word& b) { return *this = exact(number() | b.number()); }
  constexpr Word& operator++() { return *this += Word(1); }
  constexpr Word& operator<<=(unsigned count) { return *this = exact(number() << count); }

  /// Where either is possible, both ways are gone, and the range is what it then must be.
  friend constexpr bool operator<(const Word& a, const Word& b) {
    const Range x = a.range(), y = b.range();
    if (x.high < y.low) return true;
    if (x.low >= y.high) return false;
    Range& narrowed = places[static_cast<std::size_t>(a.rep_ - first_place)];
    const bool is_less = ways.choose();
    (is_less ? narrowed.high : narrowed.low) = b.number() - (is_less ? 1 : 0);
    return is_less;
  }
  friend constexpr bool operator<=(const Word& a, const Word& b) {
    return a.number() <= b.number();
  }
  friend constexpr bool operator==(const Word& a, const Word& b) {
    return a.number() == b.number();
  }

 private:
  static constexpr Rep greatest = ((Rep{1} << (8 * sizeof(Rep) - 2)) - 1) * 2 + 1;
  static constexpr Rep first_place = greatest - (1 << 24);

  static constexpr Range exactly(Int128 number) { return {number, number}; }
  static constexpr Word exact(Int128 number) { return Word(exactly(number)); }
  static Int128 place_of(Range range) {
    if (places.size() >> 24 != 0) throw std::length_error("too many ranges");
    places.push_back(range);
    return first_place + static_cast<Int128>(places.size() - 1);
  }
  static constexpr Int128 sum(Int128 a, Int128 b) {
    Int128 result = 0;
    if (__builtin_add_overflow(a, b, &result)) throw std::overflow_error("a sum overflows");
    return result;
  }
  static constexpr Int128 product(Int128 a, Int128 b) {
    const auto is_short = [](Int128 x) { return x == static_cast<std::int64_t>(x); };
    if (!is_short(a) || !is_short(b)) throw std::overflow_error("a product of more than limbs");
    return a * b;
  }

  Rep rep_;
};

/// A layout in which the words of another are ranges.
template <class Layout>
struct Ranged {
  using Limb = Word<typename Layout::Limb>;
  using Wide = Word<typename Layout::Wide>;
  static_assert(sizeof(Limb) == sizeof(typename Layout::Limb));
  static_assert(sizeof(Wide) == sizeof(typename Layout::Wide));
  static constexpr unsigned max_radix = Layout::max_radix;
};

/// What low_limb gives: itself when it is near 0 already, else anything there is.
template <class Layout>
constexpr typename Ranged<Layout>::Limb low_range(typename Ranged<Layout>::Wide x, unsigned radix) {
  if (x.is_number()) return crypto::vartime::low_limb<Layout>(x.number(), radix);
  const Int128 half = Int128{1} << (radix - 1);
  const Range range = x.range();
  using Limb = typename Ranged<Layout>::Limb;
  return range.low >= -half && range.high < half ? Limb(x) : Limb(Range{-half, half - 1});
}

}  // namespace touchstone::test

namespace touchstone::crypto::vartime {

template <>
constexpr test::Ranged<Limbs64>::Limb low_limb<test::Ranged<Limbs64>>(test::Ranged<Limbs64>::Wide x,
                                                                      unsigned radix) {
  return test::low_range<Limbs64>(x, radix);
}
template <>
constexpr test::Ranged<Limbs32>::Limb low_limb<test::Ranged<Limbs32>>(test::Ranged<Limbs32>::Wide x,
                                                                      unsigned radix) {
  return test::low_range<Limbs32>(x, radix);
}

}  // namespace touchstone::crypto::vartime
