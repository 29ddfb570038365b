#include "issuer/rotation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "issuer/signing_key.hpp"

namespace touchstone {

using State = KeyRing::State;

/// One call of rotate() or revoke() at work on its copy of the ring.
struct Rotation {
  const RotationPolicy& policy;
  NumericDate now;
  KeyMaker make_key;  // empty for what makes none
  KeyRing ring;
  std::vector<KeyChange> changes{};

  std::vector<KeyRing::Key>& keys() { return ring.keys_; }
  NumericDate copies_until() const { return ring.copies_until_; }

  KeyRing::Key* find(State state) {
    const auto key = std::find_if(keys().begin(), keys().end(),
                                  [&](const KeyRing::Key& k) { return k.state == state; });
    return key == keys().end() ? nullptr : &*key;
  }

  void tell(KeyChange::Kind kind, const SigningKey& key) {
    changes.push_back({kind, std::string(key.kid()), std::string(key.alg())});
  }

  void remove(std::string_view kid, KeyChange::Kind kind) {
    const auto key = std::find_if(keys().begin(), keys().end(),
                                  [&](const KeyRing::Key& k) { return k.key.kid() == kid; });
    tell(kind, key->key);
    keys().erase(key);
  }

  /// From a change of the set until no client goes on with what it was before.
  double outlived_after(double cache_lifetime) const {
    return cache_lifetime + policy.client_grace + policy.propagation + policy.clock_skew;
  }

  /// What the ring holds of the policy. A change only ever lengthens what was promised before.
  void take_terms() {
    if (policy.cache_lifetime < ring.cache_lifetime_ && !keys().empty())
      ring.copies_until_ = std::max(ring.copies_until_, now + outlived_after(ring.cache_lifetime_));
    ring.cache_lifetime_ = policy.cache_lifetime;
    ring.token_lifetime_ = policy.token_lifetime;
    ring.max_signatures_ = policy.max_signatures;
    if (KeyRing::Key* active = find(State::active))
      active->longest_token_lifetime =
          std::max(active->longest_token_lifetime, policy.token_lifetime);
    if (KeyRing::Key* pending = find(State::pending))
      pending->usable_from =
          std::max(pending->usable_from, pending->published_at + policy.publish_ahead);
  }

  void remove_expired() {
    std::vector<std::string> expired;
    for (const KeyRing::Key& key : keys())
      if (key.remove_at && *key.remove_at <= now) expired.emplace_back(key.key.kid());
    for (const std::string& kid : expired) remove(kid, KeyChange::Kind::removed);
  }

  /// A pending key has signed nothing, so nothing is lost with it but the time that it was
  /// published.
  void replace_unwanted() {
    const KeyRing::Key* pending = find(State::pending);
    if (pending == nullptr) return;
    const bool is_wanted = pending->key.alg() == policy.alg && has_wanted_size(pending->key);
    if (!is_wanted) remove(std::string(pending->key.kid()), KeyChange::Kind::replaced);
  }

  bool has_wanted_size(const SigningKey& key) const {
    const auto* rsa = std::get_if<crypto::RsaPrivateKey>(&key.data().key);
    return rsa == nullptr || rsa->public_key.n.size() * 8 == policy.rsa_bits;
  }

  Refusal publish(bool is_first) {
    if (keys().size() >= max_ring_keys) return Error::ring_too_large;
    auto key = make_key(policy);
    if (!key) return key.error();
    // The same entropy twice would give the same key twice, perhaps one that was published before.
    if (ring.find(key->kid()) != nullptr) return Error::key_generation_failed;
    tell(KeyChange::Kind::published, *key);
    const bool is_known_at_once = is_first && !policy.publish_first;
    const NumericDate usable_from =
        is_known_at_once ? now : std::max(now + policy.publish_ahead, ring.copies_until_);
    keys().push_back({.key = *std::move(key),
                      .state = State::pending,
                      .published_at = now,
                      .usable_from = usable_from});
    return {};
  }

  bool has_made(const KeyRing::Key& key, std::uint64_t quarters) const {
    return key.signatures >= policy.max_signatures / 4 * quarters;
  }

  bool is_due(const KeyRing::Key& active) const {
    return active.is_due || has_made(active, 3) ||
           now >= *active.activated_at + policy.rotate_every;
  }

  bool needs_successor(const KeyRing::Key& active) const {
    return active.is_due || has_made(active, 2) ||
           now >= *active.activated_at + policy.rotate_every - policy.publish_ahead;
  }

  void activate(KeyRing::Key& key) {
    key.state = State::active;
    key.activated_at = now;
    key.longest_token_lifetime = policy.token_lifetime;
    tell(KeyChange::Kind::activated, key.key);
  }

  void retire(KeyRing::Key& key) {
    key.state = State::retiring;
    key.retired_at = now;
    const double needed = key.longest_token_lifetime + policy.clock_skew + policy.propagation;
    key.remove_at = now + std::max(policy.retain, needed);
    tell(KeyChange::Kind::retired, key.key);
  }

  /// Whoever is pending takes over, if that is due and clients know the key.
  void hand_over() {
    KeyRing::Key* pending = find(State::pending);
    if (pending == nullptr || now < pending->usable_from) return;
    KeyRing::Key* active = find(State::active);
    if (active != nullptr && !is_due(*active)) return;
    if (active != nullptr) retire(*active);
    activate(*pending);
  }

