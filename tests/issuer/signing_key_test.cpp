// Private keys and what they sign, judged by Touchstone's verifier and by OpenSSL.
#include <touchstone/thumbprint.hpp>

#include "base64url.hpp"
#include "crypto/signing.hpp"
#include "openssl.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

Expectations only(std::string_view alg) { return {.algorithms = {{std::string(alg)}}}; }

std::string sign_text(std::string_view payload, const SigningKey& key,
                      std::string_view header = "{}", std::uint64_t number = 1) {
  auto jws = sign_jws(payload, key, header, entropy(number));
  INFO(key.alg() << ": " << outcome(jws));
  REQUIRE(jws);
  return *jws;
}

std::string parse_outcome(const Json& jwk, std::string_view alg = {}) {
  return outcome(SigningKey::parse(jwk.dump(), alg));
}

/// The same text with one bit of its first octet turned, still canonical.
std::string changed(const Json& text) {
  std::string octets = *decode_base64url(text.get<std::string>());
  octets[octets.size() / 2] ^= 1;
  return encode_base64url(octets);
}

}  // namespace

TEST_CASE("signing: every algorithm's signature is verified here and by OpenSSL", "[issuer]") {
  for (const std::string_view alg : signing_algorithms) {
    const SigningKey& key = key_for(alg);
    CHECK(key.alg() == alg);
    const std::string jws = sign_text("any bytes\n\0 at all", key);
    INFO(alg);
    const auto verified = verify_jws(jws, verifying_keys(key), only(alg));
    CHECK(outcome(verified) == "accepted");
    const std::size_t dot = jws.rfind('.');
    const std::string signature = *decode_base64url(jws.substr(dot + 1));
    const auto public_jwk = key.public_jwk();
    const Json jwk = public_jwk ? Json::parse(public_jwk->json()) : private_json(key);
    CHECK(openssl_verifies(jwk, alg, jws.substr(0, dot), signature));
    CHECK_FALSE(openssl_verifies(jwk, alg, jws.substr(0, dot - 1), signature));
    if (!key.is_symmetric()) CHECK(openssl_imports(private_json(key), alg));
  }
}

TEST_CASE("signing: what is random in a signature, and what is not", "[issuer]") {
  for (const std::string_view alg : signing_algorithms) {
    const SigningKey& key = key_for(alg);
    INFO(alg);
    const bool is_same = sign_text("x", key, "{}", 1) == sign_text("x", key, "{}", 2);
    CHECK(is_same == !alg.starts_with("PS"));
    CHECK(sign_text("x", key, "{}", 3) == sign_text("x", key, "{}", 3));
  }
}

TEST_CASE("signing: keys are what their entropy makes them", "[issuer]") {
  for (const std::string_view alg : {"ES256", "ES512", "Ed25519", "HS256"}) {
    const auto make = [&](std::uint64_t number) {
      return std::string(SigningKey::generate(alg, entropy(number))->thumbprint());
    };
    CHECK(make(1) == make(1));
    CHECK(make(1) != make(2));
  }
  // Different kinds of key have nothing in common, whoever gives them the same entropy.
  const Json oct = private_json(*SigningKey::generate("HS256", entropy(1)));
  const Json okp = private_json(*SigningKey::generate("Ed25519", entropy(1)));
  CHECK(oct.at("k") != okp.at("d"));
}

TEST_CASE("signing: too little entropy makes nothing", "[issuer]") {
  const std::string little = entropy(1).substr(0, 47);
  for (const std::string_view alg : signing_algorithms) {
    CHECK(outcome(SigningKey::generate(alg, little)) == "entropy_too_short");
    CHECK(outcome(sign_jws("x", key_for(alg), "{}", little)) == "entropy_too_short");
  }
}

TEST_CASE("signing: options of a new key", "[issuer]") {
  CHECK(outcome(SigningKey::generate("none", entropy(1))) == "signing_alg_unsupported alg");
  CHECK(outcome(SigningKey::generate("Ed448", entropy(1))) == "signing_alg_unsupported alg");
  CHECK(outcome(SigningKey::generate("ML-DSA-44", entropy(1))) == "signing_alg_unsupported alg");
  for (const std::size_t bits : {0u, 2047u, 2049u, 2040u, 8200u}) {
    INFO(bits);
    CHECK(outcome(SigningKey::generate("RS256", entropy(1), {.rsa_bits = bits})) ==
          "option_invalid rsaBits");
  }
  CHECK(SigningKey::generate("ES256", entropy(1), {.kid = "mine"})->kid() == "mine");
  for (const std::string& kid :
       {std::string(), std::string(257, 'a'), std::string("a b"), std::string("\xc3\xa4")})
    CHECK(outcome(SigningKey::generate("ES256", entropy(1), {.kid = kid})) == "option_invalid kid");
}

