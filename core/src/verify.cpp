#include "verification.hpp"

#include <algorithm>
#include <cmath>

#include "base64url.hpp"
#include "jwk.hpp"
#include "known_headers.hpp"

namespace touchstone {
namespace {

Unchecked unchecked_by(const Expectations& expectations, const Json& claims) {
  return {.issuer = !expectations.issuer,
          .audience = !expectations.audience,
          .expiry = find(claims, "exp") == nullptr};
}

/// What holds for a JWT beyond any JWS.
Refusal check_jwt_header(const JoseHeader& header) {
  if (!header.has_encoded_payload())
    return Error(Error::b64_not_allowed, "b64");  // RFC 7797 section 7
  const std::string* cty = header.find_string("cty");
  constexpr std::string_view jwt = "JWT";
  const auto is_same_letter = [](char a, char b) { return (a & ~0x20) == b; };
  if (cty != nullptr &&
      std::equal(cty->begin(), cty->end(), jwt.begin(), jwt.end(), is_same_letter)) {
    return Error(Error::nested_unsupported, "cty");  // RFC 7519 section 7.2, step 8
  }
  return {};
}

/// Of a token that was split: decoded and parsed.
Result<CompactHeader> parse_compact_header(std::string_view segment, Step& at) {
  auto text = decode_base64url(segment);
  if (!text) return Error(Error::token_base64_invalid);
  at = Step::header;
  auto members = parse_header_members(*text);
  if (!members) return members.error();
  return CompactHeader{.segment = std::string(segment),
                       .text = *std::move(text),
                       .jose = {.protected_members = *std::move(members)}};
}

}  // namespace

KeyQuery query_of(const JoseHeader& header, const Algorithm& algorithm,
                  const Expectations& expectations) {
  const std::string* kid = expectations.ignore_kid ? nullptr : header.find_string("kid");
  return {.algorithm = algorithm,
          .kid = kid == nullptr ? std::nullopt : std::optional<std::string_view>(*kid),
          .require_key_alg = expectations.require_key_alg,
          .try_each = expectations.multiple_keys == Expectations::MultipleKeys::try_each};
}

Refusal check_signature(const Jwk& key, const Algorithm& algorithm, std::string_view signing_input,
                        std::string_view signature) {
  if (signature.size() != signature_length(key, algorithm))
    return Error(Error::signature_length_invalid);
  const bool is_valid = crypto::verify_signature(algorithm.scheme, algorithm.hash, key.public_key(),
                                                 signing_input, signature);
  return is_valid ? Refusal{} : Error(Error::signature_invalid);
}

Result<Jwk> verify_signature_of(const JoseHeader& header, std::string_view signing_input,
                                std::string_view signature, const KeySet& keys,
                                const Expectations& expectations, Trace& trace) {
  trace.at = Step::critical;
  if (auto refusal = check_critical(header, expectations.crit)) return *refusal;

  trace.at = Step::algorithm;
  const auto algorithm = algorithm_of(header);
  if (!algorithm) return algorithm.error();
  if (!is_allowed(expectations, (*algorithm)->name, (*algorithm)->is_symmetric())) {
    return Error(Error::alg_not_allowed, "alg");
  }

  trace.at = Step::key;
  trace.algorithm = *algorithm;
  const auto candidates = select_keys(keys, query_of(header, **algorithm, expectations));
  if (!candidates) return candidates.error();

  trace.at = Step::signature;
  Refusal refusal;
  for (const Jwk* key : *candidates) {
    refusal = check_signature(*key, **algorithm, signing_input, signature);
    if (!refusal) return *key;
  }
  return *refusal;
}

Refusal Verification::run(std::string_view jwt, const KeySet& keys,
                          const Expectations& expectations, NumericDate now, Trace& trace) {
  if (auto refusal = check_expectations(expectations)) return refusal;
  if (!std::isfinite(now)) return Error(Error::option_invalid, "now");

  trace.at = Step::format;
  auto token = split_compact(jwt, expectations.max_token_size);
  if (!token) return token.error();

  trace.header = keys.known_headers().find(token->header);
  const bool is_known = trace.header != nullptr;
  if (!is_known) {
    auto parsed = parse_compact_header(token->header, trace.at);
    if (!parsed) return parsed.error();
    trace.header = std::make_shared<const CompactHeader>(*std::move(parsed));
    if (auto refusal = check_parameters(trace.header->jose)) return refusal;
    if (auto refusal = check_jwt_header(trace.header->jose)) return refusal;
  }
  const JoseHeader& header = trace.header->jose;

  auto key = verify_signature_of(header, token->signing_input, token->signature, keys, expectations,
                                 trace);
  if (!key) return key.error();

  // From here on header and payload are what the key's owner signed.
  if (!is_known) keys.known_headers().add(trace.header);
  trace.at = Step::payload;
  trace.key = *std::move(key);
  trace.payload_text = std::move(token->payload);
  auto claims = ClaimsSet::parse(trace.payload_text);
  if (!claims) return claims.error();
  const Json& json = trace.claims.emplace(*std::move(claims)).json();
  trace.unchecked = unchecked_by(expectations, json);
  auto refusal = validate_claims(header.protected_members, json, expectations, now, trace.at);
  if (!refusal) trace.validity = validity_of(json, expectations);
  return refusal;
}

VerifiedJwt Verification::verified(Trace&& trace) {
  VerifiedJwt jwt(*std::move(trace.claims), *std::move(trace.key));
  jwt.header_ = {trace.header, &trace.header->jose.protected_members};
  jwt.header_text_ = {trace.header, &trace.header->text};
  jwt.unchecked_ = trace.unchecked;
  jwt.validity_ = trace.validity;
  jwt.payload_text_ = std::move(trace.payload_text);
  return jwt;
}

Result<VerifiedJwt> verify(std::string_view jwt, const KeySet& keys,
                           const Expectations& expectations, NumericDate now) noexcept {
  Trace trace;
  if (auto refusal = Verification::run(jwt, keys, expectations, now, trace)) return *refusal;
  return Verification::verified(std::move(trace));
}

Result<UnverifiedJwt> decode(std::string_view jwt, std::size_t max_size) noexcept {
  auto token = split_compact(jwt, max_size);
  if (!token) return token.error();
  Step at = Step::format;
  auto header = parse_compact_header(token->header, at);
  if (!header) return header.error();
  auto claims = ClaimsSet::parse(token->payload);
  if (!claims) return claims.error();
  return UnverifiedJwt{std::move(header->jose.protected_members), *std::move(claims),
                       std::move(header->text), std::move(token->payload)};
}

}  // namespace touchstone
