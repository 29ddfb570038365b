// KeySet::parse: every element is accounted for, once, and all that looks at a set agrees.
#include <touchstone/touchstone.hpp>

#include "require.hpp"

using namespace touchstone;

namespace {

void check_key(const KeySet& keys, const Jwk& key) {
  require(!key.kty().empty() && key.bits() > 0 && key.thumbprint().size() == 43);
  if (!key.kid()) return;
  bool is_found = false;
  for (const Jwk* named : keys.keys_with_kid(*key.kid())) is_found |= named->index() == key.index();
  require(is_found);
}

void check_positions(const KeySet& keys, std::size_t count) {
  std::vector<int> seen(count, 0);
  for (const Jwk& key : keys.keys()) ++seen.at(key.index());
  for (const KeySet::Skipped& skipped : keys.skipped()) ++seen.at(skipped.index);
  for (const int times : seen) require(times == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto keys = KeySet::parse(text);
  const auto audited = audit(text, 1'700'000'000);
  require(keys.has_value() == audited.has_value());
  if (!keys) {
    require(keys.error().id() == audited.error().id());
    return 0;
  }
  check_positions(*keys, audited->key_count);
  require(audited->usable_count == keys->keys().size());
  for (const Jwk& key : keys->keys()) check_key(*keys, key);
  for (const KeySet::Skipped& skipped : keys->skipped()) require(!skipped.reason.reason().empty());
  require(to_json(*keys).at("keys").size() == keys->keys().size());
  require(to_json(*audited).at("findings").size() == audited->findings.size());

  // The strict mode refuses exactly the sets in which a private key was skipped.
  bool has_private = false;
  for (const KeySet::Skipped& skipped : keys->skipped())
    has_private |= skipped.reason.id() == Error::private_member;
  require(KeySet::parse(text, {.refuse_private_keys = true}).has_value() == !has_private);

  if (audited->key_count == 1) (void)thumbprint(text);
  return 0;
}
