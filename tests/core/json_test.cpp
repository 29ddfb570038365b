#include "json.hpp"

#include "support.hpp"

using namespace touchstone;
using touchstone::test::outcome;

namespace {

constexpr JsonRules rules{.max_depth = 4,
                          .invalid = Error::payload_json_invalid,
                          .duplicate_member = Error::payload_duplicate_member,
                          .too_deep = Error::payload_too_deep,
                          .quarantined_array = "keys"};

Result<Json> parse(std::string_view text) { return parse_json_object(text, rules); }
std::string read(std::string_view text) { return outcome(parse(text)); }
constexpr auto invalid = "payload_json_invalid";
constexpr auto duplicate = "payload_duplicate_member";

}  // namespace

TEST_CASE("json: an object with every kind of value is read", "[json]") {
  const auto json =
      parse(R"( {"a":[1,-2,3.5,1e3,true,false,null],"b":{"c":"\u00e9\ud83d\ude00"}} )");
  REQUIRE(json);
  CHECK((*json)["a"].size() == 7);
  CHECK((*json)["b"]["c"] == "\xc3\xa9\xf0\x9f\x98\x80");
}

TEST_CASE("J5: only an object counts", "[json]") {
  for (const char* text : {"[]", "1", "\"text\"", "null", "true", "", " "}) {
    INFO(text);
    CHECK(read(text) == invalid);
  }
}

TEST_CASE("J5: nothing stands after the end", "[json]") {
  for (const char* text : {"{}{}", "{} x", "{},", "{}]", "{}//", "{}\x0b"}) {
    INFO(text);
    CHECK(read(text) == invalid);
  }
  CHECK(read("{} \t\r\n") == "accepted");
}

TEST_CASE("J5: what only looks like JSON is refused", "[json]") {
  for (const char* text : {"{'a':1}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "{\"a\":[1,]}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":.5}",
                           "{\"a\":1.}",
                           "{\"a\":0x1}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":-}",
                           "{\"a\"}",
                           "{\"a\":tru}",
                           "{/**/}",
                           "{\"a\":\"\\x41\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"\t\"}",
                           "{",
                           "{\"a\":\"",
                           "{\"a\":1"}) {
    INFO(text);
    CHECK(read(text) == invalid);
  }
}

TEST_CASE("J5: a byte-order mark is refused", "[json]") {
  CHECK(read("\xef\xbb\xbf{}") == invalid);
  CHECK(read("\xfe\xff{}") == invalid);
}

TEST_CASE("J5: NUL is refused wherever it stands", "[json]") {
  using namespace std::string_view_literals;
  CHECK(read("{}\0"sv) == invalid);
  CHECK(read("\0{}"sv) == invalid);
  CHECK(read("{\"a\":\"x\0y\"}"sv) == invalid);
  CHECK(read("{\0}"sv) == invalid);
  CHECK(read(R"({"a":"\u0000"})") == "accepted");  // the escape is a character like any other
}

TEST_CASE("J5: text is UTF-8", "[json]") {
  const char* bad[] = {
      "\x80",              // a continuation alone
      "\xc3",              // a lead alone
      "\xc0\xaf",          // overlong
      "\xc1\xbf",          // overlong
      "\xe0\x80\xaf",      // overlong
      "\xf0\x80\x80\xaf",  // overlong
      "\xed\xa0\x80",      // a surrogate
      "\xed\xbf\xbf",      // a surrogate
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",  // no such lead
      "\xff",
  };
  for (const std::string text : bad) {
    CHECK(read("{\"a\":\"" + text + "\"}") == invalid);
    CHECK(read("{\"" + text + "\":1}") == invalid);
  }
  CHECK(read("{\"a\":\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\"}") == "accepted");
}

TEST_CASE("J18: lone surrogates are refused", "[json]") {
  for (const char* escape : {"\\ud800", "\\udfff", "\\ud800x", "\\ud800\\ud800", "\\udc00\\ud800",
                             "\\ud800\\u0041", "\\ud800\\n"}) {
    INFO(escape);
    CHECK(read(std::string("{\"a\":\"") + escape + "\"}") == invalid);
    CHECK(read(std::string("{\"") + escape + "\":1}") == invalid);
  }
}

