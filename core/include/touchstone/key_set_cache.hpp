#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include <touchstone/key_set.hpp>

namespace touchstone {

/// A field of an HTTP message.
struct HttpField {
  std::string name;   ///< in any case
  std::string value;  ///< without the spaces around it
};

/// How a KeySetCache keeps a JWK Set. Durations in seconds.
struct TOUCHSTONE_API CachePolicy {
  /// @{
  /// What a response may make of a set's lifetime: a shorter one is lengthened, a longer one cut.
  /// The greatest bounds how long a key is used after it was revoked. At least 1; at most 7 days.
  double min_lifetime = 60;
  double max_lifetime = 86400;
  /// @}
  /// When the response says nothing.
  double default_lifetime = 300;
  /// A set is fetched again this long before it expires at the earliest, half as long at the
  /// latest; a random number chooses, so that many machines do not ask at once.
  double refresh_ahead = 30;

  /// @{
  /// How long an expired set is served while a fetch is under way, and while the provider fails,
  /// when the response does not say (RFC 5861) and does not forbid it (must-revalidate, no-cache,
  /// no-store).
  double stale_while_revalidate = 60;
  double stale_if_error = 3600;
  /// @}
  /// No set is served longer than this after it expired, whatever the response says. At most 7
  /// days.
  double max_stale = 86400;

  /// A set that was fetched is not fetched again so soon, nor after a failure. A second fetch is
  /// kept for a kid that the set does not have: no interval of this length sees more than two.
  /// From 1 to 3600.
  double cooldown = 30;
  /// After each failure in a row the cooldown doubles, to no more than this; a random number cuts
  /// it by up to a half, though not below `cooldown`. A Retry-After may ask for as much.
  double max_backoff = 600;
  /// A fetch that has not been answered for so long counts as failed. From 1 to 600.
  double fetch_timeout = 30;
  /// A clock that is set back by more than this makes the set expire. At most 300.
  double clock_tolerance = 60;

  /// How many kids are remembered that were looked for and not found. At most 10,000.
  std::size_t max_unknown_kids = 256;
  /// Whether a response must be application/jwk-set+json or application/json.
  bool check_content_type = false;
  KeySet::Limits limits{};  ///< of the set itself

  /// Reads `{"minLifetime": 60, ...}`: the members' names in camel case, `null` as absent, and of
  /// the limits maxSize, maxKeys, maxTableMemory and refusePrivateKeys. Errors: option_invalid with
  /// the option's name.
  static Result<CachePolicy> parse(std::string_view json) noexcept;

  /// An option that is out of range or contradicts another, and why, in a sentence's words.
  struct Fault {
    std::string_view option;  ///< "minLifetime"
    std::string_view reason;  ///< "is longer than maxLifetime"
  };
  /// The first fault; none when the policy can be kept.
  std::optional<Fault> fault() const noexcept;
};

/// Decides, without a clock or a socket, when a JWK Set that lives at a URL is served from memory
/// and when it is fetched: HTTP caching for a private cache (RFC 9111, RFC 5861), refreshing ahead,
/// one fetch at a time, and calm when the provider is slow, down, rotating or lying.
///
///     auto decision = cache.request({now, random});
///     if (decision.fetch) start(*decision.fetch);
///     if (decision.action == serve) ...   // verify with *decision.keys
///     if (decision.action == wait) ...    // for the fetch to end, then ask again
///     if (decision.action == refuse) ...  // for the reason *decision.refusal
///
/// However the fetch ends, response() or failure() tells the cache. A verification that ends with
/// no_matching_key asks missing(), which may find a newer set.
///
/// Threads must take turns. The KeySet that a decision hands out is shared and immutable: whoever
/// verifies with it keeps it, whatever the cache does meanwhile.
class TOUCHSTONE_API KeySetCache {
 public:
  /// What the world contributes to each step.
  struct Moment {
    double now;     ///< seconds since the epoch
    double random;  ///< from [0, 1), new each time
  };

  /// A GET that the caller has to make: the only one under way.
  struct Fetch {
    std::uint64_t number;           ///< names it when it ends
    std::vector<HttpField> fields;  ///< Accept; If-None-Match, or else If-Modified-Since
  };

