#include "crypto/vartime/rsa.hpp"

#include <algorithm>
#include <bit>

namespace touchstone::crypto::vartime {

std::size_t bit_length(std::string_view octets) {
  const auto first = static_cast<unsigned char>(octets.front());
  return octets.size() * 8 - static_cast<std::size_t>(std::countl_zero(first));
}

std::unique_ptr<const RsaPower> make_rsa_power(std::string_view n) {
#ifdef TOUCHSTONE_RSA_RADIX52
  if (Radix52::is_supported()) return std::make_unique<RsaModulus<Radix52>>(n);
#endif
  return std::make_unique<RsaModulus<NativeRadix>>(n);
}

template <class Radix>
RsaModulus<Radix>::RsaModulus(std::string_view n)
    : octets_(n),
      tiles_((bit_length(n) + rsa_slack + tile_bits - 1) / tile_bits),
      size_(tiles_ * width),
      n_(digits_of(n)),
      n_factor_(Radix::factor(n_, size_)) {
  // Newton's iteration: an odd number is its own inverse modulo 8.
  const auto first = static_cast<std::uint64_t>(n_.digits()[0]);
  std::uint64_t inverse = first;
  for (int i = 0; i < 5; ++i) inverse *= 2 - first * inverse;

  // Multiples of n that clear one digit after another of k n + 1.
  Digits k, kn = digits_of("\1");
  k.enclose(width);
  for (std::size_t i = 0; i < width; ++i) {
    auto quotient = static_cast<Wide>(0 - inverse * static_cast<std::uint64_t>(kn.digits()[0]));
    k.digits()[i] = take_digit(quotient);
    Wide carry = 0;
    for (std::size_t j = 0; j < size_; ++j) {
      carry += kn.digits()[j] + Wide{k.digits()[i]} * n_.digits()[j];
      const Digit digit = take_digit(carry);
      if (j > 0) kn.digits()[j - 1] = digit;
    }
    kn.digits()[size_ - 1] = static_cast<Digit>(carry);
  }
  k_ = Radix::factor(k, width);
  kn_ = Radix::factor(kn, size_);

  // R * 2^k modulo n, from k = 0 up to the exponent of R: doubling adds 1 to k, squaring in
  // Montgomery form doubles it.
  const std::size_t bits = bit_length(octets_), exponent = radix * size_;
  std::string power(octets_.size(), '\0');
  power.front() = static_cast<char>(1 << (bits - 1) % 8);
  rr_ = digits_of(power);
  constexpr unsigned squarings = 6;
  for (std::size_t i = bits - 1; i < exponent + (exponent >> squarings); ++i) rr_ = doubled(rr_);
  for (unsigned i = squarings; i-- > 0;) {
    square(rr_);
    if ((exponent >> i & 1) != 0) rr_ = doubled(rr_);
  }
}

template <class Radix>
std::optional<std::string> RsaModulus<Radix>::power(std::string_view s, std::uint64_t e) const {
  if (s.size() != octets_.size() || s >= octets_) return std::nullopt;
  const Digits plain = digits_of(s);
  Digits base = plain;
  multiply(base, rr_);
  Digits result = base;
  for (auto bit = std::bit_floor(e) >> 1; bit > 1; bit >>= 1) {
    square(result);
    if ((e & bit) != 0) multiply(result, base);
  }
  // e is odd: the last factor is taken plain, and so is the product.
  square(result);
  multiply(result, plain);
  return octets_of(result);
}

/// The digit that x is congruent to modulo 2^radix; x becomes what is carried.
template <class Radix>
auto RsaModulus<Radix>::take_digit(Wide& x) -> Digit {
  x += Radix::half;
  const auto digit = static_cast<Digit>((x & Radix::mask) - Radix::half);
  x >>= radix;
  return digit;
}

template <class Radix>
auto RsaModulus<Radix>::digits_of(std::string_view octets) const -> Digits {
  Digits digits;
  digits.enclose(size_);
  Wide rest = 0;
  unsigned bits = 0;
  std::size_t j = 0;
  for (std::size_t i = octets.size(); i-- > 0;) {
    rest += Wide{static_cast<unsigned char>(octets[i])} << bits;
    bits += 8;
    if (bits < radix) continue;
    bits -= radix;
    digits.digits()[j++] = take_digit(rest);
  }
  for (; j < size_; ++j) digits.digits()[j] = take_digit(rest);
  return digits;
}

/// A sum of multiples, the last digit whatever remains.
template <class Radix>
auto RsaModulus<Radix>::multiple(int a_times, const Digits& a, int n_times) const -> Digits {
  Digits sum;
  sum.enclose(size_);
  Wide carry = 0;
  for (std::size_t j = 0; j < size_; ++j) {
    carry += Wide{a_times} * a.digits()[j] + Wide{n_times} * n_.digits()[j];
    sum.digits()[j] = j + 1 < size_ ? take_digit(carry) : static_cast<Digit>(carry);
  }
  return sum;
}

/// The uppermost digit that is not 0 outweighs the rest.
template <class Radix>
bool RsaModulus<Radix>::is_negative(const Digits& a) const {
  for (std::size_t j = size_; j-- > 0;)
    if (a.digits()[j] != 0) return a.digits()[j] < 0;
  return false;
}

/// 2 a, less n unless that were negative: from |a| < 3 n less than 5 n, from 0 <= a <= n the same.
template <class Radix>
auto RsaModulus<Radix>::doubled(const Digits& a) const -> Digits {
  const Digits less = multiple(2, a, -1);
  return is_negative(less) ? multiple(2, a, 0) : less;
}

/// Adds a tile of the product of a's first tiles with b.
template <class Radix>
void RsaModulus<Radix>::add_product(Columns& columns, std::size_t tile, const Digits& a,
                                    std::size_t a_tiles, const Factor& b) const {
  const std::size_t first = width * (tile - std::min(tile, tiles_));
  const std::size_t end = width * std::min(tile + 1, a_tiles);
  columns.add(a.digits() + first, b.digits() + (width * tile - first), end - first);
}

/// The multiple of n that clears a tile, once it is added.
template <class Radix>
auto RsaModulus<Radix>::last_multiple(Columns& columns, Wide& carry) const -> Digits {
  Digits digits, m;
  columns.carry_into(digits.digits(), carry);
  Columns(digits.digits(), k_.digits(), width).carry_into(m.digits(), 0);
  columns.add(m.digits(), n_factor_.digits(), width);
  carry = columns.carry_into(digits.digits(), carry);  // zeros
  return m;
}

/// out = a product / R, given by a function for its tiles. It may be made of out: the upper
/// tiles, from which out comes, need no digits of factors below those which they replace.
template <class Radix>
template <class Product>
void RsaModulus<Radix>::reduce(Product product, Digits& out) const {
  Digits m, last;
  Wide carry = 0;
  for (std::size_t tile = 0; tile < 2 * tiles_; ++tile) {
    Columns columns = product(tile);
    if (tile > 0) add_product(columns, tile - 1, m, tiles_ - 1, kn_);
    if (tile + 1 < tiles_) {
      carry = columns.carry_into(m.digits() + width * tile, carry);
    } else if (tile + 1 == tiles_) {
      last = last_multiple(columns, carry);
    } else {
      add_product(columns, tile + 1 - tiles_, last, 1, n_factor_);
      carry = columns.carry_into(out.digits() + width * (tile - tiles_), carry);
    }
  }
}

/// a = a * b / R
template <class Radix>
void RsaModulus<Radix>::multiply(Digits& a, const Digits& b) const {
  const Factor& factor = Radix::factor(b, size_);
  const auto product = [&](std::size_t tile) {
    const std::size_t first = width * (tile - std::min(tile, tiles_));
    const std::size_t end = width * std::min(tile + 1, tiles_);
    return Columns(a.digits() + first, factor.digits() + (width * tile - first), end - first);
  };
  reduce(product, a);
}

/// a = a^2 / R. Digits i and k - i meet twice. Those that do so in all columns of a tile are
/// multiplied once and doubled; the rest, as many as a tile has, with one another.
template <class Radix>
void RsaModulus<Radix>::square(Digits& a) const {
  const Factor& factor = Radix::factor(a, size_);
  Factor middle;
  middle.enclose(width);
  const auto product = [&](std::size_t tile) {
    const std::size_t column = width * tile, end = (column + 1) / 2;
    const std::size_t first = width * (tile - std::min(tile, tiles_));
    std::copy_n(factor.digits() + end, width, middle.digits());
    *middle.digits() = Radix::lowest(*middle.digits());
    Columns columns(a.digits() + first, factor.digits() + (column - first), end - first);
    columns.twice();
    columns.add(a.digits() + end, middle.digits() + column - 2 * end, width - column % 2);
    return columns;
  };
  reduce(product, a);
}

template <class Radix>
std::string RsaModulus<Radix>::octets_of(Digits a) const {
  while (is_negative(a)) a = multiple(1, a, 1);
  for (Digits less = multiple(1, a, -1); !is_negative(less); less = multiple(1, a, -1)) a = less;
  std::string octets(octets_.size(), '\0');
  Wide rest = 0;
  unsigned bits = 0;
  std::size_t j = 0;
  for (std::size_t i = octets.size(); i-- > 0;) {
    if (bits < 8) {
      rest += Wide{a.digits()[j++]} << bits;
      bits += radix;
    }
    bits -= 8;
    octets[i] = static_cast<char>(rest & 0xff);
    rest >>= 8;
  }
  return octets;
}

template class RsaModulus<Radix13>;
#ifndef __wasm__
template class RsaModulus<Radix60>;
#endif
#ifdef TOUCHSTONE_RSA_RADIX52
template class RsaModulus<Radix52>;
#endif

namespace {

/// The DER encoding of DigestInfo up to the digest (RFC 8017 section 9.2, note 1): the algorithms
/// differ in one octet of their object identifier and in lengths.
std::string digest_info(Hash hash, std::string_view digest) {
  const auto octet = [](std::size_t value) { return static_cast<char>(value); };
  const char id = hash == Hash::sha256 ? 1 : hash == Hash::sha384 ? 2 : 3;
  std::string info = {0x30,
                      octet(17 + digest.size()),
                      0x30,
                      13,
                      6,
                      9,
                      octet(0x60),
                      octet(0x86),
                      0x48,
                      1,
                      0x65,
                      3,
                      4,
                      2,
                      id,
                      5,
                      0,
                      4,
                      octet(digest.size())};
  return info.append(digest);
}

}  // namespace

bool is_pkcs1_encoding(std::string_view em, Hash hash, std::string_view digest) {
  const std::string info = digest_info(hash, digest);
  std::string expected = {0, 1};
  expected.append(em.size() - 3 - info.size(), '\xff').append(1, '\0').append(info);
  return em == expected;
}

bool is_pss_encoding(std::string_view em, std::size_t modulus_bits, Hash hash,
                     std::string_view message_digest) {
  const std::size_t length = message_digest.size();
  const std::size_t em_bits = modulus_bits - 1;
  if (em_bits % 8 == 0) {  // EM is one octet shorter than the modulus
    if (em.front() != 0) return false;
    em.remove_prefix(1);
  }
  if (em.size() < 2 * length + 2) return false;  // step 3
  if (em.back() != '\xbc') return false;
  const std::string_view h = em.substr(em.size() - 1 - length, length);
  const std::size_t db_length = em.size() - 1 - length;
  const auto unused = static_cast<unsigned char>(0xffu << (em_bits % 8 == 0 ? 8 : em_bits % 8));
  if ((static_cast<unsigned char>(em.front()) & unused) != 0) return false;

  std::string db(em.substr(0, db_length));  // MGF1, appendix B.2.1
  for (std::size_t i = 0, counter = 0; i < db_length; ++counter) {
    std::string seed(h);
    seed.append(3, '\0').append(1, static_cast<char>(counter));
    for (const char octet : digest(hash, seed)) {
      if (i == db_length) break;
      db[i] = static_cast<char>(db[i] ^ octet);
      ++i;
    }
  }
  db.front() = static_cast<char>(static_cast<unsigned char>(db.front()) & ~unused);

  const std::size_t padding = db_length - length - 1;
  if (db.find_first_not_of('\0') != padding || db[padding] != 1) return false;
  std::string salted(8, '\0');
  salted.append(message_digest).append(db, padding + 1);
  return digest(hash, salted) == h;
}

}  // namespace touchstone::crypto::vartime
