// The C interface: what crosses it, and who owns what. What it says is tested beside C++'s own.
#include <touchstone/touchstone_issuer.h>

#include <cmath>

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

struct Free {
  void operator()(touchstone_result* result) const { touchstone_result_free(result); }
  void operator()(touchstone_key_ring* ring) const { touchstone_key_ring_free(ring); }
  void operator()(touchstone_signing_key* key) const { touchstone_signing_key_free(key); }
  void operator()(touchstone_secret* secret) const { touchstone_secret_free(secret); }
};
template <class Handle>
using Owned = std::unique_ptr<Handle, Free>;

Owned<touchstone_result> result(touchstone_result_new());

Json said() {
  const auto view = touchstone_result_text(result.get());
  return Json::parse(std::string_view(view.data, view.length));
}

/// Makes the call with text and length of each argument; takes what it hands over.
template <class Handle, class Call>
Owned<Handle> taken(Call call) {
  Handle* handle = nullptr;
  const touchstone_error error = call(result.get(), &handle);
  REQUIRE(error == touchstone_result_error(result.get()));
  REQUIRE((error == TOUCHSTONE_OK) == (handle != nullptr));
  return Owned<Handle>(handle);
}

Owned<touchstone_key_ring> rotated(const touchstone_key_ring* ring, std::string_view policy,
                                   double now, std::uint64_t number) {
  const std::string random = entropy(number);
  return taken<touchstone_key_ring>([&](auto* to, auto** handle) {
    return touchstone_rotate(to, handle, ring, policy.data(), policy.size(), now, random.data(),
                             random.size());
  });
}

std::string text_of(const touchstone_key_ring* ring) {
  const auto secret = taken<touchstone_secret>(
      [&](auto* to, auto** handle) { return touchstone_key_ring_json(to, handle, ring); });
  const auto view = touchstone_secret_view(secret.get());
  return {view.data, view.length};
}

Owned<touchstone_key_ring> parsed(std::string_view text) {
  return taken<touchstone_key_ring>([&](auto* to, auto** handle) {
    return touchstone_key_ring_parse(to, handle, text.data(), text.size());
  });
}

Owned<touchstone_key_ring> first_ring(double now) {
  const auto empty = taken<touchstone_key_ring>(
      [](auto* to, auto** handle) { return touchstone_key_ring_new(to, handle); });
  return rotated(empty.get(), "{}", now, 1);
}

// tests/js/issuer/key-ring.test.js has the same text; the key is of RFC 8037 appendix A.1.
constexpr std::string_view ring_text =
    R"({"version":1,"tokenLifetime":3600.0,"cacheLifetime":3600.0,"maxSignatures":4294967296,)"
    R"("copiesUntil":0.0,"keys":[{"state":"active","publishedAt":1800000000.5,)"
    R"("usableFrom":1800000000.5,"activatedAt":1800000000.5,"signatures":17,)"
    R"("longestTokenLifetime":3600.0,"jwk":{"kty":"OKP","crv":"Ed25519",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"Ed25519","use":"sig",)"
    R"("kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",)"
    R"("d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}]})";

}  // namespace