  /// What to do now.
  struct Decision {
    /// Verify with the keys; wait for the fetch and ask again; or give up.
    enum class Action : std::uint8_t { serve, wait, refuse };
    Action action;  ///< which of them
    /// Start it: in the background when serving, to wait for when waiting. Without it, `wait` is
    /// for the one under way.
    std::optional<Fetch> fetch{};
    std::shared_ptr<const KeySet> keys{};  ///< when serving; else null
    std::uint64_t generation = 0;  ///< of these keys, or of those that the cache has; from 1
    Refusal refusal{};             ///< when refusing
  };

  /// Something that happened, for logs and metrics.
  struct Event {
    /// What it was.
    enum class Kind : std::uint8_t {
      fetched,       ///< a set arrived, changed or not
      not_modified,  ///< 304: the set is confirmed
      restored,      ///< a set came from a snapshot
      failed,        ///< a fetch failed, and why
      served_stale,  ///< an expired set is served; told once until a set arrives
      cooling_down,  ///< a fetch is held back; told once until one starts
      refused,       ///< a request was refused, and why; told once until a set arrives
      key_appeared,  ///< a usable key, by thumbprint and kid
      key_removed,   ///< the same; it verifies nothing any more
    };
    Kind kind;                 ///< what it was
    double at;                 ///< seconds since the epoch
    std::string kid{};         ///< empty when there is none, or one longer than 256 bytes
    std::string thumbprint{};  ///< RFC 7638 with SHA-256
    Refusal reason{};          ///< where the kind has one
  };

  /// "not_modified"
  static std::string_view name(Event::Kind kind) noexcept;

  /// When the set came and what becomes of it, in seconds since the epoch.
  struct Times {
    double fetched;   ///< or confirmed by a 304
    double refresh;   ///< fetched again from here, if it is asked for
    double expires;   ///< stale from here
    double unusable;  ///< not served from here, even if the provider fails
  };

  /// Errors: option_invalid with the option's name and, in words, what is wrong with it.
  static Result<KeySetCache> create(const CachePolicy& policy) noexcept;

  /// A token is to be verified. Refusals: how the last fetch failed (the fetch's own error;
  /// fetch_failed, fetch_timed_out, jwks_no_usable_keys, content_type_mismatch, as of
  /// KeySet::parse()); option_invalid when the moment is no number.
  Decision request(Moment moment) noexcept;

  /// The keys of `generation` have none for a token with this kid; none: the token has no kid.
  /// Serves a newer set at once, or waits for one. Refusals, beside those of request():
  /// no_matching_key when a fetch has not brought the key, jwks_cooling_down when none may be made.
  Decision missing(std::optional<std::string_view> kid, std::uint64_t generation,
                   Moment moment) noexcept;

  /// The user asks for a fresh set. Waits for it; refuses with jwks_cooling_down.
  Decision reload(Moment moment) noexcept;

  /// A fetch brought a whole response. The answer is what the set became, or why it stays as it
  /// was. Only the last fetch is listened to, and once; a late answer is better than none.
  /// Refusals: fetch_failed for any status but 200 and a 304 that was asked for,
  /// jwks_no_usable_keys, content_type_mismatch, as of KeySet::parse().
  Refusal response(std::uint64_t number, int status, const std::vector<HttpField>& fields,
                   std::string_view body, Moment moment) noexcept;

  /// A fetch brought none, for this reason: fetch_failed, fetch_insecure, fetch_timed_out.
  void failure(std::uint64_t number, Error reason, Moment moment) noexcept;

  /// What happened since the last call, oldest first; of more than 1024 events the last ones.
  std::vector<Event> take_events() noexcept;

  /// The set for another cache with the same URL, as JSON: `{"version": 1, "fetchedAt": seconds
  /// since the epoch, "age": seconds on arrival, "jwks": text, "cacheControl"?, "expires"?,
  /// "date"?, "etag"?, "lastModified"?}`, the fields as they were received. None without a set,
  /// and when the response said no-store (RFC 9111 section 5.2.2.5).
  std::optional<std::string> snapshot() const noexcept;

