#include "c_api.hpp"

#include "jwk.hpp"
#include "verification.hpp"

using namespace touchstone;

struct touchstone_expectations {
  Expectations expectations;
};

namespace {

const Expectations& or_default(const touchstone_expectations* expectations) {
  static const Expectations defaults;
  return expectations == nullptr ? defaults : expectations->expectations;
}

touchstone_view view_of(const std::optional<std::string>& text) {
  return text ? touchstone_view{text->data(), text->size()} : touchstone_view{nullptr, 0};
}

unsigned flags_of(const Unchecked& unchecked) {
  unsigned flags = 0;
  if (unchecked.issuer) flags |= TOUCHSTONE_UNCHECKED_ISSUER;
  if (unchecked.audience) flags |= TOUCHSTONE_UNCHECKED_AUDIENCE;
  if (unchecked.expiry) flags |= TOUCHSTONE_UNCHECKED_EXPIRY;
  return flags;
}

/// The table's texts are literals, so their data ends with NUL.
const char* text_of(std::string_view literal) { return literal.data(); }
Error::Id id_of(touchstone_error error) { return static_cast<Error::Id>(error); }

touchstone_error hand_over_keys(touchstone_result* result, touchstone_key_set** keys,
                                Result<KeySet> parsed) {
  *keys = nullptr;
  if (!parsed) return refuse(result, parsed.error());
  return hand_over(result, keys, std::make_shared<const KeySet>(*std::move(parsed)));
}

touchstone_error answer(touchstone_result* result, const Result<std::string>& text) {
  return text ? succeed(result, *text) : refuse(result, text.error());
}

Refusal check_bare_signature(const KeySet& keys, std::string_view alg, std::string_view message,
                             std::string_view signature) {
  const Algorithm* algorithm = find_algorithm(alg);
  if (algorithm == nullptr || !crypto::can_verify(algorithm->scheme))
    return Error(Error::alg_unsupported, "alg");
  if (keys.keys().empty()) {
    return keys.skipped().empty() ? Error(Error::no_matching_key) : keys.skipped().front().reason;
  }
  const Jwk& key = keys.keys().front();
  if (unfit_for(key, *algorithm)) return Error(Error::key_alg_mismatch, "alg");
  return check_signature(key, *algorithm, message, signature);
}

}  // namespace

const char* touchstone_version(void) { return TOUCHSTONE_VERSION; }

const char* touchstone_error_reason(touchstone_error error) {
  return text_of(Error::reason(id_of(error)));
}
const char* touchstone_error_code(touchstone_error error) {
  return text_of(Error::code(id_of(error)));
}
const char* touchstone_error_section(touchstone_error error) {
  return text_of(Error::section(id_of(error)));
}
const char* touchstone_error_message(touchstone_error error) {
  return text_of(Error::message(id_of(error)));
}

touchstone_result* touchstone_result_new(void) { return new (std::nothrow) touchstone_result; }
void touchstone_result_free(touchstone_result* result) { delete result; }

touchstone_error touchstone_result_error(const touchstone_result* result) { return result->error; }
touchstone_view touchstone_result_header(const touchstone_result* result) {
  return view_of(result->header);
}
touchstone_view touchstone_result_payload(const touchstone_result* result) {
  return view_of(result->payload);
}
touchstone_view touchstone_result_text(const touchstone_result* result) {
  return {result->text.data(), result->text.size()};
}
long touchstone_result_key_index(const touchstone_result* result) { return result->key_index; }
unsigned touchstone_result_unchecked(const touchstone_result* result) { return result->unchecked; }
double touchstone_result_valid_from(const touchstone_result* result) {
  return result->validity.from;
}
double touchstone_result_valid_until(const touchstone_result* result) {
  return result->validity.until;
}

touchstone_error touchstone_key_set_parse(touchstone_result* result, touchstone_key_set** keys,
                                          const char* jwks, size_t jwks_length) {
  return hand_over_keys(result, keys, KeySet::parse({jwks, jwks_length}));
}

