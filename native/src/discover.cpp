#include <touchstone/discover.hpp>

#include <strings.h>

#include <touchstone/url.hpp>

#include "deadline.hpp"

namespace touchstone {

Result<ProviderMetadata> discover(const std::string& issuer, const HttpOptions& http,
                                  const DiscoveryOptions& discovery,
                                  const std::atomic<bool>* stop) noexcept {
  const auto urls = well_known_urls(issuer, discovery);
  if (!urls) return urls.error();
  const Deadline deadline(http.timeout);
  HttpOptions options = http;
  options.max_size = discovery.max_metadata_size;
  for (const std::string& url : *urls) {
    const auto response = http_get(url, {{"Accept", "application/json"}}, options, stop);
    if (!response) return response.error();
    if (response->status == 200) return parse_metadata(response->body, issuer, discovery);
    options.timeout = deadline.left();
  }
  return Error(Error::fetch_failed, {}, "status");
}

HttpOptions jwks_uri_options(const ProviderMetadata& metadata, const HttpOptions& http,
                             const DiscoveryOptions& discovery) noexcept {
  HttpOptions options = http;
  const auto issuer = Url::parse(metadata.issuer), jwks_uri = Url::parse(metadata.jwks_uri);
  if (discovery.allow_private_addresses || !issuer || !jwks_uri) return options;
  const bool is_same_host =
      strcasecmp(std::string(issuer->host).c_str(), std::string(jwks_uri->host).c_str()) == 0;
  if (!issuer->is_private() && !is_same_host) options.allow_private_addresses = false;
  return options;
}

}  // namespace touchstone
