#pragma once

#include <touchstone/key_set.hpp>

#include "algorithms.hpp"

namespace touchstone {

/// What a token's header and the caller ask of a key.
struct KeyQuery {
  const Algorithm& algorithm;
  std::optional<std::string_view> kid;
  bool require_key_alg;
  bool try_each;  ///< several matches are wanted in their order rather than refused
};

/// Why a key does not answer the query; empty when it does.
std::optional<Error::Id> passed_over(const Jwk& key, const KeyQuery& query);

/// The keys that the signature is to be tried with: one, or up to 8 with try_each (rules S1 to S4
/// of the requirements). Never a key without kid for a token that names one. Errors:
/// jwks_mixed_symmetric, no_matching_key, key_alg_mismatch, multiple_matching_keys.
Result<std::vector<const Jwk*>> select_keys(const KeySet& keys, const KeyQuery& query);

}  // namespace touchstone