TEST_CASE("signing: without another kid it is the thumbprint", "[issuer]") {
  for (const std::string_view alg : signing_algorithms) {
    const SigningKey& key = key_for(alg);
    CHECK(key.kid() == *thumbprint(key.private_jwk().view()));
    CHECK(key.kid() == key.thumbprint());
    const auto jwk = key.public_jwk();
    if (jwk) CHECK(key.kid() == *thumbprint(jwk->json()));
    CHECK(jwk.has_value() != key.is_symmetric());
  }
}

TEST_CASE("signing: a public JWK has no private member", "[issuer]") {
  for (const std::string_view alg : signing_algorithms) {
    const auto jwk = key_for(alg).public_jwk();
    if (!jwk) continue;
    const Json json = Json::parse(jwk->json());
    INFO(jwk->json());
    for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
      CHECK_FALSE(json.contains(name));
    CHECK(json.at("use") == "sig");
    CHECK(json.at("alg") == alg);
  }
}

TEST_CASE("signing: a private JWK is read as it was written", "[issuer]") {
  for (const std::string_view alg : signing_algorithms) {
    const SigningKey& key = key_for(alg);
    const SecretText text = key.private_jwk();
    const auto again = SigningKey::parse(text.view());
    INFO(alg << ": " << outcome(again));
    REQUIRE(again);
    CHECK(again->private_jwk().view() == text.view());
    CHECK(sign_text("x", *again) == sign_text("x", key));
  }
}

TEST_CASE("signing: a key without alg takes the caller's, and no other", "[issuer]") {
  const Json rsa = private_json(key_for("RS256"));
  CHECK(parse_outcome(with(rsa, "alg", nullptr)) == "member_missing alg");
  CHECK(parse_outcome(with(rsa, "alg", nullptr), "PS384") == "accepted");
  CHECK(parse_outcome(rsa, "RS256") == "accepted");
  CHECK(parse_outcome(rsa, "PS256") == "member_invalid alg");
  CHECK(parse_outcome(with(rsa, "alg", "ES256")) == "alg_kty_inconsistent kty");
  CHECK(parse_outcome(with(rsa, "alg", "RSA-OAEP")) == "signing_alg_unsupported alg");
  CHECK(parse_outcome(with(rsa, "alg", 1)) == "member_invalid alg");
}

TEST_CASE("signing: a private part of another key is refused", "[issuer]") {
  for (const std::string_view alg : {"RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519"}) {
    const Json jwk = private_json(key_for(alg));
    for (const char* name : {"d", "p", "q", "dp", "dq", "qi"}) {
      if (!jwk.contains(name)) continue;
      INFO(alg << " " << name);
      CHECK(parse_outcome(with(jwk, name, changed(jwk[name]))) == "private_key_mismatch");
      CHECK(parse_outcome(with(jwk, name, nullptr)) == std::string("member_missing ") + name);
      CHECK(parse_outcome(with(jwk, name, "")) == std::string("member_invalid ") + name);
      CHECK(parse_outcome(with(jwk, name, 1)) == std::string("member_invalid ") + name);
      CHECK(parse_outcome(with(jwk, name, jwk[name].get<std::string>() + "=")) ==
            std::string("member_invalid ") + name);
    }
  }
  const Json rsa = private_json(key_for("RS256"));
  CHECK(parse_outcome(with(rsa, "n", changed(rsa["n"]))) == "private_key_mismatch");
  CHECK(parse_outcome(with(rsa, "e", "Aw")) == "private_key_mismatch");
  Json swapped = rsa;
  std::swap(swapped["p"], swapped["q"]);
  CHECK(parse_outcome(swapped) == "private_key_mismatch");
  const Json zero = encode_base64url('\0' + *decode_base64url(rsa["d"].get<std::string>()));
  CHECK(parse_outcome(with(rsa, "d", zero)) == "member_invalid d");
  CHECK(parse_outcome(with(rsa, "oth", Json::array())) == "member_invalid oth");
}

