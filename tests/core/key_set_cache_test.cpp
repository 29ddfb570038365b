// The HTTP caching of a JWK Set: the scenarios that every language runs, then properties of random
// runs, floods, settings, events and hostile snapshots.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>

#include "http_caching.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using Decision = KeySetCache::Decision;
using Event = KeySetCache::Event;

KeySetCache cache_of(const CachePolicy& policy = {}) {
  auto cache = KeySetCache::create(policy);
  REQUIRE(cache);
  return *std::move(cache);
}

const Json& remote_keys() {
  static const Json keys = read_vector_json("remote/keys.json");
  return keys;
}

/// The text of a set of these keys of keys.json.
std::string set_text(const std::vector<std::string>& names) {
  Json set{{"keys", Json::array()}};
  for (const std::string& name : names) set["keys"].push_back(remote_keys().at(name));
  return set.dump();
}

std::string describe(const Decision& decision) {
  const std::string fetch = decision.fetch ? ", fetch" : "";
  switch (decision.action) {
    case Decision::Action::serve:
      return "serve" + fetch;
    case Decision::Action::wait:
      return "wait" + fetch;
    case Decision::Action::refuse:
      break;
  }
  return "refuse " + outcome(*decision.refusal) + fetch;
}

std::string describe(const Event& event) {
  std::string text(KeySetCache::name(event.kind));
  if (!event.kid.empty()) text += " " + event.kid;
  if (event.reason) text += " " + outcome(*event.reason);
  return text;
}

Json describe(const std::vector<Event>& events) {
  Json list = Json::array();
  for (const Event& event : events) list.push_back(describe(event));
  return list;
}

/// Runs one scenario; its form is in tests/vectors/SOURCES.md.
class Player {
 public:
  explicit Player(const Json& scenario)
      : policy_(CachePolicy::parse(scenario.value("policy", Json::object()).dump())),
        cache_(cache_of(*policy_)) {}

  void play(const Json& step) {
    INFO(step.dump());
    const std::string event = step.at("event");
    const KeySetCache::Moment moment{step.at("at"), step.value("random", 0.0)};
    if (event == "request") return judge(step, cache_.request(moment));
    if (event == "missing") return judge(step, missing(step, moment));
    if (event == "reload") return judge(step, cache_.reload(moment));
    if (event == "response") return judge(step, outcome(respond(step, moment)));
    if (event == "failure") return fail(step, moment);
    if (event == "events") return judge(step, describe(cache_.take_events()));
    if (event == "times") return judge_times(step);
    if (event == "snapshot") return judge(step, snapshot());
    if (event == "restart") return restart();
    if (event == "restore instead")
      return judge(
          step, outcome(cache_.restore_instead(step.value("number", fetch_), snapshot_, moment)));
    if (event == "restore") return judge(step, outcome(cache_.restore(snapshot_, moment)));
    FAIL("unknown event");
  }

 private:
  Decision missing(const Json& step, KeySetCache::Moment moment) {
    const Json& kid = step.at("kid");
    const std::string text = kid.is_null() ? "" : kid.get<std::string>();
    return cache_.missing(kid.is_null() ? std::nullopt : std::optional<std::string_view>(text),
                          step.value("generation", generation_), moment);
  }

  Refusal respond(const Json& step, KeySetCache::Moment moment) {
    std::vector<HttpField> fields;
    for (const Json& field : step.at("fields")) fields.push_back({field[0], field[1]});
    const std::string body =
        step.contains("set") ? set_text(step.at("set")) : step.value("body", std::string());
    return cache_.response(step.value("number", fetch_), step.at("status"), fields, body, moment);
  }

  void fail(const Json& step, KeySetCache::Moment moment) {
    const bool is_late = step.at("reason") == "fetch_timed_out";
    cache_.failure(step.value("number", fetch_),
                   is_late ? Error::fetch_timed_out : Error::fetch_failed, moment);
  }

  Json snapshot() {
    const auto text = cache_.snapshot();
    snapshot_ = text.value_or("");
    return text ? "text" : "none";
  }

