#include "claims.hpp"

#include <cmath>
#include <limits>

#include "support.hpp"

using namespace touchstone;
using touchstone::test::outcome;

namespace {

constexpr double now = 1'700'000'000;

std::string check(std::string_view claims, const Expectations& expectations = {},
                  std::string_view header = "{}", double at_time = now) {
  Step step{};
  const auto parsed = ClaimsSet::parse(claims);
  if (!parsed) return outcome(parsed);
  return outcome(validate_claims(Json::parse(header), parsed->json(), expectations, at_time, step));
}

/// {"exp": now + seconds}, with a tolerance.
std::string with_date(const char* name, double seconds, double tolerance = 0) {
  return check(Json{{name, now + seconds}}.dump(), {.clock_tolerance = tolerance});
}

std::string with_type(const char* typ, const char* expected) {
  return check("{}", {.typ = expected}, Json{{"typ", typ}}.dump());
}

Json access_token() {
  return {{"iss", "i"},       {"exp", now + 60}, {"aud", "a"}, {"sub", "s"},
          {"client_id", "c"}, {"iat", now},      {"jti", "j"}};
}
Json introspection_response() {
  return {{"iss", "i"}, {"aud", "a"}, {"iat", now}, {"token_introspection", {{"active", true}}}};
}
Json id_token() {
  return {{"iss", "i"}, {"sub", "s"}, {"aud", "a"}, {"exp", now + 60}, {"iat", now}};
}
std::string check_profile(Profile profile, const Json& claims, const char* typ,
                          std::optional<std::string> nonce = {}) {
  return check(claims.dump(),
               {.issuer = "i", .audience = "a", .profile = profile, .nonce = std::move(nonce)},
               Json{{"typ", typ}}.dump());
}
std::string as_access_token(const Json& claims, const char* typ = "at+jwt") {
  return check_profile(Profile::access_token, claims, typ);
}
std::string as_introspection_response(const Json& claims,
                                      const char* typ = "token-introspection+jwt") {
  return check_profile(Profile::introspection_response, claims, typ);
}
std::string as_id_token(const Json& claims, std::optional<std::string> nonce = {}) {
  return check_profile(Profile::id_token, claims, "JWT", std::move(nonce));
}
Json without(Json claims, const char* name) {
  claims.erase(name);
  return claims;
}
Json set(Json claims, const char* name, const Json& value) {
  claims[name] = value;
  return claims;
}

}  // namespace

TEST_CASE("J14: the payload is one strict JSON object", "[claims]") {
  CHECK(check("{}") == "accepted");
  CHECK(check("[]") == "payload_json_invalid");
  CHECK(check("{\"a\":1e400}") == "payload_json_invalid");
  CHECK(check(R"({"exp":1,"exp":2})") == "payload_duplicate_member");
  CHECK(check(R"({"x":{"a":1,"\u0061":2}})") == "payload_duplicate_member");
}

TEST_CASE("J17: the payload is 32 deep at most", "[claims]") {
  CHECK(check("{\"a\":" + std::string(31, '[') + std::string(31, ']') + "}") == "accepted");
  CHECK(check("{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}") == "payload_too_deep");
}

TEST_CASE("C1: dates are numbers", "[claims]") {
  for (const std::string name : {"exp", "nbf", "iat"}) {
    for (const char* value : {"\"1\"", "null", "true", "[]", "{}", "[1]", "\"\""}) {
      INFO(name << " " << value);
      CHECK(check("{\"" + name + "\":" + value + "}") == "claim_type_invalid " + name);
    }
  }
}

TEST_CASE("C1: fractions and exponents are numbers", "[claims]") {
  CHECK(check(R"({"exp":1e10})") == "accepted");
  CHECK(check(R"({"exp":1700000000.5})") == "accepted");
  CHECK(check(R"({"nbf":1.7E+9})") == "accepted");
  CHECK(check(R"({"nbf":-5})") == "accepted");
}

TEST_CASE("C1: dates lie within 2^53 of 1970", "[claims]") {
  CHECK(check(R"({"exp":9007199254740992})") == "accepted");
  CHECK(check(R"({"exp":9007199254740993})") == "claim_type_invalid exp");
  CHECK(check(R"({"exp":18446744073709551615})") == "claim_type_invalid exp");
  CHECK(check(R"({"exp":1e16})") == "claim_type_invalid exp");
  CHECK(check(R"({"nbf":-9007199254740992})") == "accepted");
  CHECK(check(R"({"nbf":-9007199254740993})") == "claim_type_invalid nbf");
  CHECK(check(R"({"iat":-1e300})") == "claim_type_invalid iat");
}

