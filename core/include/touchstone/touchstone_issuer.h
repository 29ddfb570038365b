/** @file
 * The issuer's side for C99, and for whatever calls C: touchstone::issuer, see issuer.hpp.
 *
 *     touchstone_key_ring *ring = NULL, *rotated = NULL;
 *     error = touchstone_key_ring_new(result, &ring);
 *     if (!error) error = touchstone_rotate(result, &rotated, ring, "{}", 2, now, entropy, 48);
 *     if (!error) error = touchstone_sign(result, rotated, claims, strlen(claims), "{}", 2, now,
 *                                         other_entropy, 48);
 *     if (!error) print(touchstone_result_text(result));  // {"token", "kid", ...}
 *     touchstone_key_ring_free(rotated);
 *     touchstone_key_ring_free(ring);
 *
 * The rules of touchstone.h hold: the result comes first, what is written next. Link
 * touchstone-issuer besides touchstone.
 *
 * Entropy is at least 48 bytes from the system's generator that nobody else has and that are used
 * for one call alone. Times are seconds since 1970. A ring, a key or a secret is wiped when it is
 * freed; a result holds no secret. Threads may share what they only read: touchstone_sign and
 * touchstone_key_ring_count write to the ring.
 */
#ifndef TOUCHSTONE_ISSUER_H
#define TOUCHSTONE_ISSUER_H

#include <touchstone/touchstone.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @{ */
/** Owned by the caller, each freed by the function of its name; freeing NULL is allowed. */
typedef struct touchstone_secret touchstone_secret;
typedef struct touchstone_signing_key touchstone_signing_key;
typedef struct touchstone_key_ring touchstone_key_ring;
/** @} */

/** A secret text; the view holds until it is freed. */
TOUCHSTONE_API touchstone_view touchstone_secret_view(const touchstone_secret* secret);
/** Wipes it. */
TOUCHSTONE_API void touchstone_secret_free(touchstone_secret* secret);

/** Makes a key. options: {"rsaBits"?, "kid"?}; see touchstone::SigningKey::generate. */
TOUCHSTONE_API touchstone_error touchstone_signing_key_generate(
    touchstone_result* result, touchstone_signing_key** key, const char* alg, size_t alg_length,
    const char* options, size_t options_length, const char* entropy, size_t entropy_length);
/** Reads a private JWK. alg may be empty; see touchstone::SigningKey::parse. */
TOUCHSTONE_API touchstone_error touchstone_signing_key_parse(touchstone_result* result,
                                                             touchstone_signing_key** key,
                                                             const char* jwk, size_t jwk_length,
                                                             const char* alg, size_t alg_length);
/** Wipes it, unless a ring still has it. */
TOUCHSTONE_API void touchstone_signing_key_free(touchstone_signing_key* key);
/** text: {kid, alg, thumbprint, publicJwk?}, the last one not of a symmetric key. */
TOUCHSTONE_API touchstone_error touchstone_signing_key_describe(touchstone_result* result,
                                                                const touchstone_signing_key* key);
/** The whole key as a JWK. */
TOUCHSTONE_API touchstone_error touchstone_signing_key_private_jwk(
    touchstone_result* result, touchstone_secret** jwk, const touchstone_signing_key* key);
/** text: a compact JWS of any payload. header: a JSON object of members to add; see
 * touchstone::sign_jws. */
TOUCHSTONE_API touchstone_error touchstone_sign_jws(touchstone_result* result,
                                                    const touchstone_signing_key* key,
                                                    const char* payload, size_t payload_length,
                                                    const char* header, size_t header_length,
                                                    const char* entropy, size_t entropy_length);

/** A ring without keys. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_new(touchstone_result* result,
                                                        touchstone_key_ring** ring);
/** Another ring that is alike. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_copy(touchstone_result* result,
                                                         touchstone_key_ring** copy,
                                                         const touchstone_key_ring* ring);
/** Reads what touchstone_key_ring_json wrote; see touchstone::KeyRing::parse. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_parse(touchstone_result* result,
                                                          touchstone_key_ring** ring,
                                                          const char* json, size_t json_length);
/** Wipes its keys. */
TOUCHSTONE_API void touchstone_key_ring_free(touchstone_key_ring* ring);
/** The ring with its private keys, not encrypted. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_json(touchstone_result* result,
                                                         touchstone_secret** json,
                                                         const touchstone_key_ring* ring);
/** text: {tokenLifetime, cacheLifetime, maxSignatures, keys: [{kid, alg, thumbprint, state,
 * publishedAt, usableFrom, activatedAt?, retiredAt?, removeAt?, signatures, longestTokenLifetime,
 * isDue, publicJwk?}]}: nothing secret. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_describe(touchstone_result* result,
                                                             const touchstone_key_ring* ring);
/** Adds to the count of a key's signatures; see touchstone::KeyRing::count. */
TOUCHSTONE_API touchstone_error touchstone_key_ring_count(touchstone_result* result,
                                                          touchstone_key_ring* ring,
                                                          const char* kid, size_t kid_length,
                                                          unsigned long long signatures);

