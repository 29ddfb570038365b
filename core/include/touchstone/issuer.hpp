// The issuer's side: keys that sign, their rotation, and what is published of them, apart from what
// verifies. Link touchstone::issuer.
//
//     auto rotated = touchstone::rotate(ring, policy, now, entropy());
//     ring = store(rotated->ring);                   // before it signs; again at rotated->next
//     auto jwt = touchstone::sign(R"({"sub":"ada"})", ring, now, entropy());
//     respond(touchstone::publish_jwks(ring, now));  // body, ETag, Cache-Control
//
// No I/O, clock or randomness: times, entropy and where the ring is kept are the caller's.
#pragma once

#include <touchstone/key_ring.hpp>
#include <touchstone/sealed_ring.hpp>
#include <touchstone/signing_key.hpp>

namespace touchstone {

/// How sign() completes a token.
struct SignOptions {
  std::string_view typ = "JWT";  ///< unless the header has one
  /// Seconds until exp, when the claims have none; by default the ring's token lifetime.
  std::optional<double> expires_in{};
  std::string_view header = "{}";  ///< more members of the header; as of sign_jws()
};

/// What sign() made.
struct SignedJwt {
  std::string token;         ///< compact (RFC 7515 section 7.1)
  std::string kid;           ///< of the key that signed
  std::uint64_t signatures;  ///< that it has made, with this one
  bool is_rotation_due;      ///< by that count: rotate() now changes the ring, or has begun to
};

/// Signs a JWT with the ring's active key and counts the signature in the ring.
///
/// claims  a JSON object. iat is set to now unless it is there, and exp as the options say. An exp
/// of the caller's must lie after now and no further away than the ring's token lifetime, for
/// which its keys are retained.
/// Errors: payload_json_invalid, payload_duplicate_member, payload_too_deep, claim_type_invalid;
/// token_lifetime_invalid; signing_key_missing; signing_key_exhausted; as of sign_jws().
TOUCHSTONE_API Result<SignedJwt> sign(std::string_view claims, KeyRing& ring, NumericDate now,
                                      std::string_view entropy,
                                      const SignOptions& options = {}) noexcept;

/// A document to serve, with the fields that go with it.
struct Publication {
  std::string body;               ///< UTF-8
  std::string_view content_type;  ///< "application/jwk-set+json"
  std::string cache_control;      ///< "public, max-age=3600"
  std::string etag;               ///< strong, of the body's bytes: `"..."`
};

/// What a JWK Set holds, in the order of the ring: every key, whatever its state, but for symmetric
/// ones. The only way from a ring to a set.
TOUCHSTONE_API std::vector<PublicJwk> public_jwks(const KeyRing& ring);

/// `{"keys": [...]}` of keys that can be public.
TOUCHSTONE_API std::string jwk_set(const std::vector<PublicJwk>& keys);

/// The JWK Set, without the keys whose time is over, which rotate() has not removed yet: the store
/// may be away. Copies may be kept for the ring's cache lifetime, but no longer than until the next
/// key of it is removed: then for a tenth of it at the least, so that not all clients come at once.
TOUCHSTONE_API Publication publish_jwks(const KeyRing& ring, NumericDate now);

/// Where metadata says that things are.
struct MetadataOptions {
  std::string issuer;    ///< an https URL, as in the tokens' iss
  std::string jwks_uri;  ///< where publish_jwks() is served
  /// A JSON object of members to add, such as authorization_endpoint: what this library does not
  /// do, it does not claim. issuer, jwks_uri and id_token_signing_alg_values_supported are not for
  /// it to set.
  std::string additions = "{}";
  bool allow_http_on_loopback = false;  ///< as of DiscoveryOptions
};

/// The metadata document of OpenID Connect Discovery section 4.2: issuer, jwks_uri, and
/// id_token_signing_alg_values_supported with the algorithms of the published keys.
/// Errors: those of parse_metadata(), which reads what is given out; option_invalid.
TOUCHSTONE_API Result<Publication> publish_openid_configuration(
    const KeyRing& ring, const MetadataOptions& options) noexcept;

/// The same for RFC 8414 section 3.2: issuer and jwks_uri.
TOUCHSTONE_API Result<Publication> publish_oauth_metadata(const KeyRing& ring,
                                                          const MetadataOptions& options) noexcept;

}  // namespace touchstone
