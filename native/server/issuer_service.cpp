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
    : options_(std::move(options)), store_(std::move(store)) {}

IssuerService::~IssuerService() { stop(); }

double IssuerService::poll_interval(const RotationPolicy& policy) {
  return std::clamp(policy.propagation / 5, shortest_poll, longest_poll);
}

Refusal IssuerService::start() {
  if (auto refusal = contact()) return refusal;
  if (auto refusal = rotate_if_due()) return refusal;
  keeper_ = std::thread([this] { keep(); });
  rotator_ = std::thread([this] { rotate_in_time(); });
  return {};
}

void IssuerService::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread* thread : {&keeper_, &rotator_})
    if (thread->joinable()) thread->join();
}

void IssuerService::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  changed_.notify_all();
}

// One thread keeps memory and store together.

void IssuerService::keep() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    changed_.wait_for(lock, seconds(poll_interval(published_->policy)),
                      [&] { return is_stopping_ || is_woken_ || (wants_block_ && !store_error_); });
    if (is_stopping_) return;
    is_woken_ = false;
    lock.unlock();
    (void)contact();
    lock.lock();
  }
}

Refusal IssuerService::contact() {
  const std::lock_guard store_lock(store_mutex_);
  {
    const std::lock_guard lock(mutex_);
    contacts_begun_ += 1;
  }
  Moment now = Moment::now();
  Refusal refusal = load(now);
  for (int i = 1; i < max_conflicts && refusal && refusal->id() == Error::store_conflict; ++i) {
    now = Moment::now();
    refusal = load(now);
  }
  std::unique_lock lock(mutex_);
  contacts_done_ = contacts_begun_;
  if (refusal && is_block_coming_) wants_block_ = true;
  is_block_coming_ = false;
  note(store_error_, refusal, "store_lost", std::move(lock));
  return refusal;
}

/// Loads what others have made of the ring, and has signatures counted, if any are wanted.
Refusal IssuerService::load(const Moment& now) {
  const auto before = published();
  auto changed = store_.load_unless(before ? before->version : "");
  if (!changed) return changed.error();
  const std::uint64_t wanted = contacted(now);
  auto loaded = *changed ? **std::move(changed)
                         : RingStore::Loaded{{before->ring, before->policy}, before->version};
  Refusal refusal;
  KeptRing kept = loaded.kept;
  if (const std::uint64_t reserved = wanted == 0 ? 0 : reserve(kept.ring, wanted)) {
    auto saved = store_.save(kept, loaded.version);
    if (saved) return adopt({std::move(kept), *std::move(saved)}, &loaded.kept.ring, reserved);
    if (saved.error().id() == Error::store_conflict) return saved.error();
    refusal = saved.error();
  }
  if (before && before->version == loaded.version) return refusal;
  if (before) {
    log(Level::info, "reloaded", {{"version", loaded.version}});
    const std::lock_guard lock(mutex_);
    counts_.reloads += 1;
  }
  const auto unpublished = adopt(std::move(loaded), nullptr, 0);
  return refusal ? refusal : unpublished;
}

/// How many signatures are wanted, at the least.
std::uint64_t IssuerService::contacted(const Moment& now) {
  const std::lock_guard lock(mutex_);
  last_contact_ = now;  // the time before the question: the ring may have been changed ever since
  // A wish that comes from now on is for the next time.
  is_block_coming_ = (is_block_coming_ || wants_block_) && needs_block();
  wants_block_ = false;
  return is_block_coming_ ? waiting_ + 1 : 0;
}

bool IssuerService::needs_block() const {
  return !is_block_active() || block_.left <= block_.size / 2 || waiting_ > block_.left;
}

bool IssuerService::is_block_active() const {
  const KeyRing::Key* active = published_->ring.active();
  return active != nullptr && active->key.kid() == block_.kid;
}

/// By when the last token is to be signed from the block of a key that is retired: it is to expire
/// while the key is in the set. Of a key that was revoked the time is over.
NumericDate IssuerService::retired_limit() const {
  const KeyRing::Key* key = published_->ring.find(block_.kid);
  if (key == nullptr || !key->remove_at) return 0;
  return *key->remove_at - key->longest_token_lifetime - published_->policy.clock_skew;
}

