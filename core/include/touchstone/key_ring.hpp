#pragma once

#include <vector>

#include <touchstone/claims.hpp>
#include <touchstone/signing_key.hpp>

namespace touchstone {

/// Why and when keys change. Durations in seconds.
///
/// The rules between them are what the invariant stands on: no token that was issued correctly is
/// refused, and no key is published longer than its tokens need it.
struct TOUCHSTONE_API RotationPolicy {
  std::string alg = "ES256";           ///< of the next key; as of SigningKey::generate()
  std::size_t rsa_bits = 3072;         ///< of the next RSA key
  double rotate_every = 30 * 86400.0;  ///< how long a key signs
  /// A key is published this long before it signs: no less than cache_lifetime + client_grace +
  /// propagation + clock_skew. Less than rotate_every.
  double publish_ahead = 86400;
  /// A key stays published this long after it has stopped signing: no less than token_lifetime +
  /// clock_skew + propagation.
  double retain = 7200;
  /// No key makes more. Its successor is published when half are made, and takes over from three
  /// quarters on. At least 4.
  std::uint64_t max_signatures = std::uint64_t{1} << 32;

  double cache_lifetime = 3600;  ///< the max-age that is published with the set
  /// How much longer than that a client may go on with a set: by its own lower limit, by
  /// stale-while-revalidate (RFC 5861), or since it backs off from a failure. By default what
  /// KeySetCache does by its own defaults: a back-off of 600 s and 60 s on an old set.
  double client_grace = 660;
  double token_lifetime = 3600;  ///< the longest time from a signature to its token's exp
  /// How far clocks are apart: the issuer's from the verifiers', with the tolerance that those
  /// grant, and in sum with it the issuer's instances' from each other.
  double clock_skew = 60;
  double propagation = 300;  ///< until all instances and CDNs serve, and sign by, a new ring
  /// Whether the very first key, too, is published ahead: for an issuer whose clients have a set
  /// already, from what was there before. Else it signs at once.
  bool publish_first = false;

  /// Reads `{"alg": "ES256", "rotateEvery": 2592000, ...}`: the members' names in camel case,
  /// `null` as absent. Errors: option_invalid with the option's name and what is wrong with it.
  static Result<RotationPolicy> parse(std::string_view json) noexcept;
  std::string json() const;  ///< every option, as parse() reads them

  /// An option that is out of range or contradicts another, and what to change, in a sentence's
  /// words.
  struct Fault {
    std::string_view option;  ///< "publishAhead"
    std::string_view reason;  ///< "is shorter than ...: lengthen it, or shorten cacheLifetime"
  };
  /// The first fault; none when the policy can be kept.
  std::optional<Fault> fault() const noexcept;
};

/// An issuer's keys and where each stands in its life. A value: a copy is another ring. Rings come
/// from rotate() and parse() alone, so that one always keeps these rules: at most one key is
/// active and one pending, and each kid stands once.
class TOUCHSTONE_API KeyRing {
 public:
  /// Where a key stands.
  enum class State : std::uint8_t {
    pending,   ///< published, not signing yet
    active,    ///< published and signing
    retiring,  ///< published, no longer signing
  };
  static std::string_view name(State state) noexcept;  ///< "pending"

  /// Times in seconds since the epoch.
  struct Key {
    SigningKey key;            ///< with its private part
    State state;               ///< as of the last rotate()
    NumericDate published_at;  ///< when it came into the set
    /// Signs no sooner: every client that may know the set without it has asked again by then.
    NumericDate usable_from;
    std::optional<NumericDate> activated_at{};  ///< when it began to sign
    std::optional<NumericDate> retired_at{};    ///< when it ceased to
    /// When it goes: fixed as it retires, by the longest lifetime it ever signed under.
    std::optional<NumericDate> remove_at{};
    std::uint64_t signatures = 0;       ///< made, or set aside: see count()
    double longest_token_lifetime = 0;  ///< that it signed under
    bool is_due = false;                ///< to be replaced whatever its age: retire_early()
  };

  /// A ring without keys; rotate() makes the first one.
  KeyRing() = default;

  /// Reads what json() wrote, strictly: at most 8 MiB and 256 keys. Errors: ring_malformed with
  /// the member at fault or the place, or what contradicts what; ring_too_large;
  /// ring_version_unsupported; as of SigningKey::parse().
  static Result<KeyRing> parse(std::string_view json) noexcept;

