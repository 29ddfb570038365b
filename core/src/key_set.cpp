#include "key_set.hpp"

#include <algorithm>

#include "hint.hpp"
#include "jwk.hpp"
#include "known_headers.hpp"

namespace touchstone {
namespace {

constexpr std::size_t size_ceiling = std::size_t{16} << 20;
constexpr std::size_t count_ceiling = 100'000;
constexpr std::size_t table_memory_ceiling = std::size_t{256} << 20;

constexpr JsonRules jwks_rules{.max_depth = 32,
                               .invalid = Error::jwks_malformed,
                               .duplicate_member = Error::jwks_malformed,
                               .too_deep = Error::jwks_too_deep,
                               .quarantined_array = "keys"};

/// The elements of `keys`; one JWK stands for a set of itself.
Result<Json::array_t> elements_of(Json&& document) {
  auto& members = document.get_ref<Json::object_t&>();
  if (const auto keys = members.find("keys"); keys != members.end()) {
    auto* elements = keys->second.get_ptr<Json::array_t*>();
    if (elements == nullptr) return Error(Error::jwks_malformed, "keys", "is not an array");
    return std::move(*elements);
  }
  if (find(document, "kty") == nullptr) {
    const bool is_metadata = find(document, "jwks_uri") != nullptr;
    return Error(Error::jwks_malformed, "keys",
                 is_metadata
                     ? "is missing: this is an issuer's metadata; its jwks_uri says where the "
                       "JWK Set is"
                     : "is missing, and so is kty: it is neither a JWK Set nor a JWK");
  }
  Json::array_t elements;
  elements.push_back(std::move(document));
  return elements;
}

bool is_asymmetric(const Json& element) {
  const std::string* kty = element.is_object() ? find_string(element, "kty") : nullptr;
  return kty != nullptr && *kty != "oct";
}

/// Orders positions by kid, then as they stand in the set.
struct ByKid {
  const std::vector<Jwk>& keys;
  bool operator()(std::size_t a, std::size_t b) const {
    const int order = keys[a].kid()->compare(*keys[b].kid());
    return order != 0 ? order < 0 : a < b;
  }
  bool operator()(std::size_t a, std::string_view kid) const { return *keys[a].kid() < kid; }
  bool operator()(std::string_view kid, std::size_t b) const { return kid < *keys[b].kid(); }
};

}  // namespace

Result<Json::array_t> parse_key_set_elements(std::string_view jwks, const KeySet::Limits& limits) {
  if (limits.max_size > size_ceiling) return Error(Error::option_invalid, "maxSize");
  if (limits.max_keys > count_ceiling) return Error(Error::option_invalid, "maxKeys");
  if (limits.max_table_memory > table_memory_ceiling)
    return Error(Error::option_invalid, "maxTableMemory");
  if (jwks.size() > limits.max_size) return Error(Error::jwks_too_large);
  auto document = parse_json_object(jwks, jwks_rules);
  if (!document) return with_hint(document.error(), hint_at_key_set(jwks));
  auto elements = elements_of(*std::move(document));
  if (elements && elements->size() > limits.max_keys) return Error(Error::jwks_too_large);
  return elements;
}

KeySet::KeySet() : known_headers_(std::make_shared<KnownHeaders>()) {}

Result<KeySet> KeySet::parse(std::string_view jwks, const Limits& limits) noexcept {
  const auto elements = parse_key_set_elements(jwks, limits);
  if (!elements) return elements.error();
  KeySet set;
  const auto tables = crypto::make_table_memory(limits.max_table_memory);
  for (std::size_t index = 0; index < elements->size(); ++index) {
    const Json& element = (*elements)[index];
    set.has_asymmetric_key_ = set.has_asymmetric_key_ || is_asymmetric(element);
    auto key = parse_jwk(element, index, tables);
    if (key) {
      if (key->kid()) set.by_kid_.push_back(set.keys_.size());
      set.keys_.push_back(*std::move(key));
      continue;
    }
    if (limits.refuse_private_keys && key.error().id() == Error::private_member) {
      return Error(
          Error::jwks_contains_private_key,
          {.member = {}, .hint = {}, .offset = {}, .keys = {{index, Error::private_member}}});
    }
    const std::string* kid = element.is_object() ? find_string(element, "kid") : nullptr;
    set.skipped_.push_back(
        {index, kid == nullptr ? std::nullopt : std::optional(*kid), key.error()});
  }
  std::sort(set.by_kid_.begin(), set.by_kid_.end(), ByKid{set.keys_});
  return set;
}

std::vector<const Jwk*> KeySet::keys_with_kid(std::string_view kid) const {
  const auto [first, last] = std::equal_range(by_kid_.begin(), by_kid_.end(), kid, ByKid{keys_});
  std::vector<const Jwk*> found;
  for (auto position = first; position != last; ++position) found.push_back(&keys_[*position]);
  return found;
}

}  // namespace touchstone
