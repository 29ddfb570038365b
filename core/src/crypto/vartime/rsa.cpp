#include "crypto/vartime/rsa.hpp"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

#include <algorithm>
#include <bit>

namespace touchstone::crypto::vartime {

std::size_t bit_length(std::string_view octets) {
  const auto first = static_cast<unsigned char>(octets.front());
  return octets.size() * 8 - static_cast<std::size_t>(std::countl_zero(first));
}

template <class Layout>
RsaModulus<Layout>::RsaModulus(std::string_view n)
    : octets_(n),
      size_((bit_length(n) + slack + radix - 1) / radix),
      n_(digits_of(n)),
      n_reversed_(reversed(n_)) {
  // Newton's iteration: an odd number is its own inverse modulo 8.
  const auto first = static_cast<std::uint64_t>(n_[0]);
  std::uint64_t inverse = first;
  for (int i = 0; i < 5; ++i) inverse *= 2 - first * inverse;
  n0_ = low(static_cast<Wide>(0 - inverse));

  // R * 2^k modulo n, from k = 0 up to the exponent of R: doubling adds 1 to k, squaring in
  // Montgomery form doubles it.
  const std::size_t bits = bit_length(octets_);
  const std::size_t exponent = radix * size_;
  rr_ = {};
  rr_[(bits - 1) / radix] = Limb{1} << ((bits - 1) % radix);
  carry(rr_);
  constexpr unsigned squarings = 6;
  for (std::size_t i = bits - 1; i < exponent + (exponent >> squarings); ++i) rr_ = doubled(rr_);
  for (unsigned i = squarings; i-- > 0;) {
    rr_ = square(rr_);
    if ((exponent >> i & 1) != 0) rr_ = doubled(rr_);
  }
}

template <class Layout>
std::optional<std::string> RsaModulus<Layout>::power(std::string_view s, std::uint64_t e) const {
  if (s.size() != octets_.size() || s >= octets_) return std::nullopt;
  const Limbs plain = digits_of(s);
  const Limbs base = multiply(plain, rr_);
  Limbs result = base;
  for (auto bit = std::bit_floor(e) >> 1; bit > 1; bit >>= 1) {
    result = square(result);
    if ((e & bit) != 0) result = multiply(result, base);
  }
  // e is odd: the last factor is taken plain, and so is the product.
  return octets_of(multiply(square(result), plain));
}

template <class Layout>
auto RsaModulus<Layout>::digits_of(std::string_view octets) const -> Limbs {
  Limbs digits{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::uint64_t octet = static_cast<unsigned char>(octets[octets.size() - 1 - i]);
    const std::size_t j = 8 * i / radix, shift = 8 * i % radix;
    digits[j] |= static_cast<Limb>(octet << shift & static_cast<std::uint64_t>(mask));
    if (shift + 8 > radix) digits[j + 1] |= static_cast<Limb>(octet >> (radix - shift));
  }
  carry(digits);
  return digits;
}

/// Digits nearest to 0, the last one whatever remains.
template <class Layout>
void RsaModulus<Layout>::carry(Limbs& a) const {
  for (std::size_t j = 0; j + 1 < size_; ++j) {
    const Limb digit = low(a[j]);
    a[j + 1] += (a[j] - digit) >> radix;
    a[j] = digit;
  }
}

template <class Layout>
auto RsaModulus<Layout>::reversed(const Limbs& a) const -> Limbs {
  Limbs result;
  std::reverse_copy(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size_), result.begin());
  return result;
}

/// Of digits nearest to 0: the uppermost one that is not 0 outweighs the rest.
template <class Layout>
bool RsaModulus<Layout>::is_negative(const Limbs& a) const {
  for (std::size_t j = size_; j-- > 0;)
    if (a[j] != 0) return a[j] < 0;
  return false;
}

/// 2 a modulo n: from |a| <= n again at most n in magnitude.
template <class Layout>
auto RsaModulus<Layout>::doubled(const Limbs& a) const -> Limbs {
  const Limb sign = is_negative(a) ? -1 : 1;
  Limbs result{};
  for (std::size_t j = 0; j < size_; ++j) result[j] = 2 * a[j] - sign * n_[j];
  carry(result);
  return result;
}

