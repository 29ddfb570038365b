#include <touchstone/key_set_cache.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "crypto/crypto.hpp"
#include "http_caching.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

constexpr double greatest_date = 1e12;  // in seconds; a double still counts milliseconds there
constexpr std::size_t max_events = 1024;
constexpr std::size_t max_field_size = 1024;
constexpr std::size_t max_kid_in_event = 256;

constexpr JsonRules snapshot_rules{.max_depth = 1,
                                   .invalid = Error::snapshot_invalid,
                                   .duplicate_member = Error::snapshot_invalid,
                                   .too_deep = Error::snapshot_invalid};

/// False for NaN, too.
bool is_date(double seconds) { return std::abs(seconds) <= greatest_date; }

double random_of(KeySetCache::Moment moment) {
  return moment.random >= 0 && moment.random <= 1 ? moment.random : 0;
}

// HTTP fields.

/// The values of all fields of this name, joined as one list (RFC 9110 section 5.3).
std::string joined(const std::vector<HttpField>& fields, std::string_view name) {
  std::string values;
  bool is_first = true;
  for (const HttpField& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (!std::exchange(is_first, false)) values += ", ";
    values += trimmed(field.value);
    if (values.size() > max_field_size) break;
  }
  return values;
}

bool is_printable(std::string_view value) {
  return value.size() <= max_field_size && std::all_of(value.begin(), value.end(), [](char c) {
           return c == '\t' || (c >= 0x20 && c < 0x7f);
         });
}

/// What is kept of a Cache-Control: text that a snapshot can carry. Anything else is no directive
/// that we know, and might have been one.
std::string kept_cache_control(std::string value) {
  return is_printable(value) ? value : std::string("no-cache");
}
/// Not a date, for a reader of dates; what is no date has expired.
std::string kept_expires(std::string value) {
  return is_printable(value) ? value : std::string("0");
}
std::string kept_date(std::string value, double now) {
  return parse_http_date(value, now) ? value : std::string();
}
std::string kept_entity_tag(std::string value) {
  return value.size() <= max_field_size && is_entity_tag(value) ? value : std::string();
}

double retry_after_of(const std::vector<HttpField>& fields, double now) {
  const std::string value = joined(fields, "Retry-After");  // RFC 9110 section 10.2.3
  if (const auto seconds = parse_delta_seconds(value)) return *seconds;
  const auto date = parse_http_date(value, now);
  return date ? std::max(*date - now, 0.0) : 0;
}

bool is_key_set_type(std::string_view content_type) {
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  return equals_ignoring_case(type, "application/jwk-set+json") ||
         equals_ignoring_case(type, "application/json");
}

/// The permission of RFC 5861, else the policy's. One that cannot be read permits nothing.
double permitted(const SecondsDirective& directive, double by_policy) {
  return directive.is_present ? directive.seconds.value_or(0) : by_policy;
}

/// Names a kid, or its absence, in little room.
std::string digest_of(std::optional<std::string_view> kid) {
  return kid ? crypto::digest(crypto::Hash::sha256, *kid) : std::string();
}

bool has_kid(const KeySet& keys, std::string_view kid) {
  return std::any_of(keys.keys().begin(), keys.keys().end(),
                     [&](const Jwk& key) { return key.kid() == kid; });
}

using KeyName = std::pair<std::string_view, std::string_view>;  // thumbprint and kid
KeyName name_of(const Jwk& key) { return {key.thumbprint(), key.kid().value_or("")}; }

}  // namespace

Result<KeySetCache> KeySetCache::create(const CachePolicy& policy) noexcept {
  if (const auto fault = policy.fault())
    return Error(Error::option_invalid, fault->option, fault->reason);
  return KeySetCache(policy);
}

// Time. The cache's own clock counts the seconds that pass and stands still while the wall clock
// goes back, so that no difference is ever negative.

