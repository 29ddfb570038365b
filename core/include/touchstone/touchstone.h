/** @file
 * Touchstone for C99, and for whatever calls C.
 *
 *     touchstone_result *result = touchstone_result_new();
 *     touchstone_key_set *keys = NULL;
 *     touchstone_error error = touchstone_key_set_parse(result, &keys, jwks, strlen(jwks));
 *     if (!error) error = touchstone_verify(result, keys, NULL, jwt, strlen(jwt), time(NULL));
 *     if (error) fprintf(stderr, "%s\n", touchstone_error_message(error));
 *     else print_claims(touchstone_result_payload(result));
 *     touchstone_key_set_free(keys);
 *     touchstone_result_free(result);
 *
 * One rule for every call: the result comes first and takes the outcome, then what else is written,
 * then what is only read. The call returns the same number that touchstone_result_error() gives
 * afterwards; 0 is success. Text is bytes with a length, in UTF-8, and may hold NUL. No call keeps
 * a pointer to its arguments. A key set and expectations may be shared between threads; a result
 * belongs to one call at a time.
 */
#ifndef TOUCHSTONE_H
#define TOUCHSTONE_H

#include <stddef.h>

#include <touchstone/export.h>

/** Of the header; touchstone_version() is the library's. */
#define TOUCHSTONE_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** Each way to be refused; the rows are in errors.def, their numbers are permanent. */
typedef enum touchstone_error {
  TOUCHSTONE_OK = 0,
#define TOUCHSTONE_ERROR(number, id, ID, code, section, message) TOUCHSTONE_##ID = number,
#include <touchstone/errors.def>
#undef TOUCHSTONE_ERROR
  TOUCHSTONE_ERROR_MAX = 65535
} touchstone_error;

/** Borrowed bytes: they belong to the object they were asked of. */
typedef struct touchstone_view {
  const char* data; /**< NULL for nothing */
  size_t length;    /**< in bytes */
} touchstone_view;

/** @{ */
/** Owned by the caller, each freed by the function of its name; freeing NULL is allowed. */
typedef struct touchstone_result touchstone_result;
typedef struct touchstone_key_set touchstone_key_set;
typedef struct touchstone_expectations touchstone_expectations;
typedef struct touchstone_key_set_cache touchstone_key_set_cache;
/** @} */

/** The version of the library at run time: "0.1.0". */
TOUCHSTONE_API const char* touchstone_version(void);

/** @{ */
/** The columns of the error table, NUL-terminated and static. "" for a number that is no row. */
TOUCHSTONE_API const char* touchstone_error_reason(touchstone_error error);  /* token_expired */
TOUCHSTONE_API const char* touchstone_error_code(touchstone_error error);    /* ERR_JWT_EXPIRED */
TOUCHSTONE_API const char* touchstone_error_section(touchstone_error error); /* RFC 7519 ... */
TOUCHSTONE_API const char* touchstone_error_message(touchstone_error error);
/** @} */

/** @{ */
/** NULL when there is no memory. A result may be used for any number of calls, one after the other.
 */
TOUCHSTONE_API touchstone_result* touchstone_result_new(void);
TOUCHSTONE_API void touchstone_result_free(touchstone_result* result);
/** @} */

/** What the last call left. Views hold until the next call with the same result. */
TOUCHSTONE_API touchstone_error touchstone_result_error(const touchstone_result* result);
/** Decoded JSON of the JOSE header: after touchstone_verify succeeded, or touchstone_decode. */
TOUCHSTONE_API touchstone_view touchstone_result_header(const touchstone_result* result);
/** Decoded payload: once the signature was found valid, even when a claim was then refused (4xx);
 * or decoded. */
TOUCHSTONE_API touchstone_view touchstone_result_payload(const touchstone_result* result);
/** After a refusal, JSON: {reason, code, number, section, message, member?, hint?, offset?, keys?:
 * [{index, reason}]}. After success, what the function's own comment says. */
TOUCHSTONE_API touchstone_view touchstone_result_text(const touchstone_result* result);
/** Position in the set's keys array of the key by which touchstone_verify found the signature
 * valid; -1 after anything else. */