template <class Layout>
auto RsaModulus<Layout>::dot(const Limb* a, const Limb* b, std::size_t count) -> Wide {
  Wide sum = 0;
  std::size_t j = 0;
#ifdef __wasm_simd128__
  // Four products at a time: half the instructions.
  v128_t even = wasm_i64x2_const(0, 0), odd = even;
  for (; j + 4 <= count; j += 4) {
    const v128_t four_a = wasm_v128_load(a + j), four_b = wasm_v128_load(b + j);
    even = wasm_i64x2_add(even, wasm_i64x2_extmul_low_i32x4(four_a, four_b));
    odd = wasm_i64x2_add(odd, wasm_i64x2_extmul_high_i32x4(four_a, four_b));
  }
  even = wasm_i64x2_add(even, odd);
  sum = wasm_i64x2_extract_lane(even, 0) + wasm_i64x2_extract_lane(even, 1);
#endif
  for (; j < count; ++j) sum += Wide{a[j]} * b[j];
  return sum;
}

template <class Layout>
auto RsaModulus<Layout>::multiply(const Limbs& a, const Limbs& b) const -> Limbs {
  const Limbs b_reversed = reversed(b);
  return reduce_columns([&](std::size_t k) {
    const std::size_t first = k < size_ ? 0 : k - size_ + 1;
    return dot(&a[first], &b_reversed[size_ - 1 - k + first], k + 1 - 2 * first);
  });
}

template <class Layout>
auto RsaModulus<Layout>::square(const Limbs& a) const -> Limbs {
  const Limbs a_reversed = reversed(a);
  return reduce_columns([&](std::size_t k) {
    const std::size_t first = k < size_ ? 0 : k - size_ + 1;
    Wide sum = dot(&a[first], &a_reversed[size_ - 1 - k + first], (k + 1) / 2 - first);
    sum += sum;
    if (k % 2 == 0) sum += Wide{a[k / 2]} * a[k / 2];
    return sum;
  });
}

/// As in Field: a multiple m n is added that clears the lower half.
template <class Layout>
template <class Columns>
auto RsaModulus<Layout>::reduce_columns(Columns columns) const -> Limbs {
  Limbs m, out;
  Wide t = 0;
  for (std::size_t k = 0; k < size_; ++k) {
    t += columns(k) + dot(&m[0], &n_reversed_[size_ - 1 - k], k);
    m[k] = low(static_cast<Wide>(static_cast<std::uint64_t>(t) * static_cast<std::uint64_t>(n0_)));
    t = (t + Wide{m[k]} * n_[0]) >> radix;
  }
  for (std::size_t k = size_; k + 1 < 2 * size_; ++k) {
    const std::size_t first = k - size_ + 1;
    t += columns(k) + dot(&m[first], &n_reversed_[0], size_ - first);
    out[k - size_] = low(t);
    t = (t + half) >> radix;
  }
  out[size_ - 1] = static_cast<Limb>(t);
  return out;
}

template <class Layout>
std::string RsaModulus<Layout>::octets_of(Limbs a) const {
  if (is_negative(a))
    for (std::size_t j = 0; j < size_; ++j) a[j] += n_[j];
  for (std::size_t j = 0; j + 1 < size_; ++j) {
    a[j + 1] += a[j] >> radix;
    a[j] &= mask;
  }
  std::string octets(octets_.size(), '\0');
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t j = 8 * i / radix, shift = 8 * i % radix;
    auto octet = static_cast<std::uint64_t>(a[j]) >> shift;
    if (shift + 8 > radix && j + 1 < size_)
      octet |= static_cast<std::uint64_t>(a[j + 1]) << (radix - shift);
    octets[octets.size() - 1 - i] = static_cast<char>(octet & 0xff);
  }
  return octets;
}

template class RsaModulus<Limbs32>;
#ifndef __wasm__
template class RsaModulus<Limbs64>;
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
