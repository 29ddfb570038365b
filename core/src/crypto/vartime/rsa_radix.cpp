#include "crypto/vartime/rsa_radix.hpp"

#include <algorithm>
#include <cstring>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif
#ifdef TOUCHSTONE_RSA_RADIX52
#include <immintrin.h>
#endif

namespace touchstone::crypto::vartime {

auto Radix13::factor(const Digits& a, std::size_t size) -> Factor {
  Factor pairs;
  pairs.enclose(size);
  const Digit* digits = a.digits();
  for (std::size_t j = 0; j <= size; ++j) {
    const auto above = static_cast<std::uint16_t>(digits[j]);
    const auto below = static_cast<std::uint16_t>(digits[static_cast<std::ptrdiff_t>(j) - 1]);
    pairs.digits()[j] = static_cast<std::int32_t>(above | std::uint32_t{below} << 16);
  }
  return pairs;
}

/// pair[0] * right[k] + pair[1] * right[k - 1] for four k.
inline auto Radix13::Columns::dot(const Digit* pair, const std::int32_t* right) -> Quad {
#ifdef __wasm_simd128__
  return wasm_i32x4_dot_i16x8(wasm_v128_load32_splat(pair), wasm_v128_load(right));
#else
  Quad sum;
  for (int k = 0; k < 4; ++k)
    sum[k] = pair[0] * static_cast<Digit>(right[k]) + pair[1] * (right[k] >> 16);
  return sum;
#endif
}

/// 120 products and what is left of earlier ones, 120 * 4097^2 + 2^14, fit in 32 bits.
inline void Radix13::Columns::Sums::add(const Digit* left, const std::int32_t* right,
                                        std::size_t count) {
  constexpr std::size_t max_count = 120, unrolled = 4;
  while (count > 0) {
    const std::size_t chunk = std::min(count, max_count);
    const Digit* const end = left + chunk;
    for (; left != end; left += 2 * unrolled, right -= 2 * unrolled)
      for (std::size_t i = 0; i < unrolled; ++i)
        for (std::size_t q = 0; q < quads; ++q) low[q] += dot(left + 2 * i, right + 4 * q - 2 * i);
    for (std::size_t q = 0; q < quads; ++q) {
      high[q] += low[q] >> static_cast<int>(radix);
      low[q] &= mask;
    }
    count -= chunk;
  }
}

/// Not zeros that are then added to: memory is slow to set.
Radix13::Columns::Columns(const Digit* left, const std::int32_t* right, std::size_t count) {
  Sums sums{};
  sums.add(left, right, count);
  sums_ = sums;
}

void Radix13::Columns::add(const Digit* left, const std::int32_t* right, std::size_t count) {
  Sums sums = sums_;
  sums.add(left, right, count);
  sums_ = sums;
}

/// Adds carries, each one column up; returns the uppermost.
inline std::int32_t Radix13::Columns::move_up(Quad* columns, const Quad* carries,
                                              std::int32_t lowest) {
  Quad below{0, 0, 0, lowest};
  for (std::size_t q = 0; q < quads; ++q) {
    columns[q] += __builtin_shufflevector(below, carries[q], 3, 4, 5, 6);
    below = carries[q];
  }
  return below[3];
}

/// A column's upper part is at most 2 * 648 * 2^11 and so below 2^22: what is carried is first
/// below 2^10, then 1, and digits are at most `half` + 1 in magnitude. Nothing asks for less.
auto Radix13::Columns::carry_into(Digit* digits, Wide carry) const -> Wide {
  Quad columns[quads];
  std::copy_n(sums_.low, quads, columns);
  carry = move_up(columns, sums_.high, static_cast<std::int32_t>(carry));
  for (int pass = 0; pass < 2; ++pass) {
    Quad carries[quads];
    for (std::size_t q = 0; q < quads; ++q) {
      carries[q] = (columns[q] + half) >> static_cast<int>(radix);
      columns[q] -= carries[q] << static_cast<int>(radix);
    }
    carry += move_up(columns, carries, 0);
  }
  for (std::size_t j = 0; j < width; ++j) digits[j] = static_cast<Digit>(columns[j / 4][j % 4]);
  return carry;
}

#ifdef TOUCHSTONE_RSA_RADIX52
bool Radix52::is_supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

#define TOUCHSTONE_IFMA __attribute__((target("avx512f,avx512ifma")))

namespace {

/// An addition waits for the one before it: four chains of them keep the machine busy.
struct Chain {
  __m512i low, high;

  /// The upper bits of a product count one column further up.
  TOUCHSTONE_IFMA void add(const Radix52::Digit* left, __m512i row, __m512i row_below) {
    const __m512i digit = _mm512_set1_epi64(*left);
    low = _mm512_madd52lo_epu64(low, digit, row);
    high = _mm512_madd52hi_epu64(high, digit, row_below);
  }
  TOUCHSTONE_IFMA __m512i sum() const { return _mm512_add_epi64(low, high); }
};

}  // namespace

TOUCHSTONE_IFMA void Radix52::Columns::add(const Digit* left, const Digit* right,
                                           std::size_t count) {
  const __m512i zero = _mm512_setzero_si512();
  Chain a{zero, zero}, b{zero, zero}, c{zero, zero}, d{zero, zero};
  __m512i row = _mm512_loadu_si512(right);
  for (std::size_t i = 0; i < count; i += 4, left += 4, right -= 4) {
    const __m512i row_1 = _mm512_loadu_si512(right - 1), row_2 = _mm512_loadu_si512(right - 2),
                  row_3 = _mm512_loadu_si512(right - 3), row_4 = _mm512_loadu_si512(right - 4);
    a.add(left, row, row_1);
    b.add(left + 1, row_1, row_2);
    c.add(left + 2, row_2, row_3);
    d.add(left + 3, row_3, row_4);
    row = row_4;
  }
  const __m512i sum =
      _mm512_add_epi64(_mm512_add_epi64(a.sum(), b.sum()), _mm512_add_epi64(c.sum(), d.sum()));
  _mm512_store_si512(sums_.data(), _mm512_add_epi64(_mm512_load_si512(sums_.data()), sum));
}
#endif

}  // namespace touchstone::crypto::vartime
