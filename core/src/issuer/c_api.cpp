#include <touchstone/touchstone_issuer.h>
#include <touchstone/issuer.hpp>
#include <touchstone/timeline.hpp>

#include <cmath>

#include "c_api.hpp"
#include "issuer/ring_document.hpp"

using namespace touchstone;

struct touchstone_secret {
  SecretText text;
};
struct touchstone_signing_key {
  SigningKey key;
};
struct touchstone_key_ring {
  KeyRing ring;
};

namespace {

constexpr JsonRules options_rules{
    .max_depth = 33,  // metadata's additions and the object around them
    .invalid = Error::option_invalid,
    .duplicate_member = Error::option_invalid,
    .too_deep = Error::option_invalid};

bool read(const Json& value, std::string& option) {
  if (value.is_object()) {
    option = JsonWriter().value(value).take();
    return true;
  }
  if (value.is_string()) option = value.get_ref<const std::string&>();
  return value.is_string();
}
bool read(const Json& value, double& option) {
  if (value.is_number()) option = value.get<double>();
  return value.is_number();
}
bool read(const Json& value, std::size_t& option) {
  if (!value.is_number_unsigned()) return false;
  option = static_cast<std::size_t>(value.get<std::uint64_t>());
  return option == value.get<std::uint64_t>();
}
bool read(const Json& value, bool& option) {
  if (value.is_boolean()) option = value.get<bool>();
  return value.is_boolean();
}
template <class Value>
bool read(const Json& value, std::optional<Value>& option) {
  return read(value, option.emplace());
}

/// Takes members out of an options object, `null` as absent; what is left at the end nobody knows.
class Options {
 public:
  Options(const char* json, std::size_t length)
      : object_(parse_json_object({json, length}, options_rules)) {
    if (!object_) refusal_ = object_.error();
  }

  template <class Value>
  Options& take(std::string_view name, Value& value) {
    if (refusal_) return *this;
    const Json* member = find(*object_, name);
    if (member == nullptr) return *this;
    if (!member->is_null() && !read(*member, value)) refusal_ = Error(Error::option_invalid, name);
    object_->erase(std::string(name));
    return *this;
  }
  Refusal refusal() const {
    if (refusal_ || object_->empty()) return refusal_;
    return Error(Error::option_invalid, std::string_view(object_->begin().key()));
  }

