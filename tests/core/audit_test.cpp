#include <set>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using Severity = Audit::Severity;

double certificates_made() { return fixture().at("certificates_made"); }

Audit run(const Json& set, double now = certificates_made() + 1) {
  auto result = audit(set.dump(), now);
  INFO(outcome(result));
  REQUIRE(result);
  return *std::move(result);
}

/// "key id member;" for each finding, "-" being the set.
std::string findings(const Json& set, double now = certificates_made() + 1) {
  std::string text;
  for (const Audit::Finding& finding : run(set, now).findings) {
    text += (finding.key ? std::to_string(*finding.key) : "-") + " " + std::string(finding.id);
    if (!finding.member.empty()) text += " " + finding.member;
    text += ";";
  }
  return text;
}

/// A key that leaves nothing to say.
Json tidy(const char* name, const char* alg) {
  return with(with(with(fixture_jwk(name), "kid", name), "use", "sig"), "alg", alg);
}
Json tidy_rsa() { return tidy("rsa", "RS256"); }
Json with_certificate(Json jwk, const char* name) {
  return with(std::move(jwk), "x5c", Json::array({fixture().at("certificates").at(name)}));
}
std::string prepend_zero(const std::string& text) {
  return encode_base64url('\0' + *decode_base64url(text));
}

struct Case {
  const char* id;
  Json set;
};

/// For each row of findings.def a set that brings it about.
std::vector<Case> cases() {
  const Json rsa = tidy_rsa();
  const Json ec = tidy("p256", "ES256");
  const Json one = set_of({1});
  const Json even = [&] {
    std::string n = *decode_base64url(rsa.at("n").get<std::string>());
    n.back() = static_cast<char>(n.back() & ~1);
    return with(rsa, "n", encode_base64url(n));
  }();
  std::string big(1025, '\x33');
  return {
      {"not_an_object", one},
      {"member_missing", set_of({with(rsa, "n", nullptr)})},
      {"member_invalid", set_of({with(rsa, "n", 1)})},
      {"kty_unsupported", set_of({with(rsa, "kty", "x")})},
      {"crv_unsupported", set_of({with(ec, "crv", "x")})},
      {"use_mismatch", set_of({with(rsa, "use", "enc")})},
      {"key_ops_mismatch", set_of({with(rsa, "key_ops", {"sign"})})},
      {"key_ops_invalid", set_of({with(rsa, "key_ops", 1)})},
      {"use_key_ops_inconsistent", set_of({with(rsa, "key_ops", {"verify", "encrypt"})})},
      {"alg_kty_inconsistent", set_of({with(rsa, "alg", "ES256")})},
      {"private_member", set_of({with(rsa, "d", "AQ")})},
      {"rsa_modulus_too_small", set_of({fixture_jwk("rsa_small")})},
      {"rsa_modulus_too_large", set_of({with(rsa, "n", encode_base64url(big))})},
      {"rsa_modulus_invalid", set_of({even})},
      {"rsa_exponent_invalid", set_of({with(rsa, "e", "AQ")})},
      {"rsa_weak_roca", set_of({with(rsa, "n", fixture().at("roca"))})},
      {"ec_coordinate_length", set_of({with(ec, "x", "AQ")})},
      {"ec_point_invalid", set_of({with(ec, "x", ec.at("y"))})},
      {"okp_length", set_of({with(fixture_jwk("ed25519"), "x", "AQ")})},
      {"akp_length", set_of({with(fixture_jwk("akp"), "pub", "AQ")})},
      {"hmac_key_too_short", set_of({with(secret_jwk(), "k", "AQ")})},
      {"set_empty", set_of({})},
      {"set_without_usable_key", one},
      {"set_mixes_symmetric", set_of({rsa, secret_jwk()})},
      {"symmetric_key", set_of({secret_jwk()})},
      {"kid_absent", set_of({rsa, with(ec, "kid", nullptr)})},
      {"kid_repeated", set_of({ec, with(tidy("p256_other", "ES256"), "kid", "p256")})},
      {"kid_shared_by_types", set_of({ec, with(rsa, "kid", "p256")})},
      {"key_repeated", set_of({ec, with(ec, "kid", "again")})},
      {"alg_absent", set_of({with(rsa, "alg", nullptr)})},
      {"alg_deprecated", set_of({tidy("ed25519", "EdDSA")})},
      {"use_absent", set_of({with(rsa, "use", nullptr)})},
      {"rsa_leading_zero", set_of({with(rsa, "n", prepend_zero(rsa.at("n")))})},
      {"rsa_exponent_unusual", set_of({with(rsa, "e", "Aw")})},
      {"x5c_invalid", set_of({with(rsa, "x5c", {"AQ=="})})},
      {"x5c_mismatch", set_of({with_certificate(rsa, "rsa_other")})},
      {"x5c_expired", set_of({with_certificate(rsa, "rsa")})},
      {"x5c_not_yet_valid", set_of({with_certificate(rsa, "rsa")})},
      {"member_unknown", set_of({with(rsa, "use_", "sig")})},
  };
}

