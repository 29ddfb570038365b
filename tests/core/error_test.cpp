#include <touchstone/touchstone.h>

#include <algorithm>
#include <set>

#include "support.hpp"

using namespace touchstone;

namespace {

struct Row {
  int number;
  std::string id, upper, code, section, message;
};

const std::vector<Row> rows = {
#define TOUCHSTONE_ERROR(number, id, ID, code, section, message) \
  {number, #id, #ID, code, section, message},
#include <touchstone/errors.def>
#undef TOUCHSTONE_ERROR
};

}  // namespace

TEST_CASE("errors: numbers and names are unique, and numbers ascend", "[error]") {
  std::set<std::string> names;
  int last = 0;
  for (const Row& row : rows) {
    INFO(row.id);
    CHECK(row.number > last);
    CHECK(names.insert(row.id).second);
    last = row.number;
  }
}

TEST_CASE("errors: the C spelling is the name in upper case", "[error]") {
  for (const Row& row : rows) {
    std::string upper = row.id;
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    CHECK(row.upper == upper);
  }
}

TEST_CASE("errors: a message is one line that begins small and ends without a period", "[error]") {
  for (const Row& row : rows) {
    INFO(row.id);
    REQUIRE_FALSE(row.message.empty());
    CHECK(row.message.back() != '.');
    CHECK(row.message.find('\n') == row.message.npos);
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    CHECK(is_capital(row.message[0]) == is_capital(row.message[1]));  // but for JWK, HMAC, RSA
  }
}

TEST_CASE("errors: a code is upper case and begins with ERR_", "[error]") {
  for (const Row& row : rows) {
    INFO(row.code);
    CHECK(row.code.starts_with("ERR_"));
    CHECK(std::all_of(row.code.begin(), row.code.end(),
                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }));
  }
}

TEST_CASE("errors: a section names a document, or says policy", "[error]") {
  for (const Row& row : rows) {
    INFO(row.id << ": " << row.section);
    const auto starts = [&](const char* text) { return row.section.starts_with(text); };
    CHECK((starts("RFC ") || starts("OpenID ") || starts("CVE-") || row.section == "policy"));
  }
}

TEST_CASE("errors: C++ and C read the same rows", "[error]") {
  for (const Row& row : rows) {
    const auto id = static_cast<Error::Id>(row.number);
    const auto number = static_cast<touchstone_error>(row.number);
    CHECK(Error::reason(id) == row.id);
    CHECK(Error::code(id) == row.code);
    CHECK(Error::section(id) == row.section);
    CHECK(Error::message(id) == row.message);
    CHECK(touchstone_error_reason(number) == row.id);
    CHECK(touchstone_error_code(number) == row.code);
    CHECK(touchstone_error_section(number) == row.section);
    CHECK(touchstone_error_message(number) == row.message);
  }
}

TEST_CASE("errors: a number that is no row has empty texts", "[error]") {
  for (const int number : {0, 1, 100, 999, 65535}) {
    CHECK(Error::reason(static_cast<Error::Id>(number)).empty());
    CHECK(std::string(touchstone_error_message(static_cast<touchstone_error>(number))).empty());
  }
}

TEST_CASE("errors: numbers that have been given out stay", "[error]") {
  CHECK(Error::token_malformed == 101);
  CHECK(Error::alg_none == 121);
  CHECK(Error::no_matching_key == 210);
  CHECK(Error::private_member == 241);
  CHECK(Error::signature_invalid == 301);
  CHECK(Error::token_expired == 412);
  CHECK(Error::option_invalid == 501);
  CHECK(Error::issuer_invalid == 601);
  CHECK(Error::entropy_too_short == 701);
  CHECK(Error::ring_malformed == 720);
  CHECK(Error::store_unavailable == 730);
  CHECK(Error::sealing_key_missing == 740);
}

TEST_CASE("errors: as JSON, with what is known beyond the row", "[error]") {
  const Error error(
      Error::no_matching_key,
      {.member = "kid", .hint = "is odd", .offset = 7, .keys = {{3, Error::kid_mismatch}}});
  const Json json = to_json(error);
  CHECK(json["reason"] == "no_matching_key");
  CHECK(json["code"] == "ERR_JWKS_NO_MATCHING_KEY");
  CHECK(json["number"] == 210);
  CHECK(json["member"] == "kid");
  CHECK(json["hint"] == "is odd");
  CHECK(json["offset"] == 7);
  CHECK(json["keys"] == Json::parse(R"([{"index":3,"reason":"kid_mismatch"}])"));
  CHECK_FALSE(to_json(Error(Error::token_expired)).contains("member"));
}
