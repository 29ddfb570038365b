#pragma once

#include <touchstone/claims.hpp>

#include "json.hpp"

namespace touchstone {

/// The steps of verify(), in their order.
enum class Step {
  format,
  header,
  critical,
  algorithm,
  key,
  signature,
  payload,
  typ,
  required,
  issuer,
  subject,
  audience,
  lifetime,
  profile,
};

/// The options contradict nothing and name only algorithms that exist. Error: option_invalid.
Refusal check_expectations(const Expectations& expectations);

/// Whether the caller allows the algorithm of this name; without a list, every asymmetric one, and
/// RS256 alone for an ID token.
bool is_allowed(const Expectations& expectations, std::string_view alg, bool is_symmetric);

/// The times at which validate_claims() finds no fault with the lifetime of these claims, which it
/// has accepted once.
Validity validity_of(const Json& claims, const Expectations& expectations);

/// What the steps from typ to profile ask of header and claims. `at` follows the step.
/// Errors: 410 to 422.
Refusal validate_claims(const Json& header, const Json& claims, const Expectations& expectations,
                        NumericDate now, Step& at);

/// Whether the expectations ask anything at this step.
bool is_checked(Step step, const Expectations& expectations);

}  // namespace touchstone