double time_for(std::string_view id) {
  const double ten_years = 3650.0 * 86400;
  if (id == "x5c_expired") return certificates_made() + ten_years + 86400;
  if (id == "x5c_not_yet_valid") return certificates_made() - 86400;
  return certificates_made() + 1;
}

std::set<std::string> rows_of_the_table() {
  return {
#define FINDING(id, severity, section, message, advice) #id,
#define SKIPPED(id, advice) #id,
#include "findings.def"
#undef SKIPPED
#undef FINDING
  };
}

}  // namespace

TEST_CASE("audit: every row of findings.def is brought about", "[audit]") {
  std::set<std::string> seen;
  for (const Case& row : cases()) {
    INFO(row.id);
    bool is_found = false;
    for (const Audit::Finding& finding : run(row.set, time_for(row.id)).findings)
      is_found = is_found || finding.id == row.id;
    CHECK(is_found);
    seen.insert(row.id);
  }
  // What json.dump() cannot spell.
  const auto twice = audit(R"({"keys":[{"kty":"RSA","kty":"EC"}]})", 0);
  REQUIRE(twice);
  CHECK(twice->findings.back().id == "duplicate_member");
  seen.insert("duplicate_member");
  CHECK(seen == rows_of_the_table());
}

TEST_CASE("audit: a tidy set leaves nothing to say", "[audit]") {
  CHECK(findings(set_of({tidy_rsa(), tidy("p256", "ES256"), tidy("ed25519", "Ed25519"),
                         tidy("akp", "ML-DSA-44")}))
            .empty());
}

TEST_CASE("audit: every row says where, what and what to do", "[audit]") {
  for (const Case& row : cases()) {
    for (const Audit::Finding& finding : run(row.set, time_for(row.id)).findings) {
      INFO(finding.id);
      CHECK_FALSE(finding.section.empty());
      CHECK_FALSE(finding.message.empty());
      CHECK(finding.advice.ends_with('.'));
      CHECK_FALSE(finding.message.ends_with('.'));
    }
  }
}

TEST_CASE("audit: findings name the key, its kid and the member", "[audit]") {
  const Audit audit = run(set_of({tidy_rsa(), with(tidy("p256", "ES256"), "x", "AQ")}));
  REQUIRE(audit.findings.size() == 1);
  CHECK(audit.findings[0].key == 1);
  CHECK(audit.findings[0].kid == "p256");
  CHECK(audit.findings[0].member == "x");
  CHECK(audit.key_count == 2);
  CHECK(audit.usable_count == 1);
}

TEST_CASE("audit: the set's findings come first, then those of each key in order", "[audit]") {
  const Json set = set_of({secret_jwk(), 1, tidy_rsa()});
  CHECK(findings(set) ==
        "- set_mixes_symmetric;0 alg_absent alg;0 use_absent use;0 symmetric_key k;0 kid_absent "
        "kid;1 not_an_object;");
}

