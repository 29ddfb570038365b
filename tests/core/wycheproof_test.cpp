// Project Wycheproof, all 34 files: behind the crypto seam, and as JWK through the public API.
#include <touchstone/touchstone.h>

#include <cstdio>

#include "algorithms.hpp"
#include "base64url.hpp"
#include "jwk.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

struct File {
  const char* name;
  const char* alg;        ///< empty: no JOSE algorithm pairs this curve and hash
  const char* exception;  ///< why its "valid" signatures are not so in JOSE; empty: they are
};

constexpr File rsa_files[] = {
    {"rsa_signature_2048_sha256", "RS256", ""},
    {"rsa_signature_2048_sha384", "RS384", ""},
    {"rsa_signature_2048_sha512", "RS512", ""},
    {"rsa_signature_3072_sha256", "RS256", ""},
    {"rsa_signature_3072_sha384", "RS384", ""},
    {"rsa_signature_3072_sha512", "RS512", ""},
    {"rsa_signature_4096_sha256", "RS256", ""},
    {"rsa_signature_4096_sha384", "RS384", ""},
    {"rsa_signature_4096_sha512", "RS512", ""},
    {"rsa_signature_8192_sha256", "RS256", ""},
    {"rsa_pss_2048_sha256_mgf1_32", "PS256", ""},
    {"rsa_pss_3072_sha256_mgf1_32", "PS256", ""},
    {"rsa_pss_4096_sha256_mgf1_32", "PS256", ""},
    {"rsa_pss_2048_sha384_mgf1_48", "PS384", ""},
    {"rsa_pss_4096_sha384_mgf1_48", "PS384", ""},
    {"rsa_pss_4096_sha512_mgf1_64", "PS512", ""},
    {"rsa_pss_2048_sha256_mgf1_0", "PS256", "the salt is empty"},
    {"rsa_pss_4096_sha512_mgf1_32", "PS512", "the salt is shorter than the hash"},
    {"rsa_pss_2048_sha256_mgf1sha1_20", "PS256", "MGF1 uses SHA-1, the salt is shorter"},
};

struct EcFile {
  const char* name;
  const char* crv;
  crypto::Hash hash;
  const char* alg;
};

constexpr EcFile ec_files[] = {
    {"ecdsa_secp256r1_sha256_p1363", "P-256", crypto::Hash::sha256, "ES256"},
    {"ecdsa_secp384r1_sha384_p1363", "P-384", crypto::Hash::sha384, "ES384"},
    {"ecdsa_secp521r1_sha512_p1363", "P-521", crypto::Hash::sha512, "ES512"},
    {"ecdsa_secp256k1_sha256_p1363", "secp256k1", crypto::Hash::sha256, "ES256K"},
    {"ecdsa_secp256r1_sha512_p1363", "P-256", crypto::Hash::sha512, ""},
    {"ecdsa_secp384r1_sha512_p1363", "P-384", crypto::Hash::sha512, ""},
    {"ecdsa_secp256k1_sha512_p1363", "secp256k1", crypto::Hash::sha512, ""},
};

Json groups_of(const std::string& name, int expected_count) {
  Json file = read_vector_json("wycheproof/" + name + "_test.json");
  int count = 0;
  for (const Json& group : file.at("testGroups"))
    count += static_cast<int>(group.at("tests").size());
  CHECK(count == expected_count);
  CHECK(count == file.at("numberOfTests").get<int>());
  return std::move(file["testGroups"]);
}

/// Counts agreements, and reports each disagreement by its test's number.
struct Tally {
  std::string name;
  int valid = 0, invalid = 0;
  void expect(bool expected, bool found, int test, const char* how) {
    ++(expected ? valid : invalid);
    if (expected == found) return;
    INFO(name << " test " << test << " " << how);
    CHECK(expected == found);
  }
  void print() const { std::printf("%-36s %4d valid %5d invalid\n", name.c_str(), valid, invalid); }
};

/// The C ABI over one key.
class CKey {
 public:
  explicit CKey(const Json& jwk) : result_(touchstone_result_new()) {
    const std::string text = jwk.dump();
    REQUIRE(touchstone_key_set_parse(result_, &keys_, text.data(), text.size()) == TOUCHSTONE_OK);
  }
  ~CKey() {
    touchstone_key_set_free(keys_);
    touchstone_result_free(result_);
  }
  CKey(const CKey&) = delete;

  touchstone_error verify(const std::string& alg, const std::string& message,
                          const std::string& signature) {
    return touchstone_verify_signature(result_, keys_, alg.data(), alg.size(), message.data(),
                                       message.size(), signature.data(), signature.size());
  }

 private:
  touchstone_result* result_;
  touchstone_key_set* keys_ = nullptr;
};

