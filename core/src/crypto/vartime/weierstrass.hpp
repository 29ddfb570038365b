// The group of a curve y^2 = x^3 + a x + b with a = -3 or 0, for verification only.
#pragma once

#include "crypto/vartime/field.hpp"

namespace touchstone::crypto::vartime {

template <class Curve, class Layout = NativeLimbs>
struct Weierstrass {
  using F = Field<typename Curve::Prime, Layout>;
  using Scalars = Field<typename Curve::Order, Layout>;
  using E = Element<F>;
  static constexpr unsigned window = Curve::window;

  struct Affine {
    E x, y;
  };
  /// x = X / ZZ and y = Y / ZZZ with ZZ^3 = ZZZ^2; ZZ and ZZZ are 0 for the point at infinity.
  struct Point {
    E x, y, zz, zzz;
    bool is_infinity;
  };

  static Point identity() { return {{}, {}, {}, {}, true}; }
  static Point from(const Affine& p) { return {p.x, p.y, F::one(), F::one(), false}; }
  static constexpr const Affine& generator() { return g; }
  static Affine negated_if(bool condition, const Affine& p) {
    return {p.x, vartime::negated_if(condition, p.y)};
  }

  static bool is_on_curve(const Affine& p) {
    const auto right = square(p.x) * p.x + a * p.x + b;
    return F::is_equal(square(p.y), right);
  }

  /// 2 P. No point of a group of odd order has y = 0, and infinity stays itself: 0 is doubled to 0.
  [[gnu::noinline]] static Point twice(const Point& p) {
    const auto u = p.y + p.y;
    const E v = square(u);
    const E w = u * v;
    const E s = p.x * v;
    const auto m = slope(p);
    const E x = reduced(square(m) - s - s);
    return {x, difference_of_products(m, s - x, w, p.y), v * p.zz, w * p.zzz, p.is_infinity};
  }

  /// P + Q for any two, also when they are equal or opposite, which an attacker can bring about.
  [[gnu::noinline]] static Point add(const Point& p, const Affine& q) {
    if (p.is_infinity) return from(q);
    const auto h = q.x * p.zz - p.x;
    const auto r = q.y * p.zzz - p.y;
    if (F::is_zero(h)) return F::is_zero(r) ? twice(p) : identity();
    const E hh = square(h);
    const E hhh = h * hh;
    const E v = p.x * hh;
    const E x = reduced(square(r) - hhh - v - v);
    return {x, difference_of_products(r, v - x, p.y, hhh), p.zz * hh, p.zzz * hhh, false};
  }

  /// What affine() wants the inverse of; not 0 for a point that is not at infinity.
  static const E& denominator(const Point& p) { return p.zzz; }
  static Affine affine(const Point& p, const E& inverse) {
    const E z_inverse = p.zz * inverse;  // ZZ = Z^2, ZZZ = Z^3
    return {p.x * square(z_inverse), p.y * inverse};
  }

 private:
  static constexpr E a = F::small(Curve::a), b = F::from_hex(Curve::b);
  static constexpr Affine g{F::from_hex(Curve::gx), F::from_hex(Curve::gy)};

  static auto slope(const Point& p) {
    if constexpr (Curve::a == 0) {
      const E xx = square(p.x);
      return xx + xx + xx;
    } else {
      static_assert(Curve::a == -3);
      const E m = (p.x - p.zz) * (p.x + p.zz);
      return m + m + m;
    }
  }
};

}  // namespace touchstone::crypto::vartime
