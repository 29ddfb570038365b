// Arithmetic modulo a prime, for verification only: how long it takes depends on the numbers, which
// are public. Curves, and the scalars of their groups, all stand on this one template.
//
// A number is a row of signed limbs, value = sum of limb[i] * 2^(radix * i), in Montgomery form:
// x stands as x * R modulo p, R = 2^(radix * size). Sums and differences are taken limb by limb and
// left as they are; an Element carries in its type how far it may have grown, and a product of two
// that could overflow does not compile.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/vartime/modulus.hpp"

/// A kernel is one run of straight code, whatever a compiler thinks of its length.
#define TOUCHSTONE_INLINE __attribute__((always_inline))

namespace touchstone::crypto::vartime {

/// An integer modulo F's prime p. Every limb is at most `bound` * (2^(radix-1) + 1) and the value
/// at most `bound` * p in magnitude.
template <class F, unsigned bound = 1>
struct Element {
  typename F::Limbs limb;

  /// A tighter element is one of a looser kind, too.
  template <unsigned looser>
  requires(looser > bound) constexpr operator Element<F, looser>() const { return {limb}; }
};

template <class F, unsigned a_bound, unsigned b_bound>
constexpr Element<F, a_bound + b_bound> operator+(const Element<F, a_bound>& a,
                                                  const Element<F, b_bound>& b) {
  static_assert(a_bound + b_bound <= F::max_bound);
  Element<F, a_bound + b_bound> sum;
  for (std::size_t i = 0; i < F::size; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

template <class F, unsigned a_bound, unsigned b_bound>
constexpr Element<F, a_bound + b_bound> operator-(const Element<F, a_bound>& a,
                                                  const Element<F, b_bound>& b) {
  static_assert(a_bound + b_bound <= F::max_bound);
  Element<F, a_bound + b_bound> difference;
  for (std::size_t i = 0; i < F::size; ++i) difference.limb[i] = a.limb[i] - b.limb[i];
  return difference;
}

template <class F, unsigned bound>
constexpr Element<F, bound> operator-(const Element<F, bound>& a) {
  Element<F, bound> negated;
  for (std::size_t i = 0; i < F::size; ++i) negated.limb[i] = -a.limb[i];
  return negated;
}

/// -a or a, without a branch: what it would hang on is a digit as good as random.
template <class F, unsigned bound>
constexpr Element<F, bound> negated_if(bool condition, const Element<F, bound>& a) {
  const auto mask = -static_cast<typename F::Limb>(condition);
  Element<F, bound> result;
  for (std::size_t i = 0; i < F::size; ++i) result.limb[i] = (a.limb[i] ^ mask) - mask;
  return result;
}

template <class F, unsigned a_bound, unsigned b_bound>
constexpr Element<F> operator*(const Element<F, a_bound>& a, const Element<F, b_bound>& b) {
  static_assert(F::fits(a_bound * b_bound));
  return {F::multiply(a.limb, b.limb)};
}

template <class F, unsigned bound>
constexpr Element<F> square(const Element<F, bound>& a) {
  static_assert(F::fits(bound * bound));
  return {F::square(a.limb)};
}

/// a * b - c * d, with one reduction for both.
template <class F, unsigned a_bound, unsigned b_bound, unsigned c_bound, unsigned d_bound>
constexpr Element<F> difference_of_products(const Element<F, a_bound>& a,
                                            const Element<F, b_bound>& b,
                                            const Element<F, c_bound>& c,
                                            const Element<F, d_bound>& d) {
  static_assert(F::fits(a_bound * b_bound + c_bound * d_bound));
  return {F::multiply_subtract(a.limb, b.limb, c.limb, d.limb)};
}

/// The same number with small limbs again.
template <class F, unsigned bound>
constexpr Element<F> reduced(const Element<F, bound>& a) {
  return {F::reduce(a.limb)};
}

/// `Prime::hex` is an odd prime as hexadecimal digits, the first not 0.
template <class Prime, class Layout = NativeLimbs>
class Field {
 public:
  using Limb = typename Layout::Limb;
  using Wide = typename Layout::Wide;

 private:
  static constexpr std::string_view hex = Prime::hex;
  static constexpr unsigned digit_of(char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  }

  /// R is at least 32 p. With |a b| <= 15 p^2 the reduction's result, (a b + m p) / R where m is at
  /// most R (1 + 2^-27) / 2, is then smaller than p.
  static constexpr unsigned slack = 5;
  static constexpr unsigned max_product = 15;

 public:
  static constexpr unsigned bits =
      4 * static_cast<unsigned>(hex.size()) - (digit_of(hex[0]) >= 8   ? 0
                                               : digit_of(hex[0]) >= 4 ? 1
                                               : digit_of(hex[0]) >= 2 ? 2
                                                                       : 3);
  static constexpr unsigned size = (bits + slack + Layout::max_radix - 1) / Layout::max_radix;
  static constexpr unsigned radix = (bits + slack + size - 1) / size;
  static constexpr unsigned bytes = (bits + 7) / 8;
  using Limbs = std::array<Limb, size>;
  using One = Element<Field>;

  /// Limbs of one element fit their word up to this bound.
  static constexpr unsigned max_bound = 1u << (sizeof(Limb) * 8 - 1 - radix);

 private:
  static constexpr Limb half = Limb{1} << (radix - 1);
  static constexpr Limb mask = (half - 1) + half;

  static constexpr Limb low(Wide x) { return low_limb<Layout>(x, radix); }

  /// The modulus in digits from 0 to 2^radix - 1, and in digits nearest to 0: these are sparse for
  /// a prime that is a sum of few powers of two, and what is multiplied by a 0 costs nothing.
  static constexpr Limbs digits_of_hex(std::string_view text) {
    Limbs digits{};
    for (unsigned i = 0; i < 4 * text.size(); ++i) {
      const unsigned digit = digit_of(text[text.size() - 1 - i / 4]);
      if ((digit >> (i % 4) & 1) != 0) digits[i / radix] |= Limb{1} << (i % radix);
    }
    return digits;
  }
  static constexpr Limbs signed_modulus() {
    Limbs digits = modulus;
    for (unsigned i = 0; i + 1 < size; ++i) {
      const Limb digit = low(digits[i]);
      digits[i + 1] += (digits[i] - digit) >> radix;
      digits[i] = digit;
    }
    return digits;
  }
  static constexpr unsigned count_digits() {
    unsigned count = 0;
    for (const Limb digit : p) count += digit != 0;
    return count;
  }

  /// -1/p modulo 2^radix, by Newton's iteration: p is odd and so its own inverse modulo 8.
  static constexpr Limb negative_inverse() {
    const auto first = static_cast<std::uint64_t>(p[0]);
    std::uint64_t inverse = first;
    for (int i = 0; i < 5; ++i) inverse *= 2 - first * inverse;
    return low(static_cast<Wide>(0 - inverse));
  }

 public:
  static constexpr Limbs modulus = digits_of_hex(hex);

  /// 2^power modulo p.
  static constexpr Limbs power_of_two(unsigned power) {
    Limbs x{1};
    for (unsigned i = 0; i < power; ++i) {
      for (unsigned j = size; j-- > 0;) x[j] = 2 * x[j];
      carry(x);
      if (!is_less(x, modulus)) {
        for (unsigned j = 0; j < size; ++j) x[j] -= modulus[j];
        carry(x);
      }
    }
    return x;
  }

  static constexpr void carry(Limbs& x) { vartime::carry(x.data(), size, radix); }
  static constexpr bool is_less(const Limbs& a, const Limbs& b) {
    return vartime::is_less(a.data(), b.data(), size);
  }

 private:
  static constexpr Limbs p = signed_modulus();
  static constexpr Limb n0 = negative_inverse();
  static constexpr unsigned digit_count = count_digits();

 public:
  /// Whether columns of products with this sum of bounds, what the reduction adds to them and a
  /// carry fit into a Wide, and the result is small again.
  static constexpr bool fits(unsigned products) {
    constexpr unsigned spare = sizeof(Wide) * 8 - 1 - 2 * (radix - 1);
    return products <= max_product &&
           products * size + digit_count + 1 < (std::uint64_t{1} << (spare < 32 ? spare : 32));
  }

  static constexpr Element<Field> one() { return {power_of_two_r}; }
  static constexpr Element<Field> zero() { return {}; }

  /// A small constant in Montgomery form.
  static constexpr Element<Field> small(Limb value) { return to_montgomery({value}); }

  /// A constant from hexadecimal digits.
  static constexpr Element<Field> from_hex(std::string_view text) {
    return to_montgomery(digits_of_hex(text));
  }

  /// A number below the modulus from its bytes, the most significant one first or last. Empty when
  /// it is not below. At most `bytes` of them, or one more where a sign stands in it.
  static std::optional<Limbs> parse(std::string_view octets, bool is_little_endian) {
    const Limbs x = digits_of(octets, is_little_endian);
    return is_less(x, modulus) ? std::optional(x) : std::nullopt;
  }

  /// Digits below 2^radix, at most size * radix bits of them.
  static Limbs digits_of(std::string_view octets, bool is_little_endian) {
    Limbs x;
    read_digits(x.data(), octets, is_little_endian, runtime);
    return x;
  }

  /// From digits below 2^radix and a value below 15 p: a plain digit counts as twice a signed one.
  static constexpr Element<Field> to_montgomery(const Limbs& digits) {
    return Element<Field, 2>{digits} * Element<Field, 2>{power_of_two_r2};
  }

  /// The number itself, from 0 to p - 1, in digits from 0 to 2^radix - 1.
  template <unsigned bound>
  static Limbs canonical(const Element<Field, bound>& a) {
    return plain_digits(a * Element<Field>{Limbs{1}});
  }
  /// The same for a number that is not in Montgomery form.
  static Limbs plain_digits(const Element<Field>& plain) {
    Limbs x = plain.limb;
    make_canonical(x.data(), runtime);
    return x;
  }

  /// Whether a is 0 modulo p.
  template <unsigned bound>
  static bool is_zero(const Element<Field, bound>& a) {
    // Its value is then c * p with |c| <= bound, and nearly always the lowest limb says that it is
    // not.
    bool may_be = false;
    for (Limb c = -Limb{bound}; c <= Limb{bound}; ++c)
      may_be |= ((a.limb[0] - c * p[0]) & mask) == 0;
    return may_be && canonical(a) == Limbs{};
  }
  template <unsigned a_bound, unsigned b_bound>
  static bool is_equal(const Element<Field, a_bound>& a, const Element<Field, b_bound>& b) {
    return is_zero(a - b);
  }

  /// `count` bits of a canonical number (no more than `radix`), the lowest at `from`; 0 beyond its
  /// end.
  static unsigned bits_of(const Limbs& digits, unsigned from, unsigned count) {
    const unsigned j = from / radix, shift = from % radix;
    if (j >= size) return 0;
    auto window = static_cast<std::uint64_t>(digits[j]) >> shift;
    if (shift + count > radix && j + 1 < size)
      window |= static_cast<std::uint64_t>(digits[j + 1]) << (radix - shift);
    return static_cast<unsigned>(window & ((std::uint64_t{1} << count) - 1));
  }

  /// 1/a; 0 for 0.
  static Element<Field> inverse(const Element<Field>& a) {
    Limbs d;
    const bool is_negated = invert<Layout>(d.data(), a.limb.data(), runtime);
    return negated_if(is_negated, Element<Field>{reduce(d)});
  }

  /// a to the power of p >> shift, from which square roots are made.
  static Element<Field> power_of_shifted_modulus(const Element<Field>& a, unsigned shift) {
    std::array<Element<Field>, 16> powers{one(), a};
    for (std::size_t i = 2; i < powers.size(); ++i) powers[i] = powers[i - 1] * a;
    Element<Field> result = one();
    for (unsigned i = (bits - shift + 3) / 4; i-- > 0;) {
      for (int j = 0; j < 4; ++j) result = vartime::square(result);
      const unsigned digit = bits_of(modulus, shift + 4 * i, 4);
      if (digit != 0) result = result * powers[digit];
    }
    return result;
  }

  // The kernels, on bare limbs; Element's operators check the bounds.

  [[gnu::noinline]] static constexpr Limbs multiply(const Limbs& a, const Limbs& b) {
    if constexpr (requires { Prime::in_loops; }) {
      Limbs out;
      vartime::multiply<Layout>(out.data(), a.data(), b.data(), runtime);
      return out;
    } else {
      Columns t;
      product(t, a, b);
      return reduce_columns(t);
    }
  }
  [[gnu::noinline]] static constexpr Limbs square(const Limbs& a) {
    Columns t;
    product_with_itself(t, a);
    return reduce_columns(t);
  }
  [[gnu::noinline]] static constexpr Limbs multiply_subtract(const Limbs& a, const Limbs& b,
                                                             const Limbs& c, const Limbs& d) {
    if constexpr (size > 10) {
      // Two reductions cost little beside such products, and a kernel more costs a page of code.
      Limbs t = multiply(a, b);
      const Limbs u = multiply(c, d);
      for (unsigned k = 0; k < size; ++k) t[k] -= u[k];
      return reduce(t);
    } else {
      Columns t, u;
      product(t, a, b);
      product(u, c, d);
      for (unsigned k = 0; k < t.size(); ++k) t[k] -= u[k];
      return reduce_columns(t);
    }
  }

  /// Takes the multiple of p away that the uppermost limb points to, which leaves little more than
  /// p / 2, and carries.
  static constexpr Limbs reduce(const Limbs& a) {
    const Limb top = p[size - 1];
    const Limb multiple = (2 * a[size - 1] + (a[size - 1] < 0 ? -top : top)) / (2 * top);
    Limbs result{};
    Wide t = 0;
    for (unsigned j = 0; j + 1 < size; ++j) {
      t += Wide{a[j]} - Wide{multiple} * p[j];
      result[j] = low(t);
      t = (t + half) >> radix;
    }
    result[size - 1] = static_cast<Limb>(t + a[size - 1] - Wide{multiple} * top);
    return result;
  }

 private:
  /// Column k of a product is the sum of a[j] * b[k - j].
  using Columns = std::array<Wide, 2 * size - 1>;

  template <unsigned n>
  using Index = std::integral_constant<unsigned, n>;

  /// Calls f with each index as a constant, so that limbs live in registers and zero digits of p
  /// vanish.
  template <unsigned from, unsigned to, class Function>
  TOUCHSTONE_INLINE static constexpr void for_each(Function f) {
    if constexpr (from < to) {
      [&]<unsigned... i>(std::integer_sequence<unsigned, i...>) TOUCHSTONE_INLINE {
        (f(Index<from + i>{}), ...);
      }
      (std::make_integer_sequence<unsigned, to - from>{});
    }
  }

  /// The first index of a column: limbs first to k - first multiply into column k.
  static constexpr unsigned first_of(unsigned k) { return k < size ? 0 : k - size + 1; }

  TOUCHSTONE_INLINE static constexpr void product(Columns& t, const Limbs& a_, const Limbs& b_) {
    const Limbs a = a_, b = b_;  // t cannot be a part of them
    for_each<0, 2 * size - 1>([&](auto k) TOUCHSTONE_INLINE {
      Wide sum = 0;
      for_each<first_of(k), k - first_of(k) + 1>(
          [&](auto j) TOUCHSTONE_INLINE { sum += Wide{a[j]} * b[k - j]; });
      t[k] = sum;
    });
  }
  TOUCHSTONE_INLINE static constexpr void product_with_itself(Columns& t, const Limbs& a_) {
    const Limbs a = a_;
    for_each<0, 2 * size - 1>([&](auto k) TOUCHSTONE_INLINE {
      Wide sum = 0;
      for_each<first_of(k), (k + 1) / 2>([&](auto j)
                                             TOUCHSTONE_INLINE { sum += Wide{a[j]} * a[k - j]; });
      sum += sum;
      if constexpr (k % 2 == 0) sum += Wide{a[k / 2]} * a[k / 2];
      t[k] = sum;
    });
  }

  /// Montgomery's reduction: a multiple m p is added that clears the lower half of the columns, the
  /// upper half is the result.
  TOUCHSTONE_INLINE static constexpr Limbs reduce_columns(const Columns& columns) {
    Limbs m{}, out{};
    Wide t = 0;
    const auto add_multiples = [&](auto k, auto from, auto to) TOUCHSTONE_INLINE {
      for_each<from, to>([&](auto j) TOUCHSTONE_INLINE {
        if constexpr (p[k - j] != 0) t += Wide{m[j]} * p[k - j];
      });
    };
    for_each<0, size>([&](auto k) TOUCHSTONE_INLINE {
      t += columns[k];
      add_multiples(k, Index<0>{}, k);
      if constexpr (n0 == 1) {
        m[k] = low(t);
        t = (t + half) >> radix;
      } else {
        m[k] = low(static_cast<Wide>(low(t)) * n0);
        t = (t + Wide{m[k]} * p[0]) >> radix;
      }
    });
    for_each<size, 2 * size - 1>([&](auto k) TOUCHSTONE_INLINE {
      t += columns[k];
      add_multiples(k, Index<k - size + 1>{}, Index<size>{});
      out[k - size] = low(t);
      t = (t + half) >> radix;
    });
    out[size - 1] = static_cast<Limb>(t);
    return out;
  }

  static constexpr Limbs power_of_two_r = power_of_two(radix * size);
  static constexpr Limbs power_of_two_r2 = power_of_two(2 * radix * size);
  static constexpr Modulus<Layout> runtime{
      size, radix, n0, p.data(), power_of_two_r2.data(), modulus.data()};
};

}  // namespace touchstone::crypto::vartime