TEST_CASE("C2: a token ends when exp is reached", "[claims]") {
  CHECK(with_date("exp", 1) == "accepted");
  CHECK(with_date("exp", 0.5) == "accepted");
  CHECK(with_date("exp", 0) == "token_expired exp");
  CHECK(with_date("exp", -1) == "token_expired exp");
  CHECK(check(R"({"exp":0})") == "token_expired exp");
}

TEST_CASE("C3: a token begins when nbf is reached", "[claims]") {
  CHECK(with_date("nbf", -1) == "accepted");
  CHECK(with_date("nbf", 0) == "accepted");
  CHECK(with_date("nbf", 0.5) == "token_not_active nbf");
  CHECK(with_date("nbf", 1) == "token_not_active nbf");
}

TEST_CASE("C5: the tolerance widens both ends by exactly itself", "[claims]") {
  CHECK(with_date("exp", -59, 60) == "accepted");
  CHECK(with_date("exp", -60, 60) == "token_expired exp");
  CHECK(with_date("nbf", 60, 60) == "accepted");
  CHECK(with_date("nbf", 61, 60) == "token_not_active nbf");
}

TEST_CASE("C4: iat in the future matters only when asked for", "[claims]") {
  const std::string claims = Json{{"iat", now + 1}}.dump();
  CHECK(check(claims) == "accepted");
  CHECK(check(claims, {.reject_future_iat = true}) == "iat_in_future iat");
  CHECK(check(claims, {.clock_tolerance = 1, .reject_future_iat = true}) == "accepted");
  CHECK(check("{}", {.reject_future_iat = true}) == "accepted");
}

TEST_CASE("C4: a maximal age is measured from iat", "[claims]") {
  const auto aged = [](double age, double tolerance = 0) {
    return check(Json{{"iat", now - age}}.dump(),
                 {.max_token_age = 60, .clock_tolerance = tolerance});
  };
  CHECK(aged(60) == "accepted");
  CHECK(aged(60.5) == "token_too_old iat");
  CHECK(aged(65, 5) == "accepted");
  CHECK(aged(66, 5) == "token_too_old iat");
  CHECK(aged(-1) == "iat_in_future iat");
  CHECK(aged(-1, 1) == "accepted");
  CHECK(check("{}", {.max_token_age = 60}) == "claim_missing iat");
}

TEST_CASE("C2: a time that is no number refuses", "[claims]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(check(R"({"exp":1e10})", {}, "{}", nan) == "token_expired exp");
  CHECK(check(R"({"nbf":0})", {}, "{}", nan) == "token_not_active nbf");
  CHECK(check(R"({"iat":0})", {.reject_future_iat = true}, "{}", nan) == "iat_in_future iat");
}

TEST_CASE("C6: aud is a string or an array of strings", "[claims]") {
  for (const char* aud : {"1", "null", "{}", "true", "[1]", "[\"a\",1]", "[[\"a\"]]", "[null]"}) {
    INFO(aud);
    CHECK(check(std::string("{\"aud\":") + aud + "}") == "claim_type_invalid aud");
    CHECK(check(std::string("{\"aud\":") + aud + "}", {.audience = "a"}) ==
          "claim_type_invalid aud");
  }
}

TEST_CASE("C6: one expected audience must be among those of the token", "[claims]") {
  const auto with_aud = [](const char* aud) {
    return check(std::string("{\"aud\":") + aud + "}", {.audience = OneOf{"a", "b"}});
  };
  CHECK(with_aud("\"a\"") == "accepted");
  CHECK(with_aud("[\"x\",\"b\"]") == "accepted");
  CHECK(with_aud("[]") == "audience_mismatch aud");
  CHECK(with_aud("\"A\"") == "audience_mismatch aud");
  CHECK(with_aud("\"a \"") == "audience_mismatch aud");
  CHECK(with_aud("\"ab\"") == "audience_mismatch aud");
  CHECK(with_aud("[\"x\"]") == "audience_mismatch aud");
  CHECK(check(R"({"aud":"anything"})") == "accepted");
}

TEST_CASE("C7: an expected audience must be there", "[claims]") {
  CHECK(check("{}", {.audience = "a"}) == "claim_missing aud");
}

