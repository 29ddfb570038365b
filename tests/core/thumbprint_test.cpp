#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string read(const Json& jwk, std::string_view hash = "sha-256") {
  const auto value = thumbprint(jwk.dump(), hash);
  return value ? *value : outcome(value);
}

}  // namespace

TEST_CASE("thumbprint: the published values of RFC 7638 and RFC 8037", "[thumbprint]") {
  const Json rows = read_vector_json("rfc/rfc_inline.json").at("thumbprints");
  for (const Json& row : rows) {
    INFO(row.at("src"));
    CHECK(read(row.at("jwk")) == row.at("sha256"));
  }
  CHECK(rows.size() == 2);
}

TEST_CASE("thumbprint: the URI of RFC 9278", "[thumbprint]") {
  const Json row = read_vector_json("rfc/rfc_inline.json").at("thumbprints").at(0);
  CHECK(*thumbprint_uri(row.at("jwk").dump()) == row.at("uri"));
  CHECK(thumbprint_uri(row.at("jwk").dump(), "sha-512")
            ->starts_with("urn:ietf:params:oauth:jwk-thumbprint:sha-512:"));
  CHECK(outcome(thumbprint_uri("{}")) == "member_missing kty");
}

TEST_CASE("thumbprint: every key type and hash, as another implementation computes it",
          "[thumbprint]") {
  for (const auto& [name, values] : fixture().at("thumbprints").items()) {
    for (const auto& [hash, value] : values.items()) {
      INFO(name << " " << hash);
      CHECK(read(fixture_jwk(name), hash) == value);
    }
  }
}

TEST_CASE("thumbprint: of a secret, over k and kty", "[thumbprint]") {
  const std::string members = R"({"k":"AQ","kty":"oct"})";
  CHECK(read({{"kty", "oct"}, {"k", "AQ"}, {"kid", "x"}}) ==
        encode_base64url(crypto::digest(crypto::Hash::sha256, members)));
}

TEST_CASE("thumbprint: other members do not count, private ones neither", "[thumbprint]") {
  const Json jwk = fixture_jwk("rsa");
  CHECK(read(with(with(jwk, "d", "AQ"), "kid", "a")) == read(jwk));
}

TEST_CASE("thumbprint: the members count as they are written", "[thumbprint]") {
  Json jwk = fixture_jwk("rsa");
  const std::string before = read(jwk);
  jwk["n"] = encode_base64url('\0' + *decode_base64url(jwk["n"].get<std::string>()));
  CHECK(read(jwk) != before);
}

TEST_CASE("thumbprint: hash names are those of RFC 9278", "[thumbprint]") {
  for (const char* hash : {"SHA-256", "sha256", "", "sha-1", "md5"}) {
    CHECK(read(fixture_jwk("rsa"), hash) == "option_invalid hash");
  }
}

TEST_CASE("thumbprint: a member that is missing or not base64url", "[thumbprint]") {
  CHECK(read(with(fixture_jwk("rsa"), "n", nullptr)) == "member_missing n");
  CHECK(read(with(fixture_jwk("p256"), "crv", nullptr)) == "member_missing crv");
  CHECK(read(with(fixture_jwk("akp"), "alg", nullptr)) == "member_missing alg");
  CHECK(read(with(fixture_jwk("rsa"), "n", "AA==")) == "member_invalid n");
  CHECK(read(with(fixture_jwk("rsa"), "e", 3)) == "member_invalid e");
  CHECK(read(with(fixture_jwk("rsa"), "e", "")) == "member_invalid e");
  CHECK(read(with(fixture_jwk("rsa"), "kty", "x")) == "kty_unsupported kty");
  CHECK(read(with(fixture_jwk("rsa"), "kty", 1)) == "member_invalid kty");
}

TEST_CASE("thumbprint: the JWK is one strict JSON object", "[thumbprint]") {
  for (const std::string text : {"", "[]", "{", R"({"kty":"RSA","kty":"EC"})"}) {
    CHECK(outcome(thumbprint(text)) == "jwk_malformed");
  }
  CHECK(outcome(thumbprint("{\"kty\":\"oct\",\"k\":\"AQ\"}" + std::string(65536, ' '))) ==
        "jwk_malformed");
}