  /// The whole ring with its private keys, not encrypted:
  /// `{"version": 1, "tokenLifetime", "cacheLifetime", "maxSignatures", "copiesUntil",
  /// "keys": [{"state", "publishedAt", "usableFrom", "activatedAt"?, "retiredAt"?, "removeAt"?,
  /// "signatures", "longestTokenLifetime", "isDue"?, "jwk"}]}`
  SecretText json() const;

  const std::vector<Key>& keys() const noexcept { return keys_; }  ///< oldest first
  /// @{
  /// The one key in this state or of this name, or null.
  const Key* active() const noexcept;
  const Key* pending() const noexcept;
  const Key* find(std::string_view kid) const noexcept;
  /// @}

  /// @{
  /// Of the policy by which it was rotated last.
  double token_lifetime() const noexcept { return token_lifetime_; }
  double cache_lifetime() const noexcept { return cache_lifetime_; }
  std::uint64_t max_signatures() const noexcept { return max_signatures_; }
  /// @}

  /// Adds to the count of a key's signatures, up to the greatest: those of other instances, or
  /// those that this one sets aside for itself before it makes them. Error: ring_key_unknown.
  Refusal count(std::string_view kid, std::uint64_t signatures) noexcept;

 private:
  friend struct Rotation;
  friend struct RingDocument;
  std::vector<Key> keys_;
  double token_lifetime_ = 0;
  double cache_lifetime_ = 0;
  std::uint64_t max_signatures_ = 0;
  /// Until then there may be copies of the set that were given out with a longer lifetime.
  NumericDate copies_until_ = 0;
};

/// What rotate() and revoke() did to one key.
struct KeyChange {
  /// What was done.
  enum class Kind : std::uint8_t {
    published,  ///< a pending key that was not there
    activated,  ///< it signs from now on
    retired,    ///< it does not any more
    removed,    ///< its time was over
    replaced,   ///< pending, and of another alg or size than the policy now wants
    revoked,
  };
  Kind kind;        ///< what was done
  std::string kid;  ///< to which key
  std::string alg;  ///< of that key
};
TOUCHSTONE_API std::string_view name(KeyChange::Kind kind) noexcept;  ///< "published"

/// What rotate() returns.
struct RotatedRing {
  KeyRing ring;                    ///< the new one
  NumericDate next;                ///< when to call rotate() again, at the latest
  std::vector<KeyChange> changes;  ///< in their order; without one the ring is as it was, but for
                                   ///< what the policy says of lifetimes
};

/// Brings the ring to where the policy wants it now. Pure, and idempotent: rotating the result at
/// the same time changes nothing. Store the new ring, and publish it, before you sign by it.
///
/// now  may have gone back: then nothing happens until it catches up.
/// Errors: option_invalid with the policy's fault or "now", entropy_too_short,
/// key_generation_failed, ring_too_large.
TOUCHSTONE_API Result<RotatedRing> rotate(const KeyRing& ring, const RotationPolicy& policy,
                                          NumericDate now, std::string_view entropy) noexcept;

/// What a revocation costs. Times in seconds since the epoch.
struct RevokedRing {
  /// @{
  /// As of RotatedRing.
  KeyRing ring;
  NumericDate next;
  std::vector<KeyChange> changes;
  /// @}
  std::uint64_t signatures;  ///< of the key: of these, tokens that are not yet expired are refused
  /// By then the last of its tokens would have expired; now, if it never signed.
  NumericDate tokens_until;
  /// Until then clients with an old copy of the set still accept the key; those that an outage of
  /// the server cut off, for as long as their stale-if-error (RFC 5861) lets them.
  NumericDate accepted_until;
  /// Until then such clients may refuse what the new active key signs, unless they fetch for an
  /// unknown kid; now, if it had been published long enough, or the active key is still the same.
  NumericDate refused_until;
};

/// Takes a key out at once, since somebody else has it. If it was active, the pending key takes its
/// place, or else a new one. Errors: ring_key_unknown, and those of rotate().
TOUCHSTONE_API Result<RevokedRing> revoke(const KeyRing& ring, std::string_view kid,
                                          const RotationPolicy& policy, NumericDate now,
                                          std::string_view entropy) noexcept;

/// Marks the active key as due: rotate() publishes its successor, which takes over as soon as
/// clients know it. For a rotation by hand; nothing is refused.
TOUCHSTONE_API KeyRing retire_early(const KeyRing& ring);

/// The set has not been served for a while, and is again from now on: clients that failed to fetch
/// it may still be backing off, so a pending key waits for them. Call it when a process starts
/// that alone serves the set. Errors: option_invalid.
TOUCHSTONE_API Result<KeyRing> resume(const KeyRing& ring, const RotationPolicy& policy,
                                      NumericDate now) noexcept;

}  // namespace touchstone
