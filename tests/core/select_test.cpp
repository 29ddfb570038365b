#include "select.hpp"

#include "base64url.hpp"
#include "jwk.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

struct Query {
  const char* alg = "ES256";
  std::optional<std::string_view> kid{};
  bool require_key_alg = false;
  bool try_each = false;
};

Result<std::vector<const Jwk*>> run(const KeySet& keys, const Query& query) {
  return select_keys(keys, {.algorithm = *find_algorithm(query.alg),
                            .kid = query.kid,
                            .require_key_alg = query.require_key_alg,
                            .try_each = query.try_each});
}

/// The positions of the selected keys, or the reason and what became of each key.
std::string selected(const KeySet& keys, const Query& query) {
  const auto found = run(keys, query);
  std::string text;
  if (found) {
    for (const Jwk* key : *found) text += std::to_string(key->index()) + " ";
    return text;
  }
  text = std::string(found.error().reason()) + ":";
  for (const auto& note : found.error().detail().keys)
    text += " " + std::to_string(note.index) + " " + std::string(Error::reason(note.reason));
  return text;
}

Json named(const char* key, const char* kid) { return with(fixture_jwk(key), "kid", kid); }

}  // namespace

TEST_CASE("S2: the key with the header's kid is selected", "[select]") {
  const KeySet keys = parse_keys(set_of({named("p256", "a"), named("p256_other", "b")}));
  CHECK(selected(keys, {.kid = "b"}) == "1 ");
}

TEST_CASE("S2: no key has the header's kid", "[select]") {
  const KeySet keys = parse_keys(set_of({named("p256", "a")}));
  CHECK(selected(keys, {.kid = "A"}) == "no_matching_key:");
  CHECK(selected(keys, {.kid = ""}) == "no_matching_key:");
  CHECK(selected(keys, {.kid = std::string_view("a\0", 2)}) == "no_matching_key:");
}

TEST_CASE("S2: a key without kid does not answer for one", "[select]") {
  const KeySet keys = parse_keys(set_of({fixture_jwk("p256")}));
  CHECK(selected(keys, {.kid = "a"}) == "no_matching_key:");
  CHECK(selected(keys, {.kid = "a", .try_each = true}) == "no_matching_key:");
}

TEST_CASE("S1: the key of that kid must fit the algorithm", "[select]") {
  const KeySet keys =
      parse_keys(set_of({named("rsa", "a"), named("p384", "b"),
                         with(named("p256", "c"), "alg", "ES256"), named("secp256k1", "d")}));
  CHECK(selected(keys, {.kid = "a"}) == "key_alg_mismatch: 0 kty_mismatch");
  CHECK(selected(keys, {.kid = "b"}) == "key_alg_mismatch: 1 crv_mismatch");
  CHECK(selected(keys, {.kid = "d"}) == "key_alg_mismatch: 3 crv_mismatch");
  CHECK(selected(keys, {.kid = "c"}) == "2 ");
}

TEST_CASE("K10: a key with another alg is passed over", "[select]") {
  const KeySet keys = parse_keys(set_of({with(named("rsa", "a"), "alg", "RS256")}));
  CHECK(selected(keys, {.alg = "RS256", .kid = "a"}) == "0 ");
  CHECK(selected(keys, {.alg = "RS384", .kid = "a"}) == "key_alg_mismatch: 0 key_alg_mismatch");
  CHECK(selected(keys, {.alg = "PS256"}) == "key_alg_mismatch: 0 key_alg_mismatch");
}

TEST_CASE("K10: EdDSA and Ed25519 are one, in both directions", "[select]") {
  const KeySet eddsa = parse_keys(set_of({with(fixture_jwk("ed25519"), "alg", "EdDSA")}));
  const KeySet ed25519 = parse_keys(set_of({with(fixture_jwk("ed25519"), "alg", "Ed25519")}));
  CHECK(selected(eddsa, {.alg = "Ed25519"}) == "0 ");
  CHECK(selected(ed25519, {.alg = "EdDSA"}) == "0 ");
  CHECK(selected(ed25519, {.alg = "Ed448"}) == "key_alg_mismatch: 0 crv_mismatch");
}

