#include "jwk.hpp"

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string encode(std::size_t length, char first = 1) {
  std::string bytes(length, '\x5a');
  if (length > 0) bytes[0] = first;
  return encode_base64url(bytes);
}

/// A modulus of so many bits that is odd and has no fingerprint.
std::string modulus(std::size_t bits) {
  std::string bytes((bits + 7) / 8, '\x33');
  bytes[0] = static_cast<char>(1 << ((bits + 7) % 8));
  bytes.back() = '\x35';
  return encode_base64url(bytes);
}

/// A copy with the member's bytes changed.
template <class Change>
Json change(Json jwk, const char* name, Change change) {
  std::string bytes = *decode_base64url(jwk.at(name).get<std::string>());
  change(bytes);
  jwk[name] = encode_base64url(bytes);
  return jwk;
}

const std::vector<std::string> key_names = {"rsa",       "p256",    "p384",  "p521",
                                            "secp256k1", "ed25519", "ed448", "akp"};

}  // namespace

TEST_CASE("K2: unknown members of a key are ignored", "[jwk]") {
  for (const std::string& name : key_names) {
    INFO(name);
    CHECK(fate(with(fixture_jwk(name), "unknown", {{"a", 1}})) == "usable");
  }
  CHECK(fate(with(secret_jwk(), "unknown", 1)) == "usable");
}

TEST_CASE("K4: a required member that is missing", "[jwk]") {
  const std::pair<const char*, std::vector<const char*>> required[] = {
      {"rsa", {"n", "e"}},       {"p256", {"crv", "x", "y"}}, {"secp256k1", {"crv", "x", "y"}},
      {"ed25519", {"crv", "x"}}, {"akp", {"alg", "pub"}},
  };
  for (const auto& [key, members] : required) {
    for (const char* member : members) {
      CHECK(fate(with(fixture_jwk(key), member, nullptr)) ==
            std::string("member_missing ") + member);
    }
  }
  CHECK(fate(with(secret_jwk(), "k", nullptr)) == "member_missing k");
}

TEST_CASE("K4: a member of the wrong type, or not canonical base64url", "[jwk]") {
  const std::pair<const char*, std::vector<const char*>> octets[] = {
      {"rsa", {"n", "e"}}, {"p256", {"x", "y"}}, {"ed25519", {"x"}}, {"akp", {"pub"}}};
  const Json values[] = {1,   true, Json::array(), Json::object(), "",
                         "A", "AB", "AA==",        "A+/A",         "AA\n"};
  for (const auto& [key, members] : octets) {
    for (const char* member : members) {
      for (const Json& value : values) {
        INFO(member << " " << value);
        CHECK(fate(with(fixture_jwk(key), member, value)) ==
              std::string("member_invalid ") + member);
      }
      Json null = fixture_jwk(key);
      null[member] = nullptr;
      CHECK(fate(null) == std::string("member_invalid ") + member);
    }
  }
}

TEST_CASE("K5: an element that is no object", "[jwk]") {
  for (const Json& element : {Json(1), Json("x"), Json(nullptr), Json::array(), Json(true)}) {
    CHECK(fate(element) == "not_an_object");
  }
}

TEST_CASE("K6: kty is one of five, in its own spelling", "[jwk]") {
  const Json rsa = fixture_jwk("rsa");
  CHECK(fate(with(rsa, "kty", nullptr)) == "member_missing kty");
  CHECK(fate(with(rsa, "kty", 1)) == "member_invalid kty");
  for (const char* kty : {"rsa", "Rsa", "", "EC2", "OCT", "RSA "}) {
    CHECK(fate(with(rsa, "kty", kty)) == "kty_unsupported kty");
  }
  CHECK(fate(Json::object()) == "member_missing kty");
}

TEST_CASE("K7: use is sig or absent", "[jwk]") {
  const Json key = fixture_jwk("p256");
  CHECK(fate(with(key, "use", "sig")) == "usable");
  for (const char* use : {"enc", "SIG", "", "x-private"}) {
    CHECK(fate(with(key, "use", use)) == "use_mismatch use");
  }
  CHECK(fate(with(key, "use", 1)) == "member_invalid use");
  CHECK(fate(with(key, "use", Json::array({"sig"}))) == "member_invalid use");
}