  void restart() {
    cache_ = cache_of(*policy_);
    generation_ = 0;
  }

  void judge(const Json& step, const Json& answer) {
    if (step.contains("expect")) CHECK(answer == step.at("expect"));
  }

  void judge(const Json& step, const Decision& decision) {
    CHECK(describe(decision) == step.at("expect"));
    CHECK((decision.keys != nullptr) == (decision.action == Decision::Action::serve));
    if (step.contains("serves")) {
      REQUIRE(decision.keys);
      Json kids = Json::array();
      for (const Jwk& key : decision.keys->keys()) kids.push_back(*key.kid());
      CHECK(kids == step.at("serves"));
    }
    if (step.at("event") != "missing" && step.contains("generation"))
      CHECK(decision.generation == step.at("generation"));
    if (decision.keys) generation_ = decision.generation;
    if (!decision.fetch) return;
    fetch_ = decision.fetch->number;
    CHECK(decision.fetch->fields.at(0).name == "Accept");
    if (!step.contains("fetchFields")) return;
    Json fields = Json::array();
    for (std::size_t i = 1; i < decision.fetch->fields.size(); ++i)
      fields.push_back({decision.fetch->fields[i].name, decision.fetch->fields[i].value});
    CHECK(fields == step.at("fetchFields"));
  }

  void judge_times(const Json& step) {
    const auto times = cache_.times();
    REQUIRE(times);
    const Json& expect = step.at("expect");
    CHECK(std::abs(times->fetched - expect.at("fetched").get<double>()) < 1e-6);
    CHECK(std::abs(times->refresh - expect.at("refresh").get<double>()) < 1e-6);
    CHECK(std::abs(times->expires - expect.at("expires").get<double>()) < 1e-6);
    CHECK(std::abs(times->unusable - expect.at("unusable").get<double>()) < 1e-6);
  }

  Result<CachePolicy> policy_;
  KeySetCache cache_;
  std::uint64_t fetch_ = 0, generation_ = 0;
  std::string snapshot_;
};

void play_file(const std::string& name) {
  for (const Json& scenario : read_vector_json("remote/" + name + ".json")) {
    INFO(scenario.at("name").get<std::string>());
    Player player(scenario);
    for (const Json& step : scenario.at("steps")) player.play(step);
  }
}

/// A cache that got a set of these keys with these fields at 0.
KeySetCache warm(const std::vector<HttpField>& fields, const CachePolicy& policy = {}) {
  KeySetCache cache = cache_of(policy);
  const auto decision = cache.request({0, 0});
  REQUIRE(decision.fetch);
  REQUIRE(outcome(cache.response(decision.fetch->number, 200, fields, set_text({"k1"}), {0, 0})) ==
          "accepted");
  return cache;
}

unsigned seed() {
  static const unsigned value = [] {
    const char* given = std::getenv("TOUCHSTONE_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                            : std::random_device()();
  }();
  return value;
}

std::string fault_of(std::string_view json) {
  const auto policy = CachePolicy::parse(json);
  return policy ? "" : outcome(policy.error());
}

}  // namespace

TEST_CASE("remote: scenarios", "[remote]") {
  for (const char* name : {"freshness", "requests", "conditional", "rotation", "outage", "clock",
                           "snapshot", "shared"})
    play_file(name);
}

