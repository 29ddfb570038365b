#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string token(const Json& claims) { return sign(hs256_header, claims.dump()); }

TokenCache cache_of(std::size_t max_entries, Expectations expectations = hs256()) {
  return TokenCache(secret_keys(), std::move(expectations), max_entries);
}

}  // namespace

TEST_CASE("cache: a token that passed is remembered, and handed out as it was", "[cache]") {
  TokenCache cache = cache_of(2);
  const std::string jwt = token({{"sub", "ada"}, {"exp", 100}});
  const auto first = cache.verify(jwt, 50), second = cache.verify(jwt, 60);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->get() == second->get());
  CHECK((*second)->claims()["sub"] == "ada");
  CHECK(cache.size() == 1);
}

TEST_CASE("cache: every byte of a token counts", "[cache]") {
  TokenCache cache = cache_of(10);
  const std::string jwt = token({{"exp", 100}});
  REQUIRE(cache.verify(jwt, 50));
  for (std::size_t at = 0; at < jwt.size(); ++at) {
    std::string changed = jwt;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (cache.verify(changed, 50)) FAIL("position " << at);
  }
  CHECK_FALSE(cache.verify(jwt + "A", 50));
  CHECK_FALSE(cache.verify(jwt.substr(0, jwt.size() - 1), 50));
  CHECK(cache.size() == 1);
}

TEST_CASE("cache: time claims are judged at every call, with verify()'s own reasons", "[cache]") {
  Expectations expectations = hs256();
  expectations.clock_tolerance = 5;
  expectations.max_token_age = 40;
  TokenCache cache = cache_of(10, expectations);
  const std::string jwt = token({{"iat", 50}, {"nbf", 60}, {"exp", 90}});
  REQUIRE(cache.verify(jwt, 70));
  for (double now = 40; now < 110; now += 0.25) {
    INFO(now);
    (void)cache.verify(jwt, 70);  // remembered again, if it was forgotten
    CHECK(outcome(cache.verify(jwt, now)) ==
          outcome(verify(jwt, secret_keys(), expectations, now)));
  }
  CHECK(outcome(cache.verify(jwt, 55)) == "accepted");
  CHECK(outcome(cache.verify(jwt, 54.9)) == "token_not_active nbf");
  CHECK(outcome(cache.verify(jwt, 94.9)) == "accepted");
  CHECK(outcome(cache.verify(jwt, 95)) == "token_expired exp");
}

TEST_CASE("cache: the greatest age ends an entry, too", "[cache]") {
  Expectations expectations = hs256();
  expectations.max_token_age = 10;
  TokenCache cache = cache_of(10, expectations);
  const std::string jwt = token({{"iat", 50}});
  CHECK(outcome(cache.verify(jwt, 55)) == "accepted");
  CHECK(outcome(cache.verify(jwt, 60)) == "accepted");
  CHECK(outcome(cache.verify(jwt, 60.5)) == "token_too_old iat");
  CHECK(outcome(cache.verify(jwt, 49)) == "iat_in_future iat");
}

TEST_CASE("cache: a now that is no number is refused, not found", "[cache]") {
  TokenCache cache = cache_of(10);
  const std::string jwt = token({{"sub", "ada"}});
  REQUIRE(cache.verify(jwt, 0));
  CHECK_FALSE(cache.verify(jwt, std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(cache.verify(jwt, std::numeric_limits<double>::infinity()));
}

TEST_CASE("cache: a removed key ends its entries", "[cache]") {
  TokenCache cache = cache_of(10);
  const std::string jwt = token({{"exp", 100}});
  REQUIRE(cache.verify(jwt, 50));
  cache.replace(parse_text(R"({"keys":[]})"));
  CHECK(cache.size() == 0);
  CHECK(outcome(cache.verify(jwt, 50)) == "no_matching_key");
  cache.replace(secret_keys());
  CHECK(outcome(cache.verify(jwt, 50)) == "accepted");
}

TEST_CASE("cache: holds no more than it may, and nothing that was refused", "[cache]") {
  TokenCache cache = cache_of(3);
  for (int i = 0; i < 10; ++i) REQUIRE(cache.verify(token({{"jti", std::to_string(i)}}), 50));
  CHECK(cache.size() == 3);
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(cache.verify(token({{"jti", std::to_string(i)}}) + "A", 50));
  CHECK(cache.size() == 3);
  TokenCache none = cache_of(0);
  REQUIRE(none.verify(token({{"jti", "1"}}), 50));
  CHECK(none.size() == 0);
}
