// What JavaScript calls: one call an operation, bytes and numbers in, the address of one Answer
// out.
//
// Text arrives in memory that JavaScript had from malloc and frees itself.
#include <string>

#include "answer.hpp"

namespace {

/// Header and payload as one JSON array, so that JavaScript decodes and parses once.
const Answer* with_documents() {
  static std::string documents;
  const auto append = [](touchstone_view view) { documents.append(view.data, view.length); };
  if (answer.error != TOUCHSTONE_OK) return &answer;
  documents = "[";
  append(touchstone_result_header(result));
  documents += ',';
  append(answer.payload);
  documents += ']';
  answer.text = {documents.data(), documents.size()};
  return &answer;
}

}  // namespace

extern "C" {

const Answer* bridge_key_set_parse(const char* jwks, std::size_t jwks_length, std::size_t max_size,
                                   std::size_t max_keys, int refuse_private_keys,
                                   std::size_t max_table_memory) {
  touchstone_key_set* keys = nullptr;
  answer_to([&] {
    return touchstone_key_set_parse_within(result, &keys, jwks, jwks_length, max_size, max_keys,
                                           refuse_private_keys, max_table_memory);
  });
  answer.handle = keys;
  return &answer;
}

const Answer* bridge_key_set_describe(const touchstone_key_set* keys) {
  return answer_to([&] { return touchstone_key_set_describe(result, keys); });
}

const Answer* bridge_expectations_parse(const char* json, std::size_t json_length) {
  touchstone_expectations* expectations = nullptr;
  answer_to(
      [&] { return touchstone_expectations_parse(result, &expectations, json, json_length); });
  answer.handle = expectations;
  return &answer;
}

const Answer* bridge_verify(const touchstone_key_set* keys,
                            const touchstone_expectations* expectations, const char* jwt,
                            std::size_t jwt_length, double now) {
  answer_to([&] { return touchstone_verify(result, keys, expectations, jwt, jwt_length, now); });
  return with_documents();
}

const Answer* bridge_verify_jws(const touchstone_key_set* keys,
                                const touchstone_expectations* expectations, const char* jws,
                                std::size_t jws_length, const char* payload,
                                std::size_t payload_length) {
  return answer_to([&] {
    return touchstone_verify_jws(result, keys, expectations, jws, jws_length, payload,
                                 payload_length);
  });
}

const Answer* bridge_verify_signature(const touchstone_key_set* keys, const char* alg,
                                      std::size_t alg_length, const char* message,
                                      std::size_t message_length, const char* signature,
                                      std::size_t signature_length) {
  return answer_to([&] {
    return touchstone_verify_signature(result, keys, alg, alg_length, message, message_length,
                                       signature, signature_length);
  });
}

const Answer* bridge_decode(const char* jwt, std::size_t jwt_length) {
  answer_to([&] { return touchstone_decode(result, jwt, jwt_length); });
  return with_documents();
}

const Answer* bridge_explain(const touchstone_key_set* keys,
                             const touchstone_expectations* expectations, const char* jwt,
                             std::size_t jwt_length, double now) {
  return answer_to(
      [&] { return touchstone_explain(result, keys, expectations, jwt, jwt_length, now); });
}

const Answer* bridge_audit(const char* jwks, std::size_t jwks_length, double now) {
  return answer_to([&] { return touchstone_audit(result, jwks, jwks_length, now); });
}

const Answer* bridge_thumbprint(const char* jwk, std::size_t jwk_length, const char* hash,
                                std::size_t hash_length) {
  return answer_to(
      [&] { return touchstone_thumbprint(result, jwk, jwk_length, hash, hash_length); });
}

const Answer* bridge_thumbprint_uri(const char* jwk, std::size_t jwk_length, const char* hash,
                                    std::size_t hash_length) {
  return answer_to(
      [&] { return touchstone_thumbprint_uri(result, jwk, jwk_length, hash, hash_length); });
}

const Answer* bridge_cache_new(const char* policy, std::size_t policy_length) {
  touchstone_key_set_cache* cache = nullptr;
  answer_to([&] { return touchstone_key_set_cache_new(result, &cache, policy, policy_length); });
  answer.handle = cache;
  return &answer;
}

const Answer* bridge_cache_request(touchstone_key_set_cache* cache, double now, double random) {
  return answer_to([&] { return touchstone_key_set_cache_request(result, cache, now, random); });
}

const Answer* bridge_cache_missing(touchstone_key_set_cache* cache, const char* jwt,
                                   std::size_t jwt_length, std::size_t generation, double now,
                                   double random) {
  return answer_to([&] {
    return touchstone_key_set_cache_missing(result, cache, jwt, jwt_length, generation, now,
                                            random);
  });
}

const Answer* bridge_cache_reload(touchstone_key_set_cache* cache, double now, double random) {
  return answer_to([&] { return touchstone_key_set_cache_reload(result, cache, now, random); });
}

const Answer* bridge_cache_keys(const touchstone_key_set_cache* cache) {
  touchstone_key_set* keys = nullptr;
  answer_to([&] { return touchstone_key_set_cache_keys(result, cache, &keys); });
  answer.handle = keys;
  return &answer;
}

const Answer* bridge_cache_response(touchstone_key_set_cache* cache, const char* fields,
                                    std::size_t fields_length, const char* body,
                                    std::size_t body_length, std::size_t number, int status,
                                    double now, double random) {
  return answer_to([&] {
    return touchstone_key_set_cache_response(result, cache, number, status, fields, fields_length,
                                             body, body_length, now, random);
  });
}

const Answer* bridge_cache_failure(touchstone_key_set_cache* cache, const char* member,
                                   std::size_t member_length, std::size_t number,
                                   std::uint32_t reason, double now, double random) {
  return answer_to([&] {
    return touchstone_key_set_cache_failure(result, cache, number,
                                            static_cast<touchstone_error>(reason), member,
                                            member_length, now, random);
  });
}

const Answer* bridge_cache_events(touchstone_key_set_cache* cache) {
  return answer_to([&] { return touchstone_key_set_cache_events(result, cache); });
}

const Answer* bridge_cache_snapshot(const touchstone_key_set_cache* cache) {
  return answer_to([&] { return touchstone_key_set_cache_snapshot(result, cache); });
}

const Answer* bridge_cache_restore(touchstone_key_set_cache* cache, const char* snapshot,
                                   std::size_t snapshot_length, double now, double random) {
  return answer_to([&] {
    return touchstone_key_set_cache_restore(result, cache, snapshot, snapshot_length, now, random);
  });
}

const Answer* bridge_cache_restore_instead(touchstone_key_set_cache* cache, const char* snapshot,
                                           std::size_t snapshot_length, std::size_t number,
                                           double now, double random) {
  return answer_to([&] {
    return touchstone_key_set_cache_restore_instead(result, cache, number, snapshot,
                                                    snapshot_length, now, random);
  });
}

const Answer* bridge_cache_times(const touchstone_key_set_cache* cache) {
  return answer_to([&] { return touchstone_key_set_cache_times(result, cache); });
}

const Answer* bridge_well_known_urls(const char* issuer, std::size_t issuer_length) {
  return answer_to([&] { return touchstone_well_known_urls(result, issuer, issuer_length, true); });
}

const Answer* bridge_metadata_parse(const char* text, std::size_t text_length, const char* issuer,
                                    std::size_t issuer_length, int allow_private_addresses) {
  return answer_to([&] {
    return touchstone_metadata_parse(result, text, text_length, issuer, issuer_length, true,
                                     allow_private_addresses);
  });
}
}
