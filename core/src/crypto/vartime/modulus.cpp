#include "crypto/vartime/modulus.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace touchstone::crypto::vartime {
namespace {

/// What `radix` division steps do: (f, g) becomes (u f + v g, q f + r g) / 2^radix.
struct Steps {
  std::int64_t u = 1, v = 0, q = 0, r = 1;
};

/// Division steps as Bernstein and Yang define them ("Fast constant-time gcd computation and
/// modular inversion", 2019), here in variable time: as many at once as g has zeros at its end. Of
/// f and g only the last `radix` bits matter.
Steps divide(int& delta, std::uint64_t f, std::uint64_t g, unsigned radix) {
  Steps steps;
  auto& [u, v, q, r] = steps;
  for (auto left = static_cast<int>(radix);;) {
    const int zeros = std::min(left, std::countr_zero(g));
    g >>= zeros;
    u *= std::int64_t{1} << zeros;
    v *= std::int64_t{1} << zeros;
    delta += zeros;
    left -= zeros;
    if (left == 0) return steps;
    if (delta > 0) {
      delta = -delta;
      f = std::exchange(g, 0 - f);
      u = std::exchange(q, -u);
      v = std::exchange(r, -v);
    }
    // The next 1 - delta steps only add f to g when it is odd: a multiple of f does six of them.
    const int run = std::min({left, 1 - delta, 6});
    const auto w = g * f * (f * f - 2) & ((std::uint64_t{1} << run) - 1);  // -g / f
    g += w * f;
    q += static_cast<std::int64_t>(w) * u;
    r += static_cast<std::int64_t>(w) * v;
  }
}

template <class Layout>
struct Inversion {
  using Limb = typename Layout::Limb;
  using Wide = typename Layout::Wide;
  const Modulus<Layout>& modulus;

  /// x = (u x + v y + m p) / 2^radix and y = (q x + r y + n p) / 2^radix, where m and n make the
  /// divisions exact, or are 0 because they are so already.
  void apply(const Steps& steps, Limb* x, Limb* y, bool is_exact) const {
    const auto [size, radix, n0, p, r2, digits] = modulus;
    const auto [u, v, q, r] = steps;
    const auto multiple = [&, n0 = n0, radix = radix](Wide t) {
      return is_exact ? 0 : low_limb<Layout>(Wide{low_limb<Layout>(t, radix)} * n0, radix);
    };
    const Limb m = multiple(u * Wide{x[0]} + v * Wide{y[0]});
    const Limb n = multiple(q * Wide{x[0]} + r * Wide{y[0]});
    Wide tx = 0, ty = 0;
    for (unsigned j = 0; j < size; ++j) {
      tx += u * Wide{x[j]} + v * Wide{y[j]} + m * Wide{p[j]};
      ty += q * Wide{x[j]} + r * Wide{y[j]} + n * Wide{p[j]};
      const Limb low_x = low_limb<Layout>(tx, radix), low_y = low_limb<Layout>(ty, radix);
      if (j > 0) {
        x[j - 1] = low_x;
        y[j - 1] = low_y;
      }
      tx = (tx - low_x) >> radix;
      ty = (ty - low_y) >> radix;
    }
    x[size - 1] = static_cast<Limb>(tx);
    y[size - 1] = static_cast<Limb>(ty);
  }
};

}  // namespace

template <class Layout>
void read_digits(typename Layout::Limb* x, std::string_view octets, bool is_little_endian,
                 const Modulus<Layout>& modulus) {
  using Limb = typename Layout::Limb;
  const auto [size, radix, n0, p, r2, digits] = modulus;
  std::fill_n(x, size, Limb{0});
  const auto mask = (std::uint64_t{1} << radix) - 1;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto octet =
        static_cast<unsigned char>(octets[is_little_endian ? i : octets.size() - 1 - i]);
    const std::size_t j = 8 * i / radix, shift = 8 * i % radix;
    x[j] |= static_cast<Limb>(std::uint64_t{octet} << shift & mask);
    if (shift + 8 > radix && j + 1 < size) x[j + 1] |= static_cast<Limb>(octet >> (radix - shift));
  }
}

template <class Layout>
void make_canonical(typename Layout::Limb* x, const Modulus<Layout>& modulus) {
  const unsigned size = modulus.size;
  carry(x, size, modulus.radix);
  if (x[size - 1] >= 0) return;
  for (unsigned j = 0; j < size; ++j) x[j] += modulus.digits[j];
  carry(x, size, modulus.radix);
}

// f and g go from p and a to a unit and 0, while d = f * R^2 / a and e = g * R^2 / a modulo p. With
// each round |d| and |e| grow by p / 2 at most; 54 rounds, the most there can be, leave them below
// 28 p and so below R.
template <class Layout>
bool invert(typename Layout::Limb* d, const typename Layout::Limb* a,
            const Modulus<Layout>& modulus) {
  using Limb = typename Layout::Limb;
  const unsigned size = modulus.size;
  Limb f[max_field_size<Layout>], g[max_field_size<Layout>], e[max_field_size<Layout>];
  std::copy_n(modulus.p, size, f);
  std::copy_n(a, size, g);
  std::copy_n(modulus.r2, size, e);
  std::fill_n(d, size, Limb{0});
  const Inversion<Layout> inversion{modulus};
  for (int delta = 1; std::any_of(g, g + size, [](Limb limb) { return limb != 0; });) {
    const Steps steps = divide(delta, static_cast<std::uint64_t>(f[0]),
                               static_cast<std::uint64_t>(g[0]), modulus.radix);
    inversion.apply(steps, f, g, true);
    inversion.apply(steps, d, e, false);
  }
  return f[0] < 0;
}

template bool invert<Limbs32>(std::int32_t*, const std::int32_t*, const Modulus<Limbs32>&);
template void read_digits(std::int32_t*, std::string_view, bool, const Modulus<Limbs32>&);
template void make_canonical(std::int32_t*, const Modulus<Limbs32>&);
#ifndef __wasm__
template bool invert<Limbs64>(std::int64_t*, const std::int64_t*, const Modulus<Limbs64>&);
template void read_digits(std::int64_t*, std::string_view, bool, const Modulus<Limbs64>&);
template void make_canonical(std::int64_t*, const Modulus<Limbs64>&);
#endif

}  // namespace touchstone::crypto::vartime
