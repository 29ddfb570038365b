// An issuer at work: its ring in memory, kept as the store has it, rotated in time, published and
// signed by.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <touchstone/issuer.hpp>

#include "../issuer/ring_store.hpp"
#include "moment.hpp"

namespace touchstone::server {

/// What is served, as it was at one time. Immutable.
struct Published {
  KeyRing ring;
  RotationPolicy policy;
  std::string version;  ///< in the store
  std::optional<Publication> openid_configuration,
      oauth_metadata;  ///< for an issuer that has a name
};

/// How the service is. Times as wall clocks show them.
struct Health {
  enum class Status {
    ok,
    degraded,  ///< does all that it is asked for, but not for ever: something has to be mended
    failing,   ///< does not
  };
  Status status;
  std::optional<Error> error;  ///< of the last try to load, rotate or save the ring
  std::optional<NumericDate> error_since;
  NumericDate last_contact;                  ///< with the store
  NumericDate publishing_until;              ///< unless the store is back by then
  std::optional<NumericDate> signing_until;  ///< if it signs at all
  bool can_publish;
  bool can_sign;  ///< if it signs at all
};
std::string_view name(Health::Status status) noexcept;  ///< "degraded"

/// Threads may share it. It has two of its own: one keeps memory and store together, the other
/// rotates.
///
/// Several of them may share a store: each change of the ring is made by compare-and-swap, so that
/// one makes it and the others load it. Every change is stored first, then published, then signed
/// by.
///
/// While the store is away all goes on from memory, as long as that does no harm:
/// * Another instance may have retired the active key just after the last contact. It stays
/// published for
///   policy.retain from then on, and a token outlives its signature by tokenLifetime, and clockSkew
///   in the eyes of a verifier; so by retain - tokenLifetime - clockSkew after the last contact the
///   last token is signed.
/// * Another may have published a key just after the last contact, which signs publishAhead later.
/// Whoever fetched
///   the set here without it may go on with that for cacheLifetime and clientGrace; so publishing
///   is in order until publishAhead - cacheLifetime - clientGrace - clockSkew after the last
///   contact. The set is served after that, too, since no answer would be no better; but the health
///   says so.
///
/// No key makes more signatures than policy.maxSignatures, whatever crashes: before an instance
/// signs, it has a block of signatures counted in the store. What it does not make of them is lost.
/// If the store goes away between a rotation and that, the key that was retired signs on from what
/// is left of its block, as it does for an instance that has not heard of the rotation.
class IssuerService {
 public:
  struct Options {
    std::optional<MetadataOptions> metadata{};
    bool signs = false;
  };

  IssuerService(RingStore store, Options options);
  ~IssuerService();
  IssuerService(const IssuerService&) = delete;
  IssuerService& operator=(const IssuerService&) = delete;

  /// Loads the ring, makes its first key if it has none, and starts the thread. Nothing may be
  /// asked of the service before. Errors: as of RingStore, rotate(),
  /// publish_openid_configuration().
  Refusal start();
  /// Ends the thread; a call of the store that is under way ends first.
  void stop();
  /// Looks at the store now.
  void wake();

  std::shared_ptr<const Published> published() const;
  NumericDate next_rotation() const;
  Health health(const Moment& now) const;

  /// Errors: as of touchstone::sign(); those of the store, when there are no signatures from memory
  /// left or they would not be safe.
  Result<std::string> sign(std::string_view claims, const SignOptions& options);

  /// What happened since the start.
  struct Counts {
    std::uint64_t signatures = 0;
    std::uint64_t reloads = 0;                                 ///< of what another instance stored
    std::array<std::uint64_t, 6> changes{};                    ///< made here, by KeyChange::Kind
    std::map<std::string, std::uint64_t, std::less<>> errors;  ///< by Error::reason()
  };
  Counts counts() const;

  /// How often the store is asked, in seconds.
  static double poll_interval(const RotationPolicy& policy);

 private:
  void keep();
  Refusal contact();
  Refusal load(const Moment& now);
  std::uint64_t contacted(const Moment& now);
  std::uint64_t reserve(KeyRing& ring, std::uint64_t wanted) const;
  Refusal adopt(RingStore::Loaded loaded, const KeyRing* unreserved, std::uint64_t reserved);
  void rotate_in_time();
  Refusal rotate_if_due();
  Refusal try_to_rotate();
  Result<RotatedRing> rotated_ring(const Published& published) const;
  Result<KeyRing> take_signature();
  void give_back(const KeyRing& ring);
  // With mutex_ held.
  void take_block(const KeyRing* unreserved, std::uint64_t reserved);
  void note(Refusal& known, const Refusal& refusal, std::string_view event,
            std::unique_lock<std::mutex> lock);
  bool needs_block() const;
  bool is_block_active() const;
  NumericDate retired_limit() const;
  bool has_signatures(const Moment& now) const;
  bool is_safe(const Moment& now, double limit) const;
  double signing_limit() const;
  double publishing_limit() const;

  const Options options_;
  /// Held from a question to the store until its answer is adopted; before mutex_, which is held
  /// for moments.
  std::mutex store_mutex_;
  RingStore store_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::thread keeper_, rotator_;
  bool is_stopping_ = false;
  bool is_woken_ = false;
  std::shared_ptr<const Published> published_;
  Counts counts_;
  Moment last_contact_{};
  std::uint64_t contacts_begun_ = 0, contacts_done_ = 0;
  Refusal store_error_, rotation_error_;
  NumericDate error_since_ = 0;

  std::string rotated_version_;  ///< for which the next rotation is known
  NumericDate next_rotation_ = 0;
  bool has_resumed_ = false;  ///< the rotator's alone

  /// The signatures that are this instance's to make: by the active key, or by the one before,
  /// until there are some by the active key.
  struct {
    std::string kid;
    std::uint64_t left = 0, size = 0;
    bool is_exhausted = false;  ///< the key has no more to give
    /// To sign by: what is published, unless that has the key's last signatures counted and would
    /// make no more.
    KeyRing ring;
  } block_;
  bool wants_block_ = false;      ///< from the next contact
  bool is_block_coming_ = false;  ///< from the one that is under way
  std::uint64_t waiting_ = 0;     ///< calls of sign() that have none left
};

}  // namespace touchstone::server