TEST_CASE("S3: two keys with the header's kid are ambiguous", "[select]") {
  const KeySet keys = parse_keys(set_of({named("p256", "a"), named("p256_other", "a")}));
  CHECK(selected(keys, {.kid = "a"}) ==
        "multiple_matching_keys: 0 multiple_matching_keys 1 multiple_matching_keys");
  CHECK(selected(keys, {.kid = "a", .try_each = true}) == "0 1 ");
}

TEST_CASE("S3: keys of another type do not make a kid ambiguous", "[select]") {
  const KeySet keys =
      parse_keys(set_of({named("rsa", "a"), named("p256", "a"), named("p384", "a")}));
  CHECK(selected(keys, {.kid = "a"}) == "1 ");
}

TEST_CASE("S4: without kid the only fitting key is selected", "[select]") {
  const KeySet keys = parse_keys(set_of({named("rsa", "a"), named("p256", "b")}));
  CHECK(selected(keys, {}) == "1 ");
}

TEST_CASE("S4: without kid several fitting keys are ambiguous", "[select]") {
  const KeySet keys = parse_keys(set_of({named("p256", "a"), named("p256_other", "b")}));
  CHECK(selected(keys, {}).starts_with("multiple_matching_keys:"));
  CHECK(selected(keys, {.try_each = true}) == "0 1 ");
}

TEST_CASE("S3: at most eight keys are tried, in the set's order", "[select]") {
  Json set = set_of({});
  for (int i = 0; i < 12; ++i) set["keys"].push_back(fixture_jwk(i == 3 ? "p384" : "p256"));
  CHECK(selected(parse_keys(set), {.try_each = true}) == "0 1 2 4 5 6 7 8 ");
}

TEST_CASE("select: a key without alg is passed over when alg is required", "[select]") {
  const KeySet keys = parse_keys(set_of({named("p256", "a")}));
  CHECK(selected(keys, {.kid = "a", .require_key_alg = true}) ==
        "key_alg_mismatch: 0 key_alg_missing");
  const KeySet said = parse_keys(set_of({with(named("p256", "a"), "alg", "ES256")}));
  CHECK(selected(said, {.kid = "a", .require_key_alg = true}) == "0 ");
}

TEST_CASE("K14: HS is refused with a set that also holds asymmetric keys", "[select]") {
  const KeySet mixed = parse_keys(set_of({with(secret_jwk(), "kid", "a"), named("p256", "b")}));
  CHECK(selected(mixed, {.alg = "HS256", .kid = "a"}) == "jwks_mixed_symmetric:");
  CHECK(selected(mixed, {.kid = "b"}) == "1 ");
  CHECK(selected(secret_keys(), {.alg = "HS256"}) == "0 ");
}

TEST_CASE("K20: a secret that is long enough for HS256 is passed over for HS512", "[select]") {
  const KeySet keys = parse_keys(with(secret_jwk(), "k", encode_base64url(std::string(32, 'x'))));
  CHECK(selected(keys, {.alg = "HS256"}) == "0 ");
  CHECK(selected(keys, {.alg = "HS512"}) == "key_alg_mismatch: 0 hmac_key_too_short");
}

TEST_CASE("select: an empty set has no key", "[select]") {
  CHECK(selected(parse_keys(set_of({})), {}) == "no_matching_key:");
}

TEST_CASE("select: the notes name skipped keys of that kid", "[select]") {
  const KeySet keys = parse_keys(
      set_of({with(named("p256", "a"), "use", "enc"), with(named("p256", "b"), "use", "enc"), 1}));
  CHECK(selected(keys, {.kid = "a"}) == "no_matching_key: 0 use_mismatch");
  CHECK(selected(keys, {}) == "no_matching_key: 0 use_mismatch 1 use_mismatch 2 not_an_object");
}

TEST_CASE("select: there are at most 32 notes", "[select]") {
  Json set = set_of({});
  for (int i = 0; i < 30; ++i) set["keys"].push_back(fixture_jwk("p384"));
  for (int i = 0; i < 30; ++i) set["keys"].push_back(1);
  const auto found = run(parse_keys(set), {});
  REQUIRE_FALSE(found);
  CHECK(found.error().detail().keys.size() == 32);
}
