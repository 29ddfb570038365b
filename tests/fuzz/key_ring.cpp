// A ring as a store has it, of whatever text: what is read is written again as it was, keeps the
// rules of a ring when it rotates, and publishes nothing private.
#include <touchstone/issuer.hpp>
#include <touchstone/touchstone.hpp>

#include "require.hpp"

using namespace touchstone;

namespace {

constexpr double now = 1'700'000'000;

std::string entropy(char first) { return std::string(1, first) + std::string(47, 'e'); }

void check_rules(const KeyRing& ring) {
  int active = 0, pending = 0;
  for (const KeyRing::Key& key : ring.keys()) {
    active += key.state == KeyRing::State::active;
    pending += key.state == KeyRing::State::pending;
    require(ring.find(key.key.kid()) == &key);
  }
  require(active <= 1 && pending <= 1);
}

void check_publication(const KeyRing& ring) {
  const auto document = nlohmann::json::parse(publish_jwks(ring, now).body);
  for (const auto& jwk : document.at("keys")) {
    require(jwk.at("kty") != "oct");
    for (const char* name : {"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
      require(!jwk.contains(name));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto key = SealingKey::parse(std::string(64, 'a'));
  (void)sealing_kid(text);
  (void)SealingKey::parse(text);
  require(!unseal(text, &*key));  // nobody makes a tag by chance

  auto kept = unseal(text, nullptr);
  if (!kept) {
    require(!kept.error().reason().empty());
    return 0;
  }
  const auto again = unseal(seal(*kept, nullptr, {})->view(), nullptr);
  require(again && again->ring.json().view() == kept->ring.json().view());
  const auto sealed = unseal(seal(*kept, &*key, entropy('s'))->view(), &*key);
  require(sealed && sealed->policy.json() == kept->policy.json());
  check_rules(kept->ring);
  check_publication(kept->ring);

  kept->policy.alg = "HS256";  // quick to make
  const auto rotated = rotate(kept->ring, kept->policy, now, entropy('r'));
  if (!rotated) return 0;
  check_rules(rotated->ring);
  check_publication(rotated->ring);
  require(KeyRing::parse(rotated->ring.json().view()).has_value());
  const auto idle = rotate(rotated->ring, kept->policy, now, entropy('i'));
  require(idle && idle->changes.empty());
  return 0;
}
