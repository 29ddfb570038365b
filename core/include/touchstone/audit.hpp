#pragma once

#include <string>
#include <vector>

#include <touchstone/claims.hpp>

namespace touchstone {

/// What the linter has to say of a JWK Set.
struct Audit {
  /// How bad a finding is; a later one is graver.
  enum class Severity {
    note,     ///< worth knowing
    warning,  ///< some verifier will stumble
    error,    ///< the key, or the set, is not usable or not safe
  };
  /// One thing that is wrong, or worth knowing, and what to do about it.
  struct Finding {
    std::string_view id;             ///< stable: "rsa_modulus_too_small"
    Severity severity;               ///< how bad it is
    std::optional<std::size_t> key;  ///< position in the `keys` array; empty: the set as a whole
    std::optional<std::string> kid;  ///< of that key, when it was a string
    std::string member;              ///< the member at fault, where there is one
    std::string_view section;        ///< "RFC 7518 section 3.3"
    std::string_view message;        ///< what is wrong, as a sentence
    std::string_view advice;         ///< what to do about it
  };
  std::size_t key_count = 0;      ///< elements of `keys`
  std::size_t usable_count = 0;   ///< those that can verify a signature
  std::vector<Finding> findings;  ///< the set's first, then by key

  TOUCHSTONE_API bool has(
      Severity severity) const noexcept;  ///< a finding of this severity or a graver one
};

/// Judges a JWK Set as its publisher would want to know. A set that cannot be parsed is an Error;
/// whatever else is wrong is a Finding. x5c is compared with the bare key and its validity with
/// `now`; no certificate path is built (RFC 7517 section 4.7).
TOUCHSTONE_API Result<Audit> audit(std::string_view jwks, NumericDate now) noexcept;

/// `{keys, usable, findings: [{id, severity, key?, kid?, member?, section, message, advice}]}`
TOUCHSTONE_API nlohmann::json to_json(const Audit& audit);

}  // namespace touchstone