/// What is left for a retired key is made use of while the store is away, and so no signatures can
/// be had for its successor.
bool IssuerService::has_signatures(const Moment& now) const {
  if (block_.left == 0) return false;
  return is_block_active() || (store_error_ && now.wall <= retired_limit());
}

/// Small at first, so that a process that dies again and again does not use up the key; then large,
/// so that the store is seldom asked and an outage finds many of them in hand.
std::uint64_t IssuerService::reserve(KeyRing& ring, std::uint64_t wanted) const {
  const KeyRing::Key* active = ring.active();
  if (active == nullptr || active->signatures >= ring.max_signatures()) return 0;
  const std::uint64_t first = ring.max_signatures() >> 16, greatest = ring.max_signatures() >> 10;
  // Nobody else writes the size.
  const std::uint64_t usual = std::clamp(2 * block_.size, first, greatest);
  const std::uint64_t reserved =
      std::min(std::max(usual, wanted), ring.max_signatures() - active->signatures);
  (void)ring.count(std::string(active->key.kid()), reserved);
  return reserved;
}

/// From now on this is the ring: published first, then signed by. With the store held, so that the
/// order is the store's.
///
/// unreserved  the ring before `reserved` signatures of its active key were counted for us
Refusal IssuerService::adopt(RingStore::Loaded loaded, const KeyRing* unreserved,
                             std::uint64_t reserved) {
  auto published = std::make_shared<Published>();
  published->ring = std::move(loaded.kept.ring);
  published->policy = std::move(loaded.kept.policy);
  published->version = std::move(loaded.version);
  if (options_.metadata) {
    auto openid = publish_openid_configuration(published->ring, *options_.metadata);
    if (!openid) return openid.error();
    auto oauth = publish_oauth_metadata(published->ring, *options_.metadata);
    if (!oauth) return oauth.error();
    published->openid_configuration = *std::move(openid);
    published->oauth_metadata = *std::move(oauth);
  }
  const std::lock_guard lock(mutex_);
  published_ = std::move(published);
  take_block(unreserved, reserved);
  changed_.notify_all();
  return {};
}

void IssuerService::take_block(const KeyRing* unreserved, std::uint64_t reserved) {
  const KeyRing& ring = published_->ring;
  const KeyRing::Key* active = ring.active();
  block_.is_exhausted = active != nullptr && active->signatures >= ring.max_signatures();
  if (!is_block_active() && reserved == 0) {
    if (block_.size > 0) wants_block_ = true;  // who has signed will sign again
    return;
  }
  if (!is_block_active()) block_.left = 0;
  block_.kid = active->key.kid();
  block_.left += reserved;
  if (reserved > 0) block_.size = reserved;
  if (!block_.is_exhausted)
    block_.ring = ring;
  else if (unreserved != nullptr)
    block_.ring = *unreserved;
}

/// Tells when a failure begins and ends.
void IssuerService::note(Refusal& known, const Refusal& refusal, std::string_view event,
                         std::unique_lock<std::mutex> lock) {
  const NumericDate now = Moment::now().wall;
  const Refusal before = std::exchange(known, refusal);
  if (refusal) counts_.errors[std::string(refusal->reason())] += 1;
  if (refusal && !before) error_since_ = now;
  const double lasted = std::floor(now - error_since_);
  lock.unlock();
  changed_.notify_all();
  // Whoever reads the log may be slow, and is waited for with nothing held.
  if (refusal && (!before || before->id() != refusal->id()))
    log(Level::error, event, fields_of(*refusal));
  if (!refusal && before) log(Level::info, "recovered", {{"from", event}, {"after", lasted}});
}

// Another rotates, for making a key may take seconds.

void IssuerService::rotate_in_time() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    const double poll = poll_interval(published_->policy);
    const double until_next = next_rotation_ - Moment::now().wall;
    // What failed is tried again, but not without a pause.
    const bool has_failed = rotation_error_.has_value();
    changed_.wait_for(
        lock, seconds(has_failed ? poll : std::clamp(until_next, shortest_poll / 4, poll)),
        [&] { return is_stopping_ || (!has_failed && published_->version != rotated_version_); });
    const bool is_due = has_failed || published_->version != rotated_version_ ||
                        Moment::now().wall >= next_rotation_;
    if (is_stopping_ || !is_due) continue;
    lock.unlock();
    (void)rotate_if_due();
    lock.lock();
  }
}

