// The functions of touchstone.h for key sets that live elsewhere.
#include <algorithm>

#include "base64url.hpp"
#include "c_api.hpp"
#include "jose_header.hpp"

using namespace touchstone;

struct touchstone_key_set_cache {
  KeySetCache cache;
  std::shared_ptr<const KeySet> served{};
};

namespace {

using Decision = KeySetCache::Decision;

void write(JsonWriter& json, const KeySetCache::Fetch& fetch) {
  json.begin_object().member("number", static_cast<std::size_t>(fetch.number));
  json.name("fields").begin_array();
  for (const HttpField& field : fetch.fields)
    json.begin_array().string(field.name).string(field.value).end_array();
  json.end_array().end_object();
}

void write(JsonWriter& json, const KeySetCache::Event& event) {
  json.begin_object().member("type", KeySetCache::name(event.kind));
  json.name("at").value(event.at);
  if (!event.kid.empty()) json.member("kid", std::string_view(event.kid));
  if (!event.thumbprint.empty()) json.member("thumbprint", std::string_view(event.thumbprint));
  if (event.reason) write(json.name("error"), *event.reason);
  json.end_object();
}

touchstone_error answer(touchstone_result* result, touchstone_key_set_cache* cache,
                        const Decision& decision, double now) {
  if (decision.action == Decision::Action::refuse) return refuse(result, *decision.refusal);
  const bool serves = decision.action == Decision::Action::serve;
  JsonWriter json;
  json.begin_object().member("action", std::string_view(serves ? "serve" : "wait"));
  json.member("generation", static_cast<std::size_t>(decision.generation));
  if (decision.fetch) write(json.name("fetch"), *decision.fetch);
  json.end_object();
  succeed(result, json.take());
  if (!serves) return TOUCHSTONE_OK;
  cache->served = decision.keys;
  const double until = decision.fetch ? now : std::max(cache->cache.times()->refresh, now);
  result->validity = {now, until};
  return TOUCHSTONE_OK;
}

/// The kid that a token names, for the choice of a key: nothing is verified here.
Result<std::optional<std::string>> unverified_kid_of(std::string_view jwt) {
  const auto text = decode_base64url(jwt.substr(0, jwt.find('.')));
  if (!text) return Error(Error::token_base64_invalid);
  const auto members = parse_header_members(*text);
  if (!members) return members.error();
  const std::string* kid = find_string(*members, "kid");
  return kid == nullptr ? std::nullopt : std::optional(*kid);
}

/// `name: value` lines as HTTP/1.1 has them (RFC 9112 section 5). What is none is left out.
std::vector<HttpField> parse_fields(std::string_view lines) {
  std::vector<HttpField> fields;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string_view value = line.substr(colon + 1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    fields.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return fields;
}

DiscoveryOptions options_of(int allow_http_on_loopback, int allow_private_addresses) {
  DiscoveryOptions options;
  options.allow_http_on_loopback = allow_http_on_loopback != 0;
  options.allow_private_addresses = allow_private_addresses != 0;
  return options;
}

void write_strings(JsonWriter& json, const std::vector<std::string>& strings) {
  json.begin_array();
  for (const std::string& text : strings) json.string(text);
  json.end_array();
}

}  // namespace

touchstone_error touchstone_key_set_cache_new(touchstone_result* result,
                                              touchstone_key_set_cache** cache, const char* policy,
                                              size_t policy_length) {
  *cache = nullptr;
  const auto parsed = CachePolicy::parse({policy, policy_length});
  if (!parsed) return refuse(result, parsed.error());
  auto made = KeySetCache::create(*parsed);
  return made ? hand_over(result, cache, *std::move(made)) : refuse(result, made.error());
}

void touchstone_key_set_cache_free(touchstone_key_set_cache* cache) { delete cache; }

touchstone_error touchstone_key_set_cache_request(touchstone_result* result,
                                                  touchstone_key_set_cache* cache, double now,
                                                  double random) {
  return answer(result, cache, cache->cache.request({now, random}), now);
}

touchstone_error touchstone_key_set_cache_missing(touchstone_result* result,
                                                  touchstone_key_set_cache* cache, const char* jwt,
                                                  size_t jwt_length, size_t generation, double now,
                                                  double random) {
  const auto kid = unverified_kid_of({jwt, jwt_length});
  if (!kid) return refuse(result, kid.error());
  return answer(result, cache, cache->cache.missing(*kid, generation, {now, random}), now);
}

touchstone_error touchstone_key_set_cache_reload(touchstone_result* result,
                                                 touchstone_key_set_cache* cache, double now,
                                                 double random) {
  return answer(result, cache, cache->cache.reload({now, random}), now);
}

touchstone_error touchstone_key_set_cache_keys(touchstone_result* result,
                                               const touchstone_key_set_cache* cache,
                                               touchstone_key_set** keys) {
  *keys = nullptr;
  return cache->served ? hand_over(result, keys, cache->served) : succeed(result);
}

touchstone_error touchstone_key_set_cache_response(touchstone_result* result,
                                                   touchstone_key_set_cache* cache, size_t number,
                                                   int status, const char* fields,
                                                   size_t fields_length, const char* body,
                                                   size_t body_length, double now, double random) {
  return answer(result, cache->cache.response(number, status, parse_fields({fields, fields_length}),
                                              {body, body_length}, {now, random}));
}

touchstone_error touchstone_key_set_cache_failure(touchstone_result* result,
                                                  touchstone_key_set_cache* cache, size_t number,
                                                  touchstone_error reason, const char* member,
                                                  size_t member_length, double now, double random) {
  const Error error(static_cast<Error::Id>(reason), std::string_view(member, member_length));
  cache->cache.failure(number, error, {now, random});
  return succeed(result);
}

touchstone_error touchstone_key_set_cache_events(touchstone_result* result,
                                                 touchstone_key_set_cache* cache) {
  JsonWriter json;
  json.begin_array();
  for (const KeySetCache::Event& event : cache->cache.take_events()) write(json, event);
  return succeed(result, json.end_array().take());
}

touchstone_error touchstone_key_set_cache_snapshot(touchstone_result* result,
                                                   const touchstone_key_set_cache* cache) {
  return succeed(result, cache->cache.snapshot().value_or(""));
}

touchstone_error touchstone_key_set_cache_restore(touchstone_result* result,
                                                  touchstone_key_set_cache* cache,
                                                  const char* snapshot, size_t snapshot_length,
                                                  double now, double random) {
  return answer(result, cache->cache.restore({snapshot, snapshot_length}, {now, random}));
}

touchstone_error touchstone_key_set_cache_restore_instead(touchstone_result* result,
                                                          touchstone_key_set_cache* cache,
                                                          size_t number, const char* snapshot,
                                                          size_t snapshot_length, double now,
                                                          double random) {
  return answer(result,
                cache->cache.restore_instead(number, {snapshot, snapshot_length}, {now, random}));
}

touchstone_error touchstone_key_set_cache_times(touchstone_result* result,
                                                const touchstone_key_set_cache* cache) {
  const auto times = cache->cache.times();
  if (!times) return succeed(result);
  JsonWriter json;
  json.begin_object();
  json.name("fetched").value(times->fetched).name("refresh").value(times->refresh);
  json.name("expires").value(times->expires).name("unusable").value(times->unusable);
  return succeed(result, json.end_object().take());
}

touchstone_error touchstone_well_known_urls(touchstone_result* result, const char* issuer,
                                            size_t issuer_length, int allow_http_on_loopback) {
  const auto urls =
      well_known_urls({issuer, issuer_length}, options_of(allow_http_on_loopback, false));
  if (!urls) return refuse(result, urls.error());
  JsonWriter json;
  write_strings(json, *urls);
  return succeed(result, json.take());
}

touchstone_error touchstone_metadata_parse(touchstone_result* result, const char* text,
                                           size_t text_length, const char* issuer,
                                           size_t issuer_length, int allow_http_on_loopback,
                                           int allow_private_addresses) {
  const auto metadata = parse_metadata({text, text_length}, {issuer, issuer_length},
                                       options_of(allow_http_on_loopback, allow_private_addresses));
  if (!metadata) return refuse(result, metadata.error());
  JsonWriter json;
  json.begin_object().member("issuer", std::string_view(metadata->issuer));
  json.member("jwks_uri", std::string_view(metadata->jwks_uri));
  if (const auto& algorithms = metadata->id_token_signing_alg_values_supported)
    write_strings(json.name("id_token_signing_alg_values_supported"), *algorithms);
  return succeed(result, json.end_object().take());
}
