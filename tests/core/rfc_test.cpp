// The examples of RFC 7515, 7517, 7520, 7638, 7797 and 8037.
#include <algorithm>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

const Json& files() {
  static const Json all = read_vector_json("rfc/rfc_jws_jwk_vectors.json").at("files");
  return all;
}

constexpr const char* private_names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

bool is_private(const Json& jwk) {
  return std::any_of(std::begin(private_names), std::end(private_names),
                     [&](const char* name) { return jwk.contains(name); });
}

/// The public members alone: what an issuer should have published.
Json public_part(Json jwk) {
  for (const char* name : private_names) jwk.erase(name);
  return jwk;
}

KeySet keys_of(const std::string& name) {
  const Json& file = files().at(name);
  if (!file.contains("keys")) return parse_keys(set_of({public_part(file)}));
  Json set = set_of({});
  for (const Json& jwk : file.at("keys")) set["keys"].push_back(public_part(jwk));
  return parse_keys(set);
}

Expectations anything() { return {.algorithms = {{"RS256", "PS384", "ES256", "ES512", "HS256"}}}; }

std::string text_of(const Json& jws) {
  return jws.is_string() ? jws.get<std::string>() : jws.dump();
}

Result<VerifiedJws> run(const std::string& jws, const std::string& keys) {
  std::optional<std::string> payload;
  const std::string stem = jws.substr(0, jws.rfind('.'));
  if (files().contains(stem + ".payl")) payload = files().at(stem + ".payl").get<std::string>();
  return verify_jws(text_of(files().at(jws)), keys_of(keys), anything(), payload);
}

/// The kid values that the unprotected headers of RFC 7515 A.6 and A.7 name.
constexpr const char* rsa_kid = "2010-12-29";
constexpr const char* ec_kid = "e9bc097a-ce51-4036-9562-d2ade882db0d";

}  // namespace

TEST_CASE("RFC 7515: A.1 to A.4, compact", "[rfc]") {
  for (const std::string stem : {"rfc7515_A.1", "rfc7515_A.2", "rfc7515_A.3", "rfc7515_A.4"}) {
    INFO(stem);
    CHECK(outcome(run(stem + ".jwsc", stem + ".jwk")) == "accepted");
  }
}

