#include "known_headers.hpp"

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string segment_of(const std::string& jwt) { return jwt.substr(0, jwt.find('.')); }

bool is_known(const KeySet& keys, const std::string& jwt) {
  return keys.known_headers().find(segment_of(jwt)) != nullptr;
}

std::string token_with(const std::string& kid) {
  return sign(R"({"alg":"HS256","x":")" + kid + R"("})", "{}");
}

}  // namespace

TEST_CASE("known headers: that of a token whose signature was valid, once", "[verify]") {
  const KeySet keys = secret_keys();
  const std::string jwt = sign(hs256_header, R"({"exp":1})");
  CHECK_FALSE(is_known(keys, jwt));
  CHECK(outcome(verify(jwt, keys, hs256(), 0)) == "accepted");
  CHECK(is_known(keys, jwt));
  CHECK(outcome(verify(jwt, keys, hs256(), 0)) == "accepted");
  CHECK(is_known(KeySet(keys), jwt));  // a copy shares them
  CHECK_FALSE(is_known(secret_keys(), jwt));
}

TEST_CASE("known headers: nobody gets one in without the key", "[verify]") {
  const KeySet keys = secret_keys();
  for (int i = 0; i < 20; ++i) {
    std::string forged = token_with(std::to_string(i));
    forged[forged.size() - 2] = forged[forged.size() - 2] == 'A' ? 'B' : 'A';
    CHECK(outcome(verify(forged, keys, hs256(), 0)) == "signature_invalid");
    CHECK_FALSE(is_known(keys, forged));
  }
}

TEST_CASE("known headers: what a verifier expects is asked of a known one, too", "[verify]") {
  const KeySet keys = secret_keys();
  const std::string jwt = sign(R"({"alg":"HS256","typ":"a","crit":["x"],"x":1})", "{}");
  Expectations lenient = hs256();
  lenient.crit = {"x"};
  CHECK(outcome(verify(jwt, keys, lenient, 0)) == "accepted");
  REQUIRE(is_known(keys, jwt));
  CHECK(outcome(verify(jwt, keys, hs256(), 0)) == "crit_unsupported crit");
  CHECK(outcome(verify(jwt, keys, {}, 0)) == "crit_unsupported crit");
  lenient.typ = "b";
  CHECK(outcome(verify(jwt, keys, lenient, 0)) == "typ_mismatch typ");
  lenient.algorithms = {{"ES256"}};
  CHECK(outcome(verify(jwt, keys, lenient, 0)) == "alg_not_allowed alg");
}

TEST_CASE("known headers: a few stay, the others are read each time", "[verify]") {
  const KeySet keys = secret_keys();
  int known = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 12; ++i) {
      const auto jwt = verify(token_with(std::to_string(i)), keys, hs256(), 0);
      REQUIRE(jwt);
      CHECK(jwt->header()["x"] == std::to_string(i));
      CHECK(Json::parse(jwt->header_text()) == jwt->header());
      if (round == 1 && is_known(keys, token_with(std::to_string(i)))) ++known;
    }
  }
  CHECK(known == 8);
}

TEST_CASE("known headers: a verified token outlives the set", "[verify]") {
  auto keys = std::make_unique<KeySet>(secret_keys());
  const auto jwt = verify(token_with("later"), *keys, hs256(), 0);
  keys.reset();
  REQUIRE(jwt);
  CHECK(jwt->header()["x"] == "later");
}