bool is_refusal_of_a_signature(touchstone_error error) {
  return error == TOUCHSTONE_SIGNATURE_INVALID || error == TOUCHSTONE_SIGNATURE_LENGTH_INVALID;
}

/// Where the salt should be empty, the one forgery whose salt is as long as the hash is proper
/// PS256.
bool is_valid_in_jose(const File& file, const Json& test) {
  if (std::string(file.exception).empty()) return test["result"] == "valid";
  return std::string(file.name) == "rsa_pss_2048_sha256_mgf1_0" &&
         test["comment"] == "s_len changed to 32";
}

std::string without_leading_zeros(const std::string& bytes) {
  return bytes.substr(bytes.find_first_not_of('\0'));
}

int count_of(const std::string& name) {
  return read_vector_json("wycheproof/" + name + "_test.json").at("numberOfTests");
}

}  // namespace

TEST_CASE("Wycheproof: RS and PS", "[wycheproof]") {
  int cases = 0;
  for (const File& file : rsa_files) {
    const Algorithm& algorithm = *find_algorithm(file.alg);
    Tally tally{file.name};
    for (const Json& group : groups_of(file.name, count_of(file.name))) {
      const std::string n = without_leading_zeros(from_hex(group["publicKey"]["modulus"]));
      const std::string e = without_leading_zeros(from_hex(group["publicKey"]["publicExponent"]));
      const crypto::PublicKey seam_key(crypto::RsaKey{n, e});
      CKey key({{"kty", "RSA"}, {"n", encode_base64url(n)}, {"e", encode_base64url(e)}});
      for (const Json& test : group["tests"]) {
        // "acceptable" is a DigestInfo without NULL: RFC 8017 section 9.2 has it.
        if (test["result"] == "acceptable")
          CHECK(test["comment"] == "Missing NULL in the ASN encoding");
        const bool expected = is_valid_in_jose(file, test);
        const std::string message = from_hex(test["msg"]), signature = from_hex(test["sig"]);
        const int id = test["tcId"];
        tally.expect(expected,
                     crypto::verify_signature(algorithm.scheme, algorithm.hash, seam_key, message,
                                              signature),
                     id, "behind the seam");
        const touchstone_error error = key.verify(file.alg, message, signature);
        tally.expect(expected, error == TOUCHSTONE_OK, id, "as a JWK");
        if (!expected && !is_refusal_of_a_signature(error)) CHECK(is_refusal_of_a_signature(error));
        ++cases;
      }
    }
    CHECK(tally.valid >= (std::string(file.exception).empty() ? 1 : 0));
    tally.print();
  }
  std::printf("RS and PS: %d cases, each twice\n", cases);
  CHECK(cases == 3761);
}

TEST_CASE("Wycheproof: ES", "[wycheproof]") {
  int cases = 0;
  for (const EcFile& file : ec_files) {
    const Curve& curve = *find_curve(file.crv);
    Tally tally{file.name};
    for (const Json& group : groups_of(file.name, count_of(file.name))) {
      const std::string point = from_hex(group["publicKey"]["uncompressed"]);
      REQUIRE(point.size() == 1 + 2 * curve.length);
      const std::string x = point.substr(1, curve.length), y = point.substr(1 + curve.length);
      const crypto::PublicKey seam_key(crypto::EcKey{curve.id, x, y});
      CKey key({{"kty", "EC"},
                {"crv", file.crv},
                {"x", encode_base64url(x)},
                {"y", encode_base64url(y)}});
      for (const Json& test : group["tests"]) {
        const bool expected = test["result"] == "valid";
        CHECK(test["result"] != "acceptable");
        const std::string message = from_hex(test["msg"]), signature = from_hex(test["sig"]);
        const int id = test["tcId"];
        tally.expect(expected,
                     crypto::verify_signature(crypto::Scheme::ecdsa, file.hash, seam_key, message,
                                              signature),
                     id, "behind the seam");
        ++cases;
        if (std::string(file.alg).empty()) continue;
        const touchstone_error error = key.verify(file.alg, message, signature);
        tally.expect(expected, error == TOUCHSTONE_OK, id, "as a JWK");
        if (!expected && !is_refusal_of_a_signature(error)) CHECK(is_refusal_of_a_signature(error));
      }
    }
    CHECK(tally.valid > 0);
    tally.print();
  }
  std::printf("ES: %d cases, those of JOSE twice\n", cases);
  CHECK(cases == 2084);
}