bool KeySetCache::advance(double now) {
  if (!is_date(now)) return false;
  const double passed = now - latest_now_.value_or(now);
  // Steps back that callers' threads make among themselves are within the tolerance.
  if (latest_now_ && passed <= 0 && passed >= -policy_.clock_tolerance) return true;
  latest_now_ = now;
  if (passed >= 0) {
    clock_ += passed;
  } else if (stored_ && clock_ < stored_->expires) {
    // How long the wall clock was wrong, nobody knows: the set's time is over now.
    const double cut = stored_->expires - clock_;
    const double floor = stored_->received + policy_.cooldown;
    stored_->expires = stored_->refresh = clock_;
    stored_->served_while_fetched_until =
        std::max(stored_->served_while_fetched_until - cut, floor);
    stored_->served_on_error_until = std::max(stored_->served_on_error_until - cut, floor);
  }
  return true;
}

// Fetches.

/// Whether the set may be fetched again in its own time.
bool KeySetCache::may_fetch() const {
  return clock_ >= retry_at_ && clock_ - starts_[1] >= policy_.cooldown;
}

/// Whether the set may be fetched for a key that it lacks: twice in an interval.
bool KeySetCache::may_fetch_again() const {
  return clock_ >= retry_at_ && clock_ - starts_[0] >= policy_.cooldown;
}

KeySetCache::Fetch KeySetCache::start() {
  starts_ = {starts_[1], clock_};
  is_fetching_ = true;
  is_answered_ = false;
  has_told_cooling_ = false;
  conditional_on_ = 0;
  takes_snapshot_ = true;
  sought_kid_.reset();
  Fetch fetch{++fetch_, {{"Accept", "application/jwk-set+json, application/json"}}};
  if (!stored_) return fetch;
  // RFC 9110 section 13.1.3: the date only where there is no entity tag.
  const Validity& validity = stored_->validity;
  if (!validity.etag.empty()) {
    fetch.fields.push_back({"If-None-Match", validity.etag});
  } else if (!validity.last_modified.empty()) {
    fetch.fields.push_back({"If-Modified-Since", validity.last_modified});
  } else {
    return fetch;
  }
  conditional_on_ = generation_;
  return fetch;
}

std::optional<KeySetCache::Fetch> KeySetCache::start_if_due() {
  if (is_fetching_) return {};
  if (may_fetch()) return start();
  tell_once(has_told_cooling_, Event::Kind::cooling_down);
  return {};
}

/// Whoever started it may be gone: an isolate that was ended answers nothing.
void KeySetCache::give_up_late_fetch(Moment moment) {
  if (!is_fetching_ || clock_ - starts_[1] < policy_.fetch_timeout) return;
  is_fetching_ = false;
  fail(Error::fetch_timed_out, 0, moment);
}

bool KeySetCache::answers(std::uint64_t number) {
  if (number != fetch_ || is_answered_) return false;
  is_answered_ = true;
  if (!is_fetching_) --failures_;  // given up too early; what counts is the answer
  is_fetching_ = false;
  return true;
}

void KeySetCache::fail(const Error& reason, double retry_after, Moment moment) {
  ++failures_;
  double backoff = policy_.cooldown;
  for (unsigned i = 0; i < failures_ && backoff < policy_.max_backoff; ++i) backoff *= 2;
  backoff = std::min(backoff, policy_.max_backoff) * (1 - random_of(moment) / 2);
  retry_at_ =
      clock_ + std::max({backoff, policy_.cooldown, std::min(retry_after, policy_.max_backoff)});
  last_failure_ = reason;
  tell(Event::Kind::failed, reason);
}

void KeySetCache::failure(std::uint64_t number, Error reason, Moment moment) noexcept {
  advance(moment.now);
  if (answers(number)) fail(reason, 0, moment);
}

Refusal KeySetCache::response(std::uint64_t number, int status,
                              const std::vector<HttpField>& fields, std::string_view body,
                              Moment moment) noexcept {
  const bool is_dated = advance(moment.now);
  if (!is_dated && !latest_now_) return Error(Error::option_invalid, "now");
  moment.now = *latest_now_;
  if (!answers(number)) return Error(Error::option_invalid, "number");
  const Refusal refusal = accept(status, fields, body, moment);
  if (refusal) {
    fail(*refusal, retry_after_of(fields, moment.now), moment);
    return refusal;
  }
  succeed();
  return {};
}

