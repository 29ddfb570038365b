// What the tests share: outcomes as text, the vectors, and tokens signed with HMAC.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <touchstone/touchstone.hpp>

#include "crypto/crypto.hpp"
#include "json.hpp"

namespace touchstone::test {

/// "accepted", or the reason and the member at fault, of a fetch else the hint: "member_invalid n".
std::string outcome(const Error& error);
std::string outcome(const Refusal& refusal);
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "accepted" : outcome(result.error());
}

/// A file below the folder of unpacked vectors, and as JSON.
std::string read_vector(const std::string& name);
Json read_vector_json(const std::string& name);

/// The repository's own folder.
std::string source_folder();
std::string read_source(const std::string& name);

/// tokens.json: keys, one token for each algorithm, and material for attacks.
const Json& fixture();
Json fixture_jwk(const std::string& name);
std::string fixture_token(const std::string& alg);
/// The set of the fixture's keys, each with its name as kid, without the weak one.
KeySet fixture_keys();
double fixture_now();

std::string from_hex(const std::string& hex);
std::string base64url_of_hex(const std::string& hex);

/// HMAC written out from RFC 2104, so that the tests do not trust the code they test.
std::string hmac(crypto::Hash hash, std::string secret, std::string_view message);

/// 64 bytes, long enough for each HS algorithm, and the set that holds them.
std::string secret();
Json secret_jwk();
KeySet secret_keys();

/// A compact JWS of these texts, whatever they are, signed with secret() and HS256.
std::string sign(std::string_view header, std::string_view payload);
inline constexpr std::string_view hs256_header = R"({"alg":"HS256"})";

/// Expectations that allow HS256.
Expectations hs256();

KeySet parse_keys(const Json& set);
KeySet parse_text(std::string_view set);
/// A set of these keys.
Json set_of(std::initializer_list<Json> keys);
/// What becomes of one key: "usable", or the reason and the member.
std::string fate(const Json& jwk);
/// A copy with one member set; null removes it.
Json with(Json jwk, const std::string& name, const Json& value);

}  // namespace touchstone::test