touchstone_error touchstone_key_set_parse_within(touchstone_result* result,
                                                 touchstone_key_set** keys, const char* jwks,
                                                 size_t jwks_length, size_t max_size,
                                                 size_t max_keys, int refuse_private_keys,
                                                 size_t max_table_memory) {
  const KeySet::Limits limits{max_size, max_keys, refuse_private_keys != 0, max_table_memory};
  return hand_over_keys(result, keys, KeySet::parse({jwks, jwks_length}, limits));
}

void touchstone_key_set_free(touchstone_key_set* keys) { delete keys; }

touchstone_error touchstone_key_set_describe(touchstone_result* result,
                                             const touchstone_key_set* keys) {
  return succeed(result, json_text(*keys->keys));
}

touchstone_error touchstone_expectations_parse(touchstone_result* result,
                                               touchstone_expectations** expectations,
                                               const char* json, size_t json_length) {
  *expectations = nullptr;
  auto parsed = Expectations::parse({json, json_length});
  return parsed ? hand_over(result, expectations, *std::move(parsed))
                : refuse(result, parsed.error());
}

void touchstone_expectations_free(touchstone_expectations* expectations) { delete expectations; }

touchstone_error touchstone_verify(touchstone_result* result, const touchstone_key_set* keys,
                                   const touchstone_expectations* expectations, const char* jwt,
                                   size_t jwt_length, double now) {
  Trace trace;
  const auto refusal =
      Verification::run({jwt, jwt_length}, *keys->keys, or_default(expectations), now, trace);
  const touchstone_error error = refusal ? refuse(result, *refusal) : succeed(result);
  if (trace.key) {
    result->header = trace.header->text;
    result->payload = std::move(trace.payload_text);
    result->key_index = static_cast<long>(trace.key->index());
  }
  if (!refusal) {
    result->unchecked = flags_of(trace.unchecked);
    result->validity = trace.validity;
  }
  return error;
}

touchstone_error touchstone_verify_jws(touchstone_result* result, const touchstone_key_set* keys,
                                       const touchstone_expectations* expectations, const char* jws,
                                       size_t jws_length, const char* payload,
                                       size_t payload_length) {
  const auto detached =
      payload == nullptr ? std::nullopt : std::optional(std::string_view(payload, payload_length));
  const auto verified =
      verify_jws({jws, jws_length}, *keys->keys, or_default(expectations), detached);
  if (!verified) return refuse(result, verified.error());
  succeed(result, json_text(*verified));
  result->payload = verified->payload();
  return TOUCHSTONE_OK;
}

touchstone_error touchstone_verify_signature(touchstone_result* result,
                                             const touchstone_key_set* keys, const char* alg,
                                             size_t alg_length, const char* message,
                                             size_t message_length, const char* signature,
                                             size_t signature_length) {
  return answer(result,
                check_bare_signature(*keys->keys, {alg, alg_length}, {message, message_length},
                                     {signature, signature_length}));
}

touchstone_error touchstone_decode(touchstone_result* result, const char* jwt, size_t jwt_length) {
  auto decoded = decode({jwt, jwt_length});
  if (!decoded) return refuse(result, decoded.error());
  succeed(result);
  result->header = std::move(decoded->header_text);
  result->payload = std::move(decoded->payload_text);
  return TOUCHSTONE_OK;
}

touchstone_error touchstone_explain(touchstone_result* result, const touchstone_key_set* keys,
                                    const touchstone_expectations* expectations, const char* jwt,
                                    size_t jwt_length, double now) {
  return succeed(result,
                 json_text(explain({jwt, jwt_length}, *keys->keys, or_default(expectations), now)));
}

touchstone_error touchstone_audit(touchstone_result* result, const char* jwks, size_t jwks_length,
                                  double now) {
  const auto audited = audit({jwks, jwks_length}, now);
  return audited ? succeed(result, json_text(*audited)) : refuse(result, audited.error());
}

touchstone_error touchstone_thumbprint(touchstone_result* result, const char* jwk,
                                       size_t jwk_length, const char* hash, size_t hash_length) {
  return answer(result, thumbprint({jwk, jwk_length}, {hash, hash_length}));
}

touchstone_error touchstone_thumbprint_uri(touchstone_result* result, const char* jwk,
                                           size_t jwk_length, const char* hash,
                                           size_t hash_length) {
  return answer(result, thumbprint_uri({jwk, jwk_length}, {hash, hash_length}));
}
