// ECDSA verification (FIPS 186-5 section 6.4.2), in variable time on public data.
#pragma once

#include "crypto/vartime/curves.hpp"
#include "crypto/vartime/multiply.hpp"
#include "crypto/vartime/weierstrass.hpp"

namespace touchstone::crypto::vartime {

template <class Curve, class Layout = NativeLimbs>
class EcdsaKey {
 public:
  using Group = Weierstrass<Curve, Layout>;
  using F = typename Group::F;
  using Scalars = typename Group::Scalars;
  using Affine = typename Group::Affine;

  /// The point, when its coordinates (each of F::bytes bytes) are those of a point on the curve.
  /// The cofactor is 1, so that it then has the right order, too.
  static std::optional<Affine> parse(std::string_view x, std::string_view y) {
    if (x.size() != F::bytes || y.size() != F::bytes) return std::nullopt;
    const auto x_digits = F::parse(x, false), y_digits = F::parse(y, false);
    if (!x_digits || !y_digits) return std::nullopt;
    const Affine point{F::to_montgomery(*x_digits), F::to_montgomery(*y_digits)};
    return Group::is_on_curve(point) ? std::optional(point) : std::nullopt;
  }

  EcdsaKey(const Affine& point, std::shared_ptr<TableMemory> memory)
      : point_(point, std::move(memory)) {}

  /// `signature` is r and s, each as long as a coordinate (RFC 7518 section 3.4).
  bool verify(std::string_view digest, std::string_view signature) const {
    if (signature.size() != 2 * F::bytes) return false;
    const auto r = Scalars::parse(signature.substr(0, F::bytes), false);
    const auto s = Scalars::parse(signature.substr(F::bytes), false);
    if (!r || !s || *r == Digits{} || *s == Digits{}) return false;

    // A plain number times one in Montgomery form is plain.
    const auto w = Scalars::inverse(Scalars::to_montgomery(*s));
    const auto u1 = Scalars::plain_digits(Plain{leftmost_bits(digest)} * w);
    const auto u2 = Scalars::plain_digits(Plain{*r} * w);
    const auto sum = sum_of_products<Group>(generator<Group>(), u1, point_, u2);
    return !sum.is_infinity && is_x_of(sum, *r);
  }

 private:
  using Digits = typename Scalars::Limbs;
  using Plain = Element<Scalars, 2>;  // a plain digit counts as twice a signed one

  /// The digest as a number, cut to the length of the order; below twice the order.
  static Digits leftmost_bits(std::string_view digest) {
    static_assert(Scalars::bits % 8 == 0 || Scalars::bits > 512,
                  "or bits would have to be shifted out");
    return Scalars::digits_of(digest.substr(0, Scalars::bits / 8), false);
  }

  /// Whether x = X / ZZ, reduced modulo the order n, is r: x is r, or r + n where p is larger.
  static bool is_x_of(const typename Group::Point& sum, const Digits& r) {
    const auto is_x = [&](const Digits& x) {
      return F::is_equal(F::to_montgomery(x) * sum.zz, sum.x);
    };
    if (is_x(r)) return true;
    const auto r_plus_n = sum_below(r, Scalars::modulus, F::modulus);
    return r_plus_n && is_x(*r_plus_n);
  }

  /// a + b, when it is below the limit.
  static std::optional<Digits> sum_below(const Digits& a, const Digits& b, const Digits& limit) {
    Digits sum;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = a[i] + b[i];
    F::carry(sum);
    return F::is_less(sum, limit) ? std::optional(sum) : std::nullopt;
  }

  Base<Group> point_;
};

}  // namespace touchstone::crypto::vartime
