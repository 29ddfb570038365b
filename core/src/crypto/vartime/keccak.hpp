// SHAKE128 and SHAKE256 (FIPS 202), for ML-DSA. On public data only: nothing here is wiped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace touchstone::crypto::vartime {

/// Takes a message in pieces, then gives output in pieces. Once some is given, no more is taken.
class Shake {
 public:
  static constexpr std::size_t rate_128 = 168, rate_256 = 136;  ///< bytes a permutation

  static Shake shake128() { return Shake(rate_128); }
  static Shake shake256() { return Shake(rate_256); }

  Shake& absorb(std::string_view message);
  void squeeze(std::span<std::uint8_t> output);

 private:
  explicit Shake(std::size_t rate) : rate_(rate) {}
  void permute();

  std::array<std::uint64_t, 25> lanes_{};  ///< A[x, y] at x + 5 y
  std::size_t rate_;
  std::size_t at_ = 0;  ///< bytes of this block that are taken or given
  bool is_squeezing_ = false;
};

}  // namespace touchstone::crypto::vartime