TEST_CASE("c: a ring rotates, signs and is published") {
  const auto ring = first_ring(1800000000);
  CHECK(said()["changes"].size() == 2);
  CHECK(said()["next"] == 1800000000 + 29 * 86400.0);

  constexpr std::string_view claims = R"({"sub":"ada"})", options = R"({"header":{"cty":"x"}})";
  const std::string random = entropy(2);
  REQUIRE(touchstone_sign(result.get(), ring.get(), claims.data(), claims.size(), options.data(),
                          options.size(), 1800000000, random.data(),
                          random.size()) == TOUCHSTONE_OK);
  const Json jwt = said();
  CHECK(jwt["signatures"] == 1);
  REQUIRE(touchstone_publish_jwks(result.get(), ring.get(), 1800000000) == TOUCHSTONE_OK);
  const auto keys = KeySet::parse(said()["body"].get<std::string>());
  REQUIRE(keys);
  const auto verified = verify(jwt["token"].get<std::string>(), *keys, {}, 1800000001);
  REQUIRE(verified);
  CHECK(verified->header()["cty"] == "x");

  REQUIRE(touchstone_key_ring_describe(result.get(), ring.get()) == TOUCHSTONE_OK);
  const Json key = said()["keys"][0];
  CHECK(key["kid"] == jwt["kid"]);
  CHECK(key["signatures"] == 1);
  CHECK_FALSE(key["publicJwk"].contains("d"));

  const std::string kid = jwt["kid"];
  REQUIRE(touchstone_key_ring_count(result.get(), ring.get(), kid.data(), kid.size(), 1ULL << 40) ==
          TOUCHSTONE_OK);
  REQUIRE(touchstone_sign(result.get(), ring.get(), claims.data(), claims.size(), "{}", 2,
                          1800000000, random.data(),
                          random.size()) == TOUCHSTONE_SIGNING_KEY_EXHAUSTED);
  CHECK(said()["reason"] == "signing_key_exhausted");

  const auto without = taken<touchstone_key_ring>([&](auto* to, auto** handle) {
    return touchstone_revoke(to, handle, ring.get(), kid.data(), kid.size(), "{}", 2, 1800000000,
                             random.data(), random.size());
  });
  CHECK(said()["signatures"] == (1ULL << 40) + 1);
  CHECK(said()["tokensUntil"] == 1800003600);
}

TEST_CASE("c: marked as due, resumed and copied rings are others") {
  const auto ring = first_ring(1800000000);
  const std::string before = text_of(ring.get());
  const auto due = taken<touchstone_key_ring>(
      [&](auto* to, auto** handle) { return touchstone_retire_early(to, handle, ring.get()); });
  CHECK(Json::parse(text_of(due.get()))["keys"][0]["isDue"] == true);
  const auto pending = rotated(due.get(), "{}", 1800000000, 3);
  const auto resumed = taken<touchstone_key_ring>([&](auto* to, auto** handle) {
    return touchstone_resume(to, handle, pending.get(), "{}", 2, 1800086400);
  });
  CHECK(Json::parse(text_of(resumed.get()))["keys"][1]["usableFrom"] == 1800086400 + 960);
  const auto copy = taken<touchstone_key_ring>(
      [&](auto* to, auto** handle) { return touchstone_key_ring_copy(to, handle, ring.get()); });
  CHECK(text_of(copy.get()) == before);
  CHECK(text_of(ring.get()) == before);
}

TEST_CASE("c: a ring's text is the same in every build") {
  const auto ring = parsed(ring_text);
  REQUIRE(ring);
  CHECK(text_of(ring.get()) == ring_text);
  CHECK_FALSE(parsed("{}"));
  CHECK(said()["reason"] == "ring_malformed");
}

TEST_CASE("c: keys are made, read and written, and sign any payload") {
  const std::string random = entropy(4);
  const auto key = taken<touchstone_signing_key>([&](auto* to, auto** handle) {
    return touchstone_signing_key_generate(to, handle, "ES256", 5, R"({"kid":"mine"})", 14,
                                           random.data(), random.size());
  });
  const auto secret = taken<touchstone_secret>([&](auto* to, auto** handle) {
    return touchstone_signing_key_private_jwk(to, handle, key.get());
  });
  const auto jwk = touchstone_secret_view(secret.get());
  const auto again = taken<touchstone_signing_key>([&](auto* to, auto** handle) {
    return touchstone_signing_key_parse(to, handle, jwk.data, jwk.length, "", 0);
  });
  REQUIRE(touchstone_signing_key_describe(result.get(), again.get()) == TOUCHSTONE_OK);
  CHECK(said()["kid"] == "mine");
  const auto keys = KeySet::parse(said()["publicJwk"].dump());
  REQUIRE(touchstone_sign_jws(result.get(), again.get(), "any", 3, "{}", 2, random.data(),
                              random.size()) == TOUCHSTONE_OK);
  const auto jws = touchstone_result_text(result.get());
  CHECK(verify_jws(std::string_view(jws.data, jws.length), *keys, {}));

  for (const std::string_view options : {R"({"kid":1})", R"({"bits":1})", "[]"}) {
    CHECK_FALSE(taken<touchstone_signing_key>([&](auto* to, auto** handle) {
      return touchstone_signing_key_generate(to, handle, "ES256", 5, options.data(), options.size(),
                                             random.data(), random.size());
    }));
    CHECK(said()["reason"] == "option_invalid");
  }
  CHECK_FALSE(taken<touchstone_signing_key>([&](auto* to, auto** handle) {
    return touchstone_signing_key_generate(to, handle, "ES256", 5, "{}", 2, random.data(), 47);
  }));
  CHECK(said()["reason"] == "entropy_too_short");
}

