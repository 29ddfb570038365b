#pragma once

#include <touchstone/thumbprint.hpp>

#include "crypto/crypto.hpp"
#include "json.hpp"

namespace touchstone {

/// base64url of the hash of the required members of a key (RFC 7638 section 3).
/// Errors: member_missing, member_invalid, kty_unsupported, with the member's name.
Result<std::string> thumbprint_of(const Json& jwk, crypto::Hash hash);

}  // namespace touchstone
