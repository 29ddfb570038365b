// Rings, their JSON, and how they change; the invariant that all of it serves is simulated in
// simulation_test.cpp.
#include <algorithm>
#include <cmath>

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr double start = 1'700'000'000;
constexpr double day = 86400;

/// Quick to make; what kind of key it is does not matter here.
RotationPolicy policy() { return {.alg = "HS256"}; }

RotatedRing rotated(const KeyRing& ring, const RotationPolicy& by, double now,
                    std::uint64_t number = 0) {
  auto result = rotate(ring, by, now, entropy(number + static_cast<std::uint64_t>(now)));
  INFO(outcome(result));
  REQUIRE(result);
  return *std::move(result);
}

std::string text(const KeyRing& ring) { return std::string(ring.json().view()); }

/// "published activated"
std::string told(const std::vector<KeyChange>& changes) {
  std::string names;
  for (const KeyChange& change : changes) {
    if (!names.empty()) names += ' ';
    names += name(change.kind);
  }
  return names;
}

std::string states(const KeyRing& ring) {
  std::string names;
  for (const KeyRing::Key& key : ring.keys()) {
    if (!names.empty()) names += ' ';
    names += KeyRing::name(key.state);
  }
  return names;
}

std::string active_kid(const KeyRing& ring) { return std::string(ring.active()->key.kid()); }

/// A ring with a retiring, an active and a pending key, and the time.
std::pair<KeyRing, double> grown() {
  double now = start;
  KeyRing ring = rotated({}, policy(), now).ring;
  for (int i = 0; i < 2; ++i) {
    const RotatedRing step = rotated(ring, policy(), now);
    now = step.next;
    ring = rotated(step.ring, policy(), now).ring;
  }
  RotationPolicy long_retained = policy();
  ring = retire_early(ring);
  ring = rotated(ring, long_retained, now).ring;
  REQUIRE(states(ring) == "retiring active pending");
  return {ring, now};
}

}  // namespace

TEST_CASE("rotation: the first key signs at once, and the ring says when to come again",
          "[rotation]") {
  const RotatedRing first = rotated({}, policy(), start);
  CHECK(told(first.changes) == "published activated");
  CHECK(states(first.ring) == "active");
  CHECK(first.next == start + 29 * day);
}

TEST_CASE("rotation: the first key waits, if it is told to", "[rotation]") {
  RotationPolicy careful = policy();
  careful.publish_first = true;
  const RotatedRing first = rotated({}, careful, start);
  CHECK(states(first.ring) == "pending");
  CHECK(first.next == start + day);
  CHECK(told(rotated(first.ring, careful, start + day - 1).changes).empty());
  CHECK(told(rotated(first.ring, careful, start + day).changes) == "activated");
}

TEST_CASE("rotation: a first key that another replaces was seen, so that one waits", "[issuer]") {
  RotationPolicy waiting = policy();
  waiting.publish_first = true;
  const RotatedRing first = rotated({}, waiting, start);
  CHECK(states(first.ring) == "pending");
  RotationPolicy other = policy();
  other.alg = "HS384";
  const RotatedRing second = rotated(first.ring, other, start + 60);
  CHECK(told(second.changes) == "replaced published");
  CHECK(states(second.ring) == "pending");
  CHECK(second.ring.pending()->usable_from == start + 60 + other.publish_ahead);
}

TEST_CASE("rotation: a key is published, signs, retires and goes, each in its time", "[rotation]") {
  KeyRing ring = rotated({}, policy(), start).ring;
  const std::string first = active_kid(ring);
  CHECK(told(rotated(ring, policy(), start + 29 * day - 1).changes).empty());
  RotatedRing step = rotated(ring, policy(), start + 29 * day);
  CHECK(told(step.changes) == "published");
  CHECK(states(step.ring) == "active pending");
  CHECK(active_kid(step.ring) == first);
  CHECK(step.next == start + 30 * day);
  step = rotated(step.ring, policy(), step.next);
  CHECK(told(step.changes) == "retired activated");
  CHECK(active_kid(step.ring) != first);
  CHECK(step.next == start + 30 * day + 7200);
  CHECK(told(rotated(step.ring, policy(), step.next - 1).changes).empty());
  step = rotated(step.ring, policy(), step.next);
  CHECK(told(step.changes) == "removed");
  CHECK(states(step.ring) == "active");
  CHECK(step.next == start + 59 * day);
}

