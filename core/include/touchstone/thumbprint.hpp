#pragma once

#include <string>

#include <touchstone/result.hpp>

namespace touchstone {

/// The thumbprint of a public key (RFC 7638): base64url of the hash of its required members.
///
/// jwk   one JWK as JSON; private members are not read, except the `k` of an `oct` key.
/// hash  "sha-256", "sha-384" or "sha-512", as RFC 9278 spells them.
/// Computed over the members as they are written: a modulus with a leading zero octet has another
/// thumbprint. Errors: jwk_malformed, member_missing, member_invalid, kty_unsupported,
/// option_invalid.
TOUCHSTONE_API Result<std::string> thumbprint(std::string_view jwk,
                                              std::string_view hash = "sha-256") noexcept;

/// The same as a URI (RFC 9278): `urn:ietf:params:oauth:jwk-thumbprint:sha-256:...`.
TOUCHSTONE_API Result<std::string> thumbprint_uri(std::string_view jwk,
                                                  std::string_view hash = "sha-256") noexcept;

}  // namespace touchstone
