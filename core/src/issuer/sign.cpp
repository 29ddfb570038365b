#include <touchstone/issuer.hpp>

#include <cmath>

#include "crypto/signing.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

constexpr double max_exact_integer = 9007199254740992;  // 2^53: what verifiers take of a date

bool is_numeric_date(const Json& value) {
  return value.is_number() && std::abs(value.get<double>()) <= max_exact_integer;
}

/// What verifiers refuse for its type, an issuer does not sign (RFC 7519 section 4.1).
Refusal check_types(const Json& claims) {
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    const Json* value = find(claims, name);
    if (value != nullptr && !is_numeric_date(*value)) return Error(Error::claim_type_invalid, name);
  }
  for (const std::string_view name : {"iss", "sub", "jti"}) {
    if (find(claims, name) != nullptr && find_string(claims, name) == nullptr)
      return Error(Error::claim_type_invalid, name);
  }
  return {};
}

Refusal set_times(Json& claims, const KeyRing& ring, NumericDate now,
                  const std::optional<double>& expires_in) {
  // Whole seconds, as every library reads them.
  const auto whole = [](double seconds) { return static_cast<std::int64_t>(std::floor(seconds)); };
  if (find(claims, "iat") == nullptr) claims["iat"] = whole(now);
  if (find(claims, "exp") == nullptr) {
    const double lifetime = expires_in.value_or(ring.token_lifetime());
    if (!(lifetime > 0 && lifetime <= ring.token_lifetime()))
      return Error(Error::token_lifetime_invalid, "expiresIn");
    claims["exp"] = whole(now + lifetime);
  }
  const double exp = find(claims, "exp")->get<double>();
  if (!(exp > now && exp <= now + ring.token_lifetime()))
    return Error(Error::token_lifetime_invalid, "exp");
  return {};
}

Result<std::string> add_typ(const SignOptions& options) {
  constexpr JsonRules header_rules{.max_depth = 8,
                                   .invalid = Error::option_invalid,
                                   .duplicate_member = Error::option_invalid,
                                   .too_deep = Error::option_invalid};
  auto header = parse_json_object(options.header, header_rules);
  if (!header) return Error(Error::option_invalid, "header", "is not one strict JSON object");
  if (find(*header, "typ") == nullptr) (*header)["typ"] = std::string(options.typ);
  return JsonWriter().value(*header).take();
}

}  // namespace

Result<SignedJwt> sign(std::string_view claims, KeyRing& ring, NumericDate now,
                       std::string_view entropy, const SignOptions& options) noexcept {
  if (!(std::abs(now) <= max_exact_integer))
    return Error(Error::option_invalid, "now", "is no time in this age");
  auto set = ClaimsSet::parse(claims);
  if (!set) return set.error();
  Json payload = set->json();
  if (auto refusal = check_types(payload)) return *refusal;
  const KeyRing::Key* active = ring.active();
  if (active == nullptr) return Error::signing_key_missing;
  if (active->signatures >= ring.max_signatures()) return Error::signing_key_exhausted;
  if (auto refusal = set_times(payload, ring, now, options.expires_in)) return *refusal;
  const auto header = add_typ(options);
  if (!header) return header.error();
  auto token = sign_jws(JsonWriter().value(payload).take(), active->key, *header, entropy);
  if (!token) return token.error();
  const std::string kid(active->key.kid());
  (void)ring.count(kid, 1);
  const std::uint64_t made = active->signatures;
  const std::uint64_t quarter = ring.max_signatures() / 4;
  const bool has_successor = ring.pending() != nullptr;
  return SignedJwt{*std::move(token), kid, made, made >= quarter * (has_successor ? 3 : 2)};
}

}  // namespace touchstone
