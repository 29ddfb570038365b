// The timeline: what a ring tells of its past, and what rotate() makes of it, with keys that sign
// nothing.
#include <touchstone/timeline.hpp>

#include <algorithm>

#include "issuer/rotation.hpp"
#include "issuer/signing_key.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

using State = KeyRing::State;
using Span = Timeline::Span;
using Row = Timeline::Row;

constexpr std::size_t max_planned_keys = 256;

/// What happened to a key, each state but for its last with both ends.
std::vector<Span> history(const KeyRing::Key& key) {
  std::vector<Span> spans{{State::pending, key.published_at, key.activated_at, false}};
  if (key.activated_at) spans.push_back({State::active, *key.activated_at, key.retired_at, false});
  if (key.retired_at) spans.push_back({State::retiring, *key.retired_at, {}, false});
  // What signs as soon as it is published was never pending.
  std::erase_if(spans, [](const Span& span) { return span.to && *span.to <= span.from; });
  return spans;
}

/// The timeline while it is being planned: each key that is there has an open span at its end.
class Plan {
 public:
  Plan(Timeline& timeline, const KeyRing& ring) : timeline_(timeline) {
    for (const KeyRing::Key& key : ring.keys()) {
      Row row{std::string(key.key.kid()), std::string(key.key.alg()), false, history(key)};
      Span& last = row.spans.back();
      // As long as the clock is behind what is written, that is not yet to come to its end.
      const Span rest{last.state, std::max(last.from, timeline_.now), {}, true};
      last.to = rest.from;
      if (*last.to <= last.from) row.spans.pop_back();
      row.spans.push_back(rest);
      timeline_.from = std::min(timeline_.from, row.spans.front().from);
      timeline_.rows.push_back(std::move(row));
    }
  }

  /// A key without a secret, for rotate_by(). No kid of a ring can be this one.
  Result<SigningKey> make_key(const RotationPolicy& policy) {
    const std::string kid = '\n' + std::to_string(++made_);
    return SigningKey(std::make_shared<const SigningKey::Data>(
        SigningKey::Data{find_signing_algorithm(policy.alg), kid, kid, crypto::SymmetricKey{}}));
  }
  std::size_t made() const { return made_; }

  /// How the ring stands from `time` on.
  void take(const KeyRing& ring, NumericDate time) {
    for (Row& row : timeline_.rows) {
      const KeyRing::Key* key = ring.find(row.kid);
      if (row.spans.back().to || (key != nullptr && key->state == row.spans.back().state)) continue;
      row.spans.back().to = std::max(time, row.spans.back().from);
      if (key != nullptr) row.spans.push_back({key->state, time, {}, true});
    }
    for (const KeyRing::Key& key : ring.keys()) {
      const bool is_known = std::any_of(timeline_.rows.begin(), timeline_.rows.end(),
                                        [&](const Row& row) { return row.kid == key.key.kid(); });
      if (is_known) continue;
      timeline_.rows.push_back({std::string(key.key.kid()),
                                std::string(key.key.alg()),
                                true,
                                {{key.state, time, {}, true}}});
    }
  }

  void end() {
    std::size_t planned = 0;
    for (Row& row : timeline_.rows) {
      if (row.is_planned) row.kid = "planned " + std::to_string(++planned);
      std::erase_if(row.spans, [](const Span& span) { return span.to && *span.to <= span.from; });
    }
    std::erase_if(timeline_.rows, [](const Row& row) { return row.spans.empty(); });
  }

 private:
  Timeline& timeline_;
  std::size_t made_ = 0;
};

}  // namespace

Result<Timeline> timeline(const KeyRing& ring, const RotationPolicy& policy, NumericDate now,
                          std::optional<NumericDate> until) noexcept {
  if (auto refusal = check_rotation(policy, now)) return *refusal;
  if (until && !is_time(*until))
    return Error(Error::option_invalid, "until", "is no time in this age");
  const NumericDate end = std::max(now, until.value_or(now + 2 * policy.rotate_every));
  Timeline timeline{.from = now, .now = now, .next = now, .until = end, .rows = {}};
  Plan plan(timeline, ring);
  const KeyMaker make_key = [&](const RotationPolicy& by) { return plan.make_key(by); };

  KeyRing planned = ring;
  bool is_due = true;  // whether nothing has changed yet
  for (NumericDate time = now;;) {
    auto rotated = rotate_by(planned, policy, time, make_key);
    if (!rotated) return rotated.error();
    if (is_due) timeline.next = rotated->changes.empty() ? rotated->next : now;
    is_due = false;
    plan.take(rotated->ring, time);
    if (rotated->next > end) break;
    // Beyond that it is no picture any more; and times can be so close that none comes after.
    if (plan.made() >= max_planned_keys || rotated->next <= time) {
      timeline.until = time;
      break;
    }
    planned = std::move(rotated->ring);
    time = rotated->next;
  }
  plan.end();
  return timeline;
}

std::string timeline_json(const Timeline& timeline) {
  JsonWriter json;
  json.begin_object().name("from").value(timeline.from).name("now").value(timeline.now);
  json.name("next").value(timeline.next).name("until").value(timeline.until);
  json.name("keys").begin_array();
  for (const Row& row : timeline.rows) {
    json.begin_object().member("kid", std::string_view(row.kid));
    json.member("alg", std::string_view(row.alg)).name("planned").boolean(row.is_planned);
    json.name("spans").begin_array();
    for (const Span& span : row.spans) {
      json.begin_object().member("state", KeyRing::name(span.state));
      json.name("from").value(span.from);
      if (span.to) json.name("to").value(*span.to);
      json.name("planned").boolean(span.is_planned).end_object();
    }
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace touchstone
