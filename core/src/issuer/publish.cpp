// From a ring to what the world may see of it.
#include <touchstone/discovery.hpp>
#include <touchstone/issuer.hpp>

#include <algorithm>
#include <cmath>

#include "base64url.hpp"
#include "crypto/crypto.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

constexpr JsonRules additions_rules{.max_depth = 32,
                                    .invalid = Error::option_invalid,
                                    .duplicate_member = Error::option_invalid,
                                    .too_deep = Error::option_invalid};
constexpr std::string_view algorithms_member = "id_token_signing_alg_values_supported";

Publication publication(std::string body, std::string_view content_type, double max_age) {
  const std::string digest = crypto::digest(crypto::Hash::sha256, body);
  return {.body = std::move(body),
          .content_type = content_type,
          .cache_control =
              "public, max-age=" + std::to_string(static_cast<std::uint64_t>(std::floor(max_age))),
          .etag = '"' + encode_base64url(digest) + '"'};
}

bool is_over(const KeyRing::Key& key, NumericDate now) {
  return key.remove_at && *key.remove_at <= now;
}

/// No copy should outlive a key of it; but all clients at once would come for the last second.
double max_age_of(const KeyRing& ring, NumericDate now) {
  double age = ring.cache_lifetime();
  for (const KeyRing::Key& key : ring.keys())
    if (key.remove_at && !is_over(key, now)) age = std::min(age, *key.remove_at - now);
  return std::max(age, ring.cache_lifetime() / 10);
}

template <class Condition>
std::vector<PublicJwk> public_jwks_if(const KeyRing& ring, const Condition& is_wanted) {
  std::vector<PublicJwk> keys;
  for (const KeyRing::Key& key : ring.keys()) {
    if (!is_wanted(key)) continue;
    if (auto jwk = key.key.public_jwk()) keys.push_back(*std::move(jwk));
  }
  return keys;
}

/// Each once, in the order of the ring.
Json published_algorithms(const KeyRing& ring) {
  Json names = Json::array();
  for (const PublicJwk& key : public_jwks(ring)) {
    const Json name = std::string(key.alg());
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

Result<Publication> publish_metadata(const KeyRing& ring, const MetadataOptions& options,
                                     Json document) {
  auto additions = parse_json_object(options.additions, additions_rules);
  if (!additions) return Error(Error::option_invalid, "additions", "is not one strict JSON object");
  for (const std::string_view name :
       {std::string_view("issuer"), std::string_view("jwks_uri"), algorithms_member})
    if (find(*additions, name) != nullptr)
      return Error(Error::option_invalid, name, "is not for the caller to set");
  document["issuer"] = options.issuer;
  document["jwks_uri"] = options.jwks_uri;
  document.update(*additions);
  std::string body = JsonWriter().value(document).take();
  // What we would not take, we do not give out.
  const DiscoveryOptions discovery{.allow_http_on_loopback = options.allow_http_on_loopback};
  const auto metadata = parse_metadata(body, options.issuer, discovery);
  if (!metadata) return metadata.error();
  return publication(std::move(body), "application/json", ring.cache_lifetime());
}

}  // namespace

std::vector<PublicJwk> public_jwks(const KeyRing& ring) {
  return public_jwks_if(ring, [](const KeyRing::Key&) { return true; });
}

std::string jwk_set(const std::vector<PublicJwk>& keys) {
  JsonWriter json;
  json.begin_object().name("keys").begin_array();
  for (const PublicJwk& key : keys) json.raw(key.json());
  return json.end_array().end_object().take();
}

Publication publish_jwks(const KeyRing& ring, NumericDate now) {
  const std::string body =
      jwk_set(public_jwks_if(ring, [&](const KeyRing::Key& key) { return !is_over(key, now); }));
  return publication(body, "application/jwk-set+json", max_age_of(ring, now));
}

Result<Publication> publish_openid_configuration(const KeyRing& ring,
                                                 const MetadataOptions& options) noexcept {
  Json document = Json::object();
  Json names = published_algorithms(ring);
  // Discovery section 4.2: members without elements are left out.
  if (!names.empty()) document[std::string(algorithms_member)] = std::move(names);
  return publish_metadata(ring, options, std::move(document));
}

Result<Publication> publish_oauth_metadata(const KeyRing& ring,
                                           const MetadataOptions& options) noexcept {
  return publish_metadata(ring, options, Json::object());
}

}  // namespace touchstone