 private:
  Result<Json> object_;
  Refusal refusal_;
};

// What is answered.

/// Hands over what came of it, or says why nothing did; *handle is NULL then.
template <class Handle, class Value>
touchstone_error hand_over_result(touchstone_result* result, Handle** handle, Result<Value> made) {
  *handle = nullptr;
  return made ? hand_over(result, handle, *std::move(made)) : refuse(result, made.error());
}

template <class Value>
touchstone_error hand_over_ring(touchstone_result* result, touchstone_key_ring** ring,
                                Result<Value> made, std::string (*describe)(const Value&)) {
  *ring = nullptr;
  if (!made) return refuse(result, made.error());
  std::string text = describe(*made);
  const touchstone_error error = hand_over(result, ring, std::move(made->ring));
  if (error == TOUCHSTONE_OK) result->text = std::move(text);
  return error;
}

touchstone_error hand_over_secret(touchstone_result* result, touchstone_secret** secret,
                                  SecretText text) {
  return hand_over(result, secret, std::move(text));
}

void write_key(JsonWriter& json, const SigningKey& key) {
  json.member("kid", key.kid()).member("alg", key.alg()).member("thumbprint", key.thumbprint());
  if (const auto jwk = key.public_jwk()) json.name("publicJwk").raw(jwk->json());
}

void write_key(JsonWriter& json, const KeyRing::Key& key) {
  json.begin_object();
  write_key(json, key.key);
  write_life(json, key);
  json.name("isDue").boolean(key.is_due).end_object();
}

/// The object stays open.
template <class Changed>
JsonWriter write_changes(const Changed& changed) {
  JsonWriter json;
  json.begin_object().name("next").value(changed.next).name("changes").begin_array();
  for (const KeyChange& change : changed.changes) {
    json.begin_object().member("kind", name(change.kind));
    json.member("kid", std::string_view(change.kid)).member("alg", std::string_view(change.alg));
    json.end_object();
  }
  json.end_array();
  return json;
}
std::string describe_rotated(const RotatedRing& rotated) {
  return write_changes(rotated).end_object().take();
}
std::string describe_revoked(const RevokedRing& revoked) {
  JsonWriter json = write_changes(revoked);
  json.name("signatures").value(revoked.signatures);
  json.name("tokensUntil").value(revoked.tokens_until);
  json.name("acceptedUntil").value(revoked.accepted_until);
  return json.name("refusedUntil").value(revoked.refused_until).end_object().take();
}

std::string describe_kept(const KeptRing& kept) { return kept.policy.json(); }

touchstone_error answer(touchstone_result* result, const Result<Publication>& made) {
  if (!made) return refuse(result, made.error());
  JsonWriter json;
  json.begin_object().member("body", std::string_view(made->body));
  json.member("contentType", made->content_type);
  json.member("cacheControl", std::string_view(made->cache_control));
  return succeed(result, json.member("etag", std::string_view(made->etag)).end_object().take());
}

template <class Publish>
touchstone_error publish_metadata(touchstone_result* result, const touchstone_key_ring* ring,
                                  const char* options, size_t options_length, Publish publish) {
  MetadataOptions read;
  const Refusal refusal = Options(options, options_length)
                              .take("issuer", read.issuer)
                              .take("jwksUri", read.jwks_uri)
                              .take("additions", read.additions)
                              .take("allowHttpOnLoopback", read.allow_http_on_loopback)
                              .refusal();
  return refusal ? refuse(result, *refusal) : answer(result, publish(ring->ring, read));
}

Result<std::optional<SealingKey>> read_sealing_key(const char* key, size_t key_length) {
  if (key == nullptr) return std::optional<SealingKey>();
  auto read = SealingKey::parse({key, key_length});
  if (!read) return read.error();
  return std::optional(*std::move(read));
}

const SealingKey* address_of(const std::optional<SealingKey>& key) { return key ? &*key : nullptr; }

Result<Timeline> timeline_of(const touchstone_key_ring* ring, std::string_view policy, double now,
                             double until) {
  const auto read = RotationPolicy::parse(policy);
  if (!read) return read.error();
  return timeline(ring->ring, *read, now, std::isnan(until) ? std::nullopt : std::optional(until));
}

}  // namespace

touchstone_view touchstone_secret_view(const touchstone_secret* secret) {
  return {secret->text.view().data(), secret->text.view().size()};
}
void touchstone_secret_free(touchstone_secret* secret) { delete secret; }

touchstone_error touchstone_signing_key_generate(touchstone_result* result,
                                                 touchstone_signing_key** key, const char* alg,
                                                 size_t alg_length, const char* options,
                                                 size_t options_length, const char* entropy,
                                                 size_t entropy_length) {
  *key = nullptr;
  SigningKey::Options read;
  const Refusal refusal = Options(options, options_length)
                              .take("rsaBits", read.rsa_bits)
                              .take("kid", read.kid)
                              .refusal();
  if (refusal) return refuse(result, *refusal);
  return hand_over_result(result, key,
                          SigningKey::generate({alg, alg_length}, {entropy, entropy_length}, read));
}

touchstone_error touchstone_signing_key_parse(touchstone_result* result,
                                              touchstone_signing_key** key, const char* jwk,
                                              size_t jwk_length, const char* alg,
                                              size_t alg_length) {
  return hand_over_result(result, key, SigningKey::parse({jwk, jwk_length}, {alg, alg_length}));
}

void touchstone_signing_key_free(touchstone_signing_key* key) { delete key; }

touchstone_error touchstone_signing_key_describe(touchstone_result* result,
                                                 const touchstone_signing_key* key) {
  JsonWriter json;
  json.begin_object();
  write_key(json, key->key);
  return succeed(result, json.end_object().take());
}

touchstone_error touchstone_signing_key_private_jwk(touchstone_result* result,
                                                    touchstone_secret** jwk,
                                                    const touchstone_signing_key* key) {
  return hand_over_secret(result, jwk, key->key.private_jwk());
}

