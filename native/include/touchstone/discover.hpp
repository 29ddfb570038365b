#pragma once

#include <touchstone/discovery.hpp>
#include <touchstone/http.hpp>

namespace touchstone {

/// Asks an issuer for its metadata: the well_known_urls() in their order, until one answers 200.
///
/// http       how to ask; its time-out is for all requests together, its max_size is not looked at.
/// discovery  what parse_metadata() may take.
/// stop       as of http_get().
/// Errors: issuer_invalid; as of http_get(); fetch_failed with "status" when no URL answers 200; as
/// of parse_metadata(), and then the next URL is not asked.
TOUCHSTONE_API Result<ProviderMetadata> discover(
    const std::string& issuer, const HttpOptions& http = {},
    const DiscoveryOptions& discovery = {.allow_http_on_loopback = true},
    const std::atomic<bool>* stop = nullptr) noexcept;

/// How to fetch the jwks_uri of metadata: as `http` says, but of addresses that are not public none
/// is connected to, unless the issuer's own URL shows such a one or has the same host, or
/// `discovery` allows it (RFC 8725 section 3.10).
TOUCHSTONE_API HttpOptions jwks_uri_options(const ProviderMetadata& metadata,
                                            const HttpOptions& http,
                                            const DiscoveryOptions& discovery) noexcept;

}  // namespace touchstone
