#pragma once

#include <touchstone/claims.hpp>
#include <touchstone/key_set.hpp>

namespace touchstone {

/// What a caller should know was not looked at.
struct Unchecked {
  bool issuer = false;    ///< no issuer was expected
  bool audience = false;  ///< no audience was expected
  bool expiry = false;    ///< the token has no `exp`: it never ends
};

/// A token that verify() accepted. There is no other way to get one.
class VerifiedJwt {
 public:
  /// The JOSE header.
  const nlohmann::json& header() const noexcept { return *header_; }
  /// `jwt.claims()["sub"]`; a claim that is absent reads as null.
  const ClaimsSet& claims() const noexcept { return claims_; }
  /// The key that verified the signature.
  const Jwk& key() const noexcept { return key_; }
  /// What verify() was not asked to look at.
  const Unchecked& unchecked() const noexcept { return unchecked_; }
  /// The times for which verify() would have said the same, with these keys and expectations.
  const Validity& validity() const noexcept { return validity_; }
  /// @{
  /// The decoded bytes of header and payload, as they were signed.
  const std::string& header_text() const noexcept { return *header_text_; }
  const std::string& payload_text() const noexcept { return payload_text_; }
  /// @}

 private:
  friend struct Verification;
  VerifiedJwt(ClaimsSet claims, Jwk key) : claims_(std::move(claims)), key_(std::move(key)) {}
  std::shared_ptr<const nlohmann::json> header_;  // shared with other tokens of the same header
  std::shared_ptr<const std::string> header_text_;
  ClaimsSet claims_;
  Jwk key_;
  Unchecked unchecked_;
  Validity validity_{};
  std::string payload_text_;
};

/// Verifies a JWT in compact serialization (RFC 7519 section 7.2, RFC 8725).
///
/// now  the time to judge exp, nbf and iat by.
/// Errors: those of the token (1xx), of the choice of a key (2xx), of the signature (3xx), of the
/// claims (4xx) and option_invalid. The first that applies, in the order of the steps that
/// explain() lists.
TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const KeySet& keys,
                                          const Expectations& expectations,
                                          NumericDate now) noexcept;

/// One signature of a JWS and what became of it.
struct JwsSignature {
  nlohmann::json protected_header;  ///< an object; empty when there was none
  nlohmann::json
      unprotected_header;    ///< an object; empty when there was none; not covered by the signature
  std::optional<Jwk> key{};  ///< set when the signature is valid
  Refusal refusal{};         ///< set when it is not
};

/// A JWS that verify_jws() accepted.
class VerifiedJws {
 public:
  /// The decoded payload: any bytes.
  const std::string& payload() const noexcept { return payload_; }
  /// In the order of the serialization; at least one has a key. Trust no header of one that has
  /// none.
  const std::vector<JwsSignature>& signatures() const noexcept { return signatures_; }

 private:
  friend struct JwsVerification;
  VerifiedJws() = default;
  std::string payload_;
  std::vector<JwsSignature> signatures_;
};

/// Verifies a JWS with any payload: compact, flattened or general JSON serialization (RFC 7515
/// section 7), with a detached payload (appendix F), with b64 false (RFC 7797). Of the expectations
/// it uses algorithms, crit, multiple_keys, require_key_alg, ignore_kid, max_token_size and
/// signatures; claims are not looked at.
///
/// detached_payload  the payload's bytes when the JWS does not carry it.
/// Errors: as verify(), without 4xx; with several signatures, that of the first one.
TOUCHSTONE_API Result<VerifiedJws> verify_jws(
    std::string_view jws, const KeySet& keys, const Expectations& expectations,
    std::optional<std::string_view> detached_payload = {}) noexcept;

/// A token taken apart, with nothing verified: for display and logs, never for decisions.
struct UnverifiedJwt {
  nlohmann::json unverified_header;  ///< an object
  ClaimsSet unverified_claims;       ///< whatever the token says
  std::string header_text;           ///< the decoded bytes of the header
  std::string payload_text;          ///< the decoded bytes of the payload
};

/// Takes a JWT apart as strictly as verify() does, but looks at no key, signature or time.
/// Errors: the token's (1xx) but for those of alg and crit, and the payload's (401 to 403).
TOUCHSTONE_API Result<UnverifiedJwt> decode(std::string_view jwt,
                                            std::size_t max_size = 64 * 1024) noexcept;

/// How verify() came to its verdict.
struct Explanation {
  /// What came of a step.
  enum class Status {
    passed,
    unchecked,    ///< nothing was expected here
    failed,       ///< the step that refused the token
    not_reached,  ///< after the one that failed
  };
  /// One of the steps that verify() takes.
  struct Step {
    std::string_view name;      ///< "signature"
    std::string_view question;  ///< what the step asks
    std::string_view section;   ///< where an RFC asks it
    Status status;              ///< what came of it
  };
  /// A key of the set, and whether it could serve.
  struct ConsideredKey {
    std::size_t index;               ///< position in the `keys` array, from 0
    std::optional<std::string> kid;  ///< of the key
    std::string kty;                 ///< empty when unknown
    Refusal passed_over;             ///< why it could not serve; empty for one that matched
  };

  Refusal refusal;          ///< empty: the token is valid
  std::vector<Step> steps;  ///< in the order they are taken
  std::vector<ConsideredKey>
      keys;  ///< every element of the set; empty when the choice was not reached
  std::optional<std::size_t> key_index;     ///< the key that verified the signature
  Unchecked unchecked;                      ///< meaningful for a valid token
  std::optional<UnverifiedJwt> unverified;  ///< the token taken apart, when it could be
};

/// verify(), with its reasons.
TOUCHSTONE_API Explanation explain(std::string_view jwt, const KeySet& keys,
                                   const Expectations& expectations, NumericDate now) noexcept;

/// `{valid, error?, steps: [{step, question, section, status}], keys: [{index, kid?, kty, status,
/// reason?}],
///   key?, unchecked: [...], unverified?: {header, payload}}`
TOUCHSTONE_API nlohmann::json to_json(const Explanation& explanation);

/// The names of the claims that were not looked at: "iss", "aud", "exp".
TOUCHSTONE_API std::vector<std::string_view> names(const Unchecked& unchecked);

}  // namespace touchstone
