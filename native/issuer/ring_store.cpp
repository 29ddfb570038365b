#include "ring_store.hpp"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace touchstone {
namespace {

constexpr int max_tries = 8;

}  // namespace

Result<RingStore> RingStore::open(const std::string& place, std::optional<SealingKey> key,
                                  KeySource source) {
  auto store = open_store(place);
  if (!store) return store.error();
  return RingStore(*std::move(store), std::move(key), std::move(source));
}

Result<std::string> RingStore::init(const KeptRing& kept) {
  if (auto refusal = store_->create()) return *refusal;
  return save(kept, "");
}

Result<RingStore::Loaded> RingStore::load() {
  auto loaded = load_unless("");  // which is no version
  if (!loaded) return loaded.error();
  return **std::move(loaded);
}

Result<std::optional<RingStore::Loaded>> RingStore::load_unless(const std::string& known_version) {
  const auto stored = store_->load();
  if (!stored) return stored.error();
  if (!*stored) return Error(Error::store_missing, {}, "ring");
  if ((*stored)->version == known_version) return std::optional<Loaded>();
  auto kept = opened((*stored)->text.view());
  if (!kept) return kept.error();
  return std::optional(Loaded{*std::move(kept), (*stored)->version});
}

Result<KeptRing> RingStore::opened(std::string_view text) {
  auto kept = unseal(text, key());
  if (kept || kept.error().id() != Error::sealing_key_mismatch || !source_) return kept;
  auto other = source_();
  if (!other) return kept;
  auto again = unseal(text, &*other);
  if (again) key_ = std::move(other);
  return again;
}

Result<std::string> RingStore::save(const KeptRing& kept, const std::string& expected_version) {
  const auto text = seal(kept, key(), system_entropy());
  if (!text) return text.error();
  return store_->compare_and_swap(expected_version, text->view());
}

Refusal RingStore::reseal(std::optional<SealingKey> key) {
  for (int tries = 0; tries < max_tries; ++tries) {
    const auto loaded = load();
    if (!loaded) return loaded.error();
    std::swap(key_, key);
    const auto version = save(loaded->kept, loaded->version);
    if (version) return {};
    std::swap(key_, key);
    if (version.error().id() != Error::store_conflict) return version.error();
  }
  return Error(Error::store_conflict);
}

Result<RingStore::Loaded> RingStore::update(const Change& change) {
  for (int tries = 0; tries < max_tries; ++tries) {
    auto loaded = load();
    if (!loaded) return loaded;
    auto changed = change(loaded->kept);
    if (!changed) return changed.error();
    if (!*changed) return loaded;
    auto version = save(**changed, loaded->version);
    if (version) return Loaded{**std::move(changed), *std::move(version)};
    if (version.error().id() != Error::store_conflict) return version.error();
  }
  return Error::store_conflict;
}

std::string system_entropy() {
  std::string bytes(48, '\0');
  // At most 256 bytes come whole or not at all.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  return bytes;
}

Result<RotatedRing> rotate_now(const KeyRing& ring, const RotationPolicy& policy, NumericDate now) {
  const auto start = std::chrono::steady_clock::now();
  auto rotated = rotate(ring, policy, now, system_entropy());
  const auto is_published = [](const KeyChange& c) { return c.kind == KeyChange::Kind::published; };
  if (!rotated || std::none_of(rotated->changes.begin(), rotated->changes.end(), is_published))
    return rotated;
  const std::chrono::duration<double> delay = std::chrono::steady_clock::now() - start;
  RotationPolicy later = policy;
  later.publish_ahead += delay.count();
  later.rotate_every += delay.count();
  auto delayed = rotate(rotated->ring, later, now, system_entropy());
  if (delayed) delayed = rotate(delayed->ring, policy, now, system_entropy());  // for its next
  if (delayed) delayed->changes = std::move(rotated->changes);
  return delayed;
}

NumericDate clock_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace touchstone
