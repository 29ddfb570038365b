#include "jws.hpp"

#include "base64url.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

std::string split(std::string_view jwt, std::size_t max_size = 65536) {
  return outcome(split_compact(jwt, max_size));
}

/// A signature with HS256 and secret() over these very texts.
std::string tag(const std::string& protected_text, const std::string& payload_text) {
  return encode_base64url(
      hmac(crypto::Hash::sha256, secret(), protected_text + "." + payload_text));
}

const std::string header = encode_base64url(R"({"alg":"HS256"})");
const std::string plain_header = encode_base64url(R"({"alg":"HS256","b64":false,"crit":["b64"]})");
const std::string payload = encode_base64url("any bytes");

Json flattened() {
  return {{"payload", payload}, {"protected", header}, {"signature", tag(header, payload)}};
}
Json general(std::initializer_list<Json> signatures) {
  Json jws{{"payload", payload}, {"signatures", Json::array()}};
  for (const Json& signature : signatures) jws["signatures"].push_back(signature);
  return jws;
}
Json good_signature() { return {{"protected", header}, {"signature", tag(header, payload)}}; }
Json bad_signature() { return {{"protected", header}, {"signature", tag(header, "x")}}; }

Result<VerifiedJws> run(const std::string& jws, std::optional<std::string_view> detached = {},
                        const Expectations& expectations = hs256()) {
  return verify_jws(jws, secret_keys(), expectations, detached);
}
std::string verdict(const std::string& jws, std::optional<std::string_view> detached = {}) {
  return outcome(run(jws, detached));
}
std::string verdict(const Json& jws, std::optional<std::string_view> detached = {}) {
  return verdict(jws.dump(), detached);
}

}  // namespace

TEST_CASE("J1: a JWT has three segments", "[jws]") {
  CHECK(split("e30.e30.AA") == "accepted");
  for (const char* text : {"", ".", "e30", "e30.e30", "e30.e30.AA.AA", "a.a.a.a.a.a", "......"}) {
    INFO(text);
    CHECK(split(text) == "token_malformed");
  }
}

TEST_CASE("J1: five segments are a JWE", "[jws]") {
  CHECK(split("e30.e30.AA.AA.AA") == "jwe_unsupported");
  CHECK(split("....") == "jwe_unsupported");
}

TEST_CASE("J2: any other character is refused before anything else", "[jws]") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_letter = std::isalnum(byte) != 0 && byte < 128;
    if (is_letter || c == '-' || c == '_' || c == '.') continue;
    CHECK(split(std::string("e30.e3") + c + ".AA") == "token_malformed");
    CHECK(split(std::string("e30.e30.AA") + c) == "token_malformed");
    CHECK(split(c + std::string("e30.e30.AA")) == "token_malformed");
  }
}

TEST_CASE("J3: each segment is base64url", "[jws]") {
  CHECK(outcome(decode("e.e30.AA")) == "token_base64_invalid");
  CHECK(split("e30.e.AA") == "token_base64_invalid");
  CHECK(split("e30.e30.A") == "token_base64_invalid");
}

TEST_CASE("J4: each segment has zero spare bits", "[jws]") {
  CHECK(outcome(decode("e31.e30.AA")) == "token_base64_invalid");
  CHECK(split("e30.e31.AA") == "token_base64_invalid");
  CHECK(split("e30.e30.AB") == "token_base64_invalid");
}

TEST_CASE("J17: the size limit is exact", "[jws]") {
  CHECK(split("e30.e30.AA", 10) == "accepted");
  CHECK(split("e30.e30.AA", 9) == "token_too_large");
}

TEST_CASE("J13: the signing input is what was received", "[jws]") {
  const std::string jwt = "e30.e30.AA";
  const auto token = split_compact(jwt, 100);
  REQUIRE(token);
  CHECK(token->signing_input == "e30.e30");
  CHECK(token->signing_input.data() == jwt.data());
  CHECK(token->signature == std::string(1, '\0'));
}

TEST_CASE("verify_jws: compact", "[jws]") {
  const auto verified = run(sign(hs256_header, "any bytes"));
  REQUIRE(verified);
  CHECK(verified->payload() == "any bytes");
  REQUIRE(verified->signatures().size() == 1);
  CHECK(verified->signatures()[0].key->index() == 0);
  CHECK(verified->signatures()[0].protected_header == Json{{"alg", "HS256"}});
}