TEST_CASE("C8: iss is exactly an expected issuer", "[claims]") {
  const auto with_iss = [](const char* iss) {
    return check(Json{{"iss", iss}}.dump(), {.issuer = OneOf{"https://id.example", "x"}});
  };
  CHECK(with_iss("https://id.example") == "accepted");
  CHECK(with_iss("x") == "accepted");
  for (const char* iss : {"https://id.example/", "https://ID.example", "https://id.example.evil",
                          "https://id", "", "HTTPS://id.example", " x"}) {
    CHECK(with_iss(iss) == "issuer_mismatch iss");
  }
  CHECK(check("{}", {.issuer = "x"}) == "claim_missing iss");
}

TEST_CASE("C8: iss is a string, never a list", "[claims]") {
  CHECK(check(R"({"iss":["x"]})", {.issuer = "x"}) == "claim_type_invalid iss");
  CHECK(check(R"({"iss":["x"]})") == "claim_type_invalid iss");
  CHECK(check(R"({"iss":null})") == "claim_type_invalid iss");
}

TEST_CASE("C9: a value with a colon need not be a URI", "[claims]") {
  CHECK(check(R"({"iss":"not: a uri","aud":":"})", {.issuer = "not: a uri"}) == "accepted");
}

TEST_CASE("C10: sub and jti are strings", "[claims]") {
  for (const std::string name : {"sub", "jti"}) {
    for (const char* value : {"1", "null", "[\"x\"]", "{}"}) {
      CHECK(check("{\"" + name + "\":" + value + "}") == "claim_type_invalid " + name);
    }
  }
  CHECK(check(R"({"sub":"s"})", {.subject = "s"}) == "accepted");
  CHECK(check(R"({"sub":"S"})", {.subject = "s"}) == "subject_mismatch sub");
  CHECK(check("{}", {.subject = "s"}) == "claim_missing sub");
}

TEST_CASE("C11: required claims must be there, whatever they hold", "[claims]") {
  CHECK(check("{}", {.required_claims = {"exp"}}) == "claim_missing exp");
  CHECK(check(R"({"x":1})", {.required_claims = {"x", "y"}}) == "claim_missing y");
  CHECK(check(R"({"x":null})", {.required_claims = {"x"}}) == "accepted");
  CHECK(check(R"({"x":{"y":1}})", {.required_claims = {"y"}}) == "claim_missing y");
  CHECK(check("{}") == "accepted");
}

TEST_CASE("C12: typ is compared as a media type", "[claims]") {
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"}) {
    CHECK(with_type(typ, "at+jwt") == "accepted");
    CHECK(with_type(typ, "application/at+jwt") == "accepted");
  }
  for (const char* typ :
       {"JWT", "", "at+jwt ", "text/at+jwt", "at", "application/application/at+jwt"}) {
    CHECK(with_type(typ, "at+jwt") == "typ_mismatch typ");
  }
}

TEST_CASE("C12: an expected typ must be there", "[claims]") {
  CHECK(check("{}", {.typ = "JWT"}) == "typ_mismatch typ");
}

TEST_CASE("C13: an access token as RFC 9068 has it", "[claims]") {
  CHECK(as_access_token(access_token()) == "accepted");
  CHECK(as_access_token(access_token(), "application/at+jwt") == "accepted");
  CHECK(as_access_token(access_token(), "JWT") == "typ_mismatch typ");
  for (const char* name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}) {
    CHECK(as_access_token(without(access_token(), name)) == std::string("claim_missing ") + name);
  }
  CHECK(as_access_token(set(access_token(), "client_id", 1)) == "claim_type_invalid client_id");
  CHECK(as_access_token(set(access_token(), "iss", "x")) == "issuer_mismatch iss");
  CHECK(as_access_token(set(access_token(), "aud", "x")) == "audience_mismatch aud");
}

TEST_CASE("C14: an introspection response as RFC 9701 has it", "[claims]") {
  CHECK(as_introspection_response(introspection_response()) == "accepted");
  CHECK(as_introspection_response(introspection_response(), "at+jwt") == "typ_mismatch typ");
  for (const char* name : {"iss", "aud", "iat", "token_introspection"}) {
    CHECK(as_introspection_response(without(introspection_response(), name)) ==
          std::string("claim_missing ") + name);
  }
  CHECK(as_introspection_response(set(introspection_response(), "token_introspection", "x")) ==
        "claim_type_invalid token_introspection");
}

