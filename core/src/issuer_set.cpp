#include <touchstone/issuer_set.hpp>

#include <nlohmann/json.hpp>

namespace touchstone {
namespace {

/// The iss that a token claims, for the choice of the keys alone: decode() has verified nothing. Of
/// the payload's faults none is told before the signature is.
Result<std::string> unverified_issuer_of(std::string_view jwt, std::size_t max_size) {
  const auto token = decode(jwt, max_size);
  if (!token && token.error().id() < Error::payload_json_invalid) return token.error();
  const std::string* iss =
      token ? token->unverified_claims["iss"].get_ptr<const std::string*>() : nullptr;
  if (iss == nullptr) return Error(Error::issuer_unknown, "iss");
  return *iss;
}

}  // namespace

Refusal IssuerSet::add(std::string issuer, KeySet keys) noexcept {
  if (issuer.empty()) return Error(Error::option_invalid, "issuer");
  const bool is_new = keys_.try_emplace(std::move(issuer), std::move(keys)).second;
  return is_new ? Refusal{} : Error(Error::option_invalid, "issuer");
}

const KeySet* IssuerSet::find(std::string_view issuer) const noexcept {
  const auto found = keys_.find(issuer);
  return found == keys_.end() ? nullptr : &found->second;
}

Result<VerifiedJwt> verify(std::string_view jwt, const IssuerSet& issuers,
                           const Expectations& expectations, NumericDate now) noexcept {
  const auto iss = unverified_issuer_of(jwt, expectations.max_token_size);
  if (!iss) return iss.error();
  const KeySet* keys = issuers.find(*iss);
  if (keys == nullptr) return Error(Error::issuer_unknown, "iss");
  Expectations routed = expectations;
  // Who expects another issuer hears so from verify(), after the signature.
  if (!routed.issuer || routed.issuer->contains(*iss)) routed.issuer = OneOf(*iss);
  return verify(jwt, *keys, routed, now);
}

}  // namespace touchstone