TEST_CASE("signing: an EC or OKP key of the wrong length, range or curve is refused", "[issuer]") {
  const Json p256 = private_json(key_for("ES256"));
  const auto d = [](std::string octets) { return encode_base64url(octets); };
  const std::string order =
      from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  CHECK(parse_outcome(with(p256, "d", d(order))) == "private_key_mismatch");
  CHECK(parse_outcome(with(p256, "d", d(std::string(32, '\0')))) == "private_key_mismatch");
  CHECK(parse_outcome(with(p256, "d", d(std::string(31, '\1')))) == "private_key_mismatch");
  // As long as it may not be, though the number is the same.
  CHECK(parse_outcome(with(p256, "d", d('\0' + *decode_base64url(p256["d"].get<std::string>())))) ==
        "private_key_mismatch");
  CHECK(parse_outcome(with(p256, "crv", "P-384")) == "alg_kty_inconsistent crv");
  CHECK(parse_outcome(with(p256, "crv", nullptr)) == "member_missing crv");
  CHECK(parse_outcome(with(p256, "x", changed(p256["x"]))) == "ec_point_invalid");
  CHECK(parse_outcome(with(p256, "y", nullptr)) == "member_missing y");
  const Json ed25519 = private_json(key_for("Ed25519"));
  CHECK(parse_outcome(with(ed25519, "d", d(std::string(31, '\1')))) == "private_key_mismatch");
  CHECK(parse_outcome(with(ed25519, "crv", "Ed448")) == "alg_kty_inconsistent crv");
  CHECK(parse_outcome(with(ed25519, "x", d(std::string(32, '\0')))) == "okp_point_invalid x");
}

TEST_CASE("signing: a secret as short as its hash is long, and no shorter", "[issuer]") {
  for (const auto& [alg, length] : {std::pair("HS256", 32u), {"HS384", 48u}, {"HS512", 64u}}) {
    const Json jwk{{"kty", "oct"}, {"alg", alg}};
    CHECK(parse_outcome(with(jwk, "k", encode_base64url(std::string(length, 'k')))) == "accepted");
    CHECK(parse_outcome(with(jwk, "k", encode_base64url(std::string(length - 1, 'k')))) ==
          "hmac_key_too_short k");
  }
}

TEST_CASE("signing: a JWK that is no key to sign with is refused", "[issuer]") {
  const Json jwk = private_json(key_for("ES256"));
  CHECK(parse_outcome(with(jwk, "use", "enc")) == "use_mismatch use");
  CHECK(parse_outcome(with(jwk, "key_ops", Json{"verify"})) == "key_ops_mismatch key_ops");
  CHECK(parse_outcome(with(jwk, "key_ops", "sign")) == "key_ops_invalid key_ops");
  CHECK(parse_outcome(with(jwk, "key_ops", Json{"sign", "verify"})) == "accepted");
  CHECK(parse_outcome(with(jwk, "kid", 7)) == "member_invalid kid");
  CHECK(parse_outcome(with(jwk, "kid", "")) == "member_invalid kid");
  CHECK(parse_outcome(with(jwk, "kty", nullptr)) == "member_missing kty");
  CHECK(parse_outcome(with(jwk, "x-more", Json{{"any", "thing"}})) == "accepted");
  for (const char* text : {"", "null", "[]", "{", R"({"kty":"EC","kty":"EC"})", "\xff"})
    CHECK(outcome(SigningKey::parse(text)).starts_with("jwk_malformed"));
  CHECK(outcome(SigningKey::parse(std::string(64 * 1024 + 1, ' '))) == "jwk_malformed");
}

TEST_CASE("signing: an error names no key material", "[issuer]") {
  const Json jwk = private_json(key_for("ES256"));
  const auto key = SigningKey::parse(with(jwk, "d", changed(jwk["d"])).dump());
  REQUIRE_FALSE(key);
  CHECK(to_json(key.error()).dump().find(jwk["d"].get<std::string>().substr(0, 8)) ==
        std::string::npos);
}

