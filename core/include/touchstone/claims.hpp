#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <touchstone/result.hpp>

namespace touchstone {

/// Seconds since 1970-01-01T00:00:00Z, leap seconds ignored (RFC 7519 section 2). May have a
/// fraction.
using NumericDate = double;

/// From one time, inclusive, until another, exclusive; both may be infinite. No longer than what
/// exp, nbf, iat, the tolerance and the greatest age allow, and at most a millionth of a second
/// shorter.
struct Validity {
  NumericDate from;   ///< inclusive
  NumericDate until;  ///< exclusive
  /// Whether the time is one of them.
  bool contains(NumericDate now) const noexcept { return from <= now && now < until; }
};

/// The strings of which one must match, exactly, code point by code point.
class OneOf {
 public:
  /// @{
  /// One string, or several.
  OneOf(const char* value) : values_{value} {}
  OneOf(std::string value) : values_{std::move(value)} {}
  OneOf(std::initializer_list<std::string> values) : values_(values) {}
  explicit OneOf(std::vector<std::string> values) : values_(std::move(values)) {}
  /// @}

  /// All of them, in the order in which they were given.
  const std::vector<std::string>& values() const noexcept { return values_; }
  /// Whether one of them is exactly this.
  TOUCHSTONE_API bool contains(std::string_view value) const noexcept;

 private:
  std::vector<std::string> values_;
};

/// A kind of token whose own specification says what else to check.
enum class Profile {
  none,
  access_token,            ///< RFC 9068: typ at+jwt
  introspection_response,  ///< RFC 9701: typ token-introspection+jwt
  id_token,  ///< OpenID Connect Core section 3.1.3.7; RS256 unless algorithms says otherwise
};

/// What the caller expects of a token. What is left out is not checked, and the result says so.
struct Expectations {
  /// Names from the `alg` registry. Without it: every asymmetric one. HS* must be named here.
  std::optional<std::vector<std::string>> algorithms{};
  std::optional<OneOf> issuer{};         ///< `iss` is one of these
  std::optional<OneOf> audience{};       ///< `aud` is or contains one of these
  std::optional<std::string> subject{};  ///< `sub` is exactly this
  /// The header's typ as a media type; "at+jwt" is "application/at+jwt", in any case of letters.
  std::optional<std::string> typ{};
  std::vector<std::string> required_claims{};  ///< names of claims that must be there
  std::optional<double> max_token_age{};       ///< seconds since `iat`, which is then required
  double clock_tolerance = 0;                  ///< seconds, at most 300
  bool reject_future_iat = false;              ///< refuse an `iat` that is still to come
  std::vector<std::string> crit{};  ///< extensions that the caller understands and will obey
  /// What to do when several keys match: refuse, or try them in their order, at most 8.
  enum class MultipleKeys {
    reject,
    try_each
  } multiple_keys = MultipleKeys::reject;  ///< by default refuse
  bool require_key_alg = false;            ///< pass over a key that does not say its alg
  bool ignore_kid = false;                 ///< the caller chose the key: kid is not compared
  Profile profile = Profile::none;         ///< what kind of token it must be
  std::optional<std::string> nonce{};      ///< of an ID token: what the request carried
  std::size_t max_token_size = 64 * 1024;  ///< bytes; at most 16 MiB
  /// For verify_jws on several signatures: whether one valid signature is enough or all must be.
  enum class Signatures { any, all } signatures = Signatures::any;  ///< by default one

  /// Reads the same from a JSON object with JavaScript's names: algorithms, issuer, audience,
  /// subject, typ, requiredClaims, maxTokenAge, clockTolerance, rejectFutureIat, crit, multipleKeys
  /// ("reject", "try"), requireKeyAlg, ignoreKid, profile ("access_token",
  /// "introspection_response", "id_token"), nonce, maxTokenSize, signatures ("any", "all").
  /// Durations are seconds or text such as "5 minutes". null is left out. Error: option_invalid,
  /// with the name in detail().member; an unknown name is one.
  TOUCHSTONE_API static Result<Expectations> parse(std::string_view json) noexcept;
};

/// The payload of a JWT: one strict JSON object (RFC 7519 section 7.2).
class ClaimsSet {
 public:
  /// Errors: payload_json_invalid, payload_duplicate_member, payload_too_deep.
  TOUCHSTONE_API static Result<ClaimsSet> parse(std::string_view text);

  /// The whole object.
  const nlohmann::json& json() const noexcept { return json_; }
  /// One claim; null when it is absent.
  TOUCHSTONE_API const nlohmann::json& operator[](std::string_view name) const noexcept;

 private:
  explicit ClaimsSet(nlohmann::json json) : json_(std::move(json)) {}
  nlohmann::json json_;
};

}  // namespace touchstone