TEST_CASE("K8: key_ops contains verify, or is absent", "[jwk]") {
  const Json key = fixture_jwk("p256");
  CHECK(fate(with(key, "key_ops", {"verify"})) == "usable");
  CHECK(fate(with(key, "key_ops", {"sign", "verify"})) == "usable");
  CHECK(fate(with(key, "key_ops", {"unknown", "verify"})) == "usable");
  CHECK(fate(with(key, "key_ops", {"sign"})) == "key_ops_mismatch key_ops");
  CHECK(fate(with(key, "key_ops", Json::array())) == "key_ops_mismatch key_ops");
  CHECK(fate(with(key, "key_ops", {"Verify"})) == "key_ops_mismatch key_ops");
}

TEST_CASE("K8: key_ops is an array of distinct strings", "[jwk]") {
  const Json key = fixture_jwk("p256");
  CHECK(fate(with(key, "key_ops", "verify")) == "key_ops_invalid key_ops");
  CHECK(fate(with(key, "key_ops", {"verify", 1})) == "key_ops_invalid key_ops");
  CHECK(fate(with(key, "key_ops", {"verify", "verify"})) == "key_ops_invalid key_ops");
  CHECK(fate(with(key, "key_ops", {"sign", "verify", "sign"})) == "key_ops_invalid key_ops");
}

