#include <limits>

#include "claims.hpp"
#include "support.hpp"

using namespace touchstone;
using touchstone::test::outcome;

namespace {

Result<Expectations> parse(const std::string& json) { return Expectations::parse(json); }
std::string read(const std::string& json) { return outcome(parse(json)); }
/// {"name": value}
std::string option(const std::string& name, const std::string& value) {
  return read("{\"" + name + "\":" + value + "}");
}
double tolerance(const std::string& text) {
  const auto expectations = parse("{\"clockTolerance\":" + text + "}");
  return expectations ? expectations->clock_tolerance : -1;
}
double age(const std::string& text) {
  const auto expectations = parse("{\"maxTokenAge\":" + text + "}");
  return expectations ? *expectations->max_token_age : -1;
}

const std::vector<std::string> option_names = {
    "algorithms",     "issuer",        "audience",       "subject",         "typ",
    "requiredClaims", "maxTokenAge",   "clockTolerance", "rejectFutureIat", "crit",
    "multipleKeys",   "requireKeyAlg", "ignoreKid",      "profile",         "nonce",
    "maxTokenSize",   "signatures"};

}  // namespace

TEST_CASE("options: every one is read", "[options]") {
  const auto read_all = parse(R"({
    "algorithms": ["RS256", "HS256"], "issuer": ["i", "j"], "audience": "a", "subject": "s",
    "typ": "JWT", "requiredClaims": ["x"], "maxTokenAge": 60, "clockTolerance": 5,
    "rejectFutureIat": true, "crit": ["c"], "multipleKeys": "try", "requireKeyAlg": true,
    "ignoreKid": true, "profile": "id_token", "nonce": "n", "maxTokenSize": 1000, "signatures": "all"})");
  REQUIRE(read_all);
  const Expectations& options = *read_all;
  CHECK(options.algorithms == std::vector<std::string>{"RS256", "HS256"});
  CHECK(options.issuer->values() == std::vector<std::string>{"i", "j"});
  CHECK(options.audience->values() == std::vector<std::string>{"a"});
  CHECK(options.subject == "s");
  CHECK(options.typ == "JWT");
  CHECK(options.required_claims == std::vector<std::string>{"x"});
  CHECK(options.max_token_age == 60);
  CHECK(options.clock_tolerance == 5);
  CHECK(options.reject_future_iat);
  CHECK(options.crit == std::vector<std::string>{"c"});
  CHECK(options.multiple_keys == Expectations::MultipleKeys::try_each);
  CHECK(options.require_key_alg);
  CHECK(options.ignore_kid);
  CHECK(options.profile == Profile::id_token);
  CHECK(options.nonce == "n");
  CHECK(options.max_token_size == 1000);
  CHECK(options.signatures == Expectations::Signatures::all);
}

TEST_CASE("options: the defaults are those of the type", "[options]") {
  const auto read_none = parse("{}");
  REQUIRE(read_none);
  CHECK_FALSE(read_none->algorithms);
  CHECK_FALSE(read_none->issuer);
  CHECK(read_none->max_token_size == 64 * 1024);
  CHECK(read_none->clock_tolerance == 0);
  CHECK(read_none->multiple_keys == Expectations::MultipleKeys::reject);
}

TEST_CASE("options: null is left out", "[options]") {
  for (const std::string& name : option_names) CHECK(option(name, "null") == "accepted");
}

TEST_CASE("options: an unknown name is refused by its name", "[options]") {
  CHECK(option("Issuer", "\"x\"") == "option_invalid Issuer");
  CHECK(option("leeway", "null") == "option_invalid leeway");
  CHECK(option("", "1") == "option_invalid");
}

TEST_CASE("options: a value of another type is refused by its name", "[options]") {
  for (const std::string& name : option_names) {
    INFO(name);
    CHECK(option(name, "{}") == "option_invalid " + name);
    CHECK(option(name, "[1]") == "option_invalid " + name);
    CHECK(option(name, "\"no such text\"") == (name == "issuer"     ? "accepted"
                                               : name == "audience" ? "accepted"
                                               : name == "subject"  ? "accepted"
                                               : name == "typ"      ? "accepted"
                                                                    : "option_invalid " + name));
  }
  for (const char* name :
       {"subject", "typ", "nonce", "rejectFutureIat", "requireKeyAlg", "ignoreKid"}) {
    CHECK(option(name, "1") == std::string("option_invalid ") + name);
  }
}

TEST_CASE("options: the text is one strict JSON object", "[options]") {
  for (const char* text : {"", "[]", "null", "{}x", R"({"typ":"a","typ":"b"})",
                           R"({"typ":"a","\u0074yp":"b"})", "{\"a\":[[[[1]]]]}"}) {
    INFO(text);
    CHECK(read(text) == "option_invalid");
  }
}

