#include "issuer_service.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "log.hpp"

namespace touchstone::server {
namespace {

using State = KeyRing::State;

constexpr double longest_poll = 15, shortest_poll = 0.2;
constexpr int max_conflicts = 20;  // each means that another instance got ahead

std::chrono::duration<double> seconds(double count) { return std::chrono::duration<double>(count); }

bool is_same(const KeyRing& a, const KeyRing& b) { return a.json().view() == b.json().view(); }

/// The set has not been served while no instance ran, which only a heartbeat could tell; so each
/// that starts takes it to be so. A pending key waits a little longer then, but not for ever where
/// instances come and go all day.
Result<KeyRing> resumed(const KeyRing& ring, const RotationPolicy& policy, NumericDate now) {
  const KeyRing::Key* pending = ring.pending();
  const bool has_waited_long =
      pending != nullptr &&
      now > pending->published_at + policy.publish_ahead + policy.rotate_every;
  if (pending == nullptr || has_waited_long) return ring;
  return resume(ring, policy, now);
}

}  // namespace

std::string_view name(Health::Status status) noexcept {
  constexpr std::string_view names[] = {"ok", "degraded", "failing"};
  return names[static_cast<std::size_t>(status)];
}

IssuerService::IssuerService(RingStore store, Options options)
    : store_(std::move(store)), options_(std::move(options)) {}

IssuerService::~IssuerService() { stop(); }

double IssuerService::poll_interval(const RotationPolicy& policy) {
  return std::clamp(policy.propagation / 5, shortest_poll, longest_poll);
}

Refusal IssuerService::start() {
  if (auto refusal = step()) return refusal;
  thread_ = std::thread([this] { run(); });
  return {};
}

void IssuerService::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void IssuerService::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  changed_.notify_all();
}

void IssuerService::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const double poll = poll_interval(published_->policy);
    // What could not be done in time is tried again, but not without a pause.
    const double until_next = published_->next - Moment::now().wall;
    const double pause = error_ ? poll : std::clamp(until_next, shortest_poll / 4, poll);
    changed_.wait_for(lock, seconds(pause),
                      [&] { return is_stopping_ || is_woken_ || (wants_block_ && !error_); });
    if (is_stopping_) return;
    is_woken_ = false;
    lock.unlock();
    (void)step();
    lock.lock();
  }
}

/// Brings memory and store together, and both to where the policy wants them.
Refusal IssuerService::step() {
  {
    const std::lock_guard lock(mutex_);
    steps_begun_ += 1;
  }
  Moment now = Moment::now();
  Refusal refusal = attempt(now);
  for (int i = 1; i < max_conflicts && refusal && refusal->id() == Error::store_conflict; ++i) {
    now = Moment::now();
    refusal = attempt(now);
  }
  note(refusal, now);
  return refusal;
}

Refusal IssuerService::attempt(const Moment& now) {
  auto loaded = store_.load();
  if (!loaded) return loaded.error();
  auto changed = change(loaded->kept, contacted(now), now.wall);
  // Whatever may go wrong with the change, what is stored is to be published.
  const auto adopt_as_stored = [&](Refusal refusal, NumericDate next) {
    const auto unpublished = adopt(*std::move(loaded), next, nullptr);
    return refusal ? refusal : unpublished;
  };
  if (!changed) return adopt_as_stored(changed.error(), now.wall);
  const RotatedRing& rotated = changed->rotated;
  if (is_same(rotated.ring, loaded->kept.ring)) return adopt_as_stored({}, rotated.next);

  KeptRing kept{rotated.ring, loaded->kept.policy};
  auto saved = store_.save(kept, loaded->version);
  if (!saved && saved.error().id() == Error::store_conflict) return saved.error();
  if (!saved) return adopt_as_stored(saved.error(), rotated.next);
  for (const KeyChange& change : rotated.changes)
    log(Level::info, "ring_changed",
        {{"change", name(change.kind)}, {"kid", change.kid}, {"alg", change.alg}});
  return adopt({std::move(kept), *std::move(saved)}, rotated.next, &*changed);
}

IssuerService::Wishes IssuerService::contacted(const Moment& now) {
  const std::lock_guard lock(mutex_);
  last_contact_ = now;  // the time before the question: the ring may have been changed ever since
  // A wish that comes from now on is for the next step.
  is_block_coming_ = (is_block_coming_ || wants_block_) && needs_block();
  wants_block_ = false;
  return {published_ == nullptr, is_block_coming_, waiting_};
}

