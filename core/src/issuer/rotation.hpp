#pragma once

#include <functional>

#include <touchstone/key_ring.hpp>

namespace touchstone {

inline constexpr std::size_t max_ring_keys = 256;

/// The row of option_invalid for what contradicts in the policy, or a time that is none.
Refusal check_rotation(const RotationPolicy& policy, NumericDate now);

/// Makes the next key. The timeline's makes none that signs: what it plans is what rotate() does.
using KeyMaker = std::function<Result<SigningKey>(const RotationPolicy& policy)>;

/// rotate() by a policy that has been checked.
Result<RotatedRing> rotate_by(const KeyRing& ring, const RotationPolicy& policy, NumericDate now,
                              const KeyMaker& make_key);

/// False for NaN, too. Up to 1e11 a double still counts microseconds.
bool is_time(double seconds);

}  // namespace touchstone