  Refusal rotate() {
    const bool is_first = keys().empty();  // nobody has seen a set yet
    take_terms();
    remove_expired();
    replace_unwanted();
    hand_over();
    const KeyRing::Key* active = find(State::active);
    const bool needs_key = active == nullptr || needs_successor(*active);
    if (needs_key && find(State::pending) == nullptr) {
      if (auto refusal = publish(is_first)) return refusal;
      hand_over();
    }
    return {};
  }

  /// The next time at which rotate() would change something, as far as only time decides.
  NumericDate next() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    NumericDate next = infinity;
    for (const KeyRing::Key& key : keys())
      if (key.remove_at) next = std::min(next, *key.remove_at);
    const KeyRing::Key* active = find(State::active);
    const KeyRing::Key* pending = find(State::pending);
    const NumericDate due = active == nullptr || active->is_due || has_made(*active, 3)
                                ? -infinity
                                : *active->activated_at + policy.rotate_every;
    if (pending != nullptr) return std::min(next, std::max(pending->usable_from, due));
    return std::min(next, due - policy.publish_ahead);
  }
};

namespace {

KeyMaker key_maker(std::string_view entropy) {
  return [entropy](const RotationPolicy& policy) {
    return SigningKey::generate(policy.alg, entropy, {.rsa_bits = policy.rsa_bits});
  };
}

}  // namespace

Result<RotatedRing> rotate_by(const KeyRing& ring, const RotationPolicy& policy, NumericDate now,
                              const KeyMaker& make_key) {
  Rotation rotation{policy, now, make_key, ring};
  if (auto refusal = rotation.rotate()) return *refusal;
  const NumericDate next = rotation.next();
  return RotatedRing{std::move(rotation.ring), next, std::move(rotation.changes)};
}

Result<RotatedRing> rotate(const KeyRing& ring, const RotationPolicy& policy, NumericDate now,
                           std::string_view entropy) noexcept {
  if (auto refusal = check_rotation(policy, now)) return *refusal;
  if (entropy.size() < crypto::min_entropy) return Error::entropy_too_short;
  return rotate_by(ring, policy, now, key_maker(entropy));
}

Result<RevokedRing> revoke(const KeyRing& ring, std::string_view kid, const RotationPolicy& policy,
                           NumericDate now, std::string_view entropy) noexcept {
  if (auto refusal = check_rotation(policy, now)) return *refusal;
  if (entropy.size() < crypto::min_entropy) return Error::entropy_too_short;
  const KeyRing::Key* found = ring.find(kid);
  if (found == nullptr) return Error(Error::ring_key_unknown, "kid");
  const KeyRing::Key revoked = *found;

  Rotation rotation{policy, now, key_maker(entropy), ring};
  rotation.take_terms();
  rotation.remove(revoked.key.kid(), KeyChange::Kind::revoked);
  NumericDate refused_until = now;
  if (revoked.state == State::active) {
    if (rotation.find(State::pending) == nullptr) {
      if (auto refusal = rotation.publish(false)) return *refusal;
    }
    KeyRing::Key& successor = *rotation.find(State::pending);
    refused_until = std::max(now, successor.usable_from);
    rotation.activate(successor);
  }
  if (auto refusal = rotation.rotate()) return *refusal;
  const NumericDate next = rotation.next();
  const NumericDate accepted_until =
      std::max(rotation.copies_until(), now + rotation.outlived_after(policy.cache_lifetime));
  const NumericDate tokens_until =
      revoked.signatures == 0 ? now
                              : revoked.retired_at.value_or(now) + revoked.longest_token_lifetime;
  return RevokedRing{
      .ring = std::move(rotation.ring),
      .next = next,
      .changes = std::move(rotation.changes),
      .signatures = revoked.signatures,
      .tokens_until = std::max(now, tokens_until),
      .accepted_until = accepted_until,
      .refused_until = refused_until,
  };
}

KeyRing retire_early(const KeyRing& ring) {
  const RotationPolicy no_policy;
  Rotation rotation{no_policy, 0, {}, ring};
  if (KeyRing::Key* active = rotation.find(State::active)) active->is_due = true;
  return std::move(rotation.ring);
}

Result<KeyRing> resume(const KeyRing& ring, const RotationPolicy& policy,
                       NumericDate now) noexcept {
  if (auto refusal = check_rotation(policy, now)) return *refusal;
  Rotation rotation{policy, now, {}, ring};
  if (KeyRing::Key* pending = rotation.find(State::pending)) {
    pending->usable_from =
        std::max(pending->usable_from, now + policy.client_grace + policy.propagation);
  }
  return std::move(rotation.ring);
}

std::string_view name(KeyChange::Kind kind) noexcept {
  switch (kind) {
    case KeyChange::Kind::published:
      return "published";
    case KeyChange::Kind::activated:
      return "activated";
    case KeyChange::Kind::retired:
      return "retired";
    case KeyChange::Kind::removed:
      return "removed";
    case KeyChange::Kind::replaced:
      return "replaced";
    case KeyChange::Kind::revoked:
      return "revoked";
  }
  return "";
}

}  // namespace touchstone