bool IssuerService::needs_block() const {
  return block_.left <= block_.size / 2 || waiting_ > block_.left;
}

Result<IssuerService::Change> IssuerService::change(const KeptRing& kept, const Wishes& wishes,
                                                    NumericDate now) {
  auto ring = wishes.is_first ? resumed(kept.ring, kept.policy, now) : kept.ring;
  if (!ring) return ring.error();
  KeyRing unreserved = *ring;
  const std::uint64_t reserved = wishes.wants_block ? reserve(*ring, wishes.waiting) : 0;

  const double before = Moment::now().elapsed;
  auto rotated = rotate(*ring, kept.policy, now, system_entropy());
  if (!rotated) return rotated.error();
  const bool is_published =
      std::any_of(rotated->changes.begin(), rotated->changes.end(),
                  [](const KeyChange& c) { return c.kind == KeyChange::Kind::published; });
  if (is_published) {
    // Making a large RSA key may take longer than propagation allows for: it is published that much
    // later.
    RotationPolicy policy = kept.policy;
    policy.publish_ahead += Moment::now().elapsed - before;
    if (auto later = rotate(rotated->ring, policy, now, system_entropy())) {
      rotated->ring = std::move(later->ring);
      rotated->next = later->next;
    }
  }
  return Change{*std::move(rotated), std::move(unreserved), reserved};
}

/// Small at first, so that a process that dies again and again does not use up the key; then large,
/// so that the store is seldom asked and an outage finds many of them in hand.
std::uint64_t IssuerService::reserve(KeyRing& ring, std::uint64_t waiting) {
  const KeyRing::Key* active = ring.active();
  if (active == nullptr || active->signatures >= ring.max_signatures()) return 0;
  const std::uint64_t first = ring.max_signatures() >> 16, greatest = ring.max_signatures() >> 10;
  const std::uint64_t wanted =
      std::max({std::clamp(2 * block_.size, first, greatest), waiting, std::uint64_t{1}});
  const std::uint64_t reserved = std::min(wanted, ring.max_signatures() - active->signatures);
  (void)ring.count(std::string(active->key.kid()), reserved);
  return reserved;
}

/// From now on this is the ring: published first, then signed by.
Refusal IssuerService::adopt(RingStore::Loaded loaded, NumericDate next, const Change* change) {
  auto published = std::make_shared<Published>(Published{std::move(loaded.kept.ring),
                                                         std::move(loaded.kept.policy),
                                                         std::move(loaded.version),
                                                         next,
                                                         {},
                                                         {}});
  if (options_.metadata) {
    auto openid = publish_openid_configuration(published->ring, *options_.metadata);
    if (!openid) return openid.error();
    auto oauth = publish_oauth_metadata(published->ring, *options_.metadata);
    if (!oauth) return oauth.error();
    published->openid_configuration = *std::move(openid);
    published->oauth_metadata = *std::move(oauth);
  }
  const bool is_by_others = is_news_of_others(*published, change);
  if (is_by_others) log(Level::info, "reloaded", {{"version", published->version}});
  const std::lock_guard lock(mutex_);
  if (is_by_others) counts_.reloads += 1;
  if (change != nullptr)
    for (const KeyChange& made : change->rotated.changes)
      counts_.changes[static_cast<std::size_t>(made.kind)] += 1;
  published_ = std::move(published);
  take_block(published_->ring, change);
  return {};
}

bool IssuerService::is_news_of_others(const Published& now, const Change* change) const {
  const auto before = published();
  return change == nullptr && before && before->version != now.version;
}

void IssuerService::take_block(const KeyRing& ring, const Change* change) {
  const KeyRing::Key* active = ring.active();
  if (active == nullptr) {
    block_.kid.clear();
    block_.left = 0;
    return;
  }
  if (active->key.kid() != block_.kid) {
    block_.kid = active->key.kid();
    block_.left = 0;
    block_.ring = ring;
    wants_block_ = block_.size > 0;  // whoever has signed will sign again
  }
  const bool is_ours = change != nullptr && change->reserved > 0 &&
                       change->unreserved.active()->key.kid() == block_.kid;
  if (is_ours) {
    block_.left += change->reserved;
    block_.size = change->reserved;
  }
  block_.is_exhausted = active->signatures >= ring.max_signatures();
  if (!block_.is_exhausted)
    block_.ring = ring;
  else if (is_ours)
    block_.ring = change->unreserved;
}

