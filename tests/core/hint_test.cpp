// What people give for a token or a key set by mistake: the refusal says what to do, in fixed
// words.
#include <array>

#include "support.hpp"

using namespace touchstone;

namespace {

struct Mistake {
  std::string text;
  std::string hint;  // its start
};

const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl";

void check(const Error& error, Error::Id id, const Mistake& mistake) {
  INFO(mistake.text);
  const std::string hint(error.detail().hint);
  CHECK(error.id() == id);
  CHECK(hint.substr(0, mistake.hint.size()) == mistake.hint);
  CHECK(hint.empty() == mistake.hint.empty());
  CHECK(hint.find("eyJ") == hint.npos);
}

}  // namespace

TEST_CASE("hint: at what was given for a JWK Set or a JWK", "[hint]") {
  const Mistake mistakes[] = {
      {"", "there is nothing in it"},
      {" \n", "there is nothing in it"},
      {"\xef\xbb\xbf{}", "it begins with a byte-order mark"},
      {{'\xff', '\xfe', '{', '\0'}, "it is UTF-16"},
      {{'\xfe', '\xff', '\0', '{'}, "it is UTF-16"},
      {"-----BEGIN PUBLIC KEY-----\nMFkw", "it is PEM"},
      {"\n-----BEGIN CERTIFICATE-----", "it is PEM"},
      {"https://id.example/jwks.json", "it is a URL"},
      {"http://localhost/jwks.json", "it is a URL"},
      {"\"https://id.example/jwks.json\"", "it is a URL"},
      {"\"{}\"", "leave out the quotation marks"},
      {"'{\"keys\":[]}'", "leave out the quotation marks"},
      {"[{\"kty\":\"oct\"}]", "it is an array"},
      {"x", ""},
      {"{\"keys\":[}", ""},
  };
  for (const Mistake& mistake : mistakes) {
    check(KeySet::parse(mistake.text).error(), Error::jwks_malformed, mistake);
    check(audit(mistake.text, 0).error(), Error::jwks_malformed, mistake);
    check(thumbprint(mistake.text).error(), Error::jwk_malformed, mistake);
  }
}

TEST_CASE("hint: at a set without an array of keys", "[hint]") {
  const Mistake mistakes[] = {
      {R"({"keys":{"kty":"oct"}})", "is not an array"},
      {"{}", "is missing, and so is kty"},
      {R"({"issuer":"https://id.example","jwks_uri":"https://id.example/jwks"})",
       "is missing: this is an issuer's metadata"},
  };
  for (const Mistake& mistake : mistakes) {
    const auto keys = KeySet::parse(mistake.text);
    check(keys.error(), Error::jwks_malformed, mistake);
    CHECK(keys.error().detail().member == "keys");
  }
}

TEST_CASE("hint: the place where the parser stopped is kept beside it", "[hint]") {
  const auto keys = KeySet::parse(" https://id.example/jwks.json");
  CHECK_FALSE(keys.error().detail().hint.empty());
  CHECK(keys.error().detail().offset == std::size_t{1});
}

TEST_CASE("hint: at what was given for a token", "[hint]") {
  const Mistake mistakes[] = {
      {"", "there is nothing in it"},
      {"\r\n", "there is nothing in it"},
      {"Bearer " + jwt, "leave out \"Bearer \""},
      {"bearer " + jwt, "leave out \"Bearer \""},
      {"\"" + jwt + "\"", "leave out the quotation marks"},
      {"'" + jwt + "'", "leave out the quotation marks"},
      {jwt + "\n", "leave out the white space"},
      {" " + jwt, "leave out the white space"},
      {"\xef\xbb\xbf" + jwt, "it begins with a byte-order mark"},
      {"{\"payload\":\"\"}", "it is JSON"},
      {"https://id.example/jwks.json", ""},
      {"abc", ""},
      {jwt + "=", ""},
  };
  const KeySet keys = test::secret_keys();
  for (const Mistake& mistake : mistakes) {
    check(verify(mistake.text, keys, test::hs256(), 0).error(), Error::token_malformed, mistake);
    check(decode(mistake.text).error(), Error::token_malformed, mistake);
    check(*explain(mistake.text, keys, test::hs256(), 0).refusal, Error::token_malformed, mistake);
    if (mistake.text.starts_with('{')) continue;  // which is a JWS
    check(verify_jws(mistake.text, keys, test::hs256()).error(), Error::token_malformed, mistake);
  }
}
