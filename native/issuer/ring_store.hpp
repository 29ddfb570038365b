// A store with a key ring in it, for the commands and the server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <touchstone/sealed_ring.hpp>
#include <touchstone/store.hpp>

namespace touchstone {

/// For one thread at a time. Errors of every call: those of Store, seal() and unseal().
class RingStore {
 public:
  struct Loaded {
    KeptRing kept;
    std::string version;  ///< as of Stored
  };
  /// Another ring in place of the one that is there; nothing leaves it.
  using Change = std::function<Result<std::optional<KeptRing>>(const KeptRing&)>;
  /// The sealing key as it is now where it came from; none if it cannot be had.
  using KeySource = std::function<std::optional<SealingKey>()>;

  /// Asks nothing of the store yet. Without a key the ring is kept in the clear. The source is
  /// asked when the ring turns out to be sealed under another key than the one that was given.
  static Result<RingStore> open(const std::string& place, std::optional<SealingKey> key,
                                KeySource source = {});

  /// Makes the place and puts the first ring there. Error: store_conflict when there is one.
  Result<std::string> init(const KeptRing& kept);
  /// Error: store_missing when there is no ring yet, with the hint "ring" when only that is
  /// missing.
  Result<Loaded> load();
  /// The same, or nothing if the version is still this one, in which case no key is read.
  Result<std::optional<Loaded>> load_unless(const std::string& known_version);
  /// Compares and swaps, and returns the new version. Error: store_conflict.
  Result<std::string> save(const KeptRing& kept, const std::string& expected_version);
  /// Loads, changes, saves, and from the start again when somebody else has saved meanwhile: eight
  /// times at the most, then store_conflict. What is returned lies in the store.
  Result<Loaded> update(const Change& change);
  /// Keeps the ring under another key from now on, or in the clear: as update() does. After an
  /// error the key of before holds.
  Refusal reseal(std::optional<SealingKey> key);

 private:
  RingStore(std::unique_ptr<Store> store, std::optional<SealingKey> key, KeySource source)
      : store_(std::move(store)), key_(std::move(key)), source_(std::move(source)) {}
  Result<KeptRing> opened(std::string_view text);
  const SealingKey* key() const { return key_ ? &*key_ : nullptr; }

  std::unique_ptr<Store> store_;
  std::optional<SealingKey> key_;
  KeySource source_;
};

/// 48 bytes of the system's generator, for one call. Empty when it gives none, so that the call is
/// refused.
std::string system_entropy();

/// rotate() for a ring that is stored next. Making an RSA key takes seconds, and minutes on a small
/// machine that is busy: the key is published that much later than `now`, so it waits that much
/// longer before it signs.
Result<RotatedRing> rotate_now(const KeyRing& ring, const RotationPolicy& policy, NumericDate now);

/// The clock, in seconds since the epoch.
NumericDate clock_now();

}  // namespace touchstone
