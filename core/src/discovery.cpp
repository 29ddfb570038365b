#include <touchstone/discovery.hpp>

#include <algorithm>
#include <touchstone/url.hpp>

#include "json.hpp"

namespace touchstone {
namespace {

constexpr std::size_t size_ceiling = std::size_t{16} << 20;
constexpr std::size_t max_issuer_size = 1024;  // what is made of it is an URL, too

constexpr JsonRules metadata_rules{.max_depth = 32,
                                   .invalid = Error::metadata_malformed,
                                   .duplicate_member = Error::metadata_malformed,
                                   .too_deep = Error::metadata_too_deep};

bool has_allowed_scheme(const Url& url, bool is_http_allowed) {
  return url.is_https || (is_http_allowed && url.is_loopback());
}

Result<Url> parse_issuer(std::string_view issuer, const DiscoveryOptions& options) {
  const auto url = Url::parse(issuer);
  const bool is_valid = url && !url->has_query && issuer.size() <= max_issuer_size &&
                        has_allowed_scheme(*url, options.allow_http_on_loopback);
  if (!is_valid) return Error(Error::issuer_invalid, "issuer");
  return *url;
}

/// Both specifications remove one "/" that ends the issuer.
std::string_view without_final_slash(std::string_view text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

bool is_same_host(const Url& a, const Url& b) {
  const auto is_same_letter = [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    return lower(x) == lower(y);
  };
  return std::equal(a.host.begin(), a.host.end(), b.host.begin(), b.host.end(), is_same_letter);
}

/// Where a document may send us: to no scheme below its own, and not into a network that its
/// publisher may not see (RFC 8725 section 3.10).
Refusal check_jwks_uri(std::string_view jwks_uri, const Url& issuer,
                       const DiscoveryOptions& options) {
  const auto url = Url::parse(jwks_uri);
  if (!url || !has_allowed_scheme(*url, !issuer.is_https))
    return Error(Error::jwks_uri_invalid, "jwks_uri");
  if (url->is_private() && !options.allow_private_addresses && !is_same_host(*url, issuer))
    return Error(Error::private_address, "jwks_uri");
  return {};
}

Result<std::vector<std::string>> strings_of(const Json& value, std::string_view name) {
  const auto* elements = value.get_ptr<const Json::array_t*>();
  if (elements == nullptr) return Error(Error::metadata_member_invalid, name);
  std::vector<std::string> strings;
  for (const Json& element : *elements) {
    const auto* text = element.get_ptr<const std::string*>();
    if (text == nullptr) return Error(Error::metadata_member_invalid, name);
    strings.push_back(*text);
  }
  return strings;
}

}  // namespace

Refusal check_issuer(std::string_view issuer, const DiscoveryOptions& options) noexcept {
  const auto url = parse_issuer(issuer, options);
  return url ? Refusal{} : url.error();
}

Result<std::vector<std::string>> well_known_urls(std::string_view issuer,
                                                 const DiscoveryOptions& options) noexcept {
  const auto url = parse_issuer(issuer, options);
  if (!url) return url.error();
  const auto join = [](auto... parts) {
    std::string text;
    (text.append(parts), ...);
    return text;
  };
  return std::vector<std::string>{
      // OpenID Connect Discovery section 4.1
      join(without_final_slash(issuer), "/.well-known/openid-configuration"),
      // RFC 8414 section 3.1
      join(url->origin, "/.well-known/oauth-authorization-server", without_final_slash(url->path)),
  };
}

Result<ProviderMetadata> parse_metadata(std::string_view text, std::string_view issuer,
                                        const DiscoveryOptions& options) noexcept {
  if (options.max_metadata_size > size_ceiling)
    return Error(Error::option_invalid, "maxMetadataSize");
  const auto url = parse_issuer(issuer, options);
  if (!url) return url.error();
  if (text.size() > options.max_metadata_size) return Error(Error::metadata_too_large);
  const auto document = parse_json_object(text, metadata_rules);
  if (!document) return document.error();

  const std::string* named = find_string(*document, "issuer");
  if (named == nullptr) return Error(Error::metadata_member_invalid, "issuer");
  if (*named != issuer) return Error(Error::metadata_issuer_mismatch, "issuer");

  // OPTIONAL in RFC 8414; without it there is nothing to verify with.
  const std::string* jwks_uri = find_string(*document, "jwks_uri");
  if (jwks_uri == nullptr) return Error(Error::metadata_member_invalid, "jwks_uri");
  if (auto refusal = check_jwks_uri(*jwks_uri, *url, options)) return *refusal;

  ProviderMetadata metadata{
      .issuer = *named, .jwks_uri = *jwks_uri, .id_token_signing_alg_values_supported = {}};
  constexpr std::string_view algorithms = "id_token_signing_alg_values_supported";
  if (const Json* value = find(*document, algorithms)) {
    auto names = strings_of(*value, algorithms);
    if (!names) return names.error();
    metadata.id_token_signing_alg_values_supported = *std::move(names);
  }
  return metadata;
}

}  // namespace touchstone
