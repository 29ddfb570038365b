// EdDSA verification (RFC 8032 sections 5.1.7 and 5.2.7), in variable time on public data. Of the
// two ways that the RFC allows, the one without the cofactor: S B = R + h A itself must hold, and
// every encoding must be canonical, so that all implementations of that way agree.
#pragma once

#include <string>

#include "crypto/vartime/edwards.hpp"
#include "crypto/vartime/multiply.hpp"

namespace touchstone::crypto::vartime {

/// Variant has the Curve, the length of an encoded point, how a square root is found and the hash:
/// see Ed25519 and Ed448.
template <class Variant, class Layout = NativeLimbs>
class EddsaKey {
 public:
  using Group = Edwards<typename Variant::Curve, Layout>;
  using F = typename Group::F;
  using Scalars = typename Group::Scalars;
  using Affine = typename Group::Affine;

  /// The point that `length` bytes encode (RFC 8032 sections 5.1.3 and 5.2.3). Empty when they are
  /// not its canonical encoding, there is no such point, or its order is small.
  static std::optional<Affine> parse(std::string_view encoded) {
    if (encoded.size() != Variant::length) return std::nullopt;
    std::string octets(encoded);
    const bool is_x_odd = (octets.back() & 0x80) != 0;
    octets.back() = static_cast<char>(octets.back() & 0x7f);
    const auto y_digits = F::parse(octets, true);
    if (!y_digits) return std::nullopt;
    const auto y = F::to_montgomery(*y_digits);
    // x^2 = (1 - y^2) / (a - d y^2), whose denominator is never 0
    const auto yy = square(y);
    auto x = Variant::template root_of_ratio<F>(reduced(F::one() - yy),
                                                reduced(Group::a - Group::d * yy));
    if (!x || (F::is_zero(*x) && is_x_odd)) return std::nullopt;
    if (is_odd(*x) != is_x_odd) x = -*x;
    const Affine point = Group::affine(*x, y);
    return Group::has_small_order(point) ? std::nullopt : std::optional(point);
  }

  EddsaKey(const Affine& point, std::string_view encoded, std::shared_ptr<TableMemory> memory)
      : encoded_(encoded), negated_(Group::negated_if(true, point), std::move(memory)) {}

  bool verify(std::string_view message, std::string_view signature) const {
    if (signature.size() != 2 * Variant::length) return false;
    const std::string_view r = signature.substr(0, Variant::length);
    const auto s = Scalars::parse(signature.substr(Variant::length), true);
    if (!s) return false;
    const auto h = scalar_of(Variant::hash(r, encoded_, message));
    const auto sum = sum_of_products<Group>(generator<Group>(), *s, negated_, h);
    return encode(Group::affine(sum, F::inverse(sum.z))) == r;
  }

 private:
  static bool is_odd(const Element<F>& x) { return (F::canonical(x)[0] & 1) != 0; }

  static std::string encode(const Affine& point) {
    const auto y = F::canonical(point.y);
    std::string octets(Variant::length, '\0');
    for (unsigned i = 0; i < Variant::length; ++i)
      octets[i] = static_cast<char>(F::bits_of(y, 8 * i, 8));
    if (is_odd(point.x)) octets.back() = static_cast<char>(octets.back() | 0x80);
    return octets;
  }

  /// A hash, least significant byte first, modulo the group's order: Horner's rule over pieces that
  /// are below it.
  static typename Scalars::Limbs scalar_of(std::string_view hash) {
    constexpr std::size_t piece = (Scalars::bits - 1) / 8;
    static constexpr auto shift = Scalars::to_montgomery(Scalars::power_of_two(8 * piece));
    Element<Scalars> sum = Scalars::zero();
    for (std::size_t end = (hash.size() + piece - 1) / piece * piece; end > 0; end -= piece) {
      const auto digits = Scalars::digits_of(hash.substr(end - piece, piece), true);
      sum = reduced(sum * shift + Element<Scalars, 2>{digits});
    }
    return Scalars::plain_digits(sum);
  }

  std::string encoded_;
  Base<Group> negated_;  // -A, since S B - h A = R is what is computed
};

}  // namespace touchstone::crypto::vartime
