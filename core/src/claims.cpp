#include "claims.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

namespace touchstone {
namespace {

constexpr JsonRules payload_rules{.max_depth = 32,
                                  .invalid = Error::payload_json_invalid,
                                  .duplicate_member = Error::payload_duplicate_member,
                                  .too_deep = Error::payload_too_deep};

constexpr std::int64_t max_exact_integer =
    9007199254740992;  // 2^53: beyond it a double no longer counts seconds

/// What a profile adds to the expectations.
struct ProfileRow {
  Profile profile;
  std::string_view typ;  ///< empty: none is required
  std::vector<std::string_view> required_claims;
};

ProfileRow row_of(Profile profile) {
  switch (profile) {
    case Profile::access_token:  // RFC 9068 section 2.2 and 4
      return {profile, "at+jwt", {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}};
    case Profile::introspection_response:  // RFC 9701 section 5
      return {profile, "token-introspection+jwt", {"iss", "aud", "iat", "token_introspection"}};
    case Profile::id_token:  // OpenID Connect Core section 2
      return {profile, "", {"iss", "sub", "aud", "exp", "iat"}};
    case Profile::none:
      break;
  }
  return {Profile::none, "", {}};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 7515 section 4.1.9: a media type without a slash has an implied "application/".
std::string media_type(std::string_view typ) {
  std::string type(typ.find('/') == typ.npos ? "application/" : "");
  for (const char c : typ) type += lower(c);
  return type;
}

Refusal check_typ(const Json& header, std::string_view expected) {
  const std::string* typ = find_string(header, "typ");
  if (typ == nullptr || media_type(*typ) != media_type(expected))
    return Error(Error::typ_mismatch, "typ");
  return {};
}

/// An integer is compared as one, since 2^53 + 1 as a double is 2^53.
bool is_numeric_date(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= max_exact_integer;
  if (value.is_number_integer()) return value.get<std::int64_t>() >= -max_exact_integer;
  return value.is_number() &&
         std::abs(value.get<double>()) <= static_cast<double>(max_exact_integer);
}

bool is_string(const Json& value) { return value.is_string(); }

bool is_audience(const Json& value) {
  return value.is_string() ||
         (value.is_array() && std::all_of(value.begin(), value.end(), is_string));
}

struct RegisteredClaim {
  std::string_view name;
  bool (*has_type)(const Json& value);
};

// RFC 7519 section 4.1
constexpr RegisteredClaim registered_claims[] = {
    {"iss", is_string},       {"sub", is_string},       {"aud", is_audience},
    {"exp", is_numeric_date}, {"nbf", is_numeric_date}, {"iat", is_numeric_date},
    {"jti", is_string},
};

Refusal check_types(const Json& claims) {
  for (const RegisteredClaim& claim : registered_claims) {
    const Json* value = find(claims, claim.name);
    if (value != nullptr && !claim.has_type(*value))
      return Error(Error::claim_type_invalid, claim.name);
  }
  return {};
}

template <class Names>
Refusal check_present(const Json& claims, const Names& names) {
  for (const auto& name : names) {
    if (find(claims, name) == nullptr) return Error(Error::claim_missing, std::string_view(name));
  }
  return {};
}

Refusal check_text(const Json& claims, std::string_view name, const OneOf& expected,
                   Error::Id mismatch) {
  const std::string* value = find_string(claims, name);
  if (value == nullptr) return Error(Error::claim_missing, name);
  return expected.contains(*value) ? Refusal{} : Error(mismatch, name);
}

/// aud as a list: a single string is a list of one.
std::vector<std::string_view> audiences_of(const Json& claims) {
  const Json* aud = find(claims, "aud");
  if (aud == nullptr) return {};
  if (aud->is_string()) return {aud->get_ref<const std::string&>()};
  std::vector<std::string_view> names;
  for (const Json& element : *aud) names.push_back(element.get_ref<const std::string&>());
  return names;
}

Refusal check_audience(const Json& claims, const OneOf& expected) {
  if (find(claims, "aud") == nullptr) return Error(Error::claim_missing, "aud");
  const auto names = audiences_of(claims);
  const bool is_for_us =
      std::any_of(names.begin(), names.end(), [&](auto name) { return expected.contains(name); });
  return is_for_us ? Refusal{} : Error(Error::audience_mismatch, "aud");
}

std::optional<NumericDate> date_of(const Json& claims, std::string_view name) {
  const Json* value = find(claims, name);
  return value == nullptr ? std::nullopt : std::optional(value->get<double>());
}

bool does_iat_matter(const Expectations& expectations) {
  return expectations.max_token_age || expectations.reject_future_iat;
}

// Each comparison is written so that a `now` that is no number refuses.
Refusal check_lifetime(const Json& claims, const Expectations& expectations, NumericDate now) {
  const double tolerance = expectations.clock_tolerance;
  if (const auto exp = date_of(claims, "exp"); exp && !(now < *exp + tolerance))
    return Error(Error::token_expired, "exp");
  if (const auto nbf = date_of(claims, "nbf"); nbf && !(now >= *nbf - tolerance))
    return Error(Error::token_not_active, "nbf");
  const auto iat = date_of(claims, "iat");
  if (expectations.max_token_age && !iat) return Error(Error::claim_missing, "iat");
  if (iat && does_iat_matter(expectations) && !(*iat <= now + tolerance))
    return Error(Error::iat_in_future, "iat");
  if (expectations.max_token_age && !(now - *iat - tolerance <= *expectations.max_token_age)) {
    return Error(Error::token_too_old, "iat");
  }
  return {};
}

Refusal check_access_token(const Json& claims) {
  return find_string(claims, "client_id") ? Refusal{}
                                          : Error(Error::claim_type_invalid, "client_id");
}

// RFC 9701 section 5: such a response must not pass for an access token.
Refusal check_introspection_response(const Json& claims) {
  if (!find(claims, "token_introspection")->is_object()) {
    return Error(Error::claim_type_invalid, "token_introspection");
  }
  for (const std::string_view name : {"sub", "exp"}) {
    if (find(claims, name) != nullptr) return Error(Error::claim_not_allowed, name);
  }
  return {};
}

// OpenID Connect Core section 3.1.3.7: no audience beside the trusted ones, azp names one of them,
// and stands there when there are several.
Refusal check_id_token(const Json& claims, const Expectations& expectations) {
  const auto audiences = audiences_of(claims);
  for (const std::string_view name : audiences) {
    if (!expectations.audience->contains(name)) return Error(Error::audience_mismatch, "aud");
  }
  const Json* azp = find(claims, "azp");
  if (azp != nullptr && !azp->is_string()) return Error(Error::claim_type_invalid, "azp");
  const bool is_ours = azp == nullptr
                           ? audiences.size() == 1
                           : expectations.audience->contains(azp->get_ref<const std::string&>());
  if (!is_ours) return Error(Error::azp_mismatch, "azp");
  if (!expectations.nonce) return {};
  return check_text(claims, "nonce", *expectations.nonce, Error::nonce_mismatch);
}

Refusal check_profile(const Json& claims, const Expectations& expectations) {
  switch (expectations.profile) {
    case Profile::access_token:
      return check_access_token(claims);
    case Profile::introspection_response:
      return check_introspection_response(claims);
    case Profile::id_token:
      return check_id_token(claims, expectations);
    case Profile::none:
      break;
  }
  return {};
}

}  // namespace

bool OneOf::contains(std::string_view value) const noexcept {
  return std::find(values_.begin(), values_.end(), value) != values_.end();
}

Result<ClaimsSet> ClaimsSet::parse(std::string_view text) {
  auto json = parse_json_object(text, payload_rules);
  if (!json) return json.error();
  return ClaimsSet(*std::move(json));
}

const nlohmann::json& ClaimsSet::operator[](std::string_view name) const noexcept {
  static const nlohmann::json absent;
  const Json* value = find(json_, name);
  return value == nullptr ? absent : *value;
}

bool is_allowed(const Expectations& expectations, std::string_view alg, bool is_symmetric) {
  if (expectations.algorithms) {
    const auto& names = *expectations.algorithms;
    return std::find(names.begin(), names.end(), alg) != names.end();
  }
  if (expectations.profile == Profile::id_token) return alg == "RS256";
  return !is_symmetric;
}

Refusal validate_claims(const Json& header, const Json& claims, const Expectations& expectations,
                        NumericDate now, Step& at) {
  const ProfileRow profile = row_of(expectations.profile);
  at = Step::payload;
  if (auto refusal = check_types(claims)) return refusal;
  at = Step::typ;
  if (expectations.typ) {
    if (auto refusal = check_typ(header, *expectations.typ)) return refusal;
  }
  if (!profile.typ.empty()) {
    if (auto refusal = check_typ(header, profile.typ)) return refusal;
  }
  at = Step::required;
  if (auto refusal = check_present(claims, expectations.required_claims)) return refusal;
  if (auto refusal = check_present(claims, profile.required_claims)) return refusal;
  at = Step::issuer;
  if (expectations.issuer) {
    if (auto refusal = check_text(claims, "iss", *expectations.issuer, Error::issuer_mismatch))
      return refusal;
  }
  at = Step::subject;
  if (expectations.subject) {
    if (auto refusal = check_text(claims, "sub", *expectations.subject, Error::subject_mismatch))
      return refusal;
  }
  at = Step::audience;
  if (expectations.audience) {
    if (auto refusal = check_audience(claims, *expectations.audience)) return refusal;
  }
  at = Step::lifetime;
  if (auto refusal = check_lifetime(claims, expectations, now)) return refusal;
  at = Step::profile;
  return check_profile(claims, expectations);
}

bool is_checked(Step step, const Expectations& expectations) {
  switch (step) {
    case Step::typ:
      return expectations.typ || !row_of(expectations.profile).typ.empty();
    case Step::required:
      return !expectations.required_claims.empty() || expectations.profile != Profile::none;
    case Step::issuer:
      return expectations.issuer.has_value();
    case Step::subject:
      return expectations.subject.has_value();
    case Step::audience:
      return expectations.audience.has_value();
    case Step::profile:
      return expectations.profile != Profile::none;
    default:
      return true;
  }
}

Validity validity_of(const Json& claims, const Expectations& expectations) {
  constexpr double forever = std::numeric_limits<double>::infinity();
  const double tolerance = expectations.clock_tolerance;
  double from = -forever, until = forever;
  if (const auto exp = date_of(claims, "exp")) until = *exp + tolerance;
  if (const auto nbf = date_of(claims, "nbf")) from = *nbf - tolerance;
  if (const auto iat = date_of(claims, "iat"); iat && does_iat_matter(expectations)) {
    from = std::max(from, *iat - tolerance);
    if (expectations.max_token_age)
      until = std::min(until, *iat + tolerance + *expectations.max_token_age);
  }
  // check_lifetime() adds in another order; what rounding may then make of a bound is left out.
  return {std::nextafter(from, forever), std::nextafter(until, -forever)};
}

}  // namespace touchstone
