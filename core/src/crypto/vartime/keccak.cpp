#include "crypto/vartime/keccak.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace touchstone::crypto::vartime {
namespace {

using Lanes = std::array<std::uint64_t, 25>;

/// The rotations of rho (FIPS 202 section 3.2.2).
constexpr std::array<int, 25> make_offsets() {
  std::array<int, 25> offsets{};
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    offsets[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64;
    x = std::exchange(y, (2 * x + 3 * y) % 5);
  }
  return offsets;
}
constexpr auto offsets = make_offsets();

/// The constants of iota (section 3.2.5): bit 2^j - 1 of each comes from the LFSR
/// x^8 + x^6 + x^5 + x^4 + 1.
constexpr std::array<std::uint64_t, 24> make_round_constants() {
  std::array<std::uint64_t, 24> constants{};
  unsigned r = 1;
  for (std::uint64_t& constant : constants) {
    for (unsigned j = 0; j <= 6; ++j) {
      constant |= std::uint64_t{r & 1} << ((1u << j) - 1);
      r = (r << 1) ^ (r >> 7) * 0x171;
    }
  }
  return constants;
}
constexpr auto round_constants = make_round_constants();

// The steps are folds over constant indices, not loops, so that every compiler keeps the lanes in
// registers.
constexpr std::make_index_sequence<5> five{};

template <std::size_t... x>
std::array<std::uint64_t, 5> theta(const Lanes& a, std::index_sequence<x...>) {
  const std::uint64_t c[5] = {(a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20])...};
  return {(c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1))...};
}

/// Row y of chi(pi(rho(a ^ d))).
template <std::size_t y, std::size_t... x>
void row(Lanes& e, const Lanes& a, const std::array<std::uint64_t, 5>& d,
         std::index_sequence<x...>) {
  const std::uint64_t b[5] = {std::rotl(a[(x + 3 * y) % 5 + 5 * x] ^ d[(x + 3 * y) % 5],
                                        offsets[(x + 3 * y) % 5 + 5 * x])...};
  ((e[x + 5 * y] = b[x] ^ (~b[(x + 1) % 5] & b[(x + 2) % 5])), ...);
}

template <std::size_t... y>
Lanes round(const Lanes& a, std::uint64_t constant, std::index_sequence<y...>) {
  const auto d = theta(a, five);
  Lanes e;
  (row<y>(e, a, d, five), ...);
  e[0] ^= constant;
  return e;
}

// Lanes are little-endian (section B.1). Written out, each of these is one instruction.
constexpr std::make_index_sequence<8> eight{};

template <std::size_t... i>
std::uint64_t lane_of(std::string_view octets, std::index_sequence<i...>) {
  return ((std::uint64_t{static_cast<unsigned char>(octets[i])} << (8 * i)) | ...);
}

template <std::size_t... i>
std::array<std::uint8_t, 8> octets_of(std::uint64_t lane, std::index_sequence<i...>) {
  return {static_cast<std::uint8_t>(lane >> (8 * i))...};
}

/// How many bytes to move at once: whole lanes where they fit, single bytes at the edges.
std::size_t count_at(std::size_t at, std::size_t left) { return at % 8 == 0 && left >= 8 ? 8 : 1; }

}  // namespace

void Shake::permute() {
  Lanes a = lanes_;
  for (const std::uint64_t constant : round_constants) a = round(a, constant, five);
  lanes_ = a;
  at_ = 0;
}

Shake& Shake::absorb(std::string_view message) {
  while (!message.empty()) {
    const std::size_t count = count_at(at_, message.size());
    const std::uint64_t lane =
        count == 8 ? lane_of(message, eight) : static_cast<unsigned char>(message[0]);
    lanes_[at_ / 8] ^= lane << (at_ % 8 * 8);
    message.remove_prefix(count);
    at_ += count;
    if (at_ == rate_) permute();
  }
  return *this;
}

void Shake::squeeze(std::span<std::uint8_t> output) {
  if (!is_squeezing_) {
    // The suffix 1111 and the first 1 of pad10*1 in one octet, its last 1 in the block's last.
    lanes_[at_ / 8] ^= std::uint64_t{0x1f} << (at_ % 8 * 8);
    lanes_[rate_ / 8 - 1] ^= std::uint64_t{0x80} << 56;
    permute();
    is_squeezing_ = true;
  }
  while (!output.empty()) {
    if (at_ == rate_) permute();
    const std::size_t count = count_at(at_, output.size());
    const auto octets = octets_of(lanes_[at_ / 8] >> (at_ % 8 * 8), eight);
    if (count == 8) {
      std::copy(octets.begin(), octets.end(), output.begin());
    } else {
      output[0] = octets[0];
    }
    output = output.subspan(count);
    at_ += count;
  }
}

}  // namespace touchstone::crypto::vartime