void IssuerService::note(const Refusal& refusal, const Moment& now) {
  std::unique_lock lock(mutex_);
  steps_done_ = steps_begun_;
  if (refusal && is_block_coming_) wants_block_ = true;
  is_block_coming_ = false;
  const Refusal before = std::exchange(error_, refusal);
  if (refusal && !before) error_since_ = now.wall;
  if (refusal) counts_.store_errors[std::string(refusal->reason())] += 1;
  const bool is_away = last_contact_.elapsed != now.elapsed;
  const double lasted = std::floor(now.wall - error_since_);
  lock.unlock();
  changed_.notify_all();
  // Whoever reads the log may be slow, and is waited for with nothing held.
  if (refusal && (!before || before->id() != refusal->id()))
    log(Level::error, is_away ? "store_lost" : "change_failed", fields_of(*refusal));
  if (!refusal && before) log(Level::info, "recovered", {{"after", lasted}});
}

bool IssuerService::is_safe(const Moment& now, double limit) const {
  // Where the policy leaves no time at all, there is one instance, which looks this often.
  return now.elapsed - last_contact_.elapsed <= std::max(limit, 4 * shortest_poll);
}

double IssuerService::signing_limit() const {
  const RotationPolicy& policy = published_->policy;
  return policy.retain - policy.token_lifetime - policy.clock_skew;
}

double IssuerService::publishing_limit() const {
  const RotationPolicy& policy = published_->policy;
  return policy.publish_ahead - policy.cache_lifetime - policy.client_grace - policy.clock_skew;
}

/// The ring to make one signature by.
Result<KeyRing> IssuerService::take_signature() {
  constexpr double patience = 8;  // beyond what a call of the store takes
  const auto deadline = std::chrono::steady_clock::now() + seconds(patience);
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!is_safe(Moment::now(), signing_limit())) return error_.value_or(Error::store_unavailable);
    if (needs_block() && !block_.is_exhausted && !wants_block_) {
      wants_block_ = true;
      changed_.notify_all();
    }
    if (block_.left > 0) {
      block_.left -= 1;
      return block_.ring;
    }
    if (published_->ring.active() == nullptr) return Error::signing_key_missing;
    if (block_.is_exhausted) return Error::signing_key_exhausted;
    if (error_ || is_stopping_) return error_.value_or(Error::store_unavailable);
    // A step that has begun may have been too early to see the wish.
    const std::uint64_t step = steps_begun_ + 1;
    waiting_ += 1;
    const bool is_answered = changed_.wait_until(lock, deadline, [&] {
      return block_.left > 0 || steps_done_ >= step || is_stopping_ || error_;
    });
    waiting_ -= 1;
    if (!is_answered) return Error::store_unavailable;
  }
}

/// One that was not made after all.
void IssuerService::give_back(const KeyRing& ring) {
  const std::lock_guard lock(mutex_);
  if (ring.active()->key.kid() == block_.kid) block_.left += 1;
}

Result<std::string> IssuerService::sign(std::string_view claims, const SignOptions& options) {
  auto ring = take_signature();
  if (!ring) return ring.error();
  auto jwt = touchstone::sign(claims, *ring, Moment::now().wall, system_entropy(), options);
  if (!jwt) {
    if (jwt.error().id() != Error::signing_failed) give_back(*ring);
    return jwt.error();
  }
  const std::lock_guard lock(mutex_);
  counts_.signatures += 1;
  return std::move(jwt->token);
}

std::shared_ptr<const Published> IssuerService::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

Health IssuerService::health(const Moment& now) const {
  const std::lock_guard lock(mutex_);
  Health health{};
  health.error = error_;
  if (error_) health.error_since = error_since_;
  health.last_contact = last_contact_.wall;
  health.publishing_until = last_contact_.wall + publishing_limit();
  health.can_publish = is_safe(now, publishing_limit());
  if (options_.signs) {
    health.signing_until = last_contact_.wall + signing_limit();
    const bool has_some = block_.left > 0 || !(error_ || block_.is_exhausted);
    health.can_sign =
        is_safe(now, signing_limit()) && published_->ring.active() != nullptr && has_some;
  }
  const bool is_failing = !health.can_publish || (options_.signs && !health.can_sign);
  health.status = is_failing ? Health::Status::failing
                  : error_   ? Health::Status::degraded
                             : Health::Status::ok;
  return health;
}

IssuerService::Counts IssuerService::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace touchstone::server