TEST_CASE("verify_jws: an empty payload is a payload", "[jws]") {
  const auto verified = run(header + ".." + tag(header, ""));
  REQUIRE(verified);
  CHECK(verified->payload().empty());
}

TEST_CASE("verify_jws: compact with a detached payload (RFC 7515 appendix F)", "[jws]") {
  const std::string jws = header + ".." + tag(header, payload);
  const auto verified = run(jws, "any bytes");
  REQUIRE(verified);
  CHECK(verified->payload() == "any bytes");
  CHECK(verdict(jws, "other bytes") == "signature_invalid");
  CHECK(verdict(jws) == "signature_invalid");
}

TEST_CASE("verify_jws: a payload is carried or detached, never both", "[jws]") {
  CHECK(verdict(sign(hs256_header, "any bytes"), "any bytes") == "payload_unexpected");
  CHECK(verdict(flattened(), "any bytes") == "payload_unexpected");
  CHECK(verdict(with(flattened(), "payload", nullptr)) == "payload_missing");
}

TEST_CASE("RFC 7797: an unencoded payload, detached and carried", "[jws]") {
  CHECK(verdict(plain_header + ".." + tag(plain_header, "$.02"), "$.02") == "accepted");
  CHECK(verdict(plain_header + "..." + tag(plain_header, ".")) == "token_malformed");
  CHECK(verdict(plain_header + ".$02." + tag(plain_header, "$02")) == "accepted");
  CHECK(verdict(plain_header + ".a\nb." + tag(plain_header, "a\nb")) == "token_malformed");
}

TEST_CASE("RFC 7797 section 6: an unencoded payload that is not critical is refused", "[jws]") {
  const std::string bare = encode_base64url(R"({"alg":"HS256","b64":false})");
  CHECK(verdict(bare + ".." + tag(bare, "x"), "x") == "crit_invalid b64");
}

TEST_CASE("RFC 7797: an unencoded payload in JSON may hold any text", "[jws]") {
  const Json jws{{"payload", "$.02\n"},
                 {"protected", plain_header},
                 {"signature", tag(plain_header, "$.02\n")}};
  const auto verified = run(jws.dump());
  REQUIRE(verified);
  CHECK(verified->payload() == "$.02\n");
}

TEST_CASE("RFC 7797 section 3: b64 is the same in all signatures", "[jws]") {
  const Json jws = general(
      {good_signature(), {{"protected", plain_header}, {"signature", tag(plain_header, payload)}}});
  CHECK(verdict(jws) == "header_param_invalid b64");
}

TEST_CASE("verify_jws: flattened", "[jws]") {
  const auto verified = run(flattened().dump());
  REQUIRE(verified);
  CHECK(verified->payload() == "any bytes");
  CHECK(verdict(with(flattened(), "unknown", 1)) == "accepted");
  CHECK(outcome(run(" \r\n\t" + flattened().dump() + "\n")) == "accepted");
}

TEST_CASE("verify_jws: an unprotected header is handed over apart", "[jws]") {
  const auto verified = run(with(flattened(), "header", {{"kid", "x"}, {"note", 1}}).dump());
  CHECK(outcome(verified) == "no_matching_key");
  const auto noted = run(with(flattened(), "header", {{"note", 1}}).dump());
  REQUIRE(noted);
  CHECK(noted->signatures()[0].unprotected_header == Json{{"note", 1}});
  CHECK(noted->signatures()[0].protected_header == Json{{"alg", "HS256"}});
}

TEST_CASE("RFC 7520 section 4.7: alg may stand in the unprotected header alone", "[jws]") {
  const Json jws{
      {"payload", payload}, {"header", {{"alg", "HS256"}}}, {"signature", tag("", payload)}};
  CHECK(verdict(jws) == "accepted");
}

