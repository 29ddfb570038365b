#pragma once

#include <touchstone/key_ring.hpp>

namespace touchstone {

inline constexpr std::size_t max_ring_keys = 256;

/// The row of option_invalid for what contradicts in the policy, or a time that is none.
Refusal check_rotation(const RotationPolicy& policy, NumericDate now);

/// False for NaN, too. Up to 1e11 a double still counts microseconds.
bool is_time(double seconds);

}  // namespace touchstone
