// The group of a curve a x^2 + y^2 = 1 + d x^2 y^2 with a = -1 or 1, for verification only.
#pragma once

#include <string>

#include "crypto/vartime/field.hpp"

namespace touchstone::crypto::vartime {

template <class Curve, class Layout = NativeLimbs>
struct Edwards {
  using F = Field<typename Curve::Prime, Layout>;
  using Scalars = Field<typename Curve::Order, Layout>;
  using E = Element<F>;
  static constexpr unsigned window = Curve::window;
  static constexpr E a = F::small(Curve::a), d = F::from_hex(Curve::d);

  struct Affine {
    E x, y, dxy;  ///< the last one is d x y
  };
  /// x = X / Z, y = Y / Z, x y = T / Z.
  struct Point {
    E x, y, z, t;
  };

  static Point identity() { return {F::zero(), F::one(), F::one(), F::zero()}; }
  static Point from(const Affine& p) { return {p.x, p.y, F::one(), p.x * p.y}; }
  static constexpr Affine affine(const E& x, const E& y) { return {x, y, d * (x * y)}; }
  static constexpr const Affine& generator() { return g; }
  static Affine negated_if(bool condition, const Affine& p) {
    return {vartime::negated_if(condition, p.x), p.y, vartime::negated_if(condition, p.dxy)};
  }

  // Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited" (2008); complete since a is
  // a square and d is not.

  [[gnu::noinline]] static Point twice(const Point& p) {
    const E xx = square(p.x);
    const E yy = square(p.y);
    const E zz = square(p.z);
    const auto e = square(p.x + p.y) - xx - yy;
    const E axx = negated_if_minus(xx);
    const auto sum = axx + yy;
    const auto f = reduced(sum - zz - zz);
    const auto h = axx - yy;
    return {e * f, sum * h, f * sum, e * h};
  }

  [[gnu::noinline]] static Point add(const Point& p, const Affine& q) {
    const E xx = p.x * q.x;
    const E yy = p.y * q.y;
    const E c = p.t * q.dxy;
    const auto e = (p.x + p.y) * (q.x + q.y) - xx - yy;
    const auto f = p.z - c;
    const auto sum = p.z + c;
    const auto h = yy - negated_if_minus(xx);
    return {e * f, sum * h, f * sum, e * h};
  }

  static const E& denominator(const Point& p) { return p.z; }
  static Affine affine(const Point& p, const E& inverse) {
    return affine(p.x * inverse, p.y * inverse);
  }

  /// Whether the point's order divides the cofactor: its signatures say nothing of who made them.
  static bool has_small_order(const Affine& p) {
    Point multiple = from(p);
    for (unsigned i = 0; i < Curve::cofactor_bits; ++i) multiple = twice(multiple);
    return F::is_zero(multiple.x) && F::is_equal(multiple.y, multiple.z);
  }

 private:
  static constexpr Affine g = affine(F::from_hex(Curve::gx), F::from_hex(Curve::gy));

  /// The curve's a times it.
  static E negated_if_minus(const E& x) { return Curve::a < 0 ? -x : x; }
};

}  // namespace touchstone::crypto::vartime