TEST_CASE("K9: use and key_ops do not contradict each other", "[jwk]") {
  const Json key = with(fixture_jwk("p256"), "use", "sig");
  for (const char* op : {"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}) {
    CHECK(fate(with(key, "key_ops", {"verify", op})) == "use_key_ops_inconsistent key_ops");
    CHECK(fate(with(fixture_jwk("p256"), "key_ops", {"verify", op})) == "usable");
  }
  CHECK(fate(with(key, "key_ops", {"verify", "sign"})) == "usable");
  CHECK(fate(with(key, "key_ops", {"verify", "x-private"})) == "usable");
}

TEST_CASE("K10: the key's own alg goes with its kty and crv", "[jwk]") {
  const std::pair<const char*, std::vector<std::string>> fitting[] = {
      {"rsa", {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}},
      {"p256", {"ES256"}},
      {"p384", {"ES384"}},
      {"p521", {"ES512"}},
      {"secp256k1", {"ES256K"}},
      {"ed25519", {"EdDSA", "Ed25519"}},
      {"ed448", {"EdDSA", "Ed448"}},
      {"akp", {"ML-DSA-44"}},
  };
  for (const auto& [key, names] : fitting) {
    for (const Algorithm& row : algorithms()) {
      const bool fits = std::find(names.begin(), names.end(), row.name) != names.end();
      const std::string expected = fits ? "usable"
                                   : row.kty == "AKP" && std::string(key) == "akp"
                                       ? "akp_length pub"
                                       : "alg_kty_inconsistent alg";
      INFO(key << " " << row.name);
      CHECK(fate(with(fixture_jwk(key), "alg", row.name)) == expected);
    }
    CHECK(fate(with(fixture_jwk(key), "alg", "RSA-OAEP")) == "alg_kty_inconsistent alg");
    CHECK(fate(with(fixture_jwk(key), "alg", "none")) == "alg_kty_inconsistent alg");
  }
  CHECK(fate(with(fixture_jwk("rsa"), "alg", 1)) == "member_invalid alg");
  CHECK(fate(with(fixture_jwk("akp"), "alg", 1)) != "usable");
}

TEST_CASE("K11: kid is a string", "[jwk]") {
  for (const Json& kid : {Json(1), Json::array({"a"}), Json(true), Json::object()}) {
    CHECK(fate(with(fixture_jwk("rsa"), "kid", kid)) == "member_invalid kid");
  }
  Json null = fixture_jwk("rsa");
  null["kid"] = nullptr;
  CHECK(fate(null) == "member_invalid kid");
  CHECK(fate(with(fixture_jwk("rsa"), "kid", "")) == "usable");
}

TEST_CASE("K13: a key with a private member is skipped, whatever the member holds", "[jwk]") {
  const std::pair<const char*, std::vector<const char*>> members[] = {
      {"rsa", {"d", "p", "q", "dp", "dq", "qi", "oth"}},
      {"p256", {"d"}},
      {"ed25519", {"d"}},
      {"akp", {"priv"}}};
  for (const auto& [key, names] : members) {
    for (const char* name : names) {
      CHECK(fate(with(fixture_jwk(key), name, "AQ")) == std::string("private_member ") + name);
      CHECK(fate(with(fixture_jwk(key), name, 1)) == std::string("private_member ") + name);
      Json null = fixture_jwk(key);
      null[name] = nullptr;
      CHECK(fate(null) == std::string("private_member ") + name);
    }
  }
}

TEST_CASE("K15: a modulus has 2048 to 8192 bits", "[jwk]") {
  const Json rsa = fixture_jwk("rsa");
  CHECK(fate(fixture_jwk("rsa_small")) == "rsa_modulus_too_small n");
  CHECK(fate(with(rsa, "n", modulus(2047))) == "rsa_modulus_too_small n");
  CHECK(fate(with(rsa, "n", modulus(2048))) == "usable");
  CHECK(fate(with(rsa, "n", modulus(2049))) == "usable");
  CHECK(fate(with(rsa, "n", modulus(8192))) == "usable");
  CHECK(fate(with(rsa, "n", modulus(8193))) == "rsa_modulus_too_large n");
  CHECK(fate(with(rsa, "n", modulus(8))) == "rsa_modulus_too_small n");
}

TEST_CASE("K15: leading zero octets of n and e are accepted and do not count", "[jwk]") {
  const auto prepend = [](std::string& bytes) { bytes.insert(0, 2, '\0'); };
  const Json rsa = fixture_jwk("rsa");
  CHECK(fate(change(rsa, "n", prepend)) == "usable");
  CHECK(fate(change(rsa, "e", prepend)) == "usable");
  CHECK(fate(change(with(rsa, "n", modulus(2040)), "n", prepend)) == "rsa_modulus_too_small n");
  CHECK(fate(change(with(rsa, "n", modulus(8192)), "n", prepend)) == "usable");
  CHECK(parse_keys(set_of({change(rsa, "n", prepend)})).keys()[0].bits() == 2048);
}

TEST_CASE("K15: an even modulus is skipped", "[jwk]") {
  const auto make_even = [](std::string& bytes) {
    bytes.back() = static_cast<char>(bytes.back() & ~1);
  };
  CHECK(fate(change(fixture_jwk("rsa"), "n", make_even)) == "rsa_modulus_invalid n");
}

TEST_CASE("K15: a modulus of zeros is skipped", "[jwk]") {
  CHECK(fate(with(fixture_jwk("rsa"), "n", encode_base64url(std::string(256, '\0')))) ==
        "rsa_modulus_too_small n");
}

TEST_CASE("K15: the exponent is odd, at least 3 and at most 2^64", "[jwk]") {
  const auto with_e = [](std::string_view bytes) {
    return fate(with(fixture_jwk("rsa"), "e", encode_base64url(bytes)));
  };
  using namespace std::string_view_literals;
  CHECK(with_e("\3") == "usable");
  CHECK(with_e("\1\0\1"sv) == "usable");
  CHECK(with_e("\xff\xff\xff\xff\xff\xff\xff\xff") == "usable");
  for (const auto e : {"\0"sv, "\0\0"sv, "\1"sv, "\0\1"sv, "\2"sv, "\1\0\0"sv,
                       "\1\0\0\0\0\0\0\0\0"sv, "\1\0\0\0\0\0\0\0\1"sv}) {
    CHECK(with_e(e) == "rsa_exponent_invalid e");
  }
}

TEST_CASE("K16: a modulus with the ROCA fingerprint is skipped", "[jwk]") {
  const Json roca = with(fixture_jwk("rsa"), "n", fixture().at("roca"));
  CHECK(fate(roca) == "rsa_weak_roca n");
  // Two more is no power of 65537 modulo all of the primes.
  CHECK(fate(change(roca, "n", [](std::string& bytes) {
          bytes.back() = static_cast<char>(bytes.back() + 2);
        })) == "usable");
}

TEST_CASE("K17: crv is one of four", "[jwk]") {
  const Json key = fixture_jwk("p256");
  for (const char* crv : {"P-192", "p-256", "", "Ed25519", "X25519", "secp256r1"}) {
    CHECK(fate(with(key, "crv", crv)) == "crv_unsupported crv");
  }
  CHECK(fate(with(key, "crv", 1)) == "member_invalid crv");
}

TEST_CASE("K17: coordinates have their full length", "[jwk]") {
  for (const char* name : {"p256", "p384", "p521", "secp256k1"}) {
    for (const char* member : {"x", "y"}) {
      const Json key = fixture_jwk(name);
      const std::string expected = std::string("ec_coordinate_length ") + member;
      CHECK(fate(key) == "usable");
      CHECK(fate(change(key, member, [](auto& bytes) { bytes.pop_back(); })) == expected);
      CHECK(fate(change(key, member, [](auto& bytes) { bytes.erase(0, 1); })) == expected);
      CHECK(fate(change(key, member, [](auto& bytes) { bytes.insert(0, 1, '\0'); })) == expected);
      CHECK(fate(with(key, member, "")) == std::string("member_invalid ") + member);
    }
  }
}

TEST_CASE("K17: the point is on its curve", "[jwk]") {
  for (const char* name : {"p256", "p384", "p521", "secp256k1"}) {
    const Json key = fixture_jwk(name);
    const auto flip = [](std::string& bytes) {
      bytes.back() = static_cast<char>(bytes.back() ^ 1);
    };
    const auto clear = [](std::string& bytes) { bytes.assign(bytes.size(), '\0'); };
    const auto fill = [](std::string& bytes) { bytes.assign(bytes.size(), '\xff'); };
    CHECK(fate(change(key, "y", flip)) == "ec_point_invalid");
    CHECK(fate(change(change(key, "x", clear), "y", clear)) == "ec_point_invalid");
    CHECK(fate(change(key, "x", fill)) == "ec_point_invalid");
  }
}

TEST_CASE("K17: a point of another curve is skipped", "[jwk]") {
  CHECK(fate(with(fixture_jwk("p256"), "crv", "secp256k1")) == "ec_point_invalid");
  CHECK(fate(with(fixture_jwk("secp256k1"), "crv", "P-256")) == "ec_point_invalid");
  CHECK(fate(with(fixture_jwk("p256"), "crv", "P-384")) == "ec_coordinate_length x");
}

TEST_CASE("K18: OKP keys verify with Ed25519 and Ed448 only, at full length", "[jwk]") {
  for (const char* crv : {"X25519", "X448", "P-256", "ed25519"}) {
    CHECK(fate(with(fixture_jwk("ed25519"), "crv", crv)) == "crv_unsupported crv");
  }
  CHECK(fate(with(fixture_jwk("ed25519"), "x", encode(31))) == "okp_length x");
  CHECK(fate(with(fixture_jwk("ed25519"), "x", encode(33))) == "okp_length x");
  CHECK(fate(with(fixture_jwk("ed25519"), "crv", "Ed448")) == "okp_length x");
  CHECK(fate(with(fixture_jwk("ed448"), "x", encode(56))) == "okp_length x");
}

TEST_CASE("K19: pub has the length that alg says", "[jwk]") {
  const std::pair<const char*, std::size_t> lengths[] = {
      {"ML-DSA-44", 1312}, {"ML-DSA-65", 1952}, {"ML-DSA-87", 2592}};
  for (const auto& [alg, length] : lengths) {
    const Json key = with(fixture_jwk("akp"), "alg", alg);
    CHECK(fate(with(key, "pub", encode(length))) == "usable");
    CHECK(fate(with(key, "pub", encode(length - 1))) == "akp_length pub");
    CHECK(fate(with(key, "pub", encode(length + 1))) == "akp_length pub");
  }
  CHECK(fate(with(fixture_jwk("akp"), "alg", "ES256")) == "alg_kty_inconsistent alg");
  CHECK(fate(with(fixture_jwk("akp"), "crv", "P-256")) == "usable");  // unknown to AKP: ignored
}

TEST_CASE("K20: a secret is at least as long as the hash", "[jwk]") {
  const auto with_secret = [](std::size_t length, const Json& alg) {
    return fate(with(with(secret_jwk(), "k", encode(length)), "alg", alg));
  };
  CHECK(with_secret(31, nullptr) == "hmac_key_too_short k");
  CHECK(with_secret(32, nullptr) == "usable");
  CHECK(with_secret(32, "HS256") == "usable");
  CHECK(with_secret(47, "HS384") == "hmac_key_too_short k");
  CHECK(with_secret(48, "HS384") == "usable");
  CHECK(with_secret(63, "HS512") == "hmac_key_too_short k");
  CHECK(with_secret(64, "HS512") == "usable");
  CHECK(with_secret(0, nullptr) == "member_invalid k");
  CHECK(with_secret(64, "ES256") == "alg_kty_inconsistent alg");
}

TEST_CASE("jwk: what a usable key says of itself", "[jwk]") {
  const Json jwk = with(with(with(fixture_jwk("p521"), "kid", "a"), "alg", "ES512"), "use", "sig");
  const KeySet keys = parse_keys(set_of({1, jwk}));
  REQUIRE(keys.keys().size() == 1);
  const Jwk& key = keys.keys()[0];
  CHECK(key.kty() == "EC");
  CHECK(key.crv() == "P-521");
  CHECK(key.kid() == "a");
  CHECK(key.alg() == "ES512");
  CHECK(key.use() == "sig");
  CHECK(key.bits() == 521);
  CHECK(key.index() == 1);
  CHECK(key.thumbprint() == fixture().at("thumbprints").at("p521").at("sha-256"));
}

TEST_CASE("K12: an algorithm asks for its kty, its crv and the key's own alg", "[jwk]") {
  const auto unfit = [](const Json& jwk, const char* alg) {
    const KeySet keys = parse_keys(set_of({jwk}));
    const auto reason = unfit_for(keys.keys().at(0), *find_algorithm(alg));
    return reason ? std::string(Error::reason(*reason)) : "fit";
  };
  CHECK(unfit(fixture_jwk("rsa"), "RS256") == "fit");
  CHECK(unfit(fixture_jwk("rsa"), "HS256") == "kty_mismatch");
  CHECK(unfit(fixture_jwk("rsa"), "ES256") == "kty_mismatch");
  CHECK(unfit(fixture_jwk("p384"), "ES256") == "crv_mismatch");
  CHECK(unfit(fixture_jwk("secp256k1"), "ES256") == "crv_mismatch");
  CHECK(unfit(with(fixture_jwk("rsa"), "alg", "PS256"), "RS256") == "key_alg_mismatch");
  CHECK(unfit(fixture_jwk("ed25519"), "EdDSA") == "fit");
  CHECK(unfit(with(fixture_jwk("ed25519"), "alg", "EdDSA"), "Ed25519") == "fit");
  CHECK(unfit(with(fixture_jwk("ed25519"), "alg", "Ed25519"), "EdDSA") == "fit");
  CHECK(unfit(fixture_jwk("ed25519"), "Ed448") == "crv_mismatch");
  CHECK(unfit(fixture_jwk("akp"), "ML-DSA-65") == "key_alg_mismatch");
  CHECK(unfit(with(secret_jwk(), "k", encode(32)), "HS512") == "hmac_key_too_short");
}

TEST_CASE("jwk: the length of a signature is the algorithm's, the curve's or the modulus's",
          "[jwk]") {
  const auto length = [](const char* key, const char* alg) {
    return signature_length(parse_keys(set_of({fixture_jwk(key)})).keys().at(0),
                            *find_algorithm(alg));
  };
  CHECK(length("rsa", "RS512") == 256);
  CHECK(length("p521", "ES512") == 132);
  CHECK(length("ed25519", "EdDSA") == 64);
  CHECK(length("ed448", "EdDSA") == 114);
  CHECK(length("akp", "ML-DSA-44") == 2420);
}