Refusal IssuerService::rotate_if_due() {
  Refusal refusal = try_to_rotate();
  for (int i = 1; i < max_conflicts && refusal && refusal->id() == Error::store_conflict; ++i) {
    // Another was quicker: perhaps nothing is left to do.
    refusal = contact();
    if (!refusal) refusal = try_to_rotate();
  }
  note(rotation_error_, refusal, "rotation_failed", std::unique_lock(mutex_));
  return refusal;
}

Refusal IssuerService::try_to_rotate() {
  const auto before = published();
  auto rotated = rotated_ring(*before);
  if (!rotated) return rotated.error();
  const bool is_changed = !is_same(rotated->ring, before->ring);
  if (is_changed) {
    const std::lock_guard store_lock(store_mutex_);
    const Moment asked = Moment::now();
    KeptRing kept{rotated->ring, before->policy};
    auto saved = store_.save(kept, before->version);
    if (!saved) return saved.error();
    if (auto refusal = adopt({std::move(kept), *saved}, nullptr, 0)) return refusal;
    for (const KeyChange& change : rotated->changes)
      log(Level::info, "ring_changed",
          {{"change", name(change.kind)}, {"kid", change.kid}, {"alg", change.alg}});
    const std::lock_guard lock(mutex_);
    last_contact_ = asked;  // nobody had changed it by then
    for (const KeyChange& change : rotated->changes)
      counts_.changes[static_cast<std::size_t>(change.kind)] += 1;
    rotated_version_ = *std::move(saved);
  }
  const std::lock_guard lock(mutex_);
  if (!is_changed) rotated_version_ = before->version;
  next_rotation_ = rotated->next;
  has_resumed_ = true;
  return {};
}

Result<RotatedRing> IssuerService::rotated_ring(const Published& published) const {
  const auto& [ring, policy, version, openid, oauth] = published;
  const Moment now = Moment::now();
  const auto start = has_resumed_ ? ring : resumed(ring, policy, now.wall);
  if (!start) return start.error();
  return rotate_now(*start, policy, now.wall);
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
    const Moment now = Moment::now();
    if (!is_safe(now, signing_limit())) return store_error_.value_or(Error::store_unavailable);
    if (needs_block() && !block_.is_exhausted && !wants_block_) {
      wants_block_ = true;
      changed_.notify_all();
    }
    if (has_signatures(now)) {
      block_.left -= 1;
      return block_.ring;
    }
    if (published_->ring.active() == nullptr) return Error::signing_key_missing;
    if (block_.is_exhausted) return Error::signing_key_exhausted;
    if (store_error_ || is_stopping_) return store_error_.value_or(Error::store_unavailable);
    // One that has begun may have been too early to see the wish.
    const std::uint64_t contact = contacts_begun_ + 1;
    waiting_ += 1;
    const bool is_answered = changed_.wait_until(lock, deadline, [&] {
      return has_signatures(now) || contacts_done_ >= contact || is_stopping_ || store_error_;
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
  health.error = store_error_ ? store_error_ : rotation_error_;
  if (health.error) health.error_since = error_since_;
  health.last_contact = last_contact_.wall;
  health.publishing_until = last_contact_.wall + publishing_limit();
  health.can_publish = is_safe(now, publishing_limit());
  if (options_.signs) {
    health.signing_until = last_contact_.wall + signing_limit();
    if (store_error_ && !is_block_active())
      health.signing_until =
          std::min(*health.signing_until, std::max(last_contact_.wall, retired_limit()));
    const bool has_some = has_signatures(now) || !(store_error_ || block_.is_exhausted);
    health.can_sign =
        is_safe(now, signing_limit()) && published_->ring.active() != nullptr && has_some;
  }
  const bool is_failing = !health.can_publish || (options_.signs && !health.can_sign);
  health.status = is_failing     ? Health::Status::failing
                  : health.error ? Health::Status::degraded
                                 : Health::Status::ok;
  return health;
}

NumericDate IssuerService::next_rotation() const {
  const std::lock_guard lock(mutex_);
  return next_rotation_;
}

IssuerService::Counts IssuerService::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace touchstone::server