TEST_CASE("C14: an introspection response does not pass for an access token", "[claims]") {
  CHECK(as_introspection_response(set(introspection_response(), "sub", "s")) ==
        "claim_not_allowed sub");
  CHECK(as_introspection_response(set(introspection_response(), "exp", now + 60)) ==
        "claim_not_allowed exp");
  CHECK(as_access_token(introspection_response(), "token-introspection+jwt") == "typ_mismatch typ");
}

TEST_CASE("C15: an ID token as OpenID Connect has it", "[claims]") {
  CHECK(as_id_token(id_token()) == "accepted");
  for (const char* name : {"iss", "sub", "aud", "exp", "iat"}) {
    CHECK(as_id_token(without(id_token(), name)) == std::string("claim_missing ") + name);
  }
}

TEST_CASE("C15: an ID token has no audience that is not trusted", "[claims]") {
  CHECK(as_id_token(set(id_token(), "aud", {"a", "x"})) == "audience_mismatch aud");
  CHECK(as_id_token(set(id_token(), "aud", {"a"})) == "accepted");
}

TEST_CASE("C15: azp names us, and stands there when there are several audiences", "[claims]") {
  CHECK(as_id_token(set(id_token(), "azp", "a")) == "accepted");
  CHECK(as_id_token(set(id_token(), "azp", "x")) == "azp_mismatch azp");
  CHECK(as_id_token(set(id_token(), "azp", 1)) == "claim_type_invalid azp");
  const Expectations both{.issuer = "i", .audience = OneOf{"a", "b"}, .profile = Profile::id_token};
  const Json two = set(id_token(), "aud", {"a", "b"});
  CHECK(check(two.dump(), both) == "azp_mismatch azp");
  CHECK(check(set(two, "azp", "b").dump(), both) == "accepted");
}

TEST_CASE("C15: the nonce is the one that was sent", "[claims]") {
  CHECK(as_id_token(set(id_token(), "nonce", "n"), "n") == "accepted");
  CHECK(as_id_token(set(id_token(), "nonce", "m"), "n") == "nonce_mismatch nonce");
  CHECK(as_id_token(id_token(), "n") == "claim_missing nonce");
  CHECK(as_id_token(set(id_token(), "nonce", "m")) == "accepted");
}

TEST_CASE("C15: an ID token is RS256 unless the caller says otherwise", "[claims]") {
  const Expectations id_token{.profile = Profile::id_token};
  CHECK(is_allowed(id_token, "RS256", false));
  CHECK_FALSE(is_allowed(id_token, "ES256", false));
  const Expectations said{.algorithms = {{"ES256"}}, .profile = Profile::id_token};
  CHECK(is_allowed(said, "ES256", false));
  CHECK_FALSE(is_allowed(said, "RS256", false));
}

TEST_CASE("J7: without a list every asymmetric algorithm is allowed, and HS is not", "[claims]") {
  CHECK(is_allowed({}, "RS256", false));
  CHECK_FALSE(is_allowed({}, "HS256", true));
  const Expectations only{.algorithms = {{"HS256"}}};
  CHECK(is_allowed(only, "HS256", true));
  CHECK_FALSE(is_allowed(only, "HS512", true));
  CHECK_FALSE(is_allowed(only, "hs256", true));
}

TEST_CASE("claims: an absent claim reads as null", "[claims]") {
  const auto claims = ClaimsSet::parse(R"({"a":1})");
  REQUIRE(claims);
  CHECK((*claims)["a"] == 1);
  CHECK((*claims)["b"].is_null());
}

TEST_CASE("claims: are judged in the order of explain's steps", "[claims]") {
  const Expectations all{
      .issuer = "i", .audience = "a", .subject = "s", .typ = "t", .required_claims = {"x"}};
  Json header = Json::object();
  Json claims{{"exp", "x"}};
  const auto next = [&](const char* expected) {
    CHECK(check(claims.dump(), all, header.dump()) == expected);
  };
  next("claim_type_invalid exp");
  claims["exp"] = 1;
  next("typ_mismatch typ");
  header["typ"] = "t";
  next("claim_missing x");
  claims["x"] = 1;
  next("claim_missing iss");
  claims["iss"] = "i";
  next("claim_missing sub");
  claims["sub"] = "s";
  next("claim_missing aud");
  claims["aud"] = "a";
  next("token_expired exp");
  claims["exp"] = now + 1;
  next("accepted");
}
