#pragma once

#include <span>

#include "algorithms.hpp"
#include "json.hpp"

namespace touchstone {

/// A JOSE header (RFC 7515 section 4): what is protected by the signature and what is not.
struct JoseHeader {
  Json protected_members = Json::object();
  Json unprotected_members = Json::object();  ///< only in the JSON serializations

  /// The parameter, wherever it stands; null when it is absent.
  const Json* find(std::string_view name) const;
  const std::string* find_string(std::string_view name) const;

  bool has_encoded_payload() const;  ///< RFC 7797: b64 is not false
};

/// A header as it stands in a compact serialization.
struct CompactHeader {
  std::string segment;  ///< base64url, as it is signed
  std::string text;     ///< decoded
  JoseHeader jose;
};

/// The members of a protected header from its decoded bytes.
/// Errors: header_too_large, header_json_invalid, header_duplicate_member, header_too_deep.
Result<Json> parse_header_members(std::string_view text);

/// Registered parameters have their types, no name stands in both parts, crit and b64 are protected
/// (RFC 7515 section 4.1 and 7.2.1, RFC 7797 section 6).
/// Errors: header_param_invalid, header_duplicate_member, crit_invalid.
Refusal check_parameters(const JoseHeader& header);

/// Each extension named by crit is present and understood: b64, and those the caller says
/// (RFC 7515 section 4.1.11). Errors: crit_invalid, crit_unsupported.
Refusal check_critical(const JoseHeader& header, std::span<const std::string> understood);

/// The row of alg (RFC 7515 section 4.1.1). Errors: alg_missing, alg_none, alg_unsupported.
Result<const Algorithm*> algorithm_of(const JoseHeader& header);

}  // namespace touchstone