void KeySetCache::succeed() {
  failures_ = 0;
  retry_at_ = clock_;
}

Refusal KeySetCache::accept(int status, const std::vector<HttpField>& fields, std::string_view body,
                            Moment moment) {
  if (status == 304) return confirm(fields, moment);
  if (status != 200) return Error(Error::fetch_failed);
  if (policy_.check_content_type && !is_key_set_type(joined(fields, "Content-Type")))
    return Error(Error::content_type_mismatch);
  Stored stored;
  stored.received = clock_;
  stored.age = age_of(fields);
  stored.validity = {
      .cache_control = kept_cache_control(joined(fields, "Cache-Control")),
      .expires = kept_expires(joined(fields, "Expires")),
      .date = kept_date(joined(fields, "Date"), moment.now),
      .etag = kept_entity_tag(joined(fields, "ETag")),
      .last_modified = kept_date(joined(fields, "Last-Modified"), moment.now),
  };
  stored.text = body;
  if (const Refusal refusal = prepare(stored, moment)) return refusal;
  replace(std::move(stored));
  tell(Event::Kind::fetched);
  return {};
}

/// 304: the body stays, and the fields that came replace those that are stored (RFC 9111 section
/// 4.3.4).
Refusal KeySetCache::confirm(const std::vector<HttpField>& fields, Moment moment) {
  if (!stored_ || conditional_on_ != generation_) return Error(Error::fetch_failed);
  Stored stored = *stored_;
  stored.received = clock_;
  stored.age = age_of(fields);
  Validity& validity = stored.validity;
  const auto update = [&](std::string& kept, std::string value) {
    if (!value.empty()) kept = std::move(value);
  };
  update(validity.cache_control, kept_cache_control(joined(fields, "Cache-Control")));
  update(validity.expires, kept_expires(joined(fields, "Expires")));
  update(validity.etag, kept_entity_tag(joined(fields, "ETag")));
  update(validity.last_modified, kept_date(joined(fields, "Last-Modified"), moment.now));
  validity.date = kept_date(joined(fields, "Date"), moment.now);
  settle(stored, moment);
  replace(std::move(stored));
  tell(Event::Kind::not_modified);
  return {};
}

/// Parses the text and settles the times. A set of which no key can be used replaces none.
Refusal KeySetCache::prepare(Stored& stored, Moment moment) const {
  if (stored_ && stored_->text == stored.text) {
    stored.keys = stored_->keys;  // which may have tables already
  } else {
    auto keys = KeySet::parse(stored.text, policy_.limits);
    if (!keys) return keys.error();
    if (keys->keys().empty()) return Error(Error::jwks_no_usable_keys);
    stored.keys = std::make_shared<const KeySet>(*std::move(keys));
  }
  settle(stored, moment);
  return {};
}

/// The old set goes whole.
void KeySetCache::replace(Stored stored) {
  if (!stored_ || stored.keys != stored_->keys) {
    ++generation_;
    tell_changes(stored_ ? stored_->keys.get() : nullptr, *stored.keys);
  }
  stored_ = std::move(stored);
  has_told_stale_ = has_told_refused_ = false;
}

/// Seconds since the origin made it, or confirmed it (RFC 9111 section 4.2.3), by the caches on the
/// way. The Date says the same to a clock that is right, and nothing to one that is not.
double KeySetCache::age_of(const std::vector<HttpField>& fields) const {
  const std::string list = joined(fields, "Age");  // of several the first (section 5.1)
  const auto age = parse_delta_seconds(trimmed(std::string_view(list).substr(0, list.find(','))));
  return age.value_or(0) + clock_ - starts_[1];
}

