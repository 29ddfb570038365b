#pragma once

#include <touchstone/verify.hpp>

#include "claims.hpp"
#include "jws.hpp"
#include "select.hpp"

namespace touchstone {

/// How far verify() came, and what it found on its way.
struct Trace {
  Step at = Step::format;
  std::shared_ptr<const CompactHeader> header;  ///< from the step header on, when it is JSON
  const Algorithm* algorithm = nullptr;         ///< from the step key on
  std::optional<Jwk> key;                       ///< from the step payload on: the one that verified
  std::string payload_text;                     ///< likewise: decoded, and covered by the signature
  std::optional<ClaimsSet> claims;              ///< from the step typ on
  Unchecked unchecked;
  Validity validity{};  ///< of a token that was accepted
};

/// The steps behind verify() and explain().
struct Verification {
  static Refusal run(std::string_view jwt, const KeySet& keys, const Expectations& expectations,
                     NumericDate now, Trace& trace);
  /// Only for a trace whose run refused nothing.
  static VerifiedJwt verified(Trace&& trace);
};

/// The steps from critical to signature, for one signature: the key that verifies it.
Result<Jwk> verify_signature_of(const JoseHeader& header, std::string_view signing_input,
                                std::string_view signature, const KeySet& keys,
                                const Expectations& expectations, Trace& trace);

/// What this header asks of a key. Refers to the header.
KeyQuery query_of(const JoseHeader& header, const Algorithm& algorithm,
                  const Expectations& expectations);

/// Whether this key made the signature. Errors: signature_length_invalid, signature_invalid.
Refusal check_signature(const Jwk& key, const Algorithm& algorithm, std::string_view signing_input,
                        std::string_view signature);

}  // namespace touchstone
