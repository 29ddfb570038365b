// The issuer's module: as bridge.cpp. Texts come in the order of the C function's arguments,
// numbers behind them.
#include <touchstone/touchstone_issuer.h>
#include <touchstone/secret_text.hpp>

#include "answer.hpp"

namespace {

/// What arithmetic left of private numbers where the stack was; nothing goes as deep as this.
[[gnu::noinline]] void wipe_stack() {
  char left[64 * 1024];
  touchstone::wipe(left, sizeof left);
}

template <class Call>
const Answer* wiped_answer_to(Call call) {
  answer_to(call);
  wipe_stack();
  return &answer;
}

/// The call puts a new object into its argument.
template <class Handle, class Call>
const Answer* handle_of(Call call) {
  Handle* handle = nullptr;
  wiped_answer_to([&] { return call(&handle); });
  answer.handle = handle;
  return &answer;
}

/// A secret text is the payload until JavaScript, which has it as a handle, too, frees it.
template <class Call>
const Answer* secret_of(Call call) {
  touchstone_secret* secret = nullptr;
  wiped_answer_to([&] { return call(&secret); });
  if (secret != nullptr) answer.payload = touchstone_secret_view(secret);
  answer.handle = secret;
  return &answer;
}

}  // namespace

extern "C" {

// libsodium's answer to arguments that no caller of ours gives; its own calls abort().
[[noreturn]] void sodium_misuse();
[[noreturn]] void sodium_misuse() { __builtin_trap(); }

const Answer* bridge_signing_key_generate(const char* alg, std::size_t alg_length,
                                          const char* options, std::size_t options_length,
                                          const char* entropy, std::size_t entropy_length) {
  return handle_of<touchstone_signing_key>([&](auto** key) {
    return touchstone_signing_key_generate(result, key, alg, alg_length, options, options_length,
                                           entropy, entropy_length);
  });
}

const Answer* bridge_signing_key_parse(const char* jwk, std::size_t jwk_length, const char* alg,
                                       std::size_t alg_length) {
  return handle_of<touchstone_signing_key>([&](auto** key) {
    return touchstone_signing_key_parse(result, key, jwk, jwk_length, alg, alg_length);
  });
}

const Answer* bridge_signing_key_describe(const touchstone_signing_key* key) {
  return wiped_answer_to([&] { return touchstone_signing_key_describe(result, key); });
}

const Answer* bridge_signing_key_private_jwk(const touchstone_signing_key* key) {
  return secret_of(
      [&](auto** jwk) { return touchstone_signing_key_private_jwk(result, jwk, key); });
}

const Answer* bridge_sign_jws(const char* payload, std::size_t payload_length, const char* header,
                              std::size_t header_length, const char* entropy,
                              std::size_t entropy_length, const touchstone_signing_key* key) {
  return wiped_answer_to([&] {
    return touchstone_sign_jws(result, key, payload, payload_length, header, header_length, entropy,
                               entropy_length);
  });
}

const Answer* bridge_key_ring_new() {
  return handle_of<touchstone_key_ring>(
      [](auto** ring) { return touchstone_key_ring_new(result, ring); });
}

const Answer* bridge_key_ring_copy(const touchstone_key_ring* ring) {
  return handle_of<touchstone_key_ring>(
      [&](auto** copy) { return touchstone_key_ring_copy(result, copy, ring); });
}

const Answer* bridge_key_ring_parse(const char* json, std::size_t json_length) {
  return handle_of<touchstone_key_ring>(
      [&](auto** ring) { return touchstone_key_ring_parse(result, ring, json, json_length); });
}

const Answer* bridge_key_ring_json(const touchstone_key_ring* ring) {
  return secret_of([&](auto** json) { return touchstone_key_ring_json(result, json, ring); });
}

const Answer* bridge_key_ring_describe(const touchstone_key_ring* ring) {
  return wiped_answer_to([&] { return touchstone_key_ring_describe(result, ring); });
}

const Answer* bridge_key_ring_count(const char* kid, std::size_t kid_length,
                                    touchstone_key_ring* ring, double signatures) {
  return wiped_answer_to([&] {
    return touchstone_key_ring_count(result, ring, kid, kid_length,
                                     static_cast<unsigned long long>(signatures));
  });
}

const Answer* bridge_rotate(const char* policy, std::size_t policy_length, const char* entropy,
                            std::size_t entropy_length, const touchstone_key_ring* ring,
                            double now) {
  return handle_of<touchstone_key_ring>([&](auto** rotated) {
    return touchstone_rotate(result, rotated, ring, policy, policy_length, now, entropy,
                             entropy_length);
  });
}

const Answer* bridge_revoke(const char* kid, std::size_t kid_length, const char* policy,
                            std::size_t policy_length, const char* entropy,
                            std::size_t entropy_length, const touchstone_key_ring* ring,
                            double now) {
  return handle_of<touchstone_key_ring>([&](auto** revoked) {
    return touchstone_revoke(result, revoked, ring, kid, kid_length, policy, policy_length, now,
                             entropy, entropy_length);
  });
}

const Answer* bridge_retire_early(const touchstone_key_ring* ring) {
  return handle_of<touchstone_key_ring>(
      [&](auto** marked) { return touchstone_retire_early(result, marked, ring); });
}

const Answer* bridge_resume(const char* policy, std::size_t policy_length,
                            const touchstone_key_ring* ring, double now) {
  return handle_of<touchstone_key_ring>([&](auto** resumed) {
    return touchstone_resume(result, resumed, ring, policy, policy_length, now);
  });
}

const Answer* bridge_sign(const char* claims, std::size_t claims_length, const char* options,
                          std::size_t options_length, const char* entropy,
                          std::size_t entropy_length, touchstone_key_ring* ring, double now) {
  return wiped_answer_to([&] {
    return touchstone_sign(result, ring, claims, claims_length, options, options_length, now,
                           entropy, entropy_length);
  });
}

const Answer* bridge_publish_jwks(const touchstone_key_ring* ring, double now) {
  return wiped_answer_to([&] { return touchstone_publish_jwks(result, ring, now); });
}

const Answer* bridge_publish_openid_configuration(const char* options, std::size_t options_length,
                                                  const touchstone_key_ring* ring) {
  return wiped_answer_to([&] {
    return touchstone_publish_openid_configuration(result, ring, options, options_length);
  });
}

const Answer* bridge_publish_oauth_metadata(const char* options, std::size_t options_length,
                                            const touchstone_key_ring* ring) {
  return wiped_answer_to(
      [&] { return touchstone_publish_oauth_metadata(result, ring, options, options_length); });
}

const Answer* bridge_timeline(const char* policy, std::size_t policy_length,
                              const touchstone_key_ring* ring, double now, double until) {
  return wiped_answer_to(
      [&] { return touchstone_timeline(result, ring, policy, policy_length, now, until); });
}

const Answer* bridge_timeline_svg(const char* policy, std::size_t policy_length,
                                  const touchstone_key_ring* ring, double now, double until,
                                  std::size_t width) {
  return wiped_answer_to([&] {
    return touchstone_timeline_svg(result, ring, policy, policy_length, now, until, width);
  });
}

const Answer* bridge_rotation_policy_parse(const char* policy, std::size_t policy_length) {
  return wiped_answer_to(
      [&] { return touchstone_rotation_policy_parse(result, policy, policy_length); });
}

// Without a key its length is 0: an empty one is none.

const Answer* bridge_seal(const char* policy, std::size_t policy_length, const char* key,
                          std::size_t key_length, const char* entropy, std::size_t entropy_length,
                          const touchstone_key_ring* ring) {
  return secret_of([&](auto** sealed) {
    return touchstone_seal(result, sealed, ring, policy, policy_length,
                           key_length == 0 ? nullptr : key, key_length, entropy, entropy_length);
  });
}

const Answer* bridge_unseal(const char* sealed, std::size_t sealed_length, const char* key,
                            std::size_t key_length) {
  return handle_of<touchstone_key_ring>([&](auto** ring) {
    return touchstone_unseal(result, ring, sealed, sealed_length, key_length == 0 ? nullptr : key,
                             key_length);
  });
}

const Answer* bridge_sealing_kid(const char* sealed, std::size_t sealed_length) {
  return wiped_answer_to([&] { return touchstone_sealing_kid(result, sealed, sealed_length); });
}

const Answer* bridge_sealing_key_generate(const char* entropy, std::size_t entropy_length) {
  return secret_of([&](auto** key) {
    return touchstone_sealing_key_generate(result, key, entropy, entropy_length);
  });
}
}
