#include <touchstone/remote_key_set.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>

#include "deadline.hpp"

namespace touchstone {
namespace {

using Decision = KeySetCache::Decision;
using Event = KeySetCache::Event;

/// What the cache decided once holds for so long. By then it is asked again, and sees how the
/// clock goes.
constexpr double look_lifetime = 1;

/// What an answer may take to be parsed, beyond the time-out of its transfer.
constexpr double settling_time = 1;

double system_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A set to verify with, and which one it is.
struct Served {
  std::shared_ptr<const KeySet> keys;
  std::uint64_t generation = 0;
};

/// What every request may take without asking the cache, in these seconds since the epoch.
struct Look {
  Served served;
  double from = 0, until = 0;
};

}  // namespace

/// Two locks: `mutex_` for the cache, which may be held while a set is parsed, and `look_mutex_`,
/// inside of it or alone, only ever held for a copy. The transfers are the thread's own.
struct RemoteKeySet::State {
  State(std::string issuer, std::string jwks_uri, RemoteOptions options, KeySetCache cache)
      : options_(std::move(options)),
        issuer_(std::move(issuer)),
        jwks_uri_(std::move(jwks_uri)),
        cache_(std::move(cache)),
        thread_([this] { work(); }) {}

  ~State() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = is_transfer_obsolete_ = true;
    }
    due_.notify_one();
    thread_.join();
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  double now() const { return options_.clock(); }

  Result<Served> serve() {
    const double at = now();
    {
      const std::lock_guard lock(look_mutex_);
      if (look_.from <= at && at < look_.until) return look_.served;
    }
    return settle([this](KeySetCache::Moment moment) { return cache_.request(moment); });
  }

  /// After the keys of `generation` had none for a token with this kid.
  Result<Served> serve_newer(std::optional<std::string_view> kid, std::uint64_t generation) {
    return settle(
        [=, this](KeySetCache::Moment moment) { return cache_.missing(kid, generation, moment); });
  }

  Refusal reload() {
    std::unique_lock lock(mutex_);
    const Decision decision = decide(cache_.reload(moment()));
    const std::uint64_t seen = ended_;
    tell(lock);
    if (decision.refusal) return decision.refusal;
    const Deadline deadline = patience();
    const bool has_ended =
        ended_changed_.wait_until(lock, deadline.end(), [&] { return ended_ != seen; });
    return has_ended ? outcome_ : Error(Error::fetch_timed_out);
  }

  std::optional<std::string> snapshot() {
    const std::lock_guard lock(mutex_);
    return cache_.snapshot();
  }

  Refusal restore(std::string_view snapshot) {
    std::unique_lock lock(mutex_);
    auto refusal = cache_.restore(snapshot, moment());
    forget_look();
    tell(lock);
    return refusal;
  }

  std::optional<KeySetCache::Times> times() {
    const std::lock_guard lock(mutex_);
    return cache_.times();
  }

  /// The expectations of a token by this set: an issuer's set is for its tokens alone.
  Result<const Expectations*> bind(const Expectations& given, Expectations& bound) const {
    if (issuer_.empty()) return &given;
    if (given.issuer && !given.issuer->contains(issuer_))
      return Error(Error::option_invalid, "issuer");
    if (given.issuer && given.issuer->values().size() == 1) return &given;
    bound = given;
    bound.issuer = OneOf(issuer_);
    return &bound;
  }

 private:
  // Everything down to work() is called with mutex_ held.

  KeySetCache::Moment moment() {
    return {now(), std::uniform_real_distribution<double>(0, 1)(random_)};
  }

  /// How long anybody waits for a fetch.
  Deadline patience() const { return Deadline(options_.http.timeout + settling_time); }

  /// Asks until the set is served or refused; waits as often as the cache says.
  template <class Ask>
  Result<Served> settle(const Ask& ask) {
    std::unique_lock lock(mutex_);
    const Deadline deadline = patience();
    for (;;) {
      const Decision decision = decide(ask(moment()));
      const std::uint64_t seen = ended_;
      tell(lock);
      if (decision.action == Decision::Action::serve)
        return Served{decision.keys, decision.generation};
      if (decision.action == Decision::Action::refuse) return *decision.refusal;
      if (!ended_changed_.wait_until(lock, deadline.end(), [&] { return ended_ != seen; }))
        return Error(Error::fetch_timed_out);
    }
  }