/// From what a response said to what becomes of the set.
void KeySetCache::settle(Stored& stored, Moment moment) const {
  const CacheControl control = parse_cache_control(stored.validity.cache_control);
  const auto lifetime = freshness_lifetime(control, stored.validity.expires, stored.validity.date,
                                           wall(stored.received));
  const bool is_stale_at_once = control.no_store || control.no_cache ||
                                (control.max_age.is_present && !control.max_age.seconds);
  const double remaining =
      is_stale_at_once
          ? 0
          : std::max(std::min(lifetime.value_or(policy_.default_lifetime), policy_.max_lifetime) -
                         stored.age,
                     policy_.min_lifetime);
  const double ahead = is_stale_at_once ? 0 : policy_.refresh_ahead;
  stored.expires = stored.received + remaining;
  stored.refresh = stored.expires - ahead * (1 - random_of(moment) / 2);

  const bool is_stale_forbidden = control.no_store || control.no_cache || control.must_revalidate;
  const auto stale = [&](const SecondsDirective& directive, double by_policy) {
    return is_stale_forbidden ? 0 : std::min(permitted(directive, by_policy), policy_.max_stale);
  };
  // In the cooldown no fetch may be made: what came must do for so long.
  const double floor = stored.received + policy_.cooldown;
  stored.served_while_fetched_until = std::max(
      stored.expires + stale(control.stale_while_revalidate, policy_.stale_while_revalidate),
      floor);
  stored.served_on_error_until =
      std::max(stored.expires + stale(control.stale_if_error, policy_.stale_if_error),
               stored.served_while_fetched_until);
}

// Decisions.

KeySetCache::Decision KeySetCache::request(Moment moment) noexcept {
  if (!advance(moment.now)) return refuse(Error(Error::option_invalid, "now"));
  give_up_late_fetch(moment);
  return decide();
}

KeySetCache::Decision KeySetCache::missing(std::optional<std::string_view> kid,
                                           std::uint64_t generation, Moment moment) noexcept {
  if (!advance(moment.now)) return refuse(Error(Error::option_invalid, "now"));
  give_up_late_fetch(moment);
  if (generation != generation_ || !is_servable()) return decide();

  std::string digest = digest_of(kid);
  if (const UnknownKid* known = find_unknown(digest)) {
    const bool is_last = known->fetch == fetch_;
    if (is_last && is_fetching_) return wait({});
    return refuse(is_last && failures_ > 0 ? last_failure_ : Error(Error::no_matching_key));
  }
  if (!is_fetching_ && !may_fetch_again()) {
    tell_once(has_told_cooling_, Event::Kind::cooling_down);
    return refuse(failures_ > 0 ? last_failure_ : Error(Error::jwks_cooling_down));
  }
  std::optional<Fetch> fetch;
  if (!is_fetching_) {
    fetch = start();
    takes_snapshot_ = kid.has_value();
    sought_kid_ = kid;
  }
  remember_unknown(std::move(digest));
  return wait(std::move(fetch));
}

KeySetCache::Decision KeySetCache::reload(Moment moment) noexcept {
  if (!advance(moment.now)) return refuse(Error(Error::option_invalid, "now"));
  give_up_late_fetch(moment);
  if (is_fetching_) return wait({});
  if (may_fetch_again()) {
    auto fetch = start();
    takes_snapshot_ = false;
    return wait(std::move(fetch));
  }
  tell_once(has_told_cooling_, Event::Kind::cooling_down);
  return refuse(failures_ > 0 ? last_failure_ : Error(Error::jwks_cooling_down));
}

bool KeySetCache::is_servable() const {
  if (!stored_) return false;
  // While the provider is known to fail, nobody waits for it.
  return clock_ < stored_->expires || clock_ < stored_->served_while_fetched_until ||
         (failures_ > 0 && clock_ < stored_->served_on_error_until);
}

KeySetCache::Decision KeySetCache::decide() {
  if (!is_servable()) {
    auto fetch = start_if_due();
    return is_fetching_ ? wait(std::move(fetch)) : refuse(last_failure_);
  }
  if (clock_ < stored_->refresh) return serve({});
  if (clock_ >= stored_->expires) tell_once(has_told_stale_, Event::Kind::served_stale);
  return serve(start_if_due());
}

KeySetCache::Decision KeySetCache::serve(std::optional<Fetch> fetch) {
  return {Decision::Action::serve, std::move(fetch), stored_->keys, generation_, {}};
}