TEST_CASE("audit: an encryption key or a type of tomorrow is no error", "[audit]") {
  const Audit audit =
      run(set_of({tidy_rsa(), with(fixture_jwk("p256"), "use", "enc"), {{"kty", "tomorrow"}}}));
  CHECK(audit.has(Severity::note));
  CHECK_FALSE(audit.has(Severity::warning));
}

TEST_CASE("audit: severities are ordered", "[audit]") {
  const Audit audit = run(set_of({with(tidy_rsa(), "alg", nullptr)}));
  CHECK(audit.has(Severity::note));
  CHECK(audit.has(Severity::warning));
  CHECK_FALSE(audit.has(Severity::error));
}

TEST_CASE("K21: the first certificate of x5c is the key's own", "[audit]") {
  CHECK(findings(set_of({with_certificate(tidy_rsa(), "rsa")})).empty());
  CHECK(findings(set_of({with_certificate(tidy_rsa(), "rsa_long")})).empty());
  CHECK(findings(set_of({with_certificate(tidy("p256", "ES256"), "p256")})).empty());
  CHECK(findings(set_of({with_certificate(tidy("ed25519", "Ed25519"), "ed25519")})).empty());
  CHECK(findings(set_of({with_certificate(tidy_rsa(), "rsa_other")})) == "0 x5c_mismatch x5c;");
  CHECK(findings(set_of({with_certificate(tidy_rsa(), "p256")})) == "0 x5c_mismatch x5c;");
}

TEST_CASE("K21: a certificate's validity is compared with now", "[audit]") {
  const Json set = set_of({with_certificate(tidy_rsa(), "rsa")});
  const double made = certificates_made();
  CHECK(findings(set, made + 3649.0 * 86400).empty());
  CHECK(findings(set, made + 3651.0 * 86400) == "0 x5c_expired x5c;");
  CHECK(findings(set, made - 3600) == "0 x5c_not_yet_valid x5c;");
  const Json later = set_of({with_certificate(tidy_rsa(), "rsa_long")});
  CHECK(findings(later, made + 19999.0 * 86400).empty());
  CHECK(findings(later, made + 20001.0 * 86400) == "0 x5c_expired x5c;");
}

TEST_CASE("K21: what is no certificate is called so", "[audit]") {
  for (const Json& x5c : {Json("x"), Json::array(), Json(nullptr), Json{1}, Json{"no base64"},
                          Json{"AQ=="}, Json{""}, Json{"MAA="}}) {
    Json jwk = tidy_rsa();
    jwk["x5c"] = x5c;
    INFO(x5c.dump());
    CHECK(findings(set_of({jwk})) == "0 x5c_invalid x5c;");
  }
}

TEST_CASE("K21: a certificate cut short or with a bit turned crashes nothing", "[audit]") {
  const std::string der =
      *decode_base64(fixture().at("certificates").at("p256").get<std::string>());
  for (std::size_t length = 0; length < der.size(); ++length) {
    (void)crypto::read_certificate(der.substr(0, length));
  }
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    std::string turned = der;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    (void)crypto::read_certificate(turned);
  }
  CHECK(crypto::read_certificate(der));
  CHECK_FALSE(crypto::read_certificate(der.substr(0, der.size() / 2)));
}

TEST_CASE("audit: a set that cannot be parsed is an error", "[audit]") {
  CHECK(outcome(audit("", 0)) == "jwks_malformed");
  CHECK(outcome(audit("{}", 0)) == "jwks_malformed keys");
  CHECK(outcome(audit("{\"keys\":[]}" + std::string(1 << 20, ' '), 0)) == "jwks_too_large");
}

TEST_CASE("audit: as JSON, without any secret", "[audit]") {
  const Json json = to_json(run(set_of({secret_jwk()})));
  CHECK(json["keys"] == 1);
  CHECK(json["usable"] == 1);
  CHECK(json["findings"][0]["key"] == 0);
  CHECK(json["findings"][0]["severity"] == "warning");
  CHECK_FALSE(json["findings"][0].contains("kid"));
  CHECK(json.dump().find(encode_base64url(secret())) == std::string::npos);
}
