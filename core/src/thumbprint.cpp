#include "thumbprint.hpp"

#include <array>

#include "base64url.hpp"
#include "hint.hpp"
#include "table.hpp"

namespace touchstone {
namespace {

constexpr std::size_t max_jwk_size = 64 * 1024;
constexpr JsonRules jwk_rules{.max_depth = 32,
                              .invalid = Error::jwk_malformed,
                              .duplicate_member = Error::jwk_malformed,
                              .too_deep = Error::jwk_malformed};

struct KeyType {
  std::string_view name;
  std::array<std::string_view, 4> required_members;  // in their order; an empty one ends the list
};

// RFC 7638 section 3.2, RFC 8037 section 2, RFC 9964 section 6.
constexpr KeyType key_types[] = {
    {"RSA", {"e", "kty", "n"}}, {"EC", {"crv", "kty", "x", "y"}}, {"OKP", {"crv", "kty", "x"}},
    {"oct", {"k", "kty"}},      {"AKP", {"alg", "kty", "pub"}},
};

struct HashName {
  std::string_view name;
  crypto::Hash hash;
};

constexpr HashName hash_names[] = {{"sha-256", crypto::Hash::sha256},
                                   {"sha-384", crypto::Hash::sha384},
                                   {"sha-512", crypto::Hash::sha512}};

bool is_plain_text(std::string_view name) {
  return name == "kty" || name == "crv" || name == "alg";
}

}  // namespace

Result<std::string> thumbprint_of(const Json& jwk, crypto::Hash hash) {
  const std::string* kty = find_string(jwk, "kty");
  if (kty == nullptr)
    return Error(find(jwk, "kty") ? Error::member_invalid : Error::member_missing, "kty");
  const KeyType* type = find_row(key_types, *kty);
  if (type == nullptr) return Error(Error::kty_unsupported, "kty");
  JsonWriter members;  // in their order, without white space: section 3.3
  members.begin_object();
  for (const std::string_view name : type->required_members) {
    if (name.empty()) break;
    const Json* value = find(jwk, name);
    if (value == nullptr) return Error(Error::member_missing, name);
    const auto* text = value->get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || (!is_plain_text(name) && !decode_base64url(*text))) {
      return Error(Error::member_invalid, name);
    }
    members.member(name, std::string_view(*text));
  }
  return encode_base64url(digest(hash, members.end_object().take()));
}

Result<std::string> thumbprint(std::string_view jwk, std::string_view hash) noexcept {
  const HashName* row = find_row(hash_names, hash);
  if (row == nullptr) return Error(Error::option_invalid, "hash");
  if (jwk.size() > max_jwk_size) return Error(Error::jwk_malformed);
  const auto object = parse_json_object(jwk, jwk_rules);
  if (!object) return with_hint(object.error(), hint_at_key_set(jwk));
  return thumbprint_of(*object, row->hash);
}

Result<std::string> thumbprint_uri(std::string_view jwk, std::string_view hash) noexcept {
  auto value = thumbprint(jwk, hash);
  if (!value) return value;
  return "urn:ietf:params:oauth:jwk-thumbprint:" + std::string(hash) + ":" + *value;
}

}  // namespace touchstone
