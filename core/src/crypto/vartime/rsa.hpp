// The RSA public operation and its encodings (RFC 8017), in variable time on public data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/crypto.hpp"
#include "crypto/vartime/rsa_radix.hpp"

namespace touchstone::crypto::vartime {

/// Bits of a big-endian number without leading zero octets.
std::size_t bit_length(std::string_view octets);

/// The public operation with one key.
class RsaPower {
 public:
  virtual ~RsaPower() = default;
  /// s^e as many bytes as n has; empty when s is not below n. e is not 0.
  virtual std::optional<std::string> power(std::string_view s, std::uint64_t e) const = 0;
};

/// What this machine does fastest, for an odd modulus of at most rsa_max_bits, big-endian without
/// leading zero octets.
std::unique_ptr<const RsaPower> make_rsa_power(std::string_view n);

/// s^e modulo n for a modulus known only at run time, with Montgomery's reduction a tile of digits
/// at a time. Where a digit of T must become 0 one usually asks which multiple of n to add. A
/// multiple k n that is -1 modulo a whole tile makes the question needless: T's tile itself is the
/// answer, and to add it k n times is to add its product with (k n + 1) / 2^tile_bits one tile
/// further up. Only the last tile is reduced with n, for k n is a tile longer than that.
///
/// Numbers are below 5 n in magnitude. With digits for R = 2^(tile_bits * tiles) >= 2^rsa_slack n
/// a product's value is |a b / R + (m k n + m' n 2^(tile_bits * (tiles - 1))) / R|, where m is
/// below 2^(tile_bits * (tiles - 1)), and m' and k are below 2^tile_bits: less than 25 n / 64 + n +
/// n.
template <class Radix>
class RsaModulus final : public RsaPower {
 public:
  explicit RsaModulus(std::string_view n);
  std::optional<std::string> power(std::string_view s, std::uint64_t e) const override;

 private:
  using Digit = typename Radix::Digit;
  using Wide = typename Radix::Wide;
  using Digits = typename Radix::Digits;
  using Factor = typename Radix::Factor;
  using Columns = typename Radix::Columns;
  static constexpr unsigned radix = Radix::radix;
  static constexpr std::size_t width = Radix::width;
  static constexpr unsigned tile_bits = radix * Radix::width;

  static Digit take_digit(Wide& x);
  Digits digits_of(std::string_view octets) const;
  Digits multiple(int a_times, const Digits& a, int n_times) const;
  bool is_negative(const Digits& a) const;
  Digits doubled(const Digits& a) const;
  void add_product(Columns& columns, std::size_t tile, const Digits& a, std::size_t a_tiles,
                   const Factor& b) const;
  Digits last_multiple(Columns& columns, Wide& carry) const;
  template <class Product>
  void reduce(Product product, Digits& out) const;
  void multiply(Digits& a, const Digits& b) const;
  void square(Digits& a) const;
  std::string octets_of(Digits a) const;

  std::string octets_;
  std::size_t tiles_, size_;
  Digits n_;
  Factor n_factor_;
  Factor k_;   // -1/n modulo 2^tile_bits
  Factor kn_;  // (k n + 1) / 2^tile_bits
  Digits rr_;  // R^2
};

/// Whether EM is the encoding of the digest, for RSASSA-PKCS1-v1_5 (section 8.2.2) byte by byte the
/// one that a signer makes, for RSASSA-PSS (section 9.1.2) with a salt as long as the hash and MGF1
/// with the same hash (RFC 7518 section 3.5).
bool is_pkcs1_encoding(std::string_view em, Hash hash, std::string_view digest);
bool is_pss_encoding(std::string_view em, std::size_t modulus_bits, Hash hash,
                     std::string_view digest);

}  // namespace touchstone::crypto::vartime
