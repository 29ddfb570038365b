#pragma once

#include <string>
#include <vector>

#include <touchstone/result.hpp>

namespace touchstone {

// From an issuer to where its key set is: RFC 8414 and OpenID Connect Discovery, without any I/O.
// Ask the well_known_urls() in their order, give the first answer of status 200 to
// parse_metadata(), fetch the key set from its jwks_uri.

/// What an issuer and its documents may lead to.
struct DiscoveryOptions {
  /// Take "http://" for "https://" when the host is a loopback address or localhost.
  bool allow_http_on_loopback = false;
  /// Follow a jwks_uri to a loopback host or a private address even when that is another host than
  /// the issuer's. A name's address is not known here: judge what it resolves to by
  /// IpAddress::is_private().
  bool allow_private_addresses = false;
  std::size_t max_metadata_size = std::size_t{256} << 10;  ///< bytes; refused above 16 MiB
};

/// What a provider says of itself, as far as a verifier needs it.
struct ProviderMetadata {
  std::string issuer;    ///< the one that was asked for, and the one that tokens must name
  std::string jwks_uri;  ///< Url::parse() takes it
  /// OpenID Connect Discovery section 3; absent when the document does not say.
  std::optional<std::vector<std::string>> id_token_signing_alg_values_supported;
};

/// Whether this is an issuer that can be discovered: an https URL as Url::parse() takes it, of at
/// most 1024 bytes and without query (RFC 8414 section 2, OpenID Connect Discovery section 3).
/// Nothing is normalised: an issuer is equal to itself alone, code point by code point (RFC 8414
/// section 4). Error: issuer_invalid.
TOUCHSTONE_API Refusal check_issuer(std::string_view issuer,
                                    const DiscoveryOptions& options) noexcept;

/// Where the issuer's metadata may be, in the order in which to ask: OpenID Connect's URL, which is
/// appended to the issuer (Discovery section 4.1), then OAuth's, which is inserted before the
/// issuer's path (RFC 8414 section 3.1). Ask the second when the first answers anything but 200.
/// Error: issuer_invalid.
TOUCHSTONE_API Result<std::vector<std::string>> well_known_urls(
    std::string_view issuer, const DiscoveryOptions& options) noexcept;

/// Parses the metadata document that was asked of `issuer`; the text is not kept. Members beside
/// those of ProviderMetadata are ignored, whatever they are.
/// Errors: issuer_invalid; metadata_too_large, metadata_malformed, metadata_too_deep;
/// metadata_member_invalid, with the name in detail().member; metadata_issuer_mismatch (RFC 8414
/// section 3.3, OpenID Connect Discovery section 4.3: the document must not be used);
/// jwks_uri_invalid, also for http unless the issuer itself is such a one; private_address;
/// option_invalid.
TOUCHSTONE_API Result<ProviderMetadata> parse_metadata(std::string_view text,
                                                       std::string_view issuer,
                                                       const DiscoveryOptions& options) noexcept;

}  // namespace touchstone
