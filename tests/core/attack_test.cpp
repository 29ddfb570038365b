// One test or more for each row of the table of known attacks on JWT libraries, against the public
// API.
#include <touchstone/touchstone.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string judge(std::string_view jwt, const KeySet& keys, const Expectations& expectations = {}) {
  return outcome(verify(jwt, keys, expectations, fixture_now()));
}

/// The verdict on header and claims that were signed properly with HS256.
std::string judge_signed(std::string_view header, std::string_view claims,
                         Expectations expectations = hs256()) {
  return judge(sign(header, claims), secret_keys(), expectations);
}
std::string judge_claims(std::string_view claims, Expectations expectations = hs256()) {
  return judge_signed(hs256_header, claims, std::move(expectations));
}

std::vector<std::string> split(const std::string& token) {
  std::vector<std::string> parts{""};
  for (const char c : token) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// The token with its header replaced, and the signature kept.
std::string with_header(const std::string& token, const Json& header) {
  const auto parts = split(token);
  return encode_base64url(header.dump()) + "." + parts[1] + "." + parts[2];
}
std::string with_signature(const std::string& token, std::string_view signature) {
  const auto parts = split(token);
  return parts[0] + "." + parts[1] + "." + encode_base64url(signature);
}
std::string signature_of(const std::string& token) { return *decode_base64url(split(token)[2]); }

std::string wrong(const char* name) { return fixture().at("wrong").at(name); }
Json named(const char* key) { return with(fixture_jwk(key), "kid", key); }

/// Expectations that would let every algorithm through.
Expectations everything() {
  return {.algorithms = {{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                          "ES512", "ES256K", "HS256", "HS384", "HS512"}}};
}

const std::vector<std::string> asymmetric = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                             "PS512", "ES256", "ES384", "ES512", "ES256K"};

