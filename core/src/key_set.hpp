#pragma once

#include <touchstone/key_set.hpp>

#include "json.hpp"

namespace touchstone {

/// The elements of `keys`, unchecked; a single JWK stands for a set of itself. An element in which
/// a name stands twice is `discarded`. Errors: jwks_malformed, jwks_too_large, jwks_too_deep,
/// option_invalid.
Result<Json::array_t> parse_key_set_elements(std::string_view jwks, const KeySet::Limits& limits);

/// Visits every element of the set in its order: usable keys and skipped ones, each by its own
/// function.
template <class OnKey, class OnSkipped>
void for_each_element(const KeySet& keys, OnKey on_key, OnSkipped on_skipped) {
  auto skipped = keys.skipped().begin();
  const auto skip_until = [&](std::size_t index) {
    for (; skipped != keys.skipped().end() && skipped->index < index; ++skipped)
      on_skipped(*skipped);
  };
  for (const Jwk& key : keys.keys()) {
    skip_until(key.index());
    on_key(key);
  }
  skip_until(static_cast<std::size_t>(-1));
}

}  // namespace touchstone
