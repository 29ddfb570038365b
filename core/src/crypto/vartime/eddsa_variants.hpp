// Ed25519 and Ed448 (RFC 8032 sections 5.1 and 5.2), as EddsaKey wants them described.
#pragma once

#include "crypto/crypto.hpp"
#include "crypto/vartime/curves.hpp"
#include "crypto/vartime/field.hpp"
#include "crypto/vartime/keccak.hpp"

namespace touchstone::crypto::vartime {

struct Ed25519 {
  using Curve = Edwards25519;
  static constexpr std::size_t length = 32;

  /// H(R || A || M) with SHA-512.
  static std::string hash(std::string_view r, std::string_view a, std::string_view message) {
    std::string input;
    input.reserve(r.size() + a.size() + message.size());
    input.append(r).append(a).append(message);
    return std::string(std::string_view(digest(Hash::sha512, input)));
  }

  /// A square root of u / v, if there is one: p is 5 modulo 8.
  template <class F>
  static std::optional<Element<F>> root_of_ratio(const Element<F>& u, const Element<F>& v) {
    const auto vvv = square(v) * v;
    const auto x = u * vvv * F::power_of_shifted_modulus(u * square(vvv) * v, 3);
    const auto vxx = v * square(x);
    if (F::is_equal(vxx, u)) return x;
    if (!F::is_zero(vxx + u)) return std::nullopt;
    return x * F::power_of_shifted_modulus(F::small(2), 2);  // the root of -1
  }
};

struct Ed448 {
  using Curve = Edwards448;
  static constexpr std::size_t length = 57;

  /// H(dom4(0, "") || R || A || M) with SHAKE256.
  static std::string hash(std::string_view r, std::string_view a, std::string_view message) {
    std::array<std::uint8_t, 2 * length> output;
    constexpr std::string_view dom4("SigEd448\0\0", 10);
    Shake::shake256().absorb(dom4).absorb(r).absorb(a).absorb(message).squeeze(output);
    return std::string(output.begin(), output.end());
  }

  /// A square root of u / v, if there is one: p is 3 modulo 4.
  template <class F>
  static std::optional<Element<F>> root_of_ratio(const Element<F>& u, const Element<F>& v) {
    const auto uv = u * v;
    const auto x = square(u) * uv * F::power_of_shifted_modulus(square(u * uv) * uv, 2);
    return F::is_equal(v * square(x), u) ? std::optional(x) : std::nullopt;
  }
};

}  // namespace touchstone::crypto::vartime
