#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string read(std::string_view jwks, const KeySet::Limits& limits = {}) {
  return outcome(KeySet::parse(jwks, limits));
}
std::string skipped(const KeySet& keys) {
  std::string text;
  for (const auto& key : keys.skipped())
    text += std::to_string(key.index) + " " + outcome(key.reason) + ";";
  return text;
}

}  // namespace

TEST_CASE("K1: a set is an object with an array of keys", "[key_set]") {
  CHECK(read(R"({"keys":[]})") == "accepted");
  for (const char* text :
       {R"({"keys":{}})", R"({"keys":null})", R"({"keys":"x"})", "{}", R"({"KEYS":[]})"}) {
    INFO(text);
    CHECK(read(text) == "jwks_malformed keys");
  }
  for (const char* text :
       {"", "[]", "null", "x", R"({"keys":[])", "{\"keys\":[]}x", "\xef\xbb\xbf{\"keys\":[]}"}) {
    INFO(text);
    CHECK(read(text) == "jwks_malformed");
  }
}

TEST_CASE("K1: an empty set is valid and holds nothing", "[key_set]") {
  const KeySet keys = parse_text(R"({"keys":[]})");
  CHECK(keys.keys().empty());
  CHECK(keys.skipped().empty());
  CHECK_FALSE(keys.has_asymmetric_key());
}

TEST_CASE("K1: one JWK stands for a set of itself", "[key_set]") {
  const KeySet keys = parse_keys(with(fixture_jwk("p256"), "kid", "a"));
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys()[0].index() == 0);
  CHECK(skipped(parse_text(R"({"kty":"unknown"})")) == "0 kty_unsupported kty;");
}

TEST_CASE("K2: unknown members of the set are ignored", "[key_set]") {
  CHECK(read(R"({"keys":[],"issuer":{"a":[1]},"kty":"x"})") == "accepted");
}

TEST_CASE("K3: a name that stands twice in the set refuses it", "[key_set]") {
  CHECK(read(R"({"keys":[],"keys":[]})") == "jwks_malformed");
  CHECK(read(R"({"keys":[],"\u006beys":[]})") == "jwks_malformed");
  CHECK(read(R"({"keys":[],"x":1,"x":1})") == "jwks_malformed");
  CHECK(read(R"({"kty":"oct","kty":"RSA"})") == "jwks_malformed");
}

TEST_CASE("K3: a name that stands twice in a key skips that key alone", "[key_set]") {
  const std::string good = fixture_jwk("rsa").dump();
  const std::string twice = R"({"kty":"oct",)" + good.substr(1);
  const std::string escaped = R"({"\u006bty":"oct",)" + good.substr(1);
  const KeySet keys = parse_text("{\"keys\":[" + twice + "," + good + "," + escaped + "]}");
  CHECK(skipped(keys) == "0 duplicate_member;2 duplicate_member;");
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys()[0].index() == 1);
}

TEST_CASE("K4: a bad key never spoils the set, and keeps its kid", "[key_set]") {
  const KeySet keys = parse_keys(set_of(
      {1, with(fixture_jwk("rsa_small"), "kid", "weak"), fixture_jwk("p256"), Json::object()}));
  CHECK(skipped(keys) == "0 not_an_object;1 rsa_modulus_too_small n;3 member_missing kty;");
  CHECK(keys.skipped()[1].kid == "weak");
  CHECK_FALSE(keys.skipped()[0].kid);
  REQUIRE(keys.keys().size() == 1);
}

