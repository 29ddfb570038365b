#include "jose_header.hpp"

#include "support.hpp"

using namespace touchstone;
using touchstone::test::outcome;

namespace {

JoseHeader header(const char* protected_members, const char* unprotected_members = "{}") {
  return {Json::parse(protected_members), Json::parse(unprotected_members)};
}
std::string members(std::string_view text) { return outcome(parse_header_members(text)); }
std::string parameters(const char* protected_members, const char* unprotected_members = "{}") {
  return outcome(check_parameters(header(protected_members, unprotected_members)));
}
std::string critical(const char* text, const std::vector<std::string>& understood = {}) {
  return outcome(check_critical(header(text), understood));
}
std::string algorithm(const char* text) { return outcome(algorithm_of(header(text))); }

}  // namespace

TEST_CASE("J5: the header is one strict JSON object", "[header]") {
  CHECK(members("{}") == "accepted");
  for (const char* text : {"", "[]", "\"alg\"", "{} {}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}"}) {
    INFO(text);
    CHECK(members(text) == "header_json_invalid");
  }
}

TEST_CASE("J6: no name stands twice in the header", "[header]") {
  CHECK(members(R"({"alg":"RS256","alg":"none"})") == "header_duplicate_member");
  CHECK(members(R"({"alg":"RS256","\u0061lg":"none"})") == "header_duplicate_member");
  CHECK(members(R"({"jwk":{"kty":"RSA","kty":"oct"}})") == "header_duplicate_member");
}

TEST_CASE("J17: a header has 8 KiB at most", "[header]") {
  const std::string filling(8 * 1024 - 8, 'x');
  CHECK(members("{\"a\":\"" + filling + "\"}") == "accepted");
  CHECK(members("{\"a\":\"x" + filling + "\"}") == "header_too_large");
}

TEST_CASE("J17: a header is 8 deep at most", "[header]") {
  CHECK(members("{\"a\":" + std::string(7, '[') + std::string(7, ']') + "}") == "accepted");
  CHECK(members("{\"a\":" + std::string(8, '[') + std::string(8, ']') + "}") == "header_too_deep");
}

TEST_CASE("J11: registered parameters have their types", "[header]") {
  for (const char* name : {"alg", "kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256"}) {
    for (const char* value : {"1", "null", "true", "[]", "{}", "[\"x\"]"}) {
      const std::string text = std::string("{\"") + name + "\":" + value + "}";
      INFO(text);
      CHECK(parameters(text.c_str()) == std::string("header_param_invalid ") + name);
    }
  }
  CHECK(parameters(R"({"jwk":"x"})") == "header_param_invalid jwk");
  CHECK(parameters(R"({"jwk":[]})") == "header_param_invalid jwk");
  CHECK(parameters(R"({"x5c":"x"})") == "header_param_invalid x5c");
  CHECK(parameters(R"({"x5c":[1]})") == "header_param_invalid x5c");
  CHECK(parameters(R"({"alg":"","kid":"","jwk":{},"x5c":["x"],"other":1})") == "accepted");
}

TEST_CASE("J10: b64 is a boolean", "[header]") {
  for (const char* text : {R"({"b64":"false"})", R"({"b64":0})", R"({"b64":null})"}) {
    CHECK(parameters(text) == "header_param_invalid b64");
  }
  CHECK(parameters(R"({"b64":true})") == "accepted");
}

TEST_CASE("RFC 7515 section 7.2.1: no name stands in both parts of the header", "[header]") {
  CHECK(parameters(R"({"alg":"ES256"})", R"({"alg":"ES256"})") == "header_duplicate_member");
  CHECK(parameters(R"({"alg":"ES256"})", R"({"kid":"1"})") == "accepted");
}

TEST_CASE("RFC 7515 section 4.1.11: crit and b64 stand in the protected part", "[header]") {
  CHECK(parameters("{}", R"({"crit":["x"],"x":1})") == "crit_invalid crit");
  CHECK(parameters("{}", R"({"b64":true})") == "header_param_invalid b64");
}

