#include <algorithm>

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using Status = Explanation::Status;

/// The name of each step with +, - (failed), ? (unchecked) or . (not reached).
std::string steps(const Explanation& explanation) {
  std::string text;
  for (const Explanation::Step& step : explanation.steps) {
    constexpr char signs[] = {'+', '?', '-', '.'};
    text += signs[static_cast<int>(step.status)] + std::string(step.name) + " ";
  }
  return text;
}

/// "index reason" of each key, "ok" for one that matched.
std::string keys(const Explanation& explanation) {
  std::string text;
  for (const auto& key : explanation.keys) {
    text += std::to_string(key.index) + " " +
            (key.passed_over ? std::string(key.passed_over->reason()) : "ok") + ";";
  }
  return text;
}

/// Tokens of every kind, for what must hold for all of them.
std::vector<std::string> many_tokens() {
  std::vector<std::string> tokens = {"", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30.e30"};
  for (const auto& [alg, row] : fixture().at("tokens").items()) {
    const std::string token = row.at("token");
    tokens.push_back(token);
    tokens.push_back(row.at("without_kid"));
    tokens.push_back(token + "A");
    tokens.push_back(token.substr(0, token.size() / 2));
    for (std::size_t at = 0; at < token.size(); at += 17) {
      tokens.push_back(token);
      tokens.back()[at] = token[at] == 'A' ? 'B' : 'A';
    }
  }
  for (const char* claims : {"{}", "[]", R"({"exp":0})", R"({"nbf":1e12})", R"({"aud":1})"})
    tokens.push_back(sign(hs256_header, claims));
  return tokens;
}

}  // namespace

TEST_CASE("explain: a good token passes every step that was asked for", "[explain]") {
  const Explanation bare = explain(fixture_token("ES256"), fixture_keys(), {}, fixture_now());
  CHECK(steps(bare) ==
        "+format +header +critical +algorithm +key +signature +payload ?typ ?required ?issuer "
        "?subject ?audience +lifetime ?profile ");
  const Expectations asked{.issuer = "https://id.example",
                           .audience = "api",
                           .subject = "user",
                           .typ = "JWT",
                           .required_claims = {"exp"}};
  const Explanation full = explain(fixture_token("ES256"), fixture_keys(), asked, fixture_now());
  CHECK(steps(full) ==
        "+format +header +critical +algorithm +key +signature +payload +typ +required +issuer "
        "+subject +audience +lifetime ?profile ");
}

TEST_CASE("explain: the step that refused, and those not reached", "[explain]") {
  const auto refused_at = [](const std::string& token, const Expectations& expectations) {
    const Explanation explanation = explain(token, secret_keys(), expectations, 0);
    for (const auto& step : explanation.steps) {
      if (step.status == Status::failed) return std::string(step.name);
    }
    return std::string("none");
  };
  const Expectations options{.algorithms = {{"HS256"}}, .issuer = "i", .audience = "a"};
  CHECK(refused_at("x", options) == "format");
  CHECK(refused_at(sign("[]", "{}"), options) == "header");
  CHECK(refused_at(sign(R"({"crit":[]})", "{}"), options) == "critical");
  CHECK(refused_at(sign("{}", "{}"), options) == "algorithm");
  CHECK(refused_at(sign(R"({"alg":"HS256","kid":"x"})", "{}"), options) == "key");
  CHECK(refused_at(sign(hs256_header, "{}") + "AAAA", options) == "signature");
  CHECK(refused_at(sign(hs256_header, "[]"), options) == "payload");
  CHECK(refused_at(sign(hs256_header, R"({"exp":""})"), options) == "payload");
  CHECK(refused_at(sign(hs256_header, "{}"), options) == "issuer");
  CHECK(refused_at(sign(hs256_header, R"({"iss":"i"})"), options) == "audience");
  CHECK(refused_at(sign(hs256_header, R"({"iss":"i","aud":"a","exp":0})"), options) == "lifetime");
  CHECK(refused_at(sign(hs256_header, R"({"iss":"i","aud":"a"})"), options) == "none");
}