TEST_CASE("rotation: rotating again at the same time changes nothing", "[rotation]") {
  KeyRing ring;
  double now = start;
  for (int i = 0; i < 12; ++i) {
    const RotatedRing once = rotated(ring, policy(), now, 1);
    const RotatedRing twice = rotated(once.ring, policy(), now, 2);
    CHECK(twice.changes.empty());
    CHECK(text(twice.ring) == text(once.ring));
    CHECK(twice.next == once.next);
    CHECK(once.next > now);
    ring = once.ring;
    now = once.next;
  }
}

TEST_CASE("rotation: who comes late publishes first, and waits", "[rotation]") {
  const KeyRing ring = rotated({}, policy(), start).ring;
  const double late = start + 100 * day;
  const RotatedRing step = rotated(ring, policy(), late);
  CHECK(told(step.changes) == "published");
  CHECK(states(step.ring) == "active pending");
  CHECK(step.next == late + day);
  CHECK(told(rotated(step.ring, policy(), late + day - 1).changes).empty());
  CHECK(told(rotated(step.ring, policy(), late + day).changes) == "retired activated");
}

TEST_CASE("rotation: signatures alone make a key due", "[rotation]") {
  RotationPolicy capped = policy();
  capped.max_signatures = 100;
  KeyRing ring = rotated({}, capped, start).ring;
  const std::string first = active_kid(ring);
  const auto sign_up_to = [&](std::uint64_t count) {
    ring.count(first, count - ring.find(first)->signatures);
  };
  sign_up_to(49);
  CHECK(rotated(ring, capped, start + 1).changes.empty());
  sign_up_to(50);
  RotatedRing step = rotated(ring, capped, start + 1);
  CHECK(told(step.changes) == "published");
  ring = step.ring;
  CHECK(rotated(ring, capped, start + 1 + day).changes.empty());
  sign_up_to(75);
  CHECK(rotated(ring, capped, start + day).changes.empty());  // not known long enough
  step = rotated(ring, capped, start + 1 + day);
  CHECK(told(step.changes) == "retired activated");
  CHECK(step.ring.active()->signatures == 0);
}

TEST_CASE("rotation: what a policy promised, a later one does not take back", "[rotation]") {
  SECTION("a longer token lifetime than the next policy knows") {
    RotationPolicy long_lived = policy();
    long_lived.token_lifetime = 10 * day;
    long_lived.retain = 11 * day;
    KeyRing ring = rotated({}, long_lived, start).ring;
    ring = rotated(ring, policy(), start + 1).ring;
    CHECK(ring.token_lifetime() == 3600);
    ring = rotated(ring, policy(), start + 29 * day).ring;
    ring = rotated(ring, policy(), start + 30 * day).ring;
    REQUIRE(states(ring) == "retiring active");
    CHECK(*ring.keys().front().remove_at == start + 40 * day + 60 + 300);
  }
  SECTION("copies of the set that live longer than the next policy knows") {
    RotationPolicy cached = policy();
    cached.cache_lifetime = 10 * day;
    cached.publish_ahead = 11 * day;
    KeyRing ring = rotated({}, cached, start).ring;
    RotationPolicy brisk = policy();
    brisk.rotate_every = 2 * day;
    ring = rotated(ring, brisk, start + 3 * day).ring;
    REQUIRE(states(ring) == "active pending");
    CHECK(ring.pending()->usable_from == start + 13 * day + 660 + 300 + 60);
  }
  SECTION("a key that retires already") {
    auto [ring, now] = grown();
    const double remove_at = *ring.keys().front().remove_at;
    RotationPolicy brief = policy();
    brief.token_lifetime = 60;
    brief.retain = 420;
    ring = rotated(ring, brief, now + 1).ring;
    CHECK(*ring.keys().front().remove_at == remove_at);
  }
}

TEST_CASE("rotation: the next key is of the policy's algorithm", "[rotation]") {
  auto [ring, now] = grown();
  const std::string active = active_kid(ring);
  RotationPolicy elliptic = policy();
  elliptic.alg = "ES256";
  const RotatedRing step = rotated(ring, elliptic, now + 60);
  CHECK(told(step.changes) == "replaced published");
  CHECK(active_kid(step.ring) == active);
  CHECK(step.ring.pending()->key.alg() == "ES256");
  CHECK(step.ring.pending()->usable_from == now + 60 + day);
}