TOUCHSTONE_API long touchstone_result_key_index(const touchstone_result* result);
/** What touchstone_verify did not look at, as a sum of these. */
enum {
  TOUCHSTONE_UNCHECKED_ISSUER = 1,
  TOUCHSTONE_UNCHECKED_AUDIENCE = 2,
  TOUCHSTONE_UNCHECKED_EXPIRY = 4
};
/** The sum, after touchstone_verify. */
TOUCHSTONE_API unsigned touchstone_result_unchecked(const touchstone_result* result);
/** @{ */
/** After touchstone_verify: the times, from inclusive and until exclusive, for which it would say
 * the same; 0 and 0 after a refusal. */
TOUCHSTONE_API double touchstone_result_valid_from(const touchstone_result* result);
TOUCHSTONE_API double touchstone_result_valid_until(const touchstone_result* result);
/** @} */

/** Parses a JWK Set, or one JWK as a set of one. *keys is NULL after a refusal. */
TOUCHSTONE_API touchstone_error touchstone_key_set_parse(touchstone_result* result,
                                                         touchstone_key_set** keys,
                                                         const char* jwks, size_t jwks_length);
/** The same with limits; see touchstone::KeySet::Limits. */
TOUCHSTONE_API touchstone_error touchstone_key_set_parse_within(
    touchstone_result* result, touchstone_key_set** keys, const char* jwks, size_t jwks_length,
    size_t max_size, size_t max_keys, int refuse_private_keys, size_t max_table_memory);
/** Frees the set. */
TOUCHSTONE_API void touchstone_key_set_free(touchstone_key_set* keys);
/** text: {keys: [{index, kty, crv?, kid?, alg?, use?, bits, thumbprint}], skipped: [{index, kid?,
 * reason, ...}]} */
TOUCHSTONE_API touchstone_error touchstone_key_set_describe(touchstone_result* result,
                                                            const touchstone_key_set* keys);

/** Reads a JSON object with the names of the JavaScript options: {"issuer": "https://id.example",
 * "audience": "api", "algorithms": ["ES256"], ...}; see touchstone::Expectations::parse. */
TOUCHSTONE_API touchstone_error
touchstone_expectations_parse(touchstone_result* result, touchstone_expectations** expectations,
                              const char* json, size_t json_length);
/** Frees what touchstone_expectations_parse made. */
TOUCHSTONE_API void touchstone_expectations_free(touchstone_expectations* expectations);

/** Verifies a JWT. expectations may be NULL: signature, exp and nbf only. now: seconds since 1970.
 */
TOUCHSTONE_API touchstone_error touchstone_verify(touchstone_result* result,
                                                  const touchstone_key_set* keys,
                                                  const touchstone_expectations* expectations,
                                                  const char* jwt, size_t jwt_length, double now);
/** Verifies a JWS in any serialization. payload is NULL unless it is detached.
 * text: {signatures: [{protected, header, key?, error?}]}, key being a position in the keys array.
 */
TOUCHSTONE_API touchstone_error touchstone_verify_jws(touchstone_result* result,
                                                      const touchstone_key_set* keys,
                                                      const touchstone_expectations* expectations,
                                                      const char* jws, size_t jws_length,
                                                      const char* payload, size_t payload_length);
/** Verifies a bare signature over a message by the first key of the set, for which alg must be
 * right. */
TOUCHSTONE_API touchstone_error touchstone_verify_signature(
    touchstone_result* result, const touchstone_key_set* keys, const char* alg, size_t alg_length,
    const char* message, size_t message_length, const char* signature, size_t signature_length);
/** Takes a JWT apart and verifies nothing. */
TOUCHSTONE_API touchstone_error touchstone_decode(touchstone_result* result, const char* jwt,
                                                  size_t jwt_length);
/** As touchstone_verify, and succeeds whatever the verdict is; text: see
 * touchstone::to_json(Explanation). */
TOUCHSTONE_API touchstone_error touchstone_explain(touchstone_result* result,
                                                   const touchstone_key_set* keys,
                                                   const touchstone_expectations* expectations,
                                                   const char* jwt, size_t jwt_length, double now);
/** text: {keys, usable, findings: [{id, severity, key?, kid?, member?, section, message, advice}]}
 */
TOUCHSTONE_API touchstone_error touchstone_audit(touchstone_result* result, const char* jwks,
                                                 size_t jwks_length, double now);
/** text: the thumbprint of one JWK; hash: "sha-256", "sha-384", "sha-512". */
TOUCHSTONE_API touchstone_error touchstone_thumbprint(touchstone_result* result, const char* jwk,
                                                      size_t jwk_length, const char* hash,
                                                      size_t hash_length);
