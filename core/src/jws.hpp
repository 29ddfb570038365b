#pragma once

#include "jose_header.hpp"

namespace touchstone {

/// A token in compact serialization, taken apart (RFC 7515 section 7.1). Views point into the
/// token.
struct CompactJwt {
  std::string_view header;  ///< base64url still
  std::string payload;
  std::string signature;
  std::string_view signing_input;
};

/// Splits a JWT and decodes payload and signature.
/// Errors: token_too_large, token_malformed, jwe_unsupported, token_base64_invalid.
Result<CompactJwt> split_compact(std::string_view jwt, std::size_t max_size);

/// One signature of a JWS as it arrived.
struct UnverifiedSignature {
  JoseHeader header;
  std::string protected_text;  ///< base64url; empty when there is no protected header
  std::string signature;
};

/// A JWS of any serialization, taken apart (RFC 7515 section 7).
struct UnverifiedJws {
  std::vector<UnverifiedSignature> signatures;  ///< at least one
  std::string payload;                          ///< the bytes it stands for
  std::string payload_text;  ///< as it is signed: base64url, or the bytes when b64 is false
};

/// Takes apart a compact, flattened or general JWS. The payload comes from the JWS, or from
/// `detached_payload` when the JWS does not carry it.
/// Errors: token_too_large, token_malformed, token_base64_invalid, jwe_unsupported, jws_malformed,
/// payload_missing, payload_unexpected, and those of the header's members and parameters.
Result<UnverifiedJws> parse_jws(std::string_view jws, std::size_t max_size,
                                std::optional<std::string_view> detached_payload);

}  // namespace touchstone
