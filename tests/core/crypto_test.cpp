// The crypto seam by itself: what it promises even to callers that have checked nothing.
#include "algorithms.hpp"
#include "base64url.hpp"
#include "jwk.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

struct Signed {
  const Algorithm* algorithm;
  Jwk key;
  std::string message, signature;
};

/// The fixture's token of this algorithm, as the seam sees it.
Signed signed_with(const std::string& alg) {
  const std::string token = fixture_token(alg);
  const std::string key = fixture().at("tokens").at(alg).at("key");
  const auto dot = token.rfind('.');
  return {find_algorithm(alg), parse_keys(set_of({fixture_jwk(key)})).keys().at(0),
          token.substr(0, dot), *decode_base64url(token.substr(dot + 1))};
}

bool verify(const Signed& it, const std::string& signature) {
  return crypto::verify_signature(it.algorithm->scheme, it.algorithm->hash, it.key.public_key(),
                                  it.message, signature);
}

const std::vector<std::string> names_of_algorithms = {"RS256", "PS384", "ES256",
                                                      "ES384", "ES512", "ES256K"};

}  // namespace

TEST_CASE("crypto: a text's SHA-256 in hexadecimal", "[crypto]") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("crypto: the digests of \"abc\" in FIPS 180-4", "[crypto]") {
  using crypto::Hash;
  CHECK(crypto::digest(Hash::sha256, "abc") ==
        from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(crypto::digest(Hash::sha384, "abc").substr(0, 4) == from_hex("cb00753f"));
  CHECK(crypto::digest(Hash::sha512, "abc").substr(0, 4) == from_hex("ddaf35a1"));
  CHECK(crypto::digest_size(Hash::sha256) == 32);
  CHECK(crypto::digest_size(Hash::sha384) == 48);
  CHECK(crypto::digest_size(Hash::sha512) == 64);
}

TEST_CASE("crypto: a signature of another length is invalid, not read past its end", "[crypto]") {
  for (const std::string& alg : names_of_algorithms) {
    const Signed it = signed_with(alg);
    INFO(alg);
    CHECK(verify(it, it.signature));
    CHECK_FALSE(verify(it, it.signature + '\1'));
    CHECK_FALSE(verify(it, it.signature.substr(0, it.signature.size() - 1)));
    CHECK_FALSE(verify(it, ""));
  }
}

TEST_CASE("crypto: a truncated or longer tag is invalid", "[crypto]") {
  const crypto::PublicKey key{crypto::Secret(secret())};
  const std::string tag = hmac(crypto::Hash::sha256, secret(), "message");
  const auto verify_tag = [&](const std::string& signature) {
    return crypto::verify_signature(crypto::Scheme::hmac, crypto::Hash::sha256, key, "message",
                                    signature);
  };
  CHECK(verify_tag(tag));
  CHECK_FALSE(verify_tag(tag.substr(0, 31)));
  CHECK_FALSE(verify_tag(tag + '\1'));
  CHECK_FALSE(verify_tag(""));
}

TEST_CASE("crypto: a key of another form verifies nothing", "[crypto]") {
  const Signed rsa = signed_with("RS256"), ec = signed_with("ES256");
  const crypto::PublicKey hmac_key{crypto::Secret(secret())};
  for (const crypto::Scheme scheme :
       {crypto::Scheme::rsa_pkcs1, crypto::Scheme::rsa_pss, crypto::Scheme::ecdsa,
        crypto::Scheme::hmac, crypto::Scheme::eddsa, crypto::Scheme::ml_dsa}) {
    const auto tried = [&](const crypto::PublicKey& key, const Signed& it) {
      return crypto::verify_signature(scheme, crypto::Hash::sha256, key, it.message, it.signature);
    };
    CHECK_FALSE(tried(hmac_key, rsa));
    CHECK_FALSE(tried(rsa.key.public_key(), ec));
    CHECK(tried(rsa.key.public_key(), rsa) == (scheme == crypto::Scheme::rsa_pkcs1));
    CHECK(tried(ec.key.public_key(), ec) == (scheme == crypto::Scheme::ecdsa));
  }
}

TEST_CASE("crypto: a moved secret leaves nothing behind", "[crypto]") {
  crypto::Secret first(secret());
  const crypto::Secret second(std::move(first));
  CHECK(second.bytes() == secret());
  CHECK(first.bytes().find(secret()) == std::string_view::npos);
}