/** text: the same as a URI (RFC 9278). */
TOUCHSTONE_API touchstone_error touchstone_thumbprint_uri(touchstone_result* result,
                                                          const char* jwk, size_t jwk_length,
                                                          const char* hash, size_t hash_length);

/** A JWK Set that lives at a URL, kept as HTTP says: the state machine that
 * touchstone::KeySetCache describes, without a socket or a clock. now: seconds since 1970; random:
 * from [0, 1), new each time. Threads must take turns. Whoever has the sockets asks for a decision,
 * makes the fetch that it may name, tells how that ended, and asks again until it is to serve.
 */

/** policy: a JSON object, see touchstone::CachePolicy::parse. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_new(touchstone_result* result,
                                                             touchstone_key_set_cache** cache,
                                                             const char* policy,
                                                             size_t policy_length);
/** Frees the cache, and no set that it has served. */
TOUCHSTONE_API void touchstone_key_set_cache_free(touchstone_key_set_cache* cache);

/** @{ */
/** A token is to be verified; it was refused with TOUCHSTONE_NO_MATCHING_KEY by the keys of this
 * generation; a fresh set is asked for. A refusal says why none can be had. Else text: {action:
 * "serve" | "wait", generation, fetch?: {number, fields: [[name, value]]}}. When serving without a
 * fetch, a request would be answered alike from touchstone_result_valid_from until _valid_until. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_request(touchstone_result* result,
                                                                 touchstone_key_set_cache* cache,
                                                                 double now, double random);
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_missing(touchstone_result* result,
                                                                 touchstone_key_set_cache* cache,
                                                                 const char* jwt, size_t jwt_length,
                                                                 size_t generation, double now,
                                                                 double random);
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_reload(touchstone_result* result,
                                                                touchstone_key_set_cache* cache,
                                                                double now, double random);
/** @} */
/** The keys that were served last; NULL when none were. They stay as they are, whatever becomes of
 * the cache. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_keys(touchstone_result* result,
                                                              const touchstone_key_set_cache* cache,
                                                              touchstone_key_set** keys);

/** @{ */
/** How the fetch of this number ended: with a response (fields: lines "name: value"), with the
 * snapshot of a shared cache in its place, or without one, for this reason; member may be empty. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_response(
    touchstone_result* result, touchstone_key_set_cache* cache, size_t number, int status,
    const char* fields, size_t fields_length, const char* body, size_t body_length, double now,
    double random);
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_restore_instead(
    touchstone_result* result, touchstone_key_set_cache* cache, size_t number, const char* snapshot,
    size_t snapshot_length, double now, double random);
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_failure(
    touchstone_result* result, touchstone_key_set_cache* cache, size_t number,
    touchstone_error reason, const char* member, size_t member_length, double now, double random);
/** @} */

/** text: [{type, at, kid?, thumbprint?, error?}], what happened since the last call. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_events(touchstone_result* result,
                                                                touchstone_key_set_cache* cache);
/** text: for touchstone_key_set_cache_restore; empty when there is none. */
TOUCHSTONE_API touchstone_error
touchstone_key_set_cache_snapshot(touchstone_result* result, const touchstone_key_set_cache* cache);
/** Goes on with the set of a snapshot: see touchstone::KeySetCache::restore. */
TOUCHSTONE_API touchstone_error touchstone_key_set_cache_restore(touchstone_result* result,
                                                                 touchstone_key_set_cache* cache,
                                                                 const char* snapshot,
                                                                 size_t snapshot_length, double now,
                                                                 double random);
/** text: {fetched, refresh, expires, unusable}, seconds since 1970; empty without a set. */
TOUCHSTONE_API touchstone_error
touchstone_key_set_cache_times(touchstone_result* result, const touchstone_key_set_cache* cache);

/** text: [URL, ...], where the issuer's metadata may be, in the order in which to ask. See
 * touchstone::DiscoveryOptions for the flags. */
TOUCHSTONE_API touchstone_error touchstone_well_known_urls(touchstone_result* result,
                                                           const char* issuer, size_t issuer_length,
                                                           int allow_http_on_loopback);
/** text: {issuer, jwks_uri, id_token_signing_alg_values_supported?}, of the document that was asked
 * of this issuer. */
TOUCHSTONE_API touchstone_error touchstone_metadata_parse(touchstone_result* result,
                                                          const char* text, size_t text_length,
                                                          const char* issuer, size_t issuer_length,
                                                          int allow_http_on_loopback,
                                                          int allow_private_addresses);

#ifdef __cplusplus
}
#endif

#endif