  /// Goes on with the set of a snapshot, as old as it is; one that is no newer than the set here is
  /// left alone. Errors: snapshot_invalid with the member, or where the parser stopped; a set that
  /// KeySet::parse() refuses; jwks_no_usable_keys. Whoever can write snapshots is trusted like the
  /// provider: they hold the keys.
  Refusal restore(std::string_view snapshot, Moment moment) noexcept;

  /// The same in place of the response to a fetch: what another machine left in a cache that both
  /// share. Taken when it is newer than the set here, not due for a refresh itself, and has the kid
  /// that the fetch looks for; reload() takes none. Else the fetch goes on. Errors: as restore();
  /// snapshot_invalid with "fetchedAt" or "jwks" when it does not do; option_invalid with "number".
  Refusal restore_instead(std::uint64_t number, std::string_view snapshot, Moment moment) noexcept;

  /// None without a set.
  std::optional<Times> times() const noexcept;
  /// The one that it was created with.
  const CachePolicy& policy() const noexcept { return policy_; }

 private:
  /// What a response said about its reuse: the fields' values, empty when absent.
  struct Validity {
    std::string cache_control, expires, date, etag, last_modified;
  };
  /// All times are of the cache's own clock: see advance().
  struct Stored {
    std::shared_ptr<const KeySet> keys;
    std::string text;
    Validity validity;
    double received = 0;
    double age = 0;  // on arrival
    double refresh = 0;
    double expires = 0;
    double served_while_fetched_until = 0;
    double served_on_error_until = 0;
  };
  struct UnknownKid {
    std::string digest;
    double since;
    std::uint64_t fetch;  // that looked for it
  };

  explicit KeySetCache(const CachePolicy& policy) : policy_(policy) {}

  bool advance(double now);
  void give_up_late_fetch(Moment moment);
  bool may_fetch() const;
  bool may_fetch_again() const;
  Fetch start();
  std::optional<Fetch> start_if_due();
  bool answers(std::uint64_t number);
  void succeed();
  void fail(const Error& reason, double retry_after, Moment moment);
  Refusal accept(int status, const std::vector<HttpField>& fields, std::string_view body,
                 Moment moment);
  Refusal confirm(const std::vector<HttpField>& fields, Moment moment);
  Result<Stored> read_snapshot(std::string_view snapshot, Moment moment);
  Refusal prepare(Stored& stored, Moment moment) const;
  void replace(Stored stored);
  void settle(Stored& stored, Moment moment) const;
  double wall(double at) const { return *latest_now_ - (clock_ - at); }
  double age_of(const std::vector<HttpField>& fields) const;
  bool is_servable() const;
  Decision decide();
  Decision serve(std::optional<Fetch> fetch);
  Decision wait(std::optional<Fetch> fetch) const;
  Decision refuse(const Error& reason);
  const UnknownKid* find_unknown(const std::string& digest) const;
  void remember_unknown(std::string digest);
  void tell(Event event);
  void tell(Event::Kind kind, Refusal reason = {});
  void tell_once(bool& is_told, Event::Kind kind, Refusal reason = {});
  void tell_changes(const KeySet* before, const KeySet& after);
  void tell_absent(const KeySet& keys, const KeySet* from, Event::Kind kind);

  CachePolicy policy_;
  std::optional<Stored> stored_;
  std::uint64_t generation_ = 0;

  std::optional<double> latest_now_;  // the wall clock, as it was last seen
  double clock_ = 0;                  // seconds that have passed since; never goes back

  std::uint64_t fetch_ = 0;  // the last one that was started
  bool is_fetching_ = false;
  bool is_answered_ = true;
  std::uint64_t conditional_on_ = 0;            // generation that the fetch's conditions are about
  bool takes_snapshot_ = false;                 // in place of a response
  std::optional<std::string> sought_kid_;       // that the fetch was started for
  std::array<double, 2> starts_{-1e12, -1e12};  // of the last two fetches
  double retry_at_ = 0;
  unsigned failures_ = 0;  // in a row
  Error last_failure_{Error::fetch_failed};

  std::deque<UnknownKid> unknown_kids_;  // oldest first
  std::deque<Event> events_;
  bool has_told_stale_ = false, has_told_cooling_ = false, has_told_refused_ = false;
};

}  // namespace touchstone
