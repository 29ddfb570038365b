#pragma once

#include <map>
#include <string>

#include <touchstone/verify.hpp>

namespace touchstone {

/// Several issuers side by side, each with its own keys. Threads may share it once it is filled.
class TOUCHSTONE_API IssuerSet {
 public:
  /// Takes the keys of the issuer whose tokens have exactly this `iss`; any text but the empty one.
  /// Error: option_invalid, with "issuer", also for an issuer that is there already.
  Refusal add(std::string issuer, KeySet keys) noexcept;

  /// The keys of exactly this issuer, code point by code point; null when there are none. They stay
  /// where they are as long as the set does.
  const KeySet* find(std::string_view issuer) const noexcept;

 private:
  std::map<std::string, KeySet, std::less<>> keys_;
};

/// Verifies a JWT of one of several issuers, by the keys of the issuer that its `iss` names and by
/// no other's (RFC 8725 section 3.8).
///
/// expectations  with an `issuer`, only tokens of these are accepted; without one, those of all.
/// Errors: as touchstone::verify(); issuer_unknown when the token has no iss that the set knows,
/// and then its signature has not been looked at.
TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const IssuerSet& issuers,
                                          const Expectations& expectations,
                                          NumericDate now) noexcept;

}  // namespace touchstone