TEST_CASE("K13: a private key is skipped by default and refused in the strict mode", "[key_set]") {
  const Json set = set_of({fixture_jwk("p256"), with(fixture_jwk("rsa"), "d", "AQ")});
  const std::string text = set.dump();
  CHECK(skipped(parse_keys(set)) == "1 private_member d;");
  const auto refused = KeySet::parse(text, {.refuse_private_keys = true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == Error::jwks_contains_private_key);
  REQUIRE(refused.error().detail().keys.size() == 1);
  CHECK(refused.error().detail().keys[0].index == 1);
  CHECK(read(set_of({fixture_jwk("p256")}).dump(), {.refuse_private_keys = true}) == "accepted");
}

TEST_CASE("K14: a set knows whether it holds asymmetric keys, usable or not", "[key_set]") {
  CHECK_FALSE(secret_keys().has_asymmetric_key());
  CHECK(parse_keys(set_of({fixture_jwk("rsa")})).has_asymmetric_key());
  CHECK(parse_keys(set_of({secret_jwk(), fixture_jwk("rsa_small")})).has_asymmetric_key());
  CHECK(
      parse_keys(set_of({secret_jwk(), with(fixture_jwk("rsa"), "d", "AQ")})).has_asymmetric_key());
  CHECK_FALSE(parse_keys(set_of({with(secret_jwk(), "k", "AA")})).has_asymmetric_key());
}

TEST_CASE("J17: the size limit of a set is exact", "[key_set]") {
  const std::string text = R"({"keys":[]})";
  CHECK(read(text, {.max_size = text.size()}) == "accepted");
  CHECK(read(text, {.max_size = text.size() - 1}) == "jwks_too_large");
  CHECK(read(text + std::string((1 << 20) - text.size(), ' ')) == "accepted");
  CHECK(read(text + std::string((1 << 20) + 1 - text.size(), ' ')) == "jwks_too_large");
}

TEST_CASE("J17: the number of keys is limited exactly", "[key_set]") {
  Json keys{{"keys", Json::array()}};
  for (int i = 0; i < 1000; ++i) keys["keys"].push_back(1);
  CHECK(read(keys.dump()) == "accepted");
  keys["keys"].push_back(1);
  CHECK(read(keys.dump()) == "jwks_too_large");
  CHECK(read(keys.dump(), {.max_keys = 1001}) == "accepted");
}

TEST_CASE("J17: no limit can be switched off", "[key_set]") {
  CHECK(read("{}", {.max_size = (16 << 20) + 1}) == "option_invalid maxSize");
  CHECK(read("{}", {.max_keys = 100'001}) == "option_invalid maxKeys");
  CHECK(read("{}", {.max_table_memory = (256 << 20) + 1}) == "option_invalid maxTableMemory");
  CHECK(read("{\"keys\":[]}",
             {.max_size = 16 << 20, .max_keys = 100'000, .max_table_memory = 256 << 20}) ==
        "accepted");
}

TEST_CASE("J17: a set is 32 deep at most", "[key_set]") {
  const auto nested = [](std::size_t depth) {
    return "{\"keys\":[],\"x\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(read(nested(31)) == "accepted");
  CHECK(read(nested(32)) == "jwks_too_deep");
}

TEST_CASE("K11: keys are found by their kid, octet for octet", "[key_set]") {
  const Json key = fixture_jwk("p256");
  const KeySet keys =
      parse_keys(set_of({with(key, "kid", "b"), with(key, "kid", "a"), key, with(key, "kid", "b"),
                         with(key, "kid", std::string("a\0", 2)), with(key, "kid", "\xc3\xa9"),
                         with(key, "kid", "")}));
  const auto found = [&](std::string_view kid) {
    std::string text;
    for (const Jwk* jwk : keys.keys_with_kid(kid)) text += std::to_string(jwk->index());
    return text;
  };
  CHECK(found("a") == "1");
  CHECK(found("b") == "03");  // in the set's order
  CHECK(found(std::string_view("a\0", 2)) == "4");
  CHECK(found("A").empty());
  CHECK(found("\xc3\xa9") == "5");
  CHECK(found("e\xcc\x81").empty());
  CHECK(found("") == "6");
}

TEST_CASE("key set: as JSON", "[key_set]") {
  const Json json = to_json(
      parse_keys(set_of({with(fixture_jwk("p256"), "kid", "a"), with(secret_jwk(), "k", "AA")})));
  CHECK(json["keys"][0]["kty"] == "EC");
  CHECK(json["keys"][0]["crv"] == "P-256");
  CHECK(json["keys"][0]["kid"] == "a");
  CHECK(json["keys"][0]["bits"] == 256);
  CHECK(json["keys"][0]["thumbprint"] == fixture().at("thumbprints").at("p256").at("sha-256"));
  CHECK_FALSE(json["keys"][0].contains("alg"));
  CHECK(json["skipped"][0]["index"] == 1);
  CHECK(json["skipped"][0]["reason"] == "hmac_key_too_short");
  CHECK(json["skipped"][0]["member"] == "k");
}

TEST_CASE("key set: its JSON shows no secret", "[key_set]") {
  CHECK(to_json(secret_keys()).dump().find(encode_base64url(secret())) == std::string::npos);
}

TEST_CASE("key set: a copy of a key outlives its set", "[key_set]") {
  std::optional<Jwk> key;
  {
    const KeySet keys = parse_keys(with(fixture_jwk("p256"), "kid", "a"));
    key = keys.keys()[0];
  }
  CHECK(key->kid() == "a");
}