/** Whether the policy can be kept. text: all of its members; see touchstone::RotationPolicy. */
TOUCHSTONE_API touchstone_error touchstone_rotation_policy_parse(touchstone_result* result,
                                                                 const char* policy,
                                                                 size_t policy_length);
/** Brings a ring to where the policy wants it now. *rotated is NULL after a refusal. policy: a
 * JSON object, see touchstone::RotationPolicy::parse. text: {next, changes: [{kind, kid, alg}]} */
TOUCHSTONE_API touchstone_error touchstone_rotate(touchstone_result* result,
                                                  touchstone_key_ring** rotated,
                                                  const touchstone_key_ring* ring,
                                                  const char* policy, size_t policy_length,
                                                  double now, const char* entropy,
                                                  size_t entropy_length);
/** Takes a key out at once. text: {next, changes, signatures, tokensUntil, acceptedUntil,
 * refusedUntil}; see touchstone::RevokedRing. */
TOUCHSTONE_API touchstone_error touchstone_revoke(touchstone_result* result,
                                                  touchstone_key_ring** revoked,
                                                  const touchstone_key_ring* ring, const char* kid,
                                                  size_t kid_length, const char* policy,
                                                  size_t policy_length, double now,
                                                  const char* entropy, size_t entropy_length);
/** Marks the active key as due; see touchstone::retire_early. */
TOUCHSTONE_API touchstone_error touchstone_retire_early(touchstone_result* result,
                                                        touchstone_key_ring** marked,
                                                        const touchstone_key_ring* ring);
/** The set has not been served for a while, and is again; see touchstone::resume. */
TOUCHSTONE_API touchstone_error touchstone_resume(touchstone_result* result,
                                                  touchstone_key_ring** resumed,
                                                  const touchstone_key_ring* ring,
                                                  const char* policy, size_t policy_length,
                                                  double now);

/** Signs a JWT with the active key and counts the signature. options: {"typ"?, "expiresIn"?,
 * "header"?}; see touchstone::SignOptions. text: {token, kid, signatures, isRotationDue} */
TOUCHSTONE_API touchstone_error touchstone_sign(touchstone_result* result,
                                                touchstone_key_ring* ring, const char* claims,
                                                size_t claims_length, const char* options,
                                                size_t options_length, double now,
                                                const char* entropy, size_t entropy_length);

/** @{ */
/** What may be seen of a ring. options: {"issuer", "jwksUri", "additions"?,
 * "allowHttpOnLoopback"?}; see touchstone::MetadataOptions.
 * text: {body, contentType, cacheControl, etag} */
TOUCHSTONE_API touchstone_error touchstone_publish_jwks(touchstone_result* result,
                                                        const touchstone_key_ring* ring,
                                                        double now);
TOUCHSTONE_API touchstone_error
touchstone_publish_openid_configuration(touchstone_result* result, const touchstone_key_ring* ring,
                                        const char* options, size_t options_length);
TOUCHSTONE_API touchstone_error touchstone_publish_oauth_metadata(touchstone_result* result,
                                                                  const touchstone_key_ring* ring,
                                                                  const char* options,
                                                                  size_t options_length);
/** @} */

/** @{ */
/** Which key is in which state when, past and planned: as JSON, and as an SVG document. until: NAN
 * for two rotations on; see touchstone::timeline. */
TOUCHSTONE_API touchstone_error touchstone_timeline(touchstone_result* result,
                                                    const touchstone_key_ring* ring,
                                                    const char* policy, size_t policy_length,
                                                    double now, double until);
TOUCHSTONE_API touchstone_error touchstone_timeline_svg(touchstone_result* result,
                                                        const touchstone_key_ring* ring,
                                                        const char* policy, size_t policy_length,
                                                        double now, double until, size_t width);
/** @} */

/** @{ */
/** What a store holds: the ring and its policy, encrypted under a sealing key; see
 * touchstone::seal. key: its text; NULL to have it in the clear. */
TOUCHSTONE_API touchstone_error touchstone_seal(touchstone_result* result,
                                                touchstone_secret** sealed,
                                                const touchstone_key_ring* ring, const char* policy,
                                                size_t policy_length, const char* key,
                                                size_t key_length, const char* entropy,
                                                size_t entropy_length);
/** text: the policy, with all of its members. */
TOUCHSTONE_API touchstone_error touchstone_unseal(touchstone_result* result,
                                                  touchstone_key_ring** ring, const char* sealed,
                                                  size_t sealed_length, const char* key,
                                                  size_t key_length);
/** @} */
/** text: the kid of the sealing key that a text wants; empty when there is none. */
TOUCHSTONE_API touchstone_error touchstone_sealing_kid(touchstone_result* result,
                                                       const char* sealed, size_t sealed_length);
/** A new sealing key, as text. */
TOUCHSTONE_API touchstone_error touchstone_sealing_key_generate(touchstone_result* result,
                                                                touchstone_secret** key,
                                                                const char* entropy,
                                                                size_t entropy_length);

#ifdef __cplusplus
}
#endif

#endif
