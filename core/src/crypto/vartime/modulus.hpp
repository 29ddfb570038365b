// Arithmetic for any odd modulus that fits, in loops, for what is done once a verification:
// products of scalars, and inverses. field.hpp has the representation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace touchstone::crypto::vartime {

/// A layout: the word of a limb, the word in which products of limbs add up, and the longest limb
/// for which enough of them fit.
struct Limbs64 {
  using Limb = std::int64_t;
  __extension__ typedef __int128 Wide;
  static constexpr unsigned max_radix = 59;
};
/// WebAssembly multiplies 64-bit words, but only keeps the lower half.
struct Limbs32 {
  using Limb = std::int32_t;
  using Wide = std::int64_t;
  static constexpr unsigned max_radix = 29;
};
#ifdef __wasm__
using NativeLimbs = Limbs32;
#else
using NativeLimbs = Limbs64;
#endif

/// The limb that x is congruent to modulo 2^radix and nearest to 0.
template <class Layout>
constexpr typename Layout::Limb low_limb(typename Layout::Wide x, unsigned radix) {
  using Limb = typename Layout::Limb;
  const unsigned unused = sizeof(Limb) * 8 - radix;
  return static_cast<Limb>(static_cast<std::make_unsigned_t<Limb>>(x) << unused) >> unused;
}

/// Limbs of the longest number, of 521 bits.
template <class Layout>
inline constexpr unsigned max_field_size = sizeof(typename Layout::Limb) == 8 ? 9 : 19;

/// A field's modulus p as the loops below see it.
template <class Layout>
struct Modulus {
  unsigned size, radix;
  typename Layout::Limb n0;             ///< -1/p modulo 2^radix
  const typename Layout::Limb* p;       ///< `size` digits nearest to 0
  const typename Layout::Limb* r2;      ///< R^2 modulo p
  const typename Layout::Limb* digits;  ///< p in digits from 0 to 2^radix - 1
};

/// Digits from 0 to 2^radix - 1 again, the last one whatever remains.
template <class Limb>
constexpr void carry(Limb* x, unsigned size, unsigned radix) {
  for (unsigned j = 0; j + 1 < size; ++j) {
    const Limb over = x[j] >> radix;
    x[j] -= over << radix;
    x[j + 1] += over;
  }
}

/// Whether a < b, both in digits.
template <class Limb>
constexpr bool is_less(const Limb* a, const Limb* b, unsigned size) {
  for (unsigned j = size; j-- > 0;)
    if (a[j] != b[j]) return a[j] < b[j];
  return false;
}

/// The digits of a number from its bytes, the most significant one first or last; at most
/// size * radix bits of them.
template <class Layout>
void read_digits(typename Layout::Limb* x, std::string_view octets, bool is_little_endian,
                 const Modulus<Layout>& modulus);

/// From a value between -p and p and limbs as a product leaves them: its digits modulo p.
template <class Layout>
void make_canonical(typename Layout::Limb* x, const Modulus<Layout>& modulus);

/// out = a * b / R modulo p: Field::multiply in loops.
template <class Layout>
constexpr void multiply(typename Layout::Limb* out, const typename Layout::Limb* a,
                        const typename Layout::Limb* b, const Modulus<Layout>& modulus) {
  using Limb = typename Layout::Limb;
  using Wide = typename Layout::Wide;
  const auto [size, radix, n0, p, r2, digits] = modulus;
  Limb m[max_field_size<Layout>]{};
  Wide t = 0;
  for (unsigned k = 0; k < 2 * size - 1; ++k) {
    const unsigned first = k < size ? 0 : k - size + 1;
    for (unsigned j = first; j <= k - first; ++j) t += Wide{a[j]} * b[k - j];
    for (unsigned j = first; j < k && j < size; ++j) t += Wide{m[j]} * p[k - j];
    const Limb digit = low_limb<Layout>(t, radix);
    if (k < size) {
      m[k] = low_limb<Layout>(Wide{digit} * n0, radix);
      t += Wide{m[k]} * p[0];
    } else {
      out[k - size] = digit;
    }
    t = (t - low_limb<Layout>(t, radix)) >> radix;
  }
  out[size - 1] = static_cast<Limb>(t);
}

/// d with |d| = R^2 / |a| modulo p, 0 for 0, and whether d must be negated. |d| is below R.
template <class Layout>
bool invert(typename Layout::Limb* d, const typename Layout::Limb* a,
            const Modulus<Layout>& modulus);

}  // namespace touchstone::crypto::vartime