  /// Does what the decision asks for, beyond telling the caller.
  Decision decide(Decision decision) {
    if (decision.fetch) {
      // The cache has given up the one under way, if there is one: it does not listen to it.
      is_transfer_obsolete_ = true;
      due_fetch_ = std::move(decision.fetch);
      due_.notify_one();
    }
    if (decision.action == Decision::Action::serve) remember_look(decision);
    return decision;
  }

  void remember_look(const Decision& decision) {
    const double at = now();
    const auto times = cache_.times();
    Look look{{decision.keys, decision.generation},
              at - options_.policy.clock_tolerance,
              at + look_lifetime};
    for (const double turn : {times->refresh, times->expires, times->unusable})
      if (turn > at) look.until = std::min(look.until, turn);
    const std::lock_guard lock(look_mutex_);
    look_ = std::move(look);
  }

  void forget_look() {
    const std::lock_guard lock(look_mutex_);
    look_ = {};
  }

  /// Tells the events there are, without the lock; not when another thread is about it already.
  void tell(std::unique_lock<std::mutex>& lock) {
    if (!options_.on_event) return;
    for (Event& event : cache_.take_events()) events_.push_back(std::move(event));
    if (is_telling_) return;
    is_telling_ = true;
    while (!events_.empty()) {
      const Event event = std::move(events_.front());
      events_.pop_front();
      lock.unlock();
      options_.on_event(event);
      lock.lock();
    }
    is_telling_ = false;
  }

  void end(const KeySetCache::Fetch& fetch, const Result<HttpResponse>& response) {
    // While the answer is parsed, others go on with what they may be served now.
    if (cache_.times()) (void)decide(cache_.request(moment()));
    if (response) {
      outcome_ = cache_.response(fetch.number, response->status, response->fields, response->body,
                                 moment());
    } else {
      outcome_ = response.error();
      cache_.failure(fetch.number, response.error(), moment());
    }
    forget_look();
  }

  // The thread.

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      due_.wait(lock, [this] { return is_over_ || due_fetch_; });
      if (is_over_) return;
      const KeySetCache::Fetch fetch = *std::exchange(due_fetch_, {});
      is_transfer_obsolete_ = false;
      lock.unlock();
      const auto response = get(fetch);
      lock.lock();
      if (is_over_) return;
      if (due_fetch_) continue;  // the cache has given up this one, and listens to the last alone
      end(fetch, response);
      tell(lock);
      ++ended_;
      ended_changed_.notify_all();
    }
  }

  Result<HttpResponse> get(const KeySetCache::Fetch& fetch) {
    const Deadline deadline(options_.http.timeout);
    HttpOptions http = options_.http;
    if (!issuer_.empty()) {
      if (jwks_uri_.empty()) {
        const auto metadata = discover(issuer_, http, options_.discovery, &is_transfer_obsolete_);
        if (!metadata) return metadata.error();
        jwks_uri_ = metadata->jwks_uri;
      }
      http = jwks_uri_options({issuer_, jwks_uri_, {}}, http, options_.discovery);
      http.timeout = deadline.left();
    }
    auto response = http_get(jwks_uri_, fetch.fields, http, &is_transfer_obsolete_);
    // An issuer that has moved its set says so in its metadata.
    const bool has_failed = !response || (response->status != 200 && response->status != 304);
    if (has_failed && !issuer_.empty()) jwks_uri_.clear();
    return response;
  }

  const RemoteOptions options_;
  const std::string issuer_;  // empty: of any
  std::string jwks_uri_;      // empty: to be asked of the issuer; the thread's own

  std::mutex mutex_;
  KeySetCache cache_;
  std::mt19937_64 random_{std::random_device()()};
  std::optional<KeySetCache::Fetch> due_fetch_;
  bool is_over_ = false;
  std::condition_variable due_;
  std::uint64_t ended_ = 0;  // fetches
  Refusal outcome_;          // of the last one
  std::condition_variable ended_changed_;
  std::deque<Event> events_;
  bool is_telling_ = false;
  std::atomic<bool> is_transfer_obsolete_ = false;

  std::mutex look_mutex_;
  Look look_;

  std::thread thread_;  // the last: it uses all of the above
};

