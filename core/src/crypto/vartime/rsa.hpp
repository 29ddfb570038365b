// The RSA public operation and its encodings (RFC 8017), in variable time on public data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/crypto.hpp"
#include "crypto/vartime/field.hpp"

namespace touchstone::crypto::vartime {

/// Bits of a big-endian number without leading zero octets.
std::size_t bit_length(std::string_view octets);

/// s^e modulo n for a modulus known only at run time. The same arithmetic as Field's, with loops in
/// place of straight code: signed limbs in Montgomery form, value below n in magnitude.
template <class Layout = NativeLimbs>
class RsaModulus {
 public:
  using Limb = typename Layout::Limb;
  using Wide = typename Layout::Wide;

  /// A column adds up as many products of limbs as there are limbs, twice, and must fit a Wide:
  /// 2 * 137 * 2^118 and 2 * 304 * 2^52.
  static constexpr unsigned radix = sizeof(Limb) == 8 ? 60 : 27;
  static constexpr unsigned max_bits = 8192;
  static constexpr unsigned slack = 2;  ///< R is at least 4 n, so |a b / R + m n / R| < n
  static constexpr unsigned max_size = (max_bits + slack + radix - 1) / radix;
  using Limbs = std::array<Limb, max_size>;

  /// An odd modulus of at most max_bits, big-endian without leading zero octets.
  explicit RsaModulus(std::string_view n);

  /// s^e as many bytes as n has; empty when s is not below n. e is not 0.
  std::optional<std::string> power(std::string_view s, std::uint64_t e) const;

 private:
  Limbs digits_of(std::string_view octets) const;
  Limbs reversed(const Limbs& a) const;
  bool is_negative(const Limbs& a) const;
  void carry(Limbs& a) const;
  Limbs doubled(const Limbs& a) const;
  Limbs multiply(const Limbs& a, const Limbs& b) const;
  Limbs square(const Limbs& a) const;
  template <class Columns>
  Limbs reduce_columns(Columns columns) const;
  std::string octets_of(Limbs a) const;

  static constexpr Limb half = Limb{1} << (radix - 1);
  static constexpr Limb mask = half - 1 + half;
  static Limb low(Wide x) {
    constexpr unsigned unused = sizeof(Limb) * 8 - radix;
    using Word = std::make_unsigned_t<Limb>;
    return static_cast<Limb>(static_cast<Word>(x) << unused) >> unused;
  }
  /// The sum of a[j] * b[j] for j < count.
  static Wide dot(const Limb* a, const Limb* b, std::size_t count);

  std::string octets_;
  std::size_t size_;
  Limb n0_;           // -1/n modulo 2^radix
  Limbs n_;           // digits nearest to 0
  Limbs n_reversed_;  // so that a column is a dot product of two rows in the same direction
  Limbs rr_;          // R^2
};

/// Whether EM is the encoding of the digest, for RSASSA-PKCS1-v1_5 (section 8.2.2) byte by byte the
/// one that a signer makes, for RSASSA-PSS (section 9.1.2) with a salt as long as the hash and MGF1
/// with the same hash (RFC 7518 section 3.5).
bool is_pkcs1_encoding(std::string_view em, Hash hash, std::string_view digest);
bool is_pss_encoding(std::string_view em, std::size_t modulus_bits, Hash hash,
                     std::string_view digest);

}  // namespace touchstone::crypto::vartime