double seconds_of(const std::function<void()>& action) {
  const auto since = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

TEST_CASE("alg none: refused in every spelling, with a signature and without", "[attack]") {
  for (const std::string& alg : asymmetric) {
    const std::string token = fixture_token(alg);
    for (const char* none : {"none", "None", "NONE", "nOnE", "none ", "", "null"}) {
      const std::string expected =
          std::string(none) == "none" ? "alg_none alg" : "alg_unsupported alg";
      const std::string swapped = with_header(token, {{"alg", none}});
      CHECK(judge(swapped, fixture_keys()) == expected);
      CHECK(judge(with_signature(swapped, ""), fixture_keys()) == expected);
      CHECK(judge(with_signature(swapped, ""), fixture_keys(), everything()) == expected);
    }
  }
}

TEST_CASE("alg none: cannot be allowed", "[attack]") {
  CHECK(outcome(Expectations::parse(R"({"algorithms":["none"]})")) == "option_invalid algorithms");
  CHECK(judge(with_signature(with_header(fixture_token("RS256"), {{"alg", "none"}}), ""),
              fixture_keys(), {.algorithms = {{"none"}}}) == "option_invalid algorithms");
}

TEST_CASE("alg none: an empty signature is no signature", "[attack]") {
  for (const std::string& alg : asymmetric) {
    CHECK(judge(with_signature(fixture_token(alg), ""), fixture_keys()) ==
          "signature_length_invalid");
  }
}

TEST_CASE("RS to HS confusion: the RSA key in every form is no HMAC key", "[attack]") {
  for (const auto& [form, token] : fixture().at("wrong").at("hs256_rsa").items()) {
    INFO(form);
    CHECK(judge(token.get<std::string>(), parse_keys(named("rsa"))) == "alg_not_allowed alg");
    CHECK(judge(token.get<std::string>(), parse_keys(named("rsa")), everything()) ==
          "jwks_mixed_symmetric");
  }
}

TEST_CASE("RS to HS confusion: every other alg in the header is refused", "[attack]") {
  const KeySet keys = fixture_keys();
  for (const std::string& from : asymmetric) {
    for (const char* to :
         {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K",
          "HS256", "HS384", "HS512", "EdDSA", "Ed25519", "Ed448", "ML-DSA-44"}) {
      if (from == to) continue;
      const std::string key = fixture().at("tokens").at(from).at("key");
      const std::string verdict =
          judge(with_header(fixture_token(from), {{"alg", to}, {"kid", key}}), keys, everything());
      INFO(from << " to " << to << ": " << verdict);
      CHECK((verdict == "signature_invalid" || verdict == "key_alg_mismatch" ||
             verdict == "jwks_mixed_symmetric" || verdict == "alg_not_allowed alg" ||
             verdict == "alg_unsupported alg"));
    }
  }
}

TEST_CASE("RS to HS confusion: an RSA key without alg takes no HMAC with an empty key",
          "[attack]") {
  const std::string token = fixture().at("wrong").at("hs256_rsa").at("empty");
  CHECK(judge(token, parse_keys(named("rsa")), {.algorithms = {{"HS256"}}}) ==
        "jwks_mixed_symmetric");
  const std::string input = encode_base64url(hs256_header) + ".e30";
  const std::string no_kid = input + "." + encode_base64url(hmac(crypto::Hash::sha256, "", input));
  CHECK(judge(no_kid, parse_keys(named("rsa")), everything()) == "jwks_mixed_symmetric");
}

TEST_CASE("Weak HMAC key: an empty or a short secret is never loaded", "[attack]") {
  for (const char* k : {"", "AA", "c2VjcmV0"}) {
    const KeySet keys = parse_keys(set_of({with(secret_jwk(), "k", k)}));
    CHECK(keys.keys().empty());
    const std::string input = encode_base64url(hs256_header) + ".e30";
    const std::string token =
        input + "." + encode_base64url(hmac(crypto::Hash::sha256, *decode_base64url(k), input));
    CHECK(judge(token, keys, hs256()) == "no_matching_key");
  }
}

TEST_CASE("Symmetric key in a public set: off unless named, and never beside public keys",
          "[attack]") {
  const std::string token = sign(hs256_header, "{}");
  CHECK(judge(token, secret_keys()) == "alg_not_allowed alg");
  CHECK(judge(token, parse_keys(set_of({secret_jwk(), fixture_jwk("rsa")})), hs256()) ==
        "jwks_mixed_symmetric");
  CHECK(judge(token, parse_keys(set_of({secret_jwk(), fixture_jwk("rsa_small")})), hs256()) ==
        "jwks_mixed_symmetric");
}

TEST_CASE("Embedded jwk: is never used as the key", "[attack]") {
  const KeySet others = parse_keys(set_of({named("rsa")}));
  const Json header{{"alg", "HS256"}, {"jwk", secret_jwk()}};
  CHECK(judge(sign(header.dump(), "{}"), others, everything()) == "jwks_mixed_symmetric");
  CHECK(judge(sign(header.dump(), "{}"), parse_keys(set_of({})), hs256()) == "no_matching_key");
  const Json with_jwk{{"alg", "ES256"}, {"kid", "p256"}, {"jwk", fixture_jwk("p256_other")}};
  CHECK(judge(with_header(wrong("es256_other_key"), with_jwk), fixture_keys()) ==
        "signature_invalid");
}

TEST_CASE("Embedded x5c: is never used as the key", "[attack]") {
  const Json header{
      {"alg", "RS256"}, {"kid", "rsa"}, {"x5c", {fixture().at("certificates").at("rsa_other")}}};
  CHECK(judge(with_header(fixture_token("RS256"), header), fixture_keys()) == "signature_invalid");
}

TEST_CASE("jku and x5u: are never fetched, whatever their scheme", "[attack]") {
  for (const char* url :
       {"https://evil.example/jwks", "http://169.254.169.254/", "file:///etc/passwd", "ftp://x",
        "data:application/json,{}", "gopher://x", ""}) {
    for (const char* name : {"jku", "x5u"}) {
      CHECK(judge_signed(Json{{"alg", "HS256"}, {name, url}}.dump(), "{}") == "accepted");
      CHECK(judge(sign(Json{{"alg", "HS256"}, {"kid", "x"}, {name, url}}.dump(), "{}"),
                  secret_keys(), hs256()) == "no_matching_key");
    }
  }
}

TEST_CASE("Redirects and downgrade: the core has nothing that fetches", "[attack]") {
  // The public headers take bytes; tests of the house keep sockets out of the core.
  CHECK(outcome(KeySet::parse("https://id.example/jwks.json")) == "jwks_malformed");
  CHECK(outcome(KeySet::parse("http://id.example/jwks.json")) == "jwks_malformed");
}

TEST_CASE("Issuer mix-up: iss is one string that equals the issuer", "[attack]") {
  Expectations expectations = hs256();
  expectations.issuer = "https://id.example";
  const auto with_iss = [&](const Json& iss) {
    return judge_claims(Json{{"iss", iss}}.dump(), expectations);
  };
  CHECK(with_iss("https://id.example") == "accepted");
  CHECK(with_iss({"https://id.example", "https://evil.example"}) == "claim_type_invalid iss");
  CHECK(with_iss({"https://id.example"}) == "claim_type_invalid iss");
  for (const char* iss : {"https://id.example/", "https://id.exampl", "https://id.example.evil",
                          "x https://id.example", "https://ID.example", "id.example", ""}) {
    CHECK(with_iss(iss) == "issuer_mismatch iss");
  }
  CHECK(with_iss(std::string("https://id.example\0", 19)) == "issuer_mismatch iss");
}

TEST_CASE("kid injection: kid is bytes with a length", "[attack]") {
  const KeySet keys = parse_keys(set_of({with(secret_jwk(), "kid", "a")}));
  const auto with_kid = [&](const std::string& kid) {
    return judge(sign(Json{{"alg", "HS256"}, {"kid", kid}}.dump(), "{}"), keys, hs256());
  };
  CHECK(with_kid("a") == "accepted");
  for (const char* kid : {"../../dev/null", "/dev/null", "a' OR '1'='1", "a;ls", "a%00", "A", "a ",
                          "", "__proto__", "constructor", "*", "a/../a"}) {
    CHECK(with_kid(kid) == "no_matching_key");
  }
  CHECK(with_kid(std::string("a\0", 2)) == "no_matching_key");
  CHECK(with_kid(std::string("a\0b", 3)) == "no_matching_key");
  CHECK(with_kid(std::string(1 << 12, 'a')) == "no_matching_key");
  CHECK(with_kid(std::string(1 << 13, 'a')) == "header_too_large");
  CHECK(with_kid(std::string(1 << 20, 'a')) == "token_too_large");
}

TEST_CASE("kid substitution: a duplicate kid is ambiguous and diagnosed", "[attack]") {
  const KeySet keys =
      parse_keys(set_of({named("p256"), with(fixture_jwk("p256_other"), "kid", "p256")}));
  const auto jwt = verify(fixture_token("ES256"), keys, {}, fixture_now());
  REQUIRE_FALSE(jwt);
  CHECK(jwt.error().id() == Error::multiple_matching_keys);
  CHECK(jwt.error().detail().keys.size() == 2);
  const auto audited =
      audit(set_of({named("p256"), with(fixture_jwk("p256_other"), "kid", "p256")}).dump(), 0);
  REQUIRE(audited);
  CHECK(audited->has(Audit::Severity::error));
}

TEST_CASE("kid substitution: another key of the set does not answer for a kid", "[attack]") {
  const std::string token = fixture_token("ES256");
  const KeySet keys = parse_keys(set_of(
      {with(fixture_jwk("p256_other"), "kid", "p256"), with(fixture_jwk("p256"), "kid", "other")}));
  CHECK(judge(token, keys) == "signature_invalid");
  CHECK(judge(token, parse_keys(set_of({fixture_jwk("p256")}))) == "no_matching_key");
}

TEST_CASE("Key reuse: alg, use, key_ops and crv bind the key", "[attack]") {
  const std::string token = fixture_token("RS256");
  CHECK(judge(token, parse_keys(set_of({with(named("rsa"), "alg", "PS256")}))) ==
        "key_alg_mismatch");
  CHECK(judge(token, parse_keys(set_of({with(named("rsa"), "alg", "RS512")}))) ==
        "key_alg_mismatch");
  CHECK(judge(token, parse_keys(set_of({with(named("rsa"), "alg", "RSA-OAEP")}))) ==
        "no_matching_key");
  CHECK(judge(token, parse_keys(set_of({with(named("rsa"), "use", "enc")}))) == "no_matching_key");
  CHECK(judge(token, parse_keys(set_of({with(named("rsa"), "key_ops", {"sign"})}))) ==
        "no_matching_key");
  CHECK(judge(wrong("es256_with_p384"), fixture_keys()) == "key_alg_mismatch");
}

TEST_CASE("Psychic signature: r and s lie in [1, n - 1]", "[attack]") {
  const std::pair<const char*, std::string> orders[] = {
      {"ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
      {"ES384",
       "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc"
       "5"
       "2973"},
      {"ES512", "01" + std::string(64, 'f') +
                    "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"},
      {"ES256K", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"}};
  for (const auto& [alg, order] : orders) {
    const std::string n = from_hex(order);
    const std::string zero(n.size(), '\0'), full(n.size(), '\xff');
    const std::string good = signature_of(fixture_token(alg));
    REQUIRE(good.size() == 2 * n.size());
    const std::string r = good.substr(0, n.size()), s = good.substr(n.size());
    for (const std::string& bad : {zero, n, full}) {
      for (const std::string& signature : {bad + s, r + bad, bad + bad}) {
        CHECK(judge(with_signature(fixture_token(alg), signature), fixture_keys()) ==
              "signature_invalid");
      }
    }
  }
}

TEST_CASE("Signature length: a byte more, a byte less, or half", "[attack]") {
  for (const std::string& alg : asymmetric) {
    const std::string token = fixture_token(alg), good = signature_of(token);
    for (const std::string& signature :
         {good + '\0', '\0' + good, good.substr(1), good.substr(0, good.size() - 1),
          good.substr(0, good.size() / 2), good + good, std::string()}) {
      CHECK(judge(with_signature(token, signature), fixture_keys()) == "signature_length_invalid");
    }
  }
}

TEST_CASE("Signature length: DER is refused where JOSE has r and s", "[attack]") {
  CHECK(judge(wrong("es256_der"), fixture_keys()) == "signature_length_invalid");
}

TEST_CASE("Signature length: a truncated HMAC is refused", "[attack]") {
  const std::string token = sign(hs256_header, "{}"), good = signature_of(token);
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK(judge(with_signature(token, good.substr(0, length)), secret_keys(), hs256()) ==
          "signature_length_invalid");
  }
  CHECK(judge(with_signature(token, good + "x"), secret_keys(), hs256()) ==
        "signature_length_invalid");
}

TEST_CASE("Signature: each bit turned is noticed", "[attack]") {
  for (const char* alg : {"RS256", "ES256"}) {
    const std::string token = fixture_token(alg), good = signature_of(token);
    const KeySet keys = fixture_keys();
    for (std::size_t bit = 0; bit < good.size() * 8; bit += 5) {
      std::string turned = good;
      turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
      CHECK(judge(with_signature(token, turned), keys) == "signature_invalid");
    }
  }
}

TEST_CASE("Off-curve: such points are not loaded, nor short ones", "[attack]") {
  const Json key = named("p256");
  const std::string zero = encode_base64url(std::string(32, '\0'));
  const std::string one = encode_base64url(std::string(31, '\0') + '\1');
  for (const Json& bad :
       {with(key, "x", key.at("y")), with(with(key, "x", zero), "y", zero),
        with(with(key, "x", one), "y", one), with(key, "x", ""), with(with(key, "x", ""), "y", ""),
        with(key, "crv", "secp256k1"), with(key, "crv", "P-521"), with(key, "crv", nullptr)}) {
    CHECK(judge(fixture_token("ES256"), parse_keys(set_of({bad}))) == "no_matching_key");
  }
}

TEST_CASE("PS salt: as long as the hash, neither shorter nor longer", "[attack]") {
  CHECK(judge(wrong("ps256_no_salt"), fixture_keys()) == "signature_invalid");
  CHECK(judge(wrong("ps256_long_salt"), fixture_keys()) == "signature_invalid");
}

TEST_CASE("Padding: PKCS1 and PSS, and their hashes, do not pass for each other", "[attack]") {
  CHECK(judge(wrong("ps256_as_rs256"), fixture_keys()) == "signature_invalid");
  CHECK(judge(wrong("rs512_as_rs256"), fixture_keys()) == "signature_invalid");
}

TEST_CASE("Weak RSA: a valid signature by a small key is not accepted", "[attack]") {
  CHECK(judge(wrong("rs256_small_key"), parse_keys(set_of({named("rsa_small")}))) ==
        "no_matching_key");
}

TEST_CASE("Weak RSA: ROCA, e of 1 and a huge e are not loaded", "[attack]") {
  const Json key = named("rsa");
  const std::string huge = key.at("n");
  for (const Json& bad : {with(key, "n", fixture().at("roca")), with(key, "e", "AQ"),
                          with(key, "e", huge), with(key, "e", "AA"), with(key, "e", "AQAA")}) {
    CHECK(judge(fixture_token("RS256"), parse_keys(set_of({bad}))) == "no_matching_key");
  }
}

TEST_CASE("base64url malleability: every respelling is refused", "[attack]") {
  const std::string token = fixture_token("ES256");
  const auto parts = split(token);
  for (const char* tail : {"=", "==", "\n", " ", "\r\n", "%3D", "\t"}) {
    CHECK(judge(token + tail, fixture_keys()) == "token_malformed");
    CHECK(judge(parts[0] + tail + "." + parts[1] + "." + parts[2], fixture_keys()) ==
          "token_malformed");
    CHECK(judge(parts[0] + "." + parts[1] + tail + "." + parts[2], fixture_keys()) ==
          "token_malformed");
  }
  CHECK(judge(parts[0] + "." + parts[1] + "." + "+/" + parts[2].substr(2), fixture_keys()) ==
        "token_malformed");
}

TEST_CASE("base64url malleability: spare bits are zero, in each segment", "[attack]") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string token = fixture_token("ES256");
  int count = 0;
  for (int segment = 0; segment < 3; ++segment) {
    auto parts = split(token);
    std::string& part = parts[static_cast<std::size_t>(segment)];
    if (part.size() % 4 == 0) continue;
    const std::size_t spare = part.size() % 4 == 2 ? 16 : 4;
    const std::size_t value = alphabet.find(part.back());
    for (std::size_t bits = 1; bits < spare; ++bits) {
      part.back() = alphabet[value + bits];
      CHECK(judge(parts[0] + "." + parts[1] + "." + parts[2], fixture_keys()) ==
            "token_base64_invalid");
      ++count;
    }
  }
  CHECK(count > 0);
}

TEST_CASE("Polyglot: a JSON serialization is no JWT", "[attack]") {
  const auto parts = split(fixture_token("ES256"));
  const Json flattened{{"payload", parts[1]}, {"protected", parts[0]}, {"signature", parts[2]}};
  CHECK(judge(flattened.dump(), fixture_keys()) == "token_malformed");
  CHECK(judge("{\"" + parts[0] + "." + parts[1] + "." + parts[2] + "\":1}", fixture_keys()) ==
        "token_malformed");
  CHECK(judge("{\" " + parts[0] + ".\":\"" + parts[1] + "." + parts[2] + "\"}", fixture_keys()) ==
        "token_malformed");
  CHECK(outcome(verify_jws(flattened.dump(), fixture_keys(), {})) == "accepted");
}

TEST_CASE("Polyglot: compact and JSON do not mix in verify_jws either", "[attack]") {
  const std::string token = fixture_token("ES256");
  CHECK(outcome(verify_jws("{\"x\":\"" + token + "\"}", fixture_keys(), {})) == "jws_malformed");
  CHECK(outcome(verify_jws(token + "{}", fixture_keys(), {})) == "token_malformed");
  CHECK(outcome(verify_jws("{}" + token, fixture_keys(), {})) == "jws_malformed");
}

TEST_CASE("JSON serialization without a signature: is refused", "[attack]") {
  const auto parts = split(fixture_token("ES256"));
  const Json unsigned_jws{{"payload", parts[1]}, {"protected", parts[0]}};
  CHECK(outcome(verify_jws(unsigned_jws.dump(), fixture_keys(), {})) == "jws_malformed");
  CHECK(outcome(verify_jws(with(unsigned_jws, "signatures", Json::array()).dump(), fixture_keys(),
                           {})) == "jws_malformed signatures");
  CHECK(outcome(verify_jws(with(unsigned_jws, "signature", "").dump(), fixture_keys(), {})) ==
        "signature_length_invalid");
}

TEST_CASE("Unprotected header: adds no protected parameter and overrides none", "[attack]") {
  const auto parts = split(fixture_token("ES256"));
  const Json jws{{"payload", parts[1]}, {"protected", parts[0]}, {"signature", parts[2]}};
  CHECK(outcome(verify_jws(with(jws, "header", {{"alg", "none"}}).dump(), fixture_keys(), {})) ==
        "header_duplicate_member");
  CHECK(outcome(verify_jws(with(jws, "header", {{"kid", "p256_other"}}).dump(), fixture_keys(),
                           {})) == "header_duplicate_member");
  CHECK(outcome(verify_jws(with(jws, "header", {{"crit", {"b64"}}}).dump(), fixture_keys(), {})) ==
        "crit_invalid crit");
  const auto verified =
      verify_jws(with(jws, "header", {{"admin", true}}).dump(), fixture_keys(), {});
  REQUIRE(verified);
  CHECK_FALSE(verified->signatures()[0].protected_header.contains("admin"));
}

TEST_CASE("crit: unknown, empty, doubled, registered and absent names are refused", "[attack]") {
  const auto with_crit = [](const Json& crit) {
    return judge_signed(Json{{"alg", "HS256"}, {"x", 1}, {"crit", crit}}.dump(), "{}");
  };
  CHECK(with_crit({"x"}) == "crit_unsupported crit");
  CHECK(with_crit(Json::array()) == "crit_invalid crit");
  CHECK(with_crit({"x", "x"}) == "crit_invalid crit");
  CHECK(with_crit({"alg"}) == "crit_invalid crit");
  CHECK(with_crit({"absent"}) == "crit_invalid crit");
  CHECK(with_crit("x") == "crit_invalid crit");
  CHECK(with_crit({1}) == "crit_invalid crit");
  CHECK(with_crit({"b64"}) == "crit_invalid crit");
}

TEST_CASE("Huge token: is refused by its length alone", "[attack]") {
  const std::string huge(10 << 20, 'A');
  CHECK(judge(huge, fixture_keys()) == "token_too_large");
  CHECK(judge(fixture_token("ES256") + huge, fixture_keys()) == "token_too_large");
  CHECK(outcome(verify_jws(huge, fixture_keys(), {})) == "token_too_large");
  CHECK(outcome(decode(huge)) == "token_too_large");
}

TEST_CASE("Huge token: many dots cost one look", "[attack]") {
  const std::string dots(64 * 1024, '.');
  CHECK(judge(dots, fixture_keys()) == "token_malformed");
  CHECK(outcome(verify_jws(dots, fixture_keys(), {})) == "token_malformed");
  const std::string more(16 << 20, '.');
  CHECK(seconds_of([&] {
          CHECK(judge(more, fixture_keys(), {.max_token_size = more.size()}) == "token_malformed");
        }) < 5);
}

TEST_CASE("Huge set: is refused by its length, or by its number of keys", "[attack]") {
  std::string many = "{\"keys\":[0";
  for (int i = 1; i < 100'000; ++i) many += ",0";
  CHECK(outcome(KeySet::parse(many + "]}")) == "jwks_too_large");
  CHECK(outcome(KeySet::parse("{\"keys\":[]}" + std::string(2 << 20, ' '))) == "jwks_too_large");
}

TEST_CASE("Deep JSON: is refused in header, claims, set, key and options", "[attack]") {
  const std::string deep = "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  const std::string opened = "{\"a\":" + std::string(6'000, '[');
  CHECK(judge_signed(opened, "{}") == "header_too_deep");
  CHECK(judge_claims(deep) == "payload_too_deep");
  CHECK(outcome(KeySet::parse(deep)) == "jwks_too_deep");
  CHECK(outcome(thumbprint(deep)) == "jwk_malformed");
  CHECK(outcome(Expectations::parse(deep)) == "option_invalid");
  CHECK(outcome(verify_jws(deep, fixture_keys(), {})) == "header_too_deep");
}

TEST_CASE("Duplicate JSON names: are refused, also when one is escaped", "[attack]") {
  CHECK(judge_signed(R"({"alg":"none","alg":"HS256"})", "{}") == "header_duplicate_member");
  CHECK(judge_signed(R"({"\u0061lg":"none","alg":"HS256"})", "{}") == "header_duplicate_member");
  CHECK(judge_claims(R"({"sub":"user","sub":"admin"})") == "payload_duplicate_member");
  CHECK(judge_claims(R"({"sub":"user","s\u0075b":"admin"})") == "payload_duplicate_member");
  CHECK(judge_claims(R"({"a":{"b":[{"c":1,"c":2}]}})") == "payload_duplicate_member");
  // A list under an empty name was once taken for the keys of a set, whose elements are skipped.
  CHECK(judge_claims(R"({"":[{"c":1,"c":2}]})") == "payload_duplicate_member");
  CHECK(judge_signed(R"({"alg":"HS256","":[{"c":1,"c":2}]})", "{}") == "header_duplicate_member");
}

TEST_CASE("Claim type confusion: present but of the wrong type fails", "[attack]") {
  for (const std::string name : {"exp", "nbf", "iat"}) {
    for (const char* value : {"\"9999999999\"", "null", "[9999999999]", "{}", "true", "\"\"",
                              "9007199254740993", "1e300"}) {
      INFO(name << " " << value);
      CHECK(judge_claims("{\"" + name + "\":" + value + "}") == "claim_type_invalid " + name);
    }
    CHECK(judge_claims("{\"" + name + "\":1e400}") == "payload_json_invalid");
    CHECK(judge_claims("{\"" + name + "\":Infinity}") == "payload_json_invalid");
  }
  CHECK(judge_claims(R"({"exp":0})") == "token_expired exp");
  CHECK(judge_claims(R"({"exp":-1})") == "token_expired exp");
}

TEST_CASE("Claim type confusion: the payload is an object", "[attack]") {
  for (const char* payload : {"[]", "[{\"sub\":\"x\"}]", "null", "1", "\"x\"", ""}) {
    CHECK(judge_claims(payload) == "payload_json_invalid");
  }
}

TEST_CASE("Claim type confusion: an infinite tolerance is no option", "[attack]") {
  Expectations expectations = hs256();
  expectations.clock_tolerance = 1.0 / 0.0;
  CHECK(judge_claims(R"({"exp":1})", expectations) == "option_invalid clockTolerance");
  CHECK(outcome(Expectations::parse(R"({"clockTolerance":1e999})")) == "option_invalid");
  CHECK(outcome(Expectations::parse(R"({"clockTolerance":"Infinity"})")) ==
        "option_invalid clockTolerance");
}

TEST_CASE("Invalid UTF-8, lone surrogates and a byte-order mark: are refused", "[attack]") {
  CHECK(judge_claims("{\"sub\":\"\xff\"}") == "payload_json_invalid");
  CHECK(judge_claims("{\"sub\":\"\xc0\xaf\"}") == "payload_json_invalid");
  CHECK(judge_claims(R"({"sub":"\ud800"})") == "payload_json_invalid");
  CHECK(judge_claims("\xef\xbb\xbf{}") == "payload_json_invalid");
  CHECK(judge_signed("\xef\xbb\xbf{\"alg\":\"HS256\"}", "{}") == "header_json_invalid");
  CHECK(judge_signed("{\"alg\":\"HS256\",\"kid\":\"\xff\"}", "{}") == "header_json_invalid");
  CHECK(judge_claims(std::string("{\0\"a\":1}", 8)) == "payload_json_invalid");
}

TEST_CASE("JWE confusion: five segments, zip, enc and PBES2 start nothing", "[attack]") {
  CHECK(judge("eyJhbGciOiJkaXIifQ....", fixture_keys()) == "jwe_unsupported");
  CHECK(judge(encode_base64url(R"({"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647})") +
                  ".AA.AA.AA.AA",
              fixture_keys()) == "jwe_unsupported");
  for (const char* alg : {"PBES2-HS256+A128KW", "dir", "RSA-OAEP", "RSA1_5", "A128KW", "ECDH-ES"}) {
    CHECK(judge(with_header(fixture_token("RS256"), {{"alg", alg}, {"p2c", 2147483647}}),
                fixture_keys()) == "alg_unsupported alg");
  }
  // Parameters of JWE mean nothing here, and are not acted upon.
  CHECK(judge_signed(R"({"alg":"HS256","zip":"DEF","enc":"A128GCM","p2c":2147483647})", "{}") ==
        "accepted");
}

TEST_CASE("Unknown-kid flood: an unknown kid is refused from the set alone", "[attack]") {
  const KeySet keys = fixture_keys();
  for (int i = 0; i < 1000; ++i) {
    const std::string kid = "unknown-" + std::to_string(i);
    const std::string verdict =
        judge(with_header(fixture_token("ES256"), {{"alg", "ES256"}, {"kid", kid}}), keys);
    if (verdict != "no_matching_key") CHECK(verdict == "no_matching_key");
  }
}

TEST_CASE("Bad key: neither spoils the set nor crashes", "[attack]") {
  Json set = set_of({nullptr,
                     1,
                     "x",
                     Json::array(),
                     Json::object(),
                     {{"kty", nullptr}},
                     {{"kty", "RSA"}},
                     {{"kty", "EC"}, {"crv", nullptr}},
                     {{"kty", "OKP"}},
                     {{"kty", "AKP"}},
                     {{"kty", "oct"}},
                     with(fixture_jwk("rsa"), "n", nullptr),
                     with(fixture_jwk("rsa"), "d", "AQ")});
  const std::size_t bad = set["keys"].size();
  set["keys"].push_back(named("p256"));
  const KeySet keys = parse_keys(set);
  CHECK(keys.skipped().size() == bad);
  CHECK(judge(fixture_token("ES256"), keys) == "accepted");
  const auto audited = audit(set.dump(), 0);
  REQUIRE(audited);
  CHECK(audited->key_count == bad + 1);
}

TEST_CASE("Verified-token cache: each call judges time and set anew", "[attack]") {
  const std::string token = fixture_token("ES256");
  const KeySet keys = fixture_keys();
  CHECK(outcome(verify(token, keys, {}, fixture_now())) == "accepted");
  CHECK(outcome(verify(token, keys, {}, fixture_now() + 1e6)) == "token_expired exp");
  CHECK(judge(token, parse_keys(set_of({named("rsa")}))) == "no_matching_key");
  CHECK(judge(token, keys) == "accepted");
}

TEST_CASE("Prototype pollution: __proto__ and constructor are claims like others", "[attack]") {
  const auto jwt = verify(sign(hs256_header, R"({"__proto__":{"admin":true},"constructor":1})"),
                          secret_keys(), hs256(), 0);
  REQUIRE(jwt);
  CHECK(jwt->claims()["__proto__"] == Json{{"admin", true}});
  CHECK(jwt->claims()["admin"].is_null());
  CHECK(jwt->payload_text() == R"({"__proto__":{"admin":true},"constructor":1})");
}

TEST_CASE("HMAC timing: tags are compared by a function without early exit", "[attack]") {
  const std::string source = read_source("core/src/crypto/mbedtls/hmac.cpp");
  const std::string body = source.substr(source.find("bool verify_hmac"));
  CHECK(body.substr(0, body.find("\n}")).find("mbedtls_ct_memcmp(") != std::string::npos);
  // And what differs in its first byte or its last is refused alike.
  const std::string token = sign(hs256_header, "{}"), good = signature_of(token);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK(judge(with_signature(token, bad), secret_keys(), hs256()) == "signature_invalid");
  }
}

TEST_CASE("Memory: every prefix of a token, a set and a key is refused and leaks nothing",
          "[attack]") {
  const KeySet keys = fixture_keys();
  const std::string token = fixture_token("ES256");
  for (std::size_t length = 0; length < token.size(); ++length) {
    if (verify(token.substr(0, length), keys, {}, fixture_now())) FAIL(length);
    (void)verify_jws(token.substr(0, length), keys, {});
  }
  const std::string set = set_of({named("rsa"), named("p256")}).dump();
  for (std::size_t length = 0; length < set.size(); ++length) {
    if (KeySet::parse(set.substr(0, length))) FAIL(length);
  }
}

TEST_CASE("JWKS fetcher lifetime: a set does not refer to the text it was parsed from",
          "[attack]") {
  auto text = std::make_unique<std::string>(set_of({named("p256")}).dump());
  const KeySet keys = parse_text(*text);
  std::fill(text->begin(), text->end(), 'x');
  text.reset();
  CHECK(judge(fixture_token("ES256"), keys) == "accepted");
}

TEST_CASE("After any of these the library works on", "[attack]") {
  touchstone_result* result = touchstone_result_new();
  touchstone_key_set* keys = nullptr;
  const std::string set = set_of({named("p256")}).dump();
  REQUIRE(touchstone_key_set_parse(result, &keys, set.data(), set.size()) == TOUCHSTONE_OK);
  const std::string good = fixture_token("ES256");
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(1 << 20, '.'), good + "=",
        with_header(good, {{"alg", "none"}}), with_signature(good, "")}) {
    CHECK(touchstone_verify(result, keys, nullptr, bad.data(), bad.size(), fixture_now()) !=
          TOUCHSTONE_OK);
    CHECK(touchstone_result_payload(result).data == nullptr);
    CHECK(touchstone_verify(result, keys, nullptr, good.data(), good.size(), fixture_now()) ==
          TOUCHSTONE_OK);
  }
  touchstone_key_set_free(keys);
  touchstone_result_free(result);
}