TEST_CASE("explain: every element of the set, and why it was passed over", "[explain]") {
  const KeySet set = parse_keys(
      set_of({1, with(fixture_jwk("rsa"), "kid", "p256"), with(fixture_jwk("p256"), "kid", "p256"),
              fixture_jwk("p256_other"), with(fixture_jwk("p384"), "kid", "x"),
              with(with(fixture_jwk("p256"), "kid", "p256"), "use", "enc")}));
  const Explanation explanation = explain(fixture_token("ES256"), set, {}, fixture_now());
  CHECK(keys(explanation) ==
        "0 not_an_object;1 kty_mismatch;2 ok;3 kid_missing;4 kid_mismatch;5 use_mismatch;");
  CHECK(explanation.key_index == 2);
  CHECK(explanation.keys[5].kid == "p256");
  CHECK(explanation.keys[2].kty == "EC");
}

TEST_CASE("explain: no key is named before the choice is reached", "[explain]") {
  CHECK(explain("x", fixture_keys(), {}, 0).keys.empty());
  CHECK(explain(sign(hs256_header, "{}"), secret_keys(), {}, 0).keys.empty());
}

TEST_CASE("explain: the key is named when a claim was refused, not when the signature was",
          "[explain]") {
  CHECK(explain(fixture_token("ES256"), fixture_keys(), {}, 1e12).key_index.has_value());
  std::string token = fixture_token("ES256");
  token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
  CHECK_FALSE(explain(token, fixture_keys(), {}, fixture_now()).key_index);
}

TEST_CASE("explain: the token is taken apart even when it was refused", "[explain]") {
  const Explanation explanation = explain(fixture_token("EdDSA"), fixture_keys(), {}, 0);
  REQUIRE(explanation.unverified);
  CHECK(explanation.unverified->unverified_claims["sub"] == "user");
  CHECK_FALSE(explain("x", fixture_keys(), {}, 0).unverified);
}

TEST_CASE("explain: its verdict is verify's, for every token", "[explain]") {
  const KeySet sets[] = {fixture_keys(), secret_keys(), parse_keys(set_of({}))};
  const Expectations expectations[] = {
      {},
      hs256(),
      {.issuer = "https://id.example", .audience = "api"},
      {.issuer = "x"},
      {.typ = "at+jwt"},
      {.clock_tolerance = 1000},
      {.multiple_keys = Expectations::MultipleKeys::try_each, .require_key_alg = true}};
  int count = 0;
  for (const std::string& token : many_tokens()) {
    for (const KeySet& set : sets) {
      const Expectations& options = expectations[static_cast<std::size_t>(count) % 7];
      const auto jwt = verify(token, set, options, fixture_now());
      const Explanation explanation = explain(token, set, options, fixture_now());
      const std::string told = outcome(explanation.refusal);
      if (told != outcome(jwt)) CHECK(told == outcome(jwt));
      const auto failed =
          std::count_if(explanation.steps.begin(), explanation.steps.end(),
                        [](const auto& step) { return step.status == Status::failed; });
      if (failed != (jwt ? 0 : 1)) CHECK(failed == (jwt ? 0 : 1));
      ++count;
    }
  }
  CHECK(count > 1000);
}

TEST_CASE("explain: as JSON", "[explain]") {
  const Json good = to_json(explain(fixture_token("ES256"), fixture_keys(), {}, fixture_now()));
  CHECK(good["valid"] == true);
  CHECK_FALSE(good.contains("error"));
  CHECK(good["steps"].size() == 14);
  CHECK(good["steps"][0]["step"] == "format");
  CHECK(good["steps"][0]["status"] == "passed");
  CHECK(good["unchecked"] == Json{"iss", "aud"});
  CHECK(good["unverified"]["payload"]["sub"] == "user");
  CHECK(good["keys"][good["key"].get<std::size_t>()]["status"] == "matching");

  const Json bad = to_json(explain(fixture_token("ES256"), fixture_keys(), {}, 1e12));
  CHECK(bad["valid"] == false);
  CHECK(bad["error"]["reason"] == "token_expired");
  CHECK_FALSE(bad.contains("unchecked"));
}