TEST_CASE("rotation: a clock that goes back stops it, and no more", "[rotation]") {
  auto [ring, now] = grown();
  const RotatedRing step = rotated(ring, policy(), now - 1000 * day);
  CHECK(step.changes.empty());
  CHECK(text(step.ring) == text(ring));
  for (const double no_time : {std::nan(""), HUGE_VAL, 1e12})
    CHECK(outcome(rotate(ring, policy(), no_time, entropy(1))) == "option_invalid now");
}

TEST_CASE("rotation: without entropy nothing happens", "[rotation]") {
  const std::string little(47, 'e');
  const KeyRing ring = rotated({}, policy(), start).ring;
  CHECK(outcome(rotate({}, policy(), start, little)) == "entropy_too_short");
  CHECK(outcome(revoke(ring, active_kid(ring), policy(), start, little)) == "entropy_too_short");
  // The same again would make the same key again.
  CHECK(outcome(rotate(rotate({}, policy(), start, entropy(7))->ring, policy(), start + 29 * day,
                       entropy(7))) == "key_generation_failed");
}

TEST_CASE("rotation: by hand, without a refusal", "[rotation]") {
  const KeyRing ring = rotated({}, policy(), start).ring;
  RotatedRing step = rotated(retire_early(ring), policy(), start + 10);
  CHECK(told(step.changes) == "published");
  CHECK(step.next == start + 10 + day);
  step = rotated(step.ring, policy(), step.next);
  CHECK(told(step.changes) == "retired activated");
  CHECK(rotated(step.ring, policy(), start + 10 + day + 1).changes.empty());
}

TEST_CASE("rotation: after a pause a pending key waits for clients that back off", "[rotation]") {
  KeyRing ring = rotated({}, policy(), start).ring;
  ring = rotated(ring, policy(), start + 29 * day).ring;
  const double up = start + 40 * day;
  const auto resumed = resume(ring, policy(), up);
  REQUIRE(resumed);
  CHECK(rotated(*resumed, policy(), up + 959).changes.empty());
  CHECK(told(rotated(*resumed, policy(), up + 960).changes) == "retired activated");
  CHECK(text(*resume(*resumed, policy(), up)) == text(*resumed));
}

TEST_CASE("revocation: a pending key takes over, and what it costs is told", "[rotation]") {
  auto [ring, now] = grown();
  const std::string active = active_kid(ring);
  const std::string pending(ring.pending()->key.kid());
  ring.count(active, 17);
  const auto revoked = revoke(ring, active, policy(), now + 5, entropy(1));
  REQUIRE(revoked);
  CHECK(told(revoked->changes) == "revoked activated");
  CHECK(revoked->ring.find(active) == nullptr);
  CHECK(active_kid(revoked->ring) == pending);
  CHECK(revoked->signatures == 17);
  CHECK(revoked->tokens_until == now + 5 + 3600);
  CHECK(revoked->accepted_until == now + 5 + 3600 + 660 + 300 + 60);
  CHECK(revoked->refused_until == now + day);  // published, but not for long
  const auto later = revoke(ring, active, policy(), now + 2 * day, entropy(1));
  CHECK(later->refused_until == now + 2 * day);
}

TEST_CASE("revocation: without a pending key a new one signs at once", "[rotation]") {
  const KeyRing ring = rotated({}, policy(), start).ring;
  const auto revoked = revoke(ring, active_kid(ring), policy(), start + 5, entropy(1));
  REQUIRE(revoked);
  CHECK(told(revoked->changes) == "revoked published activated");
  CHECK(states(revoked->ring) == "active");
  CHECK(revoked->refused_until == start + 5 + day);
  CHECK(revoked->tokens_until == start + 5);  // it signed nothing
  CHECK(revoked->next == start + 5 + 29 * day);
}