touchstone_error touchstone_sign_jws(touchstone_result* result, const touchstone_signing_key* key,
                                     const char* payload, size_t payload_length, const char* header,
                                     size_t header_length, const char* entropy,
                                     size_t entropy_length) {
  const auto jws = sign_jws({payload, payload_length}, key->key, {header, header_length},
                            {entropy, entropy_length});
  return jws ? succeed(result, *jws) : refuse(result, jws.error());
}

touchstone_error touchstone_key_ring_new(touchstone_result* result, touchstone_key_ring** ring) {
  return hand_over(result, ring, KeyRing());
}

touchstone_error touchstone_key_ring_copy(touchstone_result* result, touchstone_key_ring** copy,
                                          const touchstone_key_ring* ring) {
  return hand_over(result, copy, KeyRing(ring->ring));
}

touchstone_error touchstone_key_ring_parse(touchstone_result* result, touchstone_key_ring** ring,
                                           const char* json, size_t json_length) {
  return hand_over_result(result, ring, KeyRing::parse({json, json_length}));
}

void touchstone_key_ring_free(touchstone_key_ring* ring) { delete ring; }

touchstone_error touchstone_key_ring_json(touchstone_result* result, touchstone_secret** json,
                                          const touchstone_key_ring* ring) {
  return hand_over_secret(result, json, ring->ring.json());
}

touchstone_error touchstone_key_ring_describe(touchstone_result* result,
                                              const touchstone_key_ring* ring) {
  JsonWriter json;
  json.begin_object().name("tokenLifetime").value(ring->ring.token_lifetime());
  json.name("cacheLifetime").value(ring->ring.cache_lifetime());
  json.name("maxSignatures").value(ring->ring.max_signatures()).name("keys").begin_array();
  for (const KeyRing::Key& key : ring->ring.keys()) write_key(json, key);
  return succeed(result, json.end_array().end_object().take());
}

touchstone_error touchstone_key_ring_count(touchstone_result* result, touchstone_key_ring* ring,
                                           const char* kid, size_t kid_length,
                                           unsigned long long signatures) {
  return answer(result, ring->ring.count({kid, kid_length}, signatures));
}

touchstone_error touchstone_rotation_policy_parse(touchstone_result* result, const char* policy,
                                                  size_t policy_length) {
  const auto read = RotationPolicy::parse({policy, policy_length});
  return read ? succeed(result, read->json()) : refuse(result, read.error());
}

touchstone_error touchstone_rotate(touchstone_result* result, touchstone_key_ring** rotated,
                                   const touchstone_key_ring* ring, const char* policy,
                                   size_t policy_length, double now, const char* entropy,
                                   size_t entropy_length) {
  *rotated = nullptr;
  const auto read = RotationPolicy::parse({policy, policy_length});
  if (!read) return refuse(result, read.error());
  return hand_over_ring(result, rotated, rotate(ring->ring, *read, now, {entropy, entropy_length}),
                        describe_rotated);
}

touchstone_error touchstone_revoke(touchstone_result* result, touchstone_key_ring** revoked,
                                   const touchstone_key_ring* ring, const char* kid,
                                   size_t kid_length, const char* policy, size_t policy_length,
                                   double now, const char* entropy, size_t entropy_length) {
  *revoked = nullptr;
  const auto read = RotationPolicy::parse({policy, policy_length});
  if (!read) return refuse(result, read.error());
  return hand_over_ring(
      result, revoked, revoke(ring->ring, {kid, kid_length}, *read, now, {entropy, entropy_length}),
      describe_revoked);
}

touchstone_error touchstone_retire_early(touchstone_result* result, touchstone_key_ring** marked,
                                         const touchstone_key_ring* ring) {
  return hand_over(result, marked, retire_early(ring->ring));
}

touchstone_error touchstone_resume(touchstone_result* result, touchstone_key_ring** resumed,
                                   const touchstone_key_ring* ring, const char* policy,
                                   size_t policy_length, double now) {
  *resumed = nullptr;
  const auto read = RotationPolicy::parse({policy, policy_length});
  if (!read) return refuse(result, read.error());
  return hand_over_result(result, resumed, resume(ring->ring, *read, now));
}