TEST_CASE("verify_jws: flattened with a member amiss", "[jws]") {
  CHECK(verdict(with(flattened(), "payload", 1)) == "jws_malformed payload");
  CHECK(verdict(with(flattened(), "payload", "a=")) == "token_base64_invalid");
  CHECK(verdict(with(flattened(), "signature", nullptr)) == "jws_malformed");
  CHECK(verdict(with(flattened(), "signature", 1)) == "jws_malformed");
  CHECK(verdict(with(flattened(), "signature", "a=")) == "token_base64_invalid");
  CHECK(verdict(with(flattened(), "protected", nullptr)) == "jws_malformed");
  CHECK(verdict(with(flattened(), "protected", Json::object())) == "jws_malformed");
  CHECK(verdict(with(flattened(), "protected", "")) == "jws_malformed");
  CHECK(verdict(with(flattened(), "header", "x")) == "jws_malformed");
  CHECK(verdict(with(flattened(), "header", {{"alg", "HS256"}})) == "header_duplicate_member");
}

TEST_CASE("verify_jws: the JSON text is strict", "[jws]") {
  CHECK(verdict(std::string("{")) == "jws_malformed");
  CHECK(verdict(flattened().dump() + "x") == "jws_malformed");
  CHECK(verdict(std::string(R"({"payload":"","payload":""})")) == "header_duplicate_member");
  CHECK(verdict("{\"a\":" + std::string(20, '[') + std::string(20, ']') + "}") ==
        "header_too_deep");
}

TEST_CASE("verify_jws: general and flattened do not mix", "[jws]") {
  CHECK(verdict(with(flattened(), "signatures", Json::array({good_signature()}))) ==
        "jws_malformed signatures");
}

TEST_CASE("verify_jws: signatures is a list of objects that is not empty", "[jws]") {
  CHECK(verdict(general({})) == "jws_malformed signatures");
  CHECK(verdict(general({"x"})) == "jws_malformed signatures");
  CHECK(verdict(with(general({}), "signatures", Json::object())) == "jws_malformed signatures");
  CHECK(verdict(general({{{"signature", "AA"}}})) == "jws_malformed");
}

TEST_CASE("verify_jws: a hundred signatures are enough", "[jws]") {
  Json jws = general({});
  for (int i = 0; i < 100; ++i) jws["signatures"].push_back(good_signature());
  CHECK(outcome(run(jws.dump())) == "accepted");
  jws["signatures"].push_back(good_signature());
  CHECK(verdict(jws) == "jws_malformed signatures");
}

TEST_CASE("verify_jws: one valid signature is enough by default, and the result says which",
          "[jws]") {
  const auto verified = run(general({bad_signature(), good_signature()}).dump());
  REQUIRE(verified);
  CHECK_FALSE(verified->signatures()[0].key);
  CHECK(outcome(verified->signatures()[0].refusal) == "signature_invalid");
  CHECK(verified->signatures()[1].key);
  CHECK_FALSE(verified->signatures()[1].refusal);
}

TEST_CASE("verify_jws: all signatures must be valid when all are asked for", "[jws]") {
  Expectations all = hs256();
  all.signatures = Expectations::Signatures::all;
  CHECK(outcome(run(general({good_signature(), bad_signature()}).dump(), {}, all)) ==
        "signature_invalid");
  CHECK(outcome(run(general({good_signature(), good_signature()}).dump(), {}, all)) == "accepted");
}

TEST_CASE("verify_jws: with no valid signature the first refusal counts", "[jws]") {
  const std::string none = encode_base64url(R"({"alg":"none"})");
  const Json unsigned_one{{"protected", none}, {"signature", ""}};
  CHECK(verdict(general({unsigned_one, bad_signature()})) == "alg_none alg");
  CHECK(verdict(general({bad_signature(), unsigned_one})) == "signature_invalid");
}

TEST_CASE("verify_jws: neither compact nor JSON", "[jws]") {
  CHECK(verdict(std::string()) == "token_malformed");
  CHECK(verdict(std::string("[]")) == "token_malformed");
  CHECK(verdict(std::string("a.b.c.d.e")) == "jwe_unsupported");
  CHECK(verdict(std::string(".AA.AA")) == "token_malformed");
}

TEST_CASE("verify_jws: the size limit holds for every serialization", "[jws]") {
  Expectations small = hs256();
  small.max_token_size = 16;
  CHECK(outcome(run(flattened().dump(), {}, small)) == "token_too_large");
  CHECK(outcome(run(sign(hs256_header, "any bytes"), {}, small)) == "token_too_large");
}