TEST_CASE("J11: types are checked in the unprotected part too", "[header]") {
  CHECK(parameters("{}", R"({"kid":1})") == "header_param_invalid kid");
}

TEST_CASE("J9: crit is a list of distinct, present, unregistered names", "[header]") {
  const char* bad[] = {
      R"({"crit":null})",
      R"({"crit":"x","x":1})",
      R"({"crit":{},"x":1})",
      R"({"crit":[]})",
      R"({"crit":[1]})",
      R"({"crit":["x",1],"x":1})",
      R"({"crit":["x","x"],"x":1})",
      R"({"crit":["x"]})",
      R"({"crit":["x","y"],"x":1})",
  };
  for (const char* text : bad) {
    INFO(text);
    CHECK(critical(text, {"x", "y"}) == "crit_invalid crit");
  }
}

TEST_CASE("J9: crit lists no registered name, even when the caller says it is understood",
          "[header]") {
  for (const std::string name :
       {"alg",  "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty",
        "crit", "enc", "zip", "epk", "apu", "apv", "iv",  "tag",      "p2s", "p2c"}) {
    Json json{{name, 1}};
    json["crit"] = {name};
    INFO(json.dump());
    CHECK(outcome(check_critical({json, Json::object()}, std::vector{name})) ==
          "crit_invalid crit");
  }
}

TEST_CASE("J9: an extension that nobody understands is refused", "[header]") {
  CHECK(critical(R"({"crit":["x"],"x":1})") == "crit_unsupported crit");
  CHECK(critical(R"({"crit":["x","y"],"x":1,"y":1})", {"x"}) == "crit_unsupported crit");
  CHECK(critical(R"({"crit":["X"],"X":1})", {"x"}) == "crit_unsupported crit");
}

TEST_CASE("J9: an extension that the caller understands passes", "[header]") {
  CHECK(critical("{}") == "accepted");
  CHECK(critical(R"({"crit":["x"],"x":1})", {"x"}) == "accepted");
  CHECK(critical(R"({"crit":["b64"],"b64":true})") == "accepted");
}

TEST_CASE("J10: b64 false must be critical", "[header]") {
  CHECK(critical(R"({"b64":false})") == "crit_invalid b64");
  CHECK(critical(R"({"b64":false,"crit":["x"],"x":1})", {"x"}) == "crit_invalid b64");
  CHECK(critical(R"({"b64":false,"crit":["b64"]})") == "accepted");
  CHECK(critical(R"({"b64":true})") == "accepted");
}

TEST_CASE("J7: alg is there and known, in its own spelling", "[header]") {
  CHECK(algorithm("{}") == "alg_missing alg");
  CHECK(algorithm(R"({"alg":"ES256"})") == "accepted");
  for (const char* text : {R"({"alg":"es256"})", R"({"alg":""})", R"({"alg":"RSA-OAEP"})",
                           R"({"alg":"ES256 "})", R"({"alg":"\u0000ES256"})"}) {
    INFO(text);
    CHECK(algorithm(text) == "alg_unsupported alg");
  }
}

TEST_CASE("J8: none is refused by its name, and other spellings as unknown", "[header]") {
  CHECK(algorithm(R"({"alg":"none"})") == "alg_none alg");
  for (const char* text : {R"({"alg":"None"})", R"({"alg":"NONE"})", R"({"alg":"nOnE"})",
                           R"({"alg":"none "})", R"({"alg":" none"})", R"({"alg":"none\u0000"})"}) {
    INFO(text);
    CHECK(algorithm(text) == "alg_unsupported alg");
  }
  CHECK(algorithm(R"({"alg":"n\u006fne"})") == "alg_none alg");
}

TEST_CASE("header: an algorithm that this build cannot verify is unsupported", "[header]") {
  for (const Algorithm& row : algorithms()) {
    const Json json{{"alg", row.name}};
    CHECK(algorithm_of({json, Json::object()}).has_value() == crypto::can_verify(row.scheme));
  }
}