TEST_CASE("J6: a name that stands twice is refused at every depth", "[json]") {
  for (const char* text : {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"x":{"a":1,"a":2}})",
                           R"({"x":[{"a":1,"a":2}]})", R"({"x":{"y":{"a":1,"a":2}}})",
                           R"({"":1,"":2})", R"({"a":{},"a":[]})"}) {
    INFO(text);
    CHECK(read(text) == duplicate);
  }
}

TEST_CASE("J6: names are compared after unescaping", "[json]") {
  CHECK(read(R"({"alg":1,"\u0061lg":2})") == duplicate);
  CHECK(read(R"({"x":{"/":1,"\/":2}})") == duplicate);
  CHECK(read("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}") == duplicate);
}

TEST_CASE("J18: names are compared code point by code point", "[json]") {
  CHECK(read("{\"\xc3\xa9\":1,\"e\xcc\x81\":2}") == "accepted");  // composed and decomposed
  CHECK(read(R"({"a":1,"A":2})") == "accepted");
  CHECK(read(R"({"a":1,"x":{"a":2},"y":[{"a":3},{"a":4}]})") == "accepted");
}

TEST_CASE("J17: the depth limit is exact", "[json]") {
  CHECK(read(R"({"a":{"a":{"a":{}}}})") == "accepted");
  CHECK(read(R"({"a":{"a":{"a":{"a":{}}}}})") == "payload_too_deep");
  CHECK(read(R"({"a":[[[]]]})") == "accepted");
  CHECK(read(R"({"a":[[[[]]]]})") == "payload_too_deep");
  CHECK(read("{\"a\":" + std::string(100'000, '[')) == "payload_too_deep");
}

TEST_CASE("C1: a number beyond a double is refused", "[json]") {
  CHECK(read(R"({"a":1e400})") == invalid);
  CHECK(read(R"({"a":-1e400})") == invalid);
  CHECK(read(R"({"a":1e308})") == "accepted");
  CHECK(read(R"({"a":1e-400})") == "accepted");  // is 0
  CHECK(read(R"({"a":123456789012345678901234567890})") == "accepted");
}

TEST_CASE("json: an error says where the parser stopped", "[json]") {
  CHECK(parse(R"({"a":x})").error().detail().offset == 5);
  CHECK(parse("\xef\xbb\xbf{}").error().detail().offset == 0);
  CHECK(parse(std::string_view("{}\0", 3)).error().detail().offset == 2);
}

TEST_CASE("K3: a duplicate inside an element of keys spoils that element alone", "[json]") {
  const auto json =
      parse(R"({"keys":[{"a":1},{"a":1,"\u0061":2},{"b":{"c":1,"c":2}},[{"d":1,"d":2}]]})");
  REQUIRE(json);
  const Json& keys = (*json)["keys"];
  REQUIRE(keys.size() == 4);
  CHECK(keys[0] == Json{{"a", 1}});
  CHECK(keys[1].is_discarded());
  CHECK(keys[2].is_discarded());
  CHECK(keys[3].is_discarded());
}

TEST_CASE("K3: the element after a spoilt one is not spoilt", "[json]") {
  const auto json = parse(R"({"keys":[{"a":1,"a":2},{"a":1}]})");
  REQUIRE(json);
  CHECK((*json)["keys"][1] == Json{{"a", 1}});
}

TEST_CASE("K3: no other place is quarantined", "[json]") {
  for (const char* text :
       {R"({"keys":[],"keys":[]})", R"({"other":[{"a":1,"a":2}]})", R"({"keys":{"a":1,"a":2}})",
        R"({"keys":{"x":[{"a":1,"a":2}]}})", R"({"x":{"keys":[{"a":1,"a":2}]}})",
        R"({"keys":[],"x":[{"a":1,"a":2}]})"}) {
    INFO(text);
    CHECK(read(text) == duplicate);
  }
}

TEST_CASE("json: find gives the member or nothing", "[json]") {
  const Json object{{"text", "x"}, {"number", 1}};
  CHECK(*find(object, "number") == 1);
  CHECK(find(object, "absent") == nullptr);
  CHECK(*find_string(object, "text") == "x");
  CHECK(find_string(object, "number") == nullptr);
}