TEST_CASE("revocation: of a key that does not sign", "[rotation]") {
  auto [ring, now] = grown();
  const std::string active = active_kid(ring);
  const std::string retiring(ring.keys().front().key.kid());
  const std::string pending(ring.pending()->key.kid());
  auto revoked = revoke(ring, retiring, policy(), now, entropy(1));
  CHECK(told(revoked->changes) == "revoked");
  CHECK(states(revoked->ring) == "active pending");
  CHECK(revoked->refused_until == now);
  revoked = revoke(ring, pending, policy(), now, entropy(1));
  CHECK(told(revoked->changes) == "revoked published");  // the active one is due by hand
  CHECK(active_kid(revoked->ring) == active);
  CHECK(revoked->tokens_until == now);
  CHECK(outcome(revoke(ring, "nobody", policy(), now, entropy(1))) == "ring_key_unknown kid");
}

TEST_CASE("policy: what contradicts itself is refused, with what to change", "[rotation]") {
  CHECK_FALSE(RotationPolicy{}.fault());
  struct Case {
    void (*change)(RotationPolicy& policy);
    std::string_view option, words;
  };
  const Case cases[] = {
      {[](RotationPolicy& p) { p.publish_ahead = 3600 + 660 + 300 + 59; }, "publishAhead",
       "shorten cacheLifetime"},
      {[](RotationPolicy& p) { p.cache_lifetime = day; }, "publishAhead", "lengthen it"},
      {[](RotationPolicy& p) { p.retain = 3600 + 60 + 299; }, "retain", "shorten tokenLifetime"},
      {[](RotationPolicy& p) { p.token_lifetime = 7200; }, "retain", "lengthen it"},
      {[](RotationPolicy& p) { p.rotate_every = day; }, "rotateEvery", "shorten publishAhead"},
      {[](RotationPolicy& p) { p.retain = 3001 * day; }, "retain", "100 times"},
      {[](RotationPolicy& p) { p.alg = "none"; }, "alg", "not one"},
      {[](RotationPolicy& p) { p.alg = "Ed448"; }, "alg", "not one"},
      {[](RotationPolicy& p) { p.rsa_bits = 1024; }, "rsaBits", "2048"},
      {[](RotationPolicy& p) { p.max_signatures = 3; }, "maxSignatures", "4"},
      {[](RotationPolicy& p) { p.token_lifetime = 0; }, "tokenLifetime", "more than 0"},
      {[](RotationPolicy& p) { p.clock_skew = -1; }, "clockSkew", "from 0"},
      {[](RotationPolicy& p) { p.propagation = std::nan(""); }, "propagation", "from 0"},
      {[](RotationPolicy& p) { p.client_grace = HUGE_VAL; }, "clientGrace", "from 0"},
  };
  for (const Case& each : cases) {
    RotationPolicy changed = policy();
    each.change(changed);
    const auto fault = changed.fault();
    INFO(each.option);
    REQUIRE(fault);
    CHECK(fault->option == each.option);
    CHECK(fault->reason.find(each.words) != fault->reason.npos);
    const auto result = rotate({}, changed, start, entropy(1));
    REQUIRE_FALSE(result);
    CHECK(result.error().detail().member == each.option);
    CHECK(result.error().detail().hint == fault->reason);
  }
  RotationPolicy exact = policy();
  exact.publish_ahead = 3600 + 660 + 300 + 60;
  exact.retain = 3600 + 60 + 300;
  CHECK_FALSE(exact.fault());
}

TEST_CASE("policy: from JSON", "[rotation]") {
  const auto read = RotationPolicy::parse(
      R"({"alg":"RS256","rsaBits":2048,"rotateEvery":864000,"publishAhead":90000,"retain":8000,
          "maxSignatures":1000,"cacheLifetime":300,"clientGrace":0,"tokenLifetime":60,"clockSkew":1,
          "propagation":2,"publishFirst":true})");
  REQUIRE(read);
  CHECK(read->alg == "RS256");
  CHECK(read->rsa_bits == 2048);
  CHECK(read->max_signatures == 1000);
  CHECK(read->publish_first);
  CHECK(read->propagation == 2);
  CHECK(outcome(RotationPolicy::parse("{\"rotateEvry\":1}")) == "option_invalid rotateEvry");
  CHECK(outcome(RotationPolicy::parse("{\"retain\":\"1\"}")) == "option_invalid retain");
  CHECK(outcome(RotationPolicy::parse("{\"retain\":1}")) == "option_invalid retain");
  CHECK(outcome(RotationPolicy::parse("{\"retain\":null}")) == "accepted");
}

