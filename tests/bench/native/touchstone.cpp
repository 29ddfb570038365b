#include <touchstone/touchstone.h>
#include <ctime>
#include <memory>

#include <touchstone/touchstone.hpp>
#ifdef BENCH_REMOTE
#include <touchstone/remote_key_set.hpp>
#endif

#include "peers.hpp"

namespace bench {

using namespace touchstone;

#ifdef BENCH_SEAM
bool seam_can_verify(std::string_view alg);
const void* seam_algorithm(std::string_view alg);
bool seam_verify(const void* algorithm, const Jwk& key, std::string_view input,
                 std::string_view signature);
#endif

namespace {

KeySet parse(const Case& given) {
  auto keys = KeySet::parse(given.jwks);
  if (!keys) throw Gap(std::string(keys.error().message()));
  if (!keys->skipped().empty())
    throw Gap("skips a key: " + std::string(keys->skipped()[0].reason.message()));
  return *keys;
}

Expectations expectations(const Case& given) {
  return {.algorithms = std::vector{given.alg}, .issuer = given.issuer, .audience = given.audience};
}

double now() { return static_cast<double>(std::time(nullptr)); }

/// Throws the reason for which a token that is valid is refused.
void try_out(const Case& given, const KeySet& keys) {
  const auto jwt = verify(given.tokens[0].text, keys, expectations(given), now());
  if (!jwt) throw Gap(std::string(jwt.error().message()));
}

}  // namespace

Verify touchstone_verify(const Case& given) {
  const auto keys = std::make_shared<const KeySet>(parse(given));
  try_out(given, *keys);
  return [keys, expected = expectations(given)](const Token& token) {
    return verify(token.text, *keys, expected, now()).has_value();
  };
}

Verify touchstone_cold(const Case& given) {
  try_out(given, parse(given));
  return [&given, expected = expectations(given)](const Token& token) {
    const auto keys = KeySet::parse(given.jwks);
    return keys && verify(token.text, *keys, expected, now()).has_value();
  };
}

/// A set that was fetched a moment ago, by its snapshot: no network has a part in this.
Verify touchstone_remote([[maybe_unused]] const Case& given) {
#ifdef BENCH_REMOTE
  const nlohmann::json snapshot = {{"version", 1},
                                   {"fetchedAt", now()},
                                   {"age", 0},
                                   {"cacheControl", "max-age=86400"},
                                   {"jwks", given.jwks}};
  auto created = RemoteKeySet::create("https://id.example/jwks");
  if (!created) throw Gap(std::string(created.error().message()));
  const auto remote = std::make_shared<const RemoteKeySet>(*std::move(created));
  if (const auto refusal = remote->restore(snapshot.dump()))
    throw Gap(std::string(refusal->message()));
  return [remote, expected = expectations(given)](const Token& token) {
    return verify(token.text, *remote, expected).has_value();
  };
#else
  throw Gap("libcurl was not found: apt-get install libcurl4-openssl-dev");
#endif
}

Verify touchstone_signature(const Case& given) {
  const auto keys = std::make_shared<const KeySet>(parse(given));
  try_out(given, *keys);
#ifdef BENCH_SEAM
  if (!seam_can_verify(given.alg)) throw Gap("cannot verify " + given.alg);
  return [keys, row = seam_algorithm(given.alg)](const Token& token) {
    return seam_verify(row, keys->keys()[0], token.input, token.signature);
  };
#else
  return [keys, expected = expectations(given)](const Token& token) {
    return verify_jws(token.text, *keys, expected).has_value();
  };
#endif
}

nlohmann::json touchstone_version() {
#ifdef BENCH_SEAM
  const char* signature = "the signature alone";
#else
  const char* signature = "verify_jws(), with its base64url and JSON";
#endif
  return {{"name", "touchstone"}, {"version", TOUCHSTONE_VERSION}, {"signature", signature}};
}

}  // namespace bench