RemoteKeySet::RemoteKeySet(std::unique_ptr<State> state) : state_(std::move(state)) {}
RemoteKeySet::RemoteKeySet(RemoteKeySet&&) noexcept = default;
RemoteKeySet& RemoteKeySet::operator=(RemoteKeySet&&) noexcept = default;
RemoteKeySet::~RemoteKeySet() = default;

Result<RemoteKeySet> RemoteKeySet::make(std::string issuer, std::string url,
                                        RemoteOptions options) noexcept {
  auto cache = KeySetCache::create(options.policy);
  if (!cache) return cache.error();
  options.http.max_size = options.policy.limits.max_size;
  options.http.timeout = std::min(options.http.timeout, options.policy.fetch_timeout);
  if (!options.clock) options.clock = system_clock;
  if (auto refusal = check_http(url.empty() ? issuer : url, options.http)) return *refusal;
  try {
    return RemoteKeySet(std::make_unique<State>(std::move(issuer), std::move(url),
                                                std::move(options), *std::move(cache)));
  } catch (const std::system_error&) {
    return Error(Error::out_of_memory);
  }
}

Result<RemoteKeySet> RemoteKeySet::create(const std::string& url, RemoteOptions options) noexcept {
  if (url.empty()) return Error(Error::fetch_insecure, {}, "url");
  return make("", url, std::move(options));
}

Result<RemoteKeySet> RemoteKeySet::create(const ProviderMetadata& metadata,
                                          RemoteOptions options) noexcept {
  if (auto refusal = check_issuer(metadata.issuer, options.discovery)) return *refusal;
  return make(metadata.issuer, metadata.jwks_uri, std::move(options));
}

Result<RemoteKeySet> RemoteKeySet::of_issuer(const std::string& issuer,
                                             RemoteOptions options) noexcept {
  if (auto refusal = check_issuer(issuer, options.discovery)) return *refusal;
  return make(issuer, "", std::move(options));
}

Result<std::shared_ptr<const KeySet>> RemoteKeySet::keys() const noexcept {
  auto served = state_->serve();
  if (!served) return served.error();
  return std::move(served->keys);
}

Refusal RemoteKeySet::reload() const noexcept { return state_->reload(); }
std::optional<std::string> RemoteKeySet::snapshot() const noexcept { return state_->snapshot(); }
Refusal RemoteKeySet::restore(std::string_view snapshot) const noexcept {
  return state_->restore(snapshot);
}
std::optional<KeySetCache::Times> RemoteKeySet::times() const noexcept { return state_->times(); }

Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                           const Expectations& expectations, NumericDate now) noexcept {
  RemoteKeySet::State& state = *remote.state_;
  Expectations own;
  const auto bound = state.bind(expectations, own);
  if (!bound) return bound.error();
  const auto served = state.serve();
  if (!served) return served.error();
  auto verified = verify(jwt, *served->keys, **bound, now);
  if (verified || verified.error().id() != Error::no_matching_key) return verified;

  // What cannot be valid under any key is not worth a fetch.
  const auto token = decode(jwt, expectations.max_token_size);
  if (!token) return verified;
  const auto kid = token->unverified_header.find("kid");
  const auto* text = kid == token->unverified_header.end()
                         ? nullptr
                         : kid->get_ptr<const nlohmann::json::string_t*>();
  const auto newer = state.serve_newer(
      text == nullptr ? std::nullopt : std::optional<std::string_view>(*text), served->generation);
  if (newer) return verify(jwt, *newer->keys, **bound, now);
  // The same reason, but with the keys that were passed over.
  return newer.error().id() == Error::no_matching_key ? std::move(verified) : newer.error();
}

Result<VerifiedJwt> verify(std::string_view jwt, const RemoteKeySet& remote,
                           const Expectations& expectations) noexcept {
  return verify(jwt, remote, expectations, remote.state_->now());
}

}  // namespace touchstone