TEST_CASE("ring: its JSON is read as it was written", "[rotation]") {
  KeyRing ring = grown().first;
  ring.count(active_kid(ring), 41);
  ring = retire_early(ring);
  const auto again = KeyRing::parse(text(ring));
  INFO(outcome(again));
  REQUIRE(again);
  CHECK(text(*again) == text(ring));
  CHECK(again->active()->signatures == 41);
  CHECK(again->active()->is_due);
  const auto empty = KeyRing::parse(text(KeyRing()));
  REQUIRE(empty);
  CHECK(empty->keys().empty());
  // A count stops at the greatest number.
  ring.count(active_kid(ring), UINT64_MAX);
  CHECK(ring.active()->signatures == UINT64_MAX);
  CHECK(KeyRing::parse(text(ring))->active()->signatures == UINT64_MAX);
  CHECK(outcome(ring.count("nobody", 1)) == "ring_key_unknown kid");
}

TEST_CASE("ring: one that breaks its rules is refused", "[rotation]") {
  const Json ring = Json::parse(text(grown().first));
  const auto parsed = [](const Json& json) { return outcome(KeyRing::parse(json.dump())); };
  REQUIRE(parsed(ring) == "accepted");
  for (const auto& [name, value] : ring.items()) {
    INFO(name);
    CHECK(parsed(with(ring, name, nullptr)) == "ring_malformed " + name);
    CHECK(parsed(with(ring, name, "x")) == "ring_malformed " + name);
  }
  CHECK(parsed(with(ring, "version", 0)) == "ring_malformed version");
  CHECK(parsed(with(ring, "version", 2)) == "ring_version_unsupported");
  CHECK(parsed(with(ring, "more", 1)) == "ring_malformed has a member that is not known");
  CHECK(parsed(with(ring, "tokenLifetime", -1)) == "ring_malformed tokenLifetime");
  CHECK(parsed(with(ring, "copiesUntil", 1e300)) == "ring_malformed copiesUntil");
  for (std::size_t i = 0; i < ring["keys"].size(); ++i) {
    const auto changed = [&, i](const std::string& name, const Json& value) {
      Json copy = ring;
      copy["keys"][i] = with(copy["keys"][i], name, value);
      return parsed(copy);
    };
    for (const auto& [name, value] : ring["keys"][i].items()) {
      if (name == "isDue") continue;
      INFO(i << " " << name);
      CHECK(changed(name, nullptr) == "ring_malformed " + name);
      CHECK(changed(name, Json::array()) ==
            (name == "jwk" ? "jwk_malformed" : "ring_malformed " + name));
    }
    CHECK(changed("more", 1) == "ring_malformed has a member that is not known");
    CHECK(changed("isDue", 1) == "ring_malformed isDue");
    CHECK(changed("state", "gone") == "ring_malformed state");
    CHECK(changed("signatures", -1) == "ring_malformed signatures");
    CHECK(changed("signatures", 1.5) == "ring_malformed signatures");
  }
  Json copy = ring;
  copy["keys"].push_back(copy["keys"][1]);
  CHECK(parsed(copy) == "ring_malformed kid");
  copy["keys"][3]["jwk"]["kid"] = "another";
  CHECK(parsed(copy) == "ring_malformed state");  // two are active
  copy = ring;
  copy["keys"].push_back(copy["keys"][2]);
  copy["keys"][3]["jwk"]["kid"] = "another";
  CHECK(parsed(copy) == "ring_malformed state");  // two are pending
  copy = ring;
  copy["keys"][2]["signatures"] = 1;
  CHECK(parsed(copy) == "ring_malformed signatures");
  copy = ring;
  copy["keys"][1]["state"] = "pending";
  CHECK(parsed(copy) == "ring_malformed activatedAt");
  copy = ring;
  copy["keys"] = Json::array();
  for (int i = 0; i < 257; ++i) copy["keys"].push_back(1);
  CHECK(parsed(copy) == "ring_too_large");
  CHECK(outcome(KeyRing::parse(std::string((8 << 20) + 1, ' '))) == "ring_too_large");
  for (const char* no_ring : {"", "null", "[]", "{", "{}", R"({"version":1,"version":1})"})
    CHECK(outcome(KeyRing::parse(no_ring)).starts_with("ring_malformed"));
}