TEST_CASE("c: metadata, and what contradicts") {
  const auto ring = parsed(ring_text);
  constexpr std::string_view options =
      R"({"issuer":"https://id.example","jwksUri":"https://id.example/jwks",)"
      R"("additions":{"scopes_supported":["openid"]}})";
  REQUIRE(touchstone_publish_openid_configuration(result.get(), ring.get(), options.data(),
                                                  options.size()) == TOUCHSTONE_OK);
  const Json body = Json::parse(said()["body"].get<std::string>());
  CHECK(body["scopes_supported"][0] == "openid");
  REQUIRE(touchstone_publish_oauth_metadata(result.get(), ring.get(), options.data(),
                                            options.size()) == TOUCHSTONE_OK);
  REQUIRE(touchstone_publish_oauth_metadata(result.get(), ring.get(), R"({"x":1})", 7) ==
          TOUCHSTONE_OPTION_INVALID);
  CHECK(said()["member"] == "x");
  REQUIRE(touchstone_rotation_policy_parse(result.get(), "{}", 2) == TOUCHSTONE_OK);
  CHECK(said()["alg"] == "ES256");
  CHECK_FALSE(rotated(ring.get(), R"({"retain":1})", 1800000000, 5));
  CHECK(said()["member"] == "retain");
}

TEST_CASE("c: the timeline, as JSON and as a picture") {
  const auto ring = first_ring(1800000000);
  REQUIRE(touchstone_timeline(result.get(), ring.get(), "{}", 2, 1800000000, NAN) == TOUCHSTONE_OK);
  CHECK(said()["next"] == 1800000000 + 29 * 86400.0);
  REQUIRE(touchstone_timeline_svg(result.get(), ring.get(), "{}", 2, 1800000000, 1800086400, 960) ==
          TOUCHSTONE_OK);
  const auto svg = touchstone_result_text(result.get());
  CHECK(std::string_view(svg.data, svg.length).starts_with("<svg"));
  REQUIRE(touchstone_timeline(result.get(), ring.get(), "{}", 2, NAN, NAN) ==
          TOUCHSTONE_OPTION_INVALID);
}

TEST_CASE("c: sealed and opened") {
  const auto ring = parsed(ring_text);
  const std::string random = entropy(6);
  const auto key = taken<touchstone_secret>([&](auto* to, auto** handle) {
    return touchstone_sealing_key_generate(to, handle, random.data(), random.size());
  });
  const auto text = touchstone_secret_view(key.get());
  const auto seal_with = [&](const char* sealing_key, std::size_t length) {
    return taken<touchstone_secret>([&](auto* to, auto** handle) {
      return touchstone_seal(to, handle, ring.get(), R"({"alg":"Ed25519"})", 17, sealing_key,
                             length, random.data(), random.size());
    });
  };
  const auto open_with = [&](const touchstone_secret* sealed, const char* sealing_key,
                             std::size_t length) {
    const auto view = touchstone_secret_view(sealed);
    return taken<touchstone_key_ring>([&](auto* to, auto** handle) {
      return touchstone_unseal(to, handle, view.data, view.length, sealing_key, length);
    });
  };
  const auto sealed = seal_with(text.data, text.length);
  const auto opened = open_with(sealed.get(), text.data, text.length);
  REQUIRE(opened);
  CHECK(said()["alg"] == "Ed25519");
  CHECK(text_of(opened.get()) == ring_text);
  CHECK_FALSE(open_with(sealed.get(), nullptr, 0));
  CHECK(said()["reason"] == "sealing_key_missing");
  CHECK_FALSE(seal_with("", 0));
  CHECK(said()["reason"] == "sealing_key_malformed");
  const auto view = touchstone_secret_view(sealed.get());
  REQUIRE(touchstone_sealing_kid(result.get(), view.data, view.length) == TOUCHSTONE_OK);
  CHECK(touchstone_result_text(result.get()).length == 43);
  CHECK(open_with(seal_with(nullptr, 0).get(), nullptr, 0));
}