TEST_CASE("Wycheproof: HS, full tags only", "[wycheproof]") {
  int cases = 0;
  for (const auto& [name, alg] :
       {std::pair("hmac_sha256", "HS256"), std::pair("hmac_sha384", "HS384"),
        std::pair("hmac_sha512", "HS512")}) {
    const Algorithm& algorithm = *find_algorithm(alg);
    Tally tally{name};
    for (const Json& group : groups_of(name, 174)) {
      const bool is_full = group["tagSize"].get<std::size_t>() == 8 * algorithm.signature_length;
      for (const Json& test : group["tests"]) {
        const bool expected = test["result"] == "valid" && is_full;
        CHECK(test["result"] != "acceptable");
        const std::string secret = from_hex(test["key"]);
        const std::string message = from_hex(test["msg"]), tag = from_hex(test["tag"]);
        const int id = test["tcId"];
        const crypto::PublicKey seam_key{crypto::Secret(secret)};
        tally.expect(
            expected,
            crypto::verify_signature(algorithm.scheme, algorithm.hash, seam_key, message, tag), id,
            "behind the seam");
        ++cases;
        const Json jwk{{"kty", "oct"}, {"k", encode_base64url(secret)}};
        if (secret.size() < algorithm.key_length) {
          CHECK(fate(with(jwk, "alg", alg)) == "hmac_key_too_short k");  // RFC 7518 section 3.2
          continue;
        }
        const touchstone_error error = CKey(jwk).verify(alg, message, tag);
        tally.expect(expected, error == TOUCHSTONE_OK, id, "as a JWK");
        if (!is_full) CHECK(error == TOUCHSTONE_SIGNATURE_LENGTH_INVALID);
      }
    }
    CHECK(tally.valid > 0);
    tally.print();
  }
  std::printf("HS: %d cases\n", cases);
  CHECK(cases == 522);
}

TEST_CASE("Wycheproof: Ed25519 and Ed448", "[wycheproof]") {
  if (!crypto::can_verify(crypto::Scheme::eddsa)) SKIP("a build without EdDSA");
  for (const auto& [name, crv, count] :
       {std::tuple("ed25519", "Ed25519", 150), std::tuple("ed448", "Ed448", 86)}) {
    Tally tally{name};
    for (const Json& group : groups_of(name, count)) {
      CKey key({{"kty", "OKP"}, {"crv", crv}, {"x", base64url_of_hex(group["publicKey"]["pk"])}});
      for (const Json& test : group["tests"]) {
        const bool expected = test["result"] == "valid";
        CHECK(test["result"] != "acceptable");
        const std::string message = from_hex(test["msg"]), signature = from_hex(test["sig"]);
        for (const char* alg : {crv, "EdDSA"}) {
          const touchstone_error error = key.verify(alg, message, signature);
          tally.expect(expected, error == TOUCHSTONE_OK, test["tcId"], alg);
          if (!expected && !is_refusal_of_a_signature(error))
            CHECK(is_refusal_of_a_signature(error));
        }
      }
    }
    CHECK(tally.valid > 0);
    CHECK(tally.valid + tally.invalid == 2 * count);
    tally.print();
  }
}

TEST_CASE("Wycheproof: ML-DSA, with the empty context alone", "[wycheproof]") {
  if (!crypto::can_verify(crypto::Scheme::ml_dsa)) SKIP("a build without ML-DSA");
  for (const auto& [name, alg, count, contexts] :
       {std::tuple("mldsa_44_verify", "ML-DSA-44", 180, 7),
        std::tuple("mldsa_65_verify", "ML-DSA-65", 210, 7),
        std::tuple("mldsa_87_verify", "ML-DSA-87", 241, 7)}) {
    Tally tally{name};
    int skipped_keys = 0, with_context = 0;
    for (const Json& group : groups_of(name, count)) {
      const std::string pub = from_hex(group["publicKey"]);
      const Json jwk{{"kty", "AKP"}, {"alg", alg}, {"pub", encode_base64url(pub)}};
      const bool has_length = pub.size() == find_algorithm(alg)->key_length;
      CHECK(fate(jwk) == (has_length ? "usable" : "akp_length pub"));
      skipped_keys += has_length ? 0 : 1;
      CKey key(jwk);
      for (const Json& test : group["tests"]) {
        // RFC 9964 section 4: the context is empty. Signatures made with another are invalid here.
        const bool has_context = !test.value("ctx", "").empty();
        with_context += has_context ? 1 : 0;
        const bool expected = test["result"] == "valid" && !has_context;
        const touchstone_error error =
            key.verify(alg, from_hex(test["msg"]), from_hex(test["sig"]));
        tally.expect(expected, error == TOUCHSTONE_OK, test["tcId"], "as a JWK");
        if (has_length && !expected) CHECK(is_refusal_of_a_signature(error));
      }
    }
    CHECK(tally.valid > 0);
    CHECK(skipped_keys > 0);
    CHECK(with_context == contexts);
    tally.print();
  }
}
