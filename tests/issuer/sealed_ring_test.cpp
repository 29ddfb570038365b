// Rings at rest: encrypted as any JWE library reads them, in the clear, and broken.
#include <touchstone/sealed_ring.hpp>

#include "base64url.hpp"
#include "openssl.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr std::string_view hex_digits =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

SealingKey sealing_key(std::string_view text = hex_digits) {
  auto key = SealingKey::parse(text);
  INFO(outcome(key));
  REQUIRE(key);
  return *std::move(key);
}

KeptRing kept() {
  const RotationPolicy policy{.alg = "ES256", .rotate_every = 777'600.5, .max_signatures = 1000};
  auto rotated = rotate({}, policy, 1'700'000'000, entropy(1));
  REQUIRE(rotated);
  return {rotated->ring, policy};
}

std::string sealed(const SealingKey* key, std::uint64_t number = 2) {
  auto text = seal(kept(), key, entropy(number));
  INFO(outcome(text));
  REQUIRE(text);
  return std::string(text->view());
}

std::vector<std::string> parts_of(std::string_view jwe) {
  std::vector<std::string> parts(1);
  for (const char c : jwe) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string in_the_clear(const std::string& policy, const std::string& ring) {
  return R"({"policy":)" + policy + R"(,"ring":)" + ring + "}";
}

}  // namespace

TEST_CASE("sealed ring: a policy is read as it was written", "[issuer]") {
  const RotationPolicy policy{.alg = "PS384",
                              .rsa_bits = 2048,
                              .rotate_every = 1e6,
                              .publish_ahead = 90'000.25,
                              .retain = 8000,
                              .max_signatures = UINT64_MAX,
                              .cache_lifetime = 1,
                              .client_grace = 2,
                              .token_lifetime = 3,
                              .clock_skew = 4,
                              .propagation = 5,
                              .publish_first = true};
  const auto again = RotationPolicy::parse(policy.json());
  INFO(policy.json());
  REQUIRE(again);
  CHECK(again->json() == policy.json());
  CHECK(again->publish_ahead == 90'000.25);
  CHECK(again->max_signatures == UINT64_MAX);
  CHECK(again->publish_first);
  CHECK(Json::parse(policy.json()).size() == 12);
}

TEST_CASE("sealed ring: it is read as it was written", "[issuer]") {
  const SealingKey key = sealing_key();
  for (const SealingKey* with : {&key, static_cast<const SealingKey*>(nullptr)}) {
    const auto again = unseal(sealed(with), with);
    INFO(outcome(again));
    REQUIRE(again);
    CHECK(again->ring.json().view() == kept().ring.json().view());
    CHECK(again->policy.json() == kept().policy.json());
  }
}

TEST_CASE("sealed ring: OpenSSL opens the JWE", "[issuer]") {
  const SealingKey key = sealing_key();
  const auto parts = parts_of(sealed(&key));
  REQUIRE(parts.size() == 5);
  const Json header = Json::parse(*decode_base64url(parts[0]));
  CHECK(header.at("alg") == "dir");
  CHECK(header.at("enc") == "A256GCM");
  CHECK(header.at("kid") == std::string(key.kid()));
  CHECK(header.size() == 3);
  CHECK(parts[1].empty());
  const auto text = openssl_decrypts(from_hex(hex_digits), *decode_base64url(parts[2]), parts[0],
                                     *decode_base64url(parts[3]), *decode_base64url(parts[4]));
  REQUIRE(text);
  CHECK(*text == sealed(nullptr));
}

TEST_CASE("sealed ring: no nonce comes twice from other entropy", "[issuer]") {
  const SealingKey key = sealing_key();
  CHECK(parts_of(sealed(&key, 2))[2] == parts_of(sealed(&key, 2))[2]);
  CHECK(parts_of(sealed(&key, 2))[2] != parts_of(sealed(&key, 3))[2]);
  CHECK(outcome(seal(kept(), &key, entropy(1).substr(1))) == "entropy_too_short");
}

TEST_CASE("sealed ring: a changed character is noticed wherever it is", "[issuer]") {
  const SealingKey key = sealing_key();
  const std::string text = sealed(&key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto result = unseal(changed, &key);
    INFO(i);
    REQUIRE_FALSE(result);
    CHECK((result.error().id() == Error::sealed_ring_corrupt ||
           result.error().id() == Error::sealing_key_mismatch));
  }
  for (std::size_t size = 0; size < text.size(); size += 7) {
    INFO(size);
    CHECK(outcome(unseal(text.substr(0, size), &key)) == "sealed_ring_corrupt");
  }
  CHECK(outcome(unseal(text + "A", &key)) == "sealed_ring_corrupt");
  CHECK(outcome(unseal(text + ".", &key)) == "sealed_ring_corrupt");
  CHECK(outcome(unseal(std::string((11u << 20) + 1, 'e'), &key)) == "ring_too_large");
}

TEST_CASE("sealed ring: which key is wanted is said before it is there", "[issuer]") {
  const SealingKey key = sealing_key();
  const auto other = SealingKey::generate(entropy(9));
  REQUIRE(other);
  CHECK(sealing_kid(sealed(&key)) == std::string(key.kid()));
  CHECK_FALSE(sealing_kid(sealed(nullptr)));
  CHECK_FALSE(sealing_kid("nonsense"));
  CHECK(outcome(unseal(sealed(&key), nullptr)) == "sealing_key_missing");
  CHECK(outcome(unseal(sealed(&key), &*other)) == "sealing_key_mismatch");
  CHECK(outcome(unseal(sealed(nullptr), &key)) == "ring_not_sealed");
}

TEST_CASE("sealed ring: a header of others is refused", "[issuer]") {
  const SealingKey key = sealing_key();
  auto parts = parts_of(sealed(&key));
  const std::string kid(key.kid());
  for (const std::string& header : {
           R"({"alg":"dir","enc":"A128GCM","kid":")" + kid + R"("})",
           R"({"alg":"dir","enc":"A256GCM","zip":"DEF","kid":")" + kid + R"("})",
           R"({"alg":"dir","enc":"A256GCM","kid":")" + kid + R"(","kid":")" + kid + R"("})",
           std::string(R"({"alg":"dir","enc":"A256GCM"})"),
           std::string(R"({"alg":"dir","enc":"A256GCM","kid":1})"),
           std::string("[]"),
       }) {
    INFO(header);
    const std::string text =
        encode_base64url(header) + ".." + parts[2] + "." + parts[3] + "." + parts[4];
    CHECK(outcome(unseal(text, &key)) == "sealed_ring_corrupt");
  }
}

TEST_CASE("sealed ring: a text in the clear is read strictly", "[issuer]") {
  const std::string policy = kept().policy.json();
  const std::string ring(kept().ring.json().view());
  REQUIRE(unseal(in_the_clear(policy, ring), nullptr));
  const auto refused = [](const std::string& text) { return outcome(unseal(text, nullptr)); };
  CHECK(refused("{}") == "ring_malformed policy");
  CHECK(refused(R"({"policy":{}})") == "ring_malformed ring");
  CHECK(refused(in_the_clear("1", ring)) == "ring_malformed policy");
  CHECK(refused(in_the_clear(policy, "[]")) == "ring_malformed ring");
  CHECK(refused(in_the_clear(policy, "{}")) == "ring_malformed version");
  CHECK(refused(in_the_clear(policy, ring + R"(,"more":1)")) ==
        "ring_malformed has a member that is not known");
  CHECK(refused(in_the_clear(R"({"retain":1})", ring)) == "option_invalid retain");
  CHECK(refused(in_the_clear(R"({"alg":"none"})", ring)) == "option_invalid alg");
  CHECK(refused(in_the_clear(policy, ring) + "x").starts_with("ring_malformed"));
  CHECK(refused("") == "sealed_ring_corrupt");
}

TEST_CASE("sealed ring: a sealing key is read in three spellings", "[issuer]") {
  const SealingKey key = sealing_key();
  CHECK(key.octets() == from_hex(hex_digits));
  CHECK(sealing_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").octets() == key.octets());
  CHECK(sealing_key("\n AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n").kid() == key.kid());
  CHECK(key.text().view() == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  // RFC 7638 section 3.2, by hand: {"k":"AAEC...","kty":"oct"}
  CHECK(key.kid() == "WqjPPRvAP8oYbAqCwMErhzTg-Quaz-vLx_cef07yhOs");
  for (const std::string_view text :
       {"", " ", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",
        "AAEC+/QFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
        "0001020304050607 8090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eg0"}) {
    INFO(text);
    CHECK(outcome(SealingKey::parse(text)) == "sealing_key_malformed");
  }
  CHECK(outcome(SealingKey::generate("short")) == "entropy_too_short");
}
