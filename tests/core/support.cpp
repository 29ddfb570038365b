#include "support.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include "base64url.hpp"

namespace touchstone::test {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::string outcome(const Error& error) {
  std::string text(error.reason());
  const Error::Detail& detail = error.detail();
  if (!detail.member.empty()) return text + " " + detail.member;
  const bool is_of_fetch = error.id() >= 600;
  if (is_of_fetch && !detail.hint.empty()) text.append(" ").append(detail.hint);
  return text;
}

std::string outcome(const Refusal& refusal) { return refusal ? outcome(*refusal) : "accepted"; }

std::string read_vector(const std::string& name) {
  return read_file(TOUCHSTONE_TEST_VECTORS "/" + name);
}

Json read_vector_json(const std::string& name) { return Json::parse(read_vector(name)); }

std::string source_folder() { return TOUCHSTONE_TEST_VECTORS "/../.."; }
std::string read_source(const std::string& name) { return read_file(source_folder() + "/" + name); }

const Json& fixture() {
  static const Json tokens = read_vector_json("tokens.json");
  return tokens;
}

Json fixture_jwk(const std::string& name) { return fixture().at("jwk").at(name); }

std::string fixture_token(const std::string& alg) {
  return fixture().at("tokens").at(alg).at("token");
}

KeySet fixture_keys() {
  Json keys = Json::array();
  for (const auto& [name, jwk] : fixture().at("jwk").items()) {
    if (name != "rsa_small") keys.push_back(with(jwk, "kid", name));
  }
  return parse_keys(Json{{"keys", keys}});
}

double fixture_now() { return fixture().at("now"); }

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string base64url_of_hex(const std::string& hex) { return encode_base64url(from_hex(hex)); }

std::string hmac(crypto::Hash hash, std::string secret, std::string_view message) {
  const std::size_t block = hash == crypto::Hash::sha256 ? 64 : 128;
  if (secret.size() > block) secret = crypto::digest(hash, secret);
  secret.resize(block, '\0');
  std::string inner, outer;
  for (const char c : secret) {
    inner += static_cast<char>(c ^ 0x36);
    outer += static_cast<char>(c ^ 0x5c);
  }
  return crypto::digest(hash, outer + crypto::digest(hash, inner.append(message)));
}

std::string secret() {
  std::string bytes;
  for (int i = 0; i < 64; ++i) bytes += static_cast<char>(3 * i + 1);
  return bytes;
}

Json secret_jwk() { return {{"kty", "oct"}, {"k", encode_base64url(secret())}}; }
KeySet secret_keys() { return parse_keys(secret_jwk()); }

std::string sign(std::string_view header, std::string_view payload) {
  const std::string input = encode_base64url(header) + "." + encode_base64url(payload);
  return input + "." + encode_base64url(hmac(crypto::Hash::sha256, secret(), input));
}

Expectations hs256() { return {.algorithms = {{"HS256"}}}; }

KeySet parse_text(std::string_view set) {
  auto keys = KeySet::parse(set);
  INFO(outcome(keys));
  REQUIRE(keys);
  return *std::move(keys);
}

KeySet parse_keys(const Json& set) { return parse_text(set.dump()); }

Json set_of(std::initializer_list<Json> keys) {
  Json set{{"keys", Json::array()}};
  for (const Json& key : keys) set["keys"].push_back(key);
  return set;
}

std::string fate(const Json& jwk) {
  const KeySet keys = parse_keys(set_of({jwk}));
  return keys.skipped().empty() ? "usable" : outcome(keys.skipped().front().reason);
}

Json with(Json jwk, const std::string& name, const Json& value) {
  jwk.erase(name);
  if (!value.is_null()) jwk[name] = value;
  return jwk;
}

}  // namespace touchstone::test
