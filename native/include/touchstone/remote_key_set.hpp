#pragma once

#include <functional>
#include <memory>

#include <touchstone/discover.hpp>
#include <touchstone/verify.hpp>

namespace touchstone {

/// How a RemoteKeySet is kept.
struct RemoteOptions {
  CachePolicy policy{};  ///< when it is fetched, and how long it is served
  /// A fetch, discovery included, takes no longer than http.timeout, nor than policy.fetch_timeout;
  /// a set is no larger than policy.limits.max_size, whatever http.max_size says.
  HttpOptions http{};
  /// Of an issuer and its metadata.
  DiscoveryOptions discovery{.allow_http_on_loopback = true};
  /// Told what happens, one event at a time and in order: by the thread that notices it before that
  /// goes on, or by one that is telling already. Must not throw, nor wait for this set.
  std::function<void(const KeySetCache::Event&)> on_event{};
  /// Seconds since the epoch, from any thread; empty: the system's clock.
  std::function<double()> clock{};
};

/// A JWK Set that lives at a URL, kept as its provider's HTTP fields and the policy say: fetched
/// when the first token comes, refreshed ahead and while it is served stale by a thread of its own.
/// Whoever comes while no set can be served waits for the one fetch under way, others never.
///
/// Threads may share it. Moving it is for one thread, and a moved-from set can only be destroyed or
/// assigned to. The destructor ends a fetch under way and returns within 0.1 s; it must not run
/// while other threads use the set.
class TOUCHSTONE_API RemoteKeySet {
 public:
  /// The set at this URL; nothing is asked yet. Errors: as of check_http(); option_invalid, as of
  /// KeySetCache::create(); out_of_memory when there is no room for a thread.
  static Result<RemoteKeySet> create(const std::string& url, RemoteOptions options = {}) noexcept;

  /// The set of an issuer that discover() found. Only tokens with exactly this `iss` are accepted.
  /// The metadata is asked for again after a fetch has failed. Errors: as above, issuer_invalid.
  static Result<RemoteKeySet> create(const ProviderMetadata& metadata,
                                     RemoteOptions options = {}) noexcept;

  /// The same without metadata yet: it is asked for with the first fetch, so that a service can
  /// start while its provider is down. Errors: as above.
  static Result<RemoteKeySet> of_issuer(const std::string& issuer,
                                        RemoteOptions options = {}) noexcept;

  /// @{
  /// See above.
  RemoteKeySet(RemoteKeySet&&) noexcept;
  RemoteKeySet& operator=(RemoteKeySet&&) noexcept;
  ~RemoteKeySet();
  /// @}

  /// The current set; waits when there is none that may be served. Errors: as of
  /// KeySetCache::request(), of http_get() and of discover().
  Result<std::shared_ptr<const KeySet>> keys() const noexcept;

  /// Fetches the set and waits for it. Refusals: why it was not replaced; jwks_cooling_down.
  Refusal reload() const noexcept;

  /// @{
  /// For another RemoteKeySet of the same URL: see KeySetCache.
  std::optional<std::string> snapshot() const noexcept;
  Refusal restore(std::string_view snapshot) const noexcept;
  /// @}
  /// When the set came and what becomes of it; none without a set.
  std::optional<KeySetCache::Times> times() const noexcept;

 private:
  struct State;
  explicit RemoteKeySet(std::unique_ptr<State> state);
  static Result<RemoteKeySet> make(std::string issuer, std::string url,
                                   RemoteOptions options) noexcept;
  friend TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                                                   const Expectations& expectations,
                                                   NumericDate now) noexcept;
  friend TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                                                   const Expectations& expectations) noexcept;

  std::unique_ptr<State> state_;
};

/// Verifies a JWT by a remote set. When no key matches, the set is fetched again if the policy
/// allows it, and the token tried once more. Waits for one fetch when no set can be served, and for
/// one when no key matches; else for none.
///
/// now  the time to judge the token by, without it the set's clock; the set's own times are always
///      judged by its clock.
/// Errors: as of touchstone::verify() with a KeySet; of KeySetCache::request() and missing(); of
/// http_get() and discover(). With an issuer's set, issuer_mismatch or claim_missing for another
/// `iss`, and option_invalid with "issuer" when others are expected.
TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                                          const Expectations& expectations,
                                          NumericDate now) noexcept;
TOUCHSTONE_API Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                                          const Expectations& expectations) noexcept;

}  // namespace touchstone