TEST_CASE("RFC 7515: A.1 to A.3 as JWT, which ended in 2011", "[rfc]") {
  for (const std::string stem : {"rfc7515_A.1", "rfc7515_A.2", "rfc7515_A.3"}) {
    const std::string jwt = files().at(stem + ".jwsc");
    const KeySet keys = keys_of(stem + ".jwk");
    CHECK(outcome(verify(jwt, keys, anything(), 1'300'819'379)) == "accepted");
    CHECK(outcome(verify(jwt, keys, anything(), 1'300'819'380)) == "token_expired exp");
  }
}

TEST_CASE("RFC 7515: A.4 is no JWT", "[rfc]") {
  CHECK(outcome(verify(files().at("rfc7515_A.4.jwsc").get<std::string>(),
                       keys_of("rfc7515_A.4.jwk"), {}, 0)) == "payload_json_invalid");
}

TEST_CASE("RFC 7515: A.5 is not signed", "[rfc]") {
  const std::string jws = files().at("rfc7515_A.5.jwsc");
  CHECK(outcome(verify_jws(jws, keys_of("rfc7515_A.2.jwk"), anything())) == "alg_none alg");
  CHECK(outcome(verify(jws, keys_of("rfc7515_A.2.jwk"), {}, 0)) == "alg_none alg");
}

TEST_CASE("RFC 7515: A.6, two signatures, of which each verifies with its key", "[rfc]") {
  const Json rsa = with(public_part(files().at("rfc7515_A.6.1.jwk")), "kid", rsa_kid);
  const Json ec = with(public_part(files().at("rfc7515_A.6.2.jwk")), "kid", ec_kid);
  const std::string jws = files().at("rfc7515_A.6.jwsg").dump();
  const auto verified = [&](const Json& set) {
    const auto both = verify_jws(jws, parse_keys(set), anything());
    REQUIRE(both);
    std::string text;
    for (const JwsSignature& signature : both->signatures()) text += signature.key ? "+" : "-";
    return text;
  };
  CHECK(verified(set_of({rsa, ec})) == "++");
  CHECK(verified(set_of({rsa})) == "+-");
  CHECK(verified(set_of({ec})) == "-+");
}

TEST_CASE("RFC 7515: A.7, flattened", "[rfc]") {
  const Json ec = with(public_part(files().at("rfc7515_A.7.jwk")), "kid", ec_kid);
  const std::string jws = files().at("rfc7515_A.7.jwsf").dump();
  CHECK(outcome(verify_jws(jws, parse_keys(set_of({ec})), anything())) == "accepted");
}

TEST_CASE("S2: the keys of A.6 and A.7 are printed without kid, and do not answer for one",
          "[rfc]") {
  CHECK(outcome(run("rfc7515_A.6.jwsg", "rfc7515_A.6.jwkset")) == "no_matching_key");
  CHECK(outcome(run("rfc7515_A.7.jwsf", "rfc7515_A.7.jwk")) == "no_matching_key");
}

TEST_CASE("RFC 7517: A.1, the public set", "[rfc]") {
  const KeySet keys = parse_keys(files().at("rfc7517_A.1.jwkset"));
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys()[0].kty() == "RSA");
  REQUIRE(keys.skipped().size() == 1);
  CHECK(outcome(keys.skipped()[0].reason) == "use_mismatch use");  // the EC key is for encryption
}

TEST_CASE("RFC 7517: A.2, the private set: nothing of it is used", "[rfc]") {
  const KeySet keys = parse_keys(files().at("rfc7517_A.2.jwkset"));
  CHECK(keys.keys().empty());
  REQUIRE(keys.skipped().size() == 2);
  for (const auto& skipped : keys.skipped()) CHECK(outcome(skipped.reason) == "private_member d");
}

TEST_CASE("RFC 7517: A.3, symmetric keys", "[rfc]") {
  const KeySet keys = parse_keys(files().at("rfc7517_A.3.jwkset"));
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys()[0].kid() == "HMACkeyusedinJWSspecAppendixA.1example");
  REQUIRE(keys.skipped().size() == 1);
  CHECK(keys.skipped()[0].reason.id() == Error::hmac_key_too_short);  // A128KW, 16 octets
  CHECK(outcome(verify_jws(files().at("rfc7515_A.1.jwsc").get<std::string>(), keys, anything())) ==
        "accepted");
}

TEST_CASE("RFC 7517: B, a key with x5c that matches it", "[rfc]") {
  const Json jwk = files().at("rfc7517_B.jwk");
  CHECK(fate(jwk) == "usable");
  const auto audited = audit(jwk.dump(), 1'400'000'000);
  REQUIRE(audited);
  for (const Audit::Finding& finding : audited->findings)
    CHECK((finding.id != "x5c_mismatch" && finding.id != "x5c_invalid"));
}

TEST_CASE("RFC 7520: section 3, the keys", "[rfc]") {
  CHECK(fate(files().at("rfc7520_3.1.jwk")) == "usable");
  CHECK(fate(files().at("rfc7520_3.2.jwk")) == "private_member d");
  CHECK(fate(files().at("rfc7520_3.3.jwk")) == "usable");
  CHECK(fate(files().at("rfc7520_3.4.jwk")) == "private_member d");
  CHECK(fate(files().at("rfc7520_3.5.jwk")) == "usable");
  CHECK(fate(files().at("rfc7520_3.6.jwk")) == "use_mismatch use");
}

TEST_CASE("RFC 7520: section 4, every serialization of every signature", "[rfc]") {
  int count = 0;
  for (const auto& [name, jws] : files().items()) {
    if (!name.starts_with("rfc7520_4") || name.find(".jws") == name.npos) continue;
    if (name.starts_with("rfc7520_4.8")) continue;  // has a test of its own
    INFO(name);
    const std::string keys = name.substr(0, name.rfind('.')) + ".jwk";
    const auto verified = run(name, keys);
    CHECK(outcome(verified) == "accepted");
    // Bound to its key: with another key of the kind it is refused.
    CHECK_FALSE(
        run(name, name.starts_with("rfc7520_4.3") ? "rfc7515_A.4.jwk" : "rfc7517_A.1.jwkset"));
    ++count;
  }
  CHECK(count == 19);
}

TEST_CASE("RFC 7520: section 4.8, three signatures with three keys", "[rfc]") {
  Expectations all = anything();
  all.signatures = Expectations::Signatures::all;
  const std::string jws = files().at("rfc7520_4.8.jwsg").dump();
  for (const char* keys : {"rfc7520_4.8.1.jwk", "rfc7520_4.8.2.jwk", "rfc7520_4.8.3.jwk"}) {
    const auto verified = verify_jws(jws, keys_of(keys), anything());
    REQUIRE(verified);
    CHECK(verified->signatures().size() == 3);
    const auto valid =
        std::count_if(verified->signatures().begin(), verified->signatures().end(),
                      [](const auto& signature) { return signature.key.has_value(); });
    CHECK(valid == 1);
    CHECK_FALSE(verify_jws(jws, keys_of(keys), all));
  }
  // The set of all three mixes a secret with public keys: its HMAC is refused, the others stand.
  const auto mixed = verify_jws(jws, keys_of("rfc7520_4.8.jwkset"), anything());
  REQUIRE(mixed);
  CHECK(mixed->signatures()[0].key);
  CHECK(mixed->signatures()[1].key);
  CHECK(outcome(mixed->signatures()[2].refusal) == "jwks_mixed_symmetric");
}

TEST_CASE("RFC 7638: section 3.1", "[rfc]") {
  CHECK(*thumbprint(files().at("rfc7638_3.1.jwk").dump()) == files().at("rfc7638_3.1.thp"));
  CHECK(parse_keys(files().at("rfc7638_3.1.jwk")).keys().at(0).thumbprint() ==
        files().at("rfc7638_3.1.thp"));
}

TEST_CASE("RFC 7797 section 4 and RFC 8037 appendix A.4", "[rfc]") {
  const Json rows = read_vector_json("rfc/rfc_inline.json").at("jws");
  REQUIRE(rows.size() == 3);
  for (const Json& row : rows) {
    INFO(row.at("src"));
    const std::string jws = row.at("jws");
    std::optional<std::string> payload;
    if (row.contains("detached_payload")) payload = row.at("detached_payload").get<std::string>();
    const KeySet keys = parse_keys(row.at("jwk"));
    const Expectations expectations{.algorithms = {{"HS256", "EdDSA"}}};
    const bool is_known =
        row.at("jwk").at("kty") == "oct" || crypto::can_verify(crypto::Scheme::eddsa);
    CHECK(outcome(verify_jws(jws, keys, expectations, payload)) ==
          (is_known ? "accepted" : "alg_unsupported alg"));
    if (payload) CHECK(outcome(verify(jws, keys, expectations, 0)) == "b64_not_allowed b64");
  }
}

TEST_CASE("K13: every private JWK of the RFCs is skipped as it stands", "[rfc]") {
  int count = 0;
  for (const auto& [name, jwk] : files().items()) {
    if (!name.ends_with(".jwk") || !is_private(jwk)) continue;
    INFO(name);
    CHECK(fate(jwk) == "private_member d");
    CHECK(fate(public_part(jwk)) == "usable");
    ++count;
  }
  CHECK(count > 10);
}