touchstone_error touchstone_sign(touchstone_result* result, touchstone_key_ring* ring,
                                 const char* claims, size_t claims_length, const char* options,
                                 size_t options_length, double now, const char* entropy,
                                 size_t entropy_length) {
  std::string typ = "JWT", header = "{}";
  SignOptions read;
  const Refusal refusal = Options(options, options_length)
                              .take("typ", typ)
                              .take("expiresIn", read.expires_in)
                              .take("header", header)
                              .refusal();
  if (refusal) return refuse(result, *refusal);
  read.typ = typ;
  read.header = header;
  const auto jwt = sign({claims, claims_length}, ring->ring, now, {entropy, entropy_length}, read);
  if (!jwt) return refuse(result, jwt.error());
  JsonWriter json;
  json.begin_object().member("token", std::string_view(jwt->token));
  json.member("kid", std::string_view(jwt->kid)).name("signatures").value(jwt->signatures);
  json.name("isRotationDue").boolean(jwt->is_rotation_due);
  return succeed(result, json.end_object().take());
}

touchstone_error touchstone_publish_jwks(touchstone_result* result, const touchstone_key_ring* ring,
                                         double now) {
  return answer(result, Result(publish_jwks(ring->ring, now)));
}

touchstone_error touchstone_publish_openid_configuration(touchstone_result* result,
                                                         const touchstone_key_ring* ring,
                                                         const char* options,
                                                         size_t options_length) {
  return publish_metadata(result, ring, options, options_length, publish_openid_configuration);
}

touchstone_error touchstone_publish_oauth_metadata(touchstone_result* result,
                                                   const touchstone_key_ring* ring,
                                                   const char* options, size_t options_length) {
  return publish_metadata(result, ring, options, options_length, publish_oauth_metadata);
}

touchstone_error touchstone_timeline(touchstone_result* result, const touchstone_key_ring* ring,
                                     const char* policy, size_t policy_length, double now,
                                     double until) {
  const auto made = timeline_of(ring, {policy, policy_length}, now, until);
  return made ? succeed(result, timeline_json(*made)) : refuse(result, made.error());
}

touchstone_error touchstone_timeline_svg(touchstone_result* result, const touchstone_key_ring* ring,
                                         const char* policy, size_t policy_length, double now,
                                         double until, size_t width) {
  const auto made = timeline_of(ring, {policy, policy_length}, now, until);
  return made ? succeed(result, timeline_svg(*made, {.width = width}))
              : refuse(result, made.error());
}

touchstone_error touchstone_seal(touchstone_result* result, touchstone_secret** sealed,
                                 const touchstone_key_ring* ring, const char* policy,
                                 size_t policy_length, const char* key, size_t key_length,
                                 const char* entropy, size_t entropy_length) {
  *sealed = nullptr;
  auto read = RotationPolicy::parse({policy, policy_length});
  if (!read) return refuse(result, read.error());
  const auto sealing_key = read_sealing_key(key, key_length);
  if (!sealing_key) return refuse(result, sealing_key.error());
  return hand_over_result(
      result, sealed,
      seal({ring->ring, *std::move(read)}, address_of(*sealing_key), {entropy, entropy_length}));
}

touchstone_error touchstone_unseal(touchstone_result* result, touchstone_key_ring** ring,
                                   const char* sealed, size_t sealed_length, const char* key,
                                   size_t key_length) {
  *ring = nullptr;
  const auto sealing_key = read_sealing_key(key, key_length);
  if (!sealing_key) return refuse(result, sealing_key.error());
  return hand_over_ring(result, ring, unseal({sealed, sealed_length}, address_of(*sealing_key)),
                        describe_kept);
}

touchstone_error touchstone_sealing_kid(touchstone_result* result, const char* sealed,
                                        size_t sealed_length) {
  return succeed(result, sealing_kid({sealed, sealed_length}).value_or(""));
}

touchstone_error touchstone_sealing_key_generate(touchstone_result* result, touchstone_secret** key,
                                                 const char* entropy, size_t entropy_length) {
  *key = nullptr;
  const auto made = SealingKey::generate({entropy, entropy_length});
  return made ? hand_over_secret(result, key, made->text()) : refuse(result, made.error());
}