TEST_CASE("options: algorithms are known names, at least one", "[options]") {
  CHECK(option("algorithms", "[\"ES256\"]") == "accepted");
  CHECK(option("algorithms", "[\"ML-DSA-44\"]") == "accepted");
  for (const char* value : {"[]", "[\"none\"]", "[\"ES256\",\"none\"]", "[\"es256\"]", "[\"*\"]",
                            "\"ES256\"", "[\"\"]"}) {
    CHECK(option("algorithms", value) == "option_invalid algorithms");
  }
}

TEST_CASE("options: an empty list of issuers or audiences is no way to skip the check",
          "[options]") {
  CHECK(option("issuer", "[]") == "option_invalid issuer");
  CHECK(option("audience", "[]") == "option_invalid audience");
  CHECK(outcome(check_expectations({.issuer = OneOf(std::vector<std::string>{})})) ==
        "option_invalid issuer");
}

TEST_CASE("C5: the tolerance is 0 to 300 seconds", "[options]") {
  CHECK(tolerance("300") == 300);
  CHECK(tolerance("0.5") == 0.5);
  for (const char* value : {"301", "-1", "1e9", "\"6 minutes\"", "true"}) {
    CHECK(option("clockTolerance", value) == "option_invalid clockTolerance");
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double value : {infinity, -infinity, nan}) {
    CHECK(outcome(check_expectations({.clock_tolerance = value})) ==
          "option_invalid clockTolerance");
    CHECK(outcome(check_expectations({.max_token_age = value})) == "option_invalid maxTokenAge");
  }
}

TEST_CASE("options: durations may be text", "[options]") {
  CHECK(age("\"90\"") == 90);
  CHECK(age("\"90s\"") == 90);
  CHECK(age("\"1 sec\"") == 1);
  CHECK(age("\"2 secs\"") == 2);
  CHECK(age("\"1 second\"") == 1);
  CHECK(age("\"2 seconds\"") == 2);
  CHECK(age("\"5 minutes\"") == 300);
  CHECK(age("\"5m\"") == 300);
  CHECK(age("\"1.5 hours\"") == 5400);
  CHECK(age("\"2hrs\"") == 7200);
  CHECK(age("\"1 day\"") == 86400);
  CHECK(age("\"2w\"") == 1209600);
  CHECK(tolerance("\"0.25 minutes\"") == 15);
}

TEST_CASE("options: a duration in no such form is refused", "[options]") {
  for (const char* text : {"",    " ",    "-5",    "+5",      "5  s",
                           " 5s", "5 s ", "5 ",    "s",       ".5",
                           "5.",  "1..2", "1.2.3", "5 years", "5 fortnights",
                           "1e3", "0x10", "5M",    "NaN",     "99999999999999999999",
                           "5,5"}) {
    INFO(text);
    CHECK(option("maxTokenAge", std::string("\"") + text + "\"") == "option_invalid maxTokenAge");
  }
  CHECK(option("maxTokenAge", "-1") == "option_invalid maxTokenAge");
  CHECK(option("maxTokenAge", "1e13") == "option_invalid maxTokenAge");
}

TEST_CASE("J17: the token size is at most 16 MiB", "[options]") {
  CHECK(option("maxTokenSize", "16777216") == "accepted");
  CHECK(option("maxTokenSize", "0") == "accepted");
  for (const char* value : {"16777217", "18446744073709551615", "-1", "1.5", "\"5\"", "true"}) {
    CHECK(option("maxTokenSize", value) == "option_invalid maxTokenSize");
  }
}

TEST_CASE("options: choices have their names only", "[options]") {
  CHECK(option("multipleKeys", "\"reject\"") == "accepted");
  CHECK(option("multipleKeys", "\"try_each\"") == "option_invalid multipleKeys");
  CHECK(option("signatures", "\"any\"") == "accepted");
  CHECK(option("signatures", "\"ALL\"") == "option_invalid signatures");
  CHECK(option("profile", "\"none\"") == "option_invalid profile");
}

TEST_CASE("options: a profile asks for issuer and audience", "[options]") {
  for (const std::string profile : {"access_token", "introspection_response", "id_token"}) {
    const std::string begin = "{\"profile\":\"" + profile + "\"";
    CHECK(read(begin + "}") == "option_invalid issuer");
    CHECK(read(begin + ",\"issuer\":\"i\"}") == "option_invalid audience");
    CHECK(read(begin + ",\"issuer\":\"i\",\"audience\":\"a\"}") == "accepted");
  }
}

TEST_CASE("options: a nonce belongs to an ID token", "[options]") {
  CHECK(option("nonce", "\"n\"") == "option_invalid nonce");
}