KeySetCache::Decision KeySetCache::wait(std::optional<Fetch> fetch) const {
  return {Decision::Action::wait, std::move(fetch), nullptr, generation_, {}};
}

KeySetCache::Decision KeySetCache::refuse(const Error& reason) {
  tell_once(has_told_refused_, Event::Kind::refused, reason);
  return {Decision::Action::refuse, {}, nullptr, generation_, reason};
}

// Kids that were looked for in vain.

const KeySetCache::UnknownKid* KeySetCache::find_unknown(const std::string& digest) const {
  const auto found =
      std::find_if(unknown_kids_.begin(), unknown_kids_.end(), [&](const UnknownKid& known) {
        return clock_ - known.since < policy_.cooldown && known.digest == digest;
      });
  return found == unknown_kids_.end() ? nullptr : &*found;
}

void KeySetCache::remember_unknown(std::string digest) {
  const auto is_over = [&](const UnknownKid& known) {
    return clock_ - known.since >= policy_.cooldown;
  };
  while (!unknown_kids_.empty() &&
         (is_over(unknown_kids_.front()) || unknown_kids_.size() >= policy_.max_unknown_kids))
    unknown_kids_.pop_front();
  unknown_kids_.push_back({std::move(digest), clock_, fetch_});
}

// Events.

std::string_view KeySetCache::name(Event::Kind kind) noexcept {
  constexpr std::string_view names[] = {"fetched", "not_modified", "restored",
                                        "failed",  "served_stale", "cooling_down",
                                        "refused", "key_appeared", "key_removed"};
  return names[static_cast<std::size_t>(kind)];
}

void KeySetCache::tell(Event event) {
  if (events_.size() == max_events) events_.pop_front();
  events_.push_back(std::move(event));
}

void KeySetCache::tell(Event::Kind kind, Refusal reason) {
  tell({kind, latest_now_.value_or(0), {}, {}, std::move(reason)});
}

void KeySetCache::tell_once(bool& is_told, Event::Kind kind, Refusal reason) {
  if (!std::exchange(is_told, true)) tell(kind, std::move(reason));
}

void KeySetCache::tell_changes(const KeySet* before, const KeySet& after) {
  if (before != nullptr) tell_absent(*before, &after, Event::Kind::key_removed);
  tell_absent(after, before, Event::Kind::key_appeared);
}

/// Tells of the keys that the other set does not have.
void KeySetCache::tell_absent(const KeySet& keys, const KeySet* from, Event::Kind kind) {
  std::set<KeyName> others;
  if (from != nullptr)
    for (const Jwk& key : from->keys()) others.insert(name_of(key));
  for (const Jwk& key : keys.keys()) {
    const KeyName name = name_of(key);
    if (others.find(name) != others.end()) continue;
    const auto kid = name.second.size() <= max_kid_in_event ? name.second : std::string_view();
    tell({kind, latest_now_.value_or(0), std::string(kid), std::string(name.first), {}});
  }
}

std::vector<KeySetCache::Event> KeySetCache::take_events() noexcept {
  const auto events = std::exchange(events_, {});
  return {events.begin(), events.end()};
}

std::optional<KeySetCache::Times> KeySetCache::times() const noexcept {
  if (!stored_) return {};
  return Times{wall(stored_->received), wall(stored_->refresh), wall(stored_->expires),
               wall(stored_->served_on_error_until)};
}

// Snapshots.

std::optional<std::string> KeySetCache::snapshot() const noexcept {
  if (!stored_ || parse_cache_control(stored_->validity.cache_control).no_store) return {};
  JsonWriter json;
  json.begin_object().member("version", std::size_t{1});
  json.name("fetchedAt").value(wall(stored_->received));
  json.name("age").value(stored_->age);
  const Validity& validity = stored_->validity;
  const auto write = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) json.member(name, std::string_view(value));
  };
  write("cacheControl", validity.cache_control);
  write("expires", validity.expires);
  write("date", validity.date);
  write("etag", validity.etag);
  write("lastModified", validity.last_modified);
  json.member("jwks", std::string_view(stored_->text)).end_object();
  return json.take();
}