TEST_CASE("signing: a header may be added to, but for what the key decides", "[issuer]") {
  const SigningKey& key = key_for("ES256");
  const auto header_of = [](const std::string& jws) {
    return Json::parse(*decode_base64url(jws.substr(0, jws.find('.'))));
  };
  CHECK(header_of(sign_text("x", key, R"({"typ":"at+jwt","x":[1.5]})")) ==
        Json({{"alg", "ES256"}, {"kid", key.kid()}, {"typ", "at+jwt"}, {"x", {1.5}}}));
  const auto refused = [&](const std::string& header) {
    return outcome(sign_jws("x", key, header, entropy(1)));
  };
  for (const std::string name : {"alg", "kid", "crit", "b64"})
    CHECK(refused("{\"" + name + "\":\"x\"}") == "option_invalid " + name);
  CHECK(refused(R"({"typ":1})") == "option_invalid typ");
  CHECK(refused("[]") == "option_invalid header");
  CHECK(refused(R"({"a":1,"a":2})") == "option_invalid header");
  CHECK(refused(R"({"a":")" + std::string(8192, 'a') + "\"}") == "option_invalid header");
  CHECK(refused(R"({"a":")" + std::string(8170, 'a') + "\"}") == "option_invalid header");
}

TEST_CASE("signing: RFC 8037 appendix A", "[issuer]") {
  const Json jwk{{"kty", "OKP"},
                 {"crv", "Ed25519"},
                 {"d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
                 {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
  const auto key = SigningKey::parse(jwk.dump(), "EdDSA");
  REQUIRE(key);
  CHECK(key->thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  const crypto::Ed25519PrivateKey private_key{
      {crypto::CurveId::ed25519, *decode_base64url(jwk["x"].get<std::string>())},
      *crypto::decode_secret(jwk["d"].get<std::string>())};
  const auto signature =
      crypto::sign(crypto::Scheme::eddsa, crypto::Hash::none, private_key,
                   "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", "");
  CHECK(encode_base64url(*signature) ==
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST_CASE("signing: RFC 6979 appendix A.2.5", "[issuer]") {
  const crypto::EcPrivateKey key{
      {crypto::CurveId::p256,
       from_hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"),
       from_hex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")},
      crypto::WipedString(
          from_hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))};
  CHECK(crypto::is_consistent(key));
  const auto signature = [&](crypto::Hash hash, std::string_view message) {
    return to_hex(*crypto::sign(crypto::Scheme::ecdsa, hash, key, message, entropy(1)));
  };
  CHECK(signature(crypto::Hash::sha256, "sample") ==
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  CHECK(signature(crypto::Hash::sha256, "test") ==
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083");
  CHECK(signature(crypto::Hash::sha512, "sample") ==
        "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
        "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe");
}

TEST_CASE("signing: base64url of secrets is as strict as of anything", "[issuer]") {
  for (int length = 0; length < 70; ++length) {
    std::string octets;
    for (int i = 0; i < length; ++i) octets += static_cast<char>(37 * i + length);
    const auto text = crypto::encode_secret(octets);
    CHECK(std::string_view(text) == encode_base64url(octets));
    CHECK(std::string_view(*crypto::decode_secret(text)) == octets);
  }
  for (const char* text : {"A", "AB", "AAB", "AA=", "AA==", "A A", "A+", "A/", "AAAA\n", "AAAAA"}) {
    INFO(text);
    CHECK(crypto::decode_secret(text).has_value() == decode_base64url(text).has_value());
  }
}

TEST_CASE("signing: RSA that goes wrong gives no signature", "[issuer]") {
  // With half of the Chinese remainder theorem wrong, the difference to what is right would tell
  // the other prime.
  const auto key = *crypto::generate_rsa(2048, entropy(9));
  CHECK(crypto::is_consistent(key));
  for (const auto scheme : {crypto::Scheme::rsa_pkcs1, crypto::Scheme::rsa_pss}) {
    CHECK(crypto::sign(scheme, crypto::Hash::sha256, key, "message", entropy(1)));
    auto wrong = key;
    wrong.dp[wrong.dp.size() / 2] ^= 1;
    CHECK_FALSE(crypto::sign(scheme, crypto::Hash::sha256, wrong, "message", entropy(1)));
  }
}

TEST_CASE("signing: a secret text is wiped where it is moved from", "[issuer]") {
  SecretText text("0123456789abcdef0123456789abcdef");
  const SecretText moved = std::move(text);
  CHECK(text.view().empty());
  CHECK(moved.view() == "0123456789abcdef0123456789abcdef");
}