TEST_CASE("remote: dates in the three forms of HTTP", "[remote]") {
  const auto date = [](std::string_view text) { return parse_http_date(text, 1.7e9).value_or(-1); };
  CHECK(date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777);
  CHECK(date("Sun Nov  6 08:49:37 1994") == 784111777);
  CHECK(date("Thu, 29 Feb 2024 23:59:60 GMT") == 1709251200);
  CHECK(date("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
  CHECK(date("Sat, 01 Mar 2000 00:00:00 GMT") == 951868800);
  CHECK(date("Fri, 31 Dec 9999 23:59:59 GMT") == 253402300799);
  // No more than 50 years ahead of 2023.
  CHECK(date("Tuesday, 01-Jan-73 00:00:00 GMT") == 3250454400);
  CHECK(date("Tuesday, 01-Jan-74 00:00:00 GMT") == 126230400);
  CHECK(parse_http_date("Sunday, 29-Feb-00 00:00:00 GMT", 1.7e9) == 951782400);
  for (const char* text : {"", "0", "-1", "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ", "sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 31 Jun 1994 00:00:00 GMT",
                           "Sun, 00 Jun 1994 00:00:00 GMT", "Wed, 29 Feb 2023 00:00:00 GMT",
                           "Thu, 01 Jan 0000 00:00:00 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sun Nov 06 08:49 1994", "Sunday, 06-Nov-1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_http_date(text, 1.7e9));
  }
}

TEST_CASE("remote: settings that cannot be kept are refused by name", "[remote]") {
  CHECK(fault_of("{}").empty());
  CHECK(fault_of(R"({"cooldown":10,"maxSize":1000,"refusePrivateKeys":true,"maxStale":null})")
            .empty());
  CHECK(fault_of("[]") == "option_invalid");
  CHECK(fault_of(R"({"cooldown":10,"cooldown":10})") == "option_invalid");
  CHECK(fault_of(R"({"coolDown":10})") == "option_invalid coolDown");
  CHECK(fault_of(R"({"cooldown":"10"})") == "option_invalid cooldown");
  CHECK(fault_of(R"({"maxUnknownKids":-1})") == "option_invalid maxUnknownKids");
  CHECK(fault_of(R"({"maxUnknownKids":0})") == "option_invalid maxUnknownKids");
  CHECK(fault_of(R"({"checkContentType":1})") == "option_invalid checkContentType");
  CHECK(fault_of(R"({"minLifetime":0.5})") == "option_invalid minLifetime");
  CHECK(fault_of(R"({"minLifetime":900})") == "option_invalid defaultLifetime");
  CHECK(fault_of(R"({"minLifetime":90000,"defaultLifetime":90000})") ==
        "option_invalid minLifetime");
  CHECK(fault_of(R"({"maxLifetime":604801})") == "option_invalid maxLifetime");
  CHECK(fault_of(R"({"maxLifetime":200})") == "option_invalid defaultLifetime");
  CHECK(fault_of(R"({"refreshAhead":-1})") == "option_invalid refreshAhead");
  CHECK(fault_of(R"({"refreshAhead":31})") == "option_invalid refreshAhead");
  CHECK(fault_of(R"({"cooldown":31})") == "option_invalid refreshAhead");
  CHECK(fault_of(R"({"cooldown":0})") == "option_invalid cooldown");
  CHECK(fault_of(R"({"staleIfError":86401})") == "option_invalid staleIfError");
  CHECK(fault_of(R"({"staleWhileRevalidate":-1})") == "option_invalid staleWhileRevalidate");
  CHECK(fault_of(R"({"maxStale":30})") == "option_invalid staleWhileRevalidate");
  CHECK(fault_of(R"({"maxBackoff":29})") == "option_invalid maxBackoff");
  CHECK(fault_of(R"({"fetchTimeout":0})") == "option_invalid fetchTimeout");
  CHECK(fault_of(R"({"clockTolerance":301})") == "option_invalid clockTolerance");
  CHECK(fault_of(R"({"maxSize":16777217})") == "option_invalid maxSize");
  CHECK(fault_of(R"({"maxKeys":100001})") == "option_invalid maxKeys");

  CachePolicy policy;
  policy.min_lifetime = std::numeric_limits<double>::quiet_NaN();
  CHECK(outcome(KeySetCache::create(policy)) == "option_invalid minLifetime");
  policy = {};
  policy.max_lifetime = 50;
  REQUIRE(policy.fault());
  CHECK(policy.fault()->option == "minLifetime");
  CHECK(policy.fault()->reason == "is longer than maxLifetime");
  CHECK(KeySetCache::create(policy).error().detail().hint == "is longer than maxLifetime");
}

TEST_CASE("remote: a verification in progress keeps its set", "[remote]") {
  KeySetCache cache = warm({});
  const auto before = cache.request({1, 0});
  const auto fetching = cache.missing("k2", before.generation, {1, 0});
  REQUIRE(fetching.fetch);
  CHECK_FALSE(cache.response(fetching.fetch->number, 200, {}, set_text({"k2"}), {1, 0}));
  CHECK(before.keys->keys_with_kid("k1").size() == 1);
  const auto after = cache.request({1, 0});
  CHECK(after.keys->keys_with_kid("k1").empty());
  CHECK(after.generation == before.generation + 1);
}

TEST_CASE("remote: a moment that is no number", "[remote]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  KeySetCache cache = cache_of();
  CHECK(describe(cache.request({nan, 0})) == "refuse option_invalid now");
  CHECK(outcome(cache.response(0, 200, {}, set_text({"k1"}), {nan, nan})) == "option_invalid now");
  const auto decision = cache.request({0, nan});
  REQUIRE(decision.fetch);
  CHECK(outcome(cache.response(decision.fetch->number, 200, {}, set_text({"k1"}), {nan, nan})) ==
        "accepted");
  CHECK(describe(cache.request({269, nan})) == "serve");
  CHECK(describe(cache.request({270, nan})) == "serve, fetch");
  cache.failure(2, Error::fetch_failed, {nan, nan});
  CHECK(outcome(cache.restore("{}", {nan, nan})) == "option_invalid now");
}

TEST_CASE("remote: events are bounded, and the last ones stay", "[remote]") {
  KeySetCache cache = cache_of();
  Json set{{"keys", Json::array()}};
  const std::size_t limit = 1024;
  double now = 0;
  for (std::size_t round = 0; round < limit; ++round, now += 1000) {
    const auto decision = cache.request({now, 0});
    REQUIRE(decision.fetch);
    (void)cache.response(decision.fetch->number, 200, {}, set_text({round % 2 ? "k1" : "k2"}),
                         {now, 0});
  }
  auto events = cache.take_events();
  CHECK(events.size() == limit);
  CHECK(events.back().at == now - 1000);
  CHECK(events.back().kind == Event::Kind::fetched);
  CHECK(events[events.size() - 2].kid == "k1");
  CHECK(events[events.size() - 2].thumbprint.size() == 43);
  CHECK(cache.take_events().empty());

  Json key = remote_keys().at("k3");
  key["kid"] = std::string(257, 'a');
  const auto decision = cache.request({now, 0});
  (void)cache.response(decision.fetch->number, 200, {}, set_of({key}).dump(), {now, 0});
  CHECK(describe(cache.take_events()) ==
        Json::parse(R"(["key_removed k1","key_appeared","fetched"])"));
}

TEST_CASE("remote: hostile snapshots", "[remote]") {
  KeySetCache source = warm({{"Cache-Control", "max-age=600"}, {"ETag", "\"v\\1\""}});
  const auto text = source.snapshot();
  REQUIRE(text);
  const Json good = Json::parse(*text);
  const auto fate_of = [](const std::string& snapshot) {
    KeySetCache cache = cache_of();
    const Refusal refusal = cache.restore(snapshot, {10, 0});
    CHECK(refusal.has_value() == (describe(cache.request({10, 0})) == "wait, fetch"));
    return outcome(refusal);
  };
  const auto fate_with = [&](const char* name, const Json& value) {
    return fate_of(with(good, name, value).dump());
  };
  CHECK(fate_of(*text) == "accepted");
  CHECK(fate_of("") == "snapshot_invalid");
  CHECK(fate_of("[]") == "snapshot_invalid");
  CHECK(fate_of(*text + " x") == "snapshot_invalid");
  CHECK(fate_of("{\"version\":1," + text->substr(1)) == "snapshot_invalid");
  CHECK(fate_with("version", 2) == "snapshot_invalid version");
  CHECK(fate_with("version", nullptr) == "snapshot_invalid version");
  CHECK(fate_with("version", "1") == "snapshot_invalid version");
  CHECK(fate_with("more", 1) == "snapshot_invalid more");
  CHECK(fate_with("fetchedAt", nullptr) == "snapshot_invalid fetchedAt");
  CHECK(fate_with("fetchedAt", "0") == "snapshot_invalid fetchedAt");
  CHECK(fate_with("fetchedAt", 71) == "snapshot_invalid fetchedAt");
  CHECK(fate_with("fetchedAt", -1e300) == "snapshot_invalid fetchedAt");
  CHECK(fate_with("age", nullptr) == "snapshot_invalid age");
  CHECK(fate_with("age", -1) == "snapshot_invalid age");
  CHECK(fate_with("age", 1e300) == "snapshot_invalid age");
  CHECK(fate_with("jwks", nullptr) == "jwks_malformed");
  CHECK(fate_with("jwks", Json::object()) == "snapshot_invalid");
  CHECK(fate_with("jwks", R"({"keys":[]})") == "jwks_no_usable_keys");
  CHECK(fate_with("etag", "v1") == "snapshot_invalid etag");
  CHECK(fate_with("etag", "\"\r\nX: y\"") == "snapshot_invalid etag");
  CHECK(fate_with("etag", "\"" + std::string(2000, 'a') + "\"") == "snapshot_invalid etag");
  CHECK(fate_with("lastModified", "0\r\nX: y") == "snapshot_invalid lastModified");
  CHECK(fate_with("cacheControl", "no-store") == "snapshot_invalid cacheControl");
  CHECK(fate_with("cacheControl", "a\nb") == "snapshot_invalid cacheControl");
  CHECK(fate_with("expires", "\x01") == "snapshot_invalid expires");
  CHECK(fate_with("date", "soon") == "snapshot_invalid date");
  CHECK(fate_of(std::string(std::size_t{7} << 20, ' ') + *text) == "snapshot_invalid jwks");
  // Any text that was cut or changed is refused, or means a set.
  for (std::size_t at = 0; at < text->size(); ++at) {
    (void)fate_of(text->substr(0, at));
    std::string changed = *text;
    changed[at] = '0';
    (void)fate_of(changed);
  }
}

TEST_CASE("remote: a flood of random kids", "[remote]") {
  KeySetCache cache = warm({{"ETag", "\"v1\""}});
  std::mt19937 random(1);
  std::vector<double> starts;
  std::uint64_t under_way = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double now = 100 + i * 60.0 / 100'000;
    const auto decision =
        cache.missing(std::to_string(random()) + std::string(random() % 100, 'x'), 1, {now, 0.5});
    REQUIRE(decision.action != Decision::Action::serve);
    if (decision.fetch) {
      starts.push_back(now);
      under_way = decision.fetch->number;
    }
    if (i % 100 == 99 && under_way != 0) {
      REQUIRE_FALSE(cache.response(under_way, 304, {}, "", {now, 0.5}));
      under_way = 0;
    }
    if (i % 1000 == 0) CHECK(cache.request({now, 0.5}).keys);  // good tokens are served
  }
  CHECK(starts.size() == 4);  // two intervals, two in each
  for (std::size_t i = 2; i < starts.size(); ++i) CHECK(starts[i] - starts[i - 2] >= 30);
  CHECK(cache.take_events().size() < 20);
}

namespace {

/// A provider that rotates and fails at random, clients that ask at random, and a judge who knows
/// the true time. With `goes_back`, the wall clock is set back now and then.
class Soak {
 public:
  Soak(unsigned run, bool goes_back)
      : random_(seed() + run), goes_back_(goes_back), cache_(make_cache()) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    recover();
  }

 private:
  static constexpr double max_lifetime = 1800, max_stale = 4000, timeout = 20, cooldown = 30;

  static KeySetCache make_cache() {
    CachePolicy policy;
    policy.max_lifetime = max_lifetime;
    policy.max_stale = max_stale;
    policy.fetch_timeout = timeout;
    return cache_of(policy);
  }

  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_()) / 4294967296.0;
  }
  bool chance(double probability) { return uniform(0, 1) < probability; }
  KeySetCache::Moment moment() { return {now_ + wall_offset_, uniform(0, 1)}; }

  void check(bool holds, const char* what) {
    if (!holds)
      FAIL("TOUCHSTONE_SEED=" << seed() << " goes back: " << goes_back_ << " at " << now_ << ": "
                              << what);
  }

  std::string current_kid() const { return "k" + std::to_string(rotations_ % 3 + 1); }
  std::string current_tag() const { return "\"v" + std::to_string(rotations_) + "\""; }

  void step() {
    now_ += chance(0.01) ? uniform(0, 20000) : chance(0.3) ? uniform(0, 60) : uniform(0, 1);
    if (goes_back_ && chance(0.005)) wall_offset_ -= uniform(0, 50000);
    if (chance(0.01)) is_down_ = !is_down_;
    if (chance(0.01)) ++rotations_;
    if (fetch_ && chance(0.2)) return answer();
    if (chance(0.4)) return look(cache_.request(moment()));
    if (chance(0.05)) return look(cache_.reload(moment()));
    const std::string kid = chance(0.5) ? current_kid() : std::to_string(random_() % 50);
    look(cache_.missing(kid, generation_, moment()));
  }

  void look(const Decision& decision) {
    if (decision.fetch) {
      check(!fetch_ || now_ - starts_.back() >= timeout - 1e-3, "two fetches under way");
      fetch_ = decision.fetch;
      starts_.push_back(now_);
      const std::size_t count = starts_.size();
      check(count < 3 || starts_[count - 1] - starts_[count - 3] >= cooldown - 1e-3,
            "three fetches in an interval");
    }
    if (decision.action != Decision::Action::serve) return;
    generation_ = decision.generation;
    check(goes_back_ || now_ - confirmed_ <= max_lifetime + max_stale + 1e-3,
          "served beyond the bound");
    check(decision.keys->keys().size() == 1, "a set that was never published");
  }

  void answer() {
    const std::uint64_t number = fetch_->number;
    const bool is_current = fetch_->fields.size() > 1 && fetch_->fields[1].value == current_tag();
    fetch_.reset();
    if (is_down_) {
      if (chance(0.3)) return cache_.failure(number, Error::fetch_failed, moment());
      const int status = chance(0.5) ? 503 : 200;
      check(cache_.response(number, status, {}, "busy", moment()).has_value(), "not a set");
      return;
    }
    constexpr const char* controls[] = {"max-age=600",     "max-age=x",
                                        "no-cache",        "max-age=99999",
                                        "must-revalidate", "max-age=5, stale-if-error=999999"};
    const std::vector<HttpField> fields = {{"ETag", current_tag()},
                                           {"Cache-Control", controls[random_() % 6]}};
    const Refusal refusal =
        is_current ? cache_.response(number, 304, fields, "", moment())
                   : cache_.response(number, 200, fields, set_text({current_kid()}), moment());
    check(!refusal, "a good answer was refused");
    confirmed_ = now_;
  }

  /// Once the provider is back, its key is here when the longest back-off is over; a small step
  /// back, for which the cache's time stands still, comes on top.
  void recover() {
    is_down_ = false;
    for (const double end = now_ + 600 + 60 + timeout + cooldown + 1; now_ < end; now_ += 0.5) {
      if (fetch_) answer();
      const auto decision = cache_.request(moment());
      look(decision);
      if (decision.keys && !decision.keys->keys_with_kid(current_kid()).empty()) return;
      if (decision.keys) look(cache_.missing(current_kid(), generation_, moment()));
    }
    check(false, "no recovery");
  }

  std::mt19937 random_;
  bool goes_back_;
  KeySetCache cache_;
  double now_ = 1e9, wall_offset_ = 0, confirmed_ = -1e9;
  bool is_down_ = false;
  int rotations_ = 0;
  std::optional<KeySetCache::Fetch> fetch_;
  std::uint64_t generation_ = 0;
  std::vector<double> starts_;
};

}  // namespace

TEST_CASE("remote: random runs keep every bound, and end with the provider's keys", "[remote]") {
  std::cout << "remote: TOUCHSTONE_SEED=" << seed() << '\n';
  for (unsigned run = 0; run < 60; ++run) Soak(run, run % 2 != 0).run(3000);
}