Refusal KeySetCache::restore(std::string_view snapshot, Moment moment) noexcept {
  if (!advance(moment.now)) return Error(Error::option_invalid, "now");
  auto stored = read_snapshot(snapshot, moment);
  if (!stored) return stored.error();
  if (stored_ && stored->received <= stored_->received) return {};
  if (const Refusal refusal = prepare(*stored, moment)) return refusal;
  replace(*std::move(stored));
  tell(Event::Kind::restored);
  return {};
}

Refusal KeySetCache::restore_instead(std::uint64_t number, std::string_view snapshot,
                                     Moment moment) noexcept {
  if (!advance(moment.now)) return Error(Error::option_invalid, "now");
  if (number != fetch_ || is_answered_) return Error(Error::option_invalid, "number");
  auto stored = read_snapshot(snapshot, moment);
  if (!stored) return stored.error();
  const bool is_newer = takes_snapshot_ && (!stored_ || stored->received > stored_->received);
  if (!is_newer) return Error(Error::snapshot_invalid, "fetchedAt");
  if (const Refusal refusal = prepare(*stored, moment)) return refusal;
  if (clock_ >= stored->refresh) return Error(Error::snapshot_invalid, "fetchedAt");
  if (sought_kid_ && !has_kid(*stored->keys, *sought_kid_))
    return Error(Error::snapshot_invalid, "jwks");
  answers(number);
  succeed();
  replace(*std::move(stored));
  tell(Event::Kind::restored);
  return {};
}

Result<KeySetCache::Stored> KeySetCache::read_snapshot(std::string_view snapshot, Moment moment) {
  const auto invalid = [](std::string_view member) {
    return Error(Error::snapshot_invalid, member);
  };
  // An escape takes six characters for one.
  if (snapshot.size() / 6 > policy_.limits.max_size + 6 * max_field_size) return invalid("jwks");
  const auto object = parse_json_object(snapshot, snapshot_rules);
  if (!object) return object.error();

  Stored stored;
  double version = 0, fetched_at = NAN;
  stored.age = NAN;
  Validity& validity = stored.validity;
  const std::pair<std::string_view, double*> numbers[] = {
      {"version", &version}, {"fetchedAt", &fetched_at}, {"age", &stored.age}};
  const std::pair<std::string_view, std::string*> texts[] = {
      {"jwks", &stored.text},         {"cacheControl", &validity.cache_control},
      {"expires", &validity.expires}, {"date", &validity.date},
      {"etag", &validity.etag},       {"lastModified", &validity.last_modified}};
  for (const auto& [name, value] : object->items()) {
    bool is_read = false;
    for (const auto& [known, number] : numbers)
      if (name == known && (is_read = value.is_number())) *number = value.get<double>();
    for (const auto& [known, kept] : texts) {
      const auto* given = value.get_ptr<const std::string*>();
      if (name != known || given == nullptr) continue;
      *kept = *given;
      is_read = true;
    }
    if (!is_read) return invalid(name);
  }
  if (version != 1) return invalid("version");
  // Nothing comes from the future, but from a machine whose clock is a little ahead.
  if (!is_date(fetched_at) || fetched_at > moment.now + policy_.clock_tolerance)
    return invalid("fetchedAt");
  if (!is_date(stored.age) || stored.age < 0) return invalid("age");
  // What a response would not have left here was not written by a cache.
  if (kept_cache_control(validity.cache_control) != validity.cache_control)
    return invalid("cacheControl");
  if (parse_cache_control(validity.cache_control).no_store) return invalid("cacheControl");
  if (kept_expires(validity.expires) != validity.expires) return invalid("expires");
  if (kept_date(validity.date, moment.now) != validity.date) return invalid("date");
  if (kept_entity_tag(validity.etag) != validity.etag) return invalid("etag");
  if (kept_date(validity.last_modified, moment.now) != validity.last_modified)
    return invalid("lastModified");

  stored.received = clock_ - std::max(moment.now - fetched_at, 0.0);
  return stored;
}

}  // namespace touchstone
