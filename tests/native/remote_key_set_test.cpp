// RemoteKeySet: who waits and who does not, what is asked of the provider, and how it ends.
#include <touchstone/remote_key_set.hpp>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>

#include "base64url.hpp"
#include "http_server.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using Kind = KeySetCache::Event::Kind;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point since) {
  return std::chrono::duration<double>(Steady::now() - since).count();
}

std::string set_of_kids(const std::vector<std::string>& kids) {
  Json set{{"keys", Json::array()}};
  for (const std::string& kid : kids) set["keys"].push_back(with(secret_jwk(), "kid", kid));
  return set.dump();
}

std::string token_of(const std::string& kid, const std::string& claims = R"({"sub":"ada"})") {
  return sign(Json{{"alg", "HS256"}, {"kid", kid}}.dump(), claims);
}

/// A provider and the clock that it and the set go by. Each request is answered as `answer` says.
struct World {
  explicit World(HttpServer::Handler answer) : server(std::move(answer)) {}

  RemoteOptions options() {
    RemoteOptions options;
    options.clock = [this] { return now.load(); };
    options.on_event = [this](const KeySetCache::Event& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event.kind);
    };
    return options;
  }

  RemoteKeySet open() { return open(options()); }
  RemoteKeySet open(RemoteOptions options) {
    auto remote = RemoteKeySet::create(server.url(), std::move(options));
    INFO(outcome(remote));
    REQUIRE(remote);
    return *std::move(remote);
  }

  std::size_t requests() const { return server.requests().size(); }

  std::vector<Kind> take_events() {
    const std::lock_guard lock(mutex);
    return std::exchange(events, {});
  }

  /// Until so many events of this kind were told; false after a few seconds.
  bool has_told(Kind kind, std::ptrdiff_t times) {
    for (int i = 0; i < 500; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (std::count(events.begin(), events.end(), kind) >= times) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::atomic<double> now = 1e9;
  std::mutex mutex;
  std::vector<Kind> events;
  HttpServer server;
};

HttpServer::Handler always(const std::string& body, const std::string& fields = "") {
  return [=](Exchange& exchange) { exchange.respond(body, fields); };
}

std::string fate_of(const RemoteKeySet& remote, const std::string& token) {
  return outcome(verify(token, remote, hs256()));
}

/// Runs the same in so many threads, and counts what was not accepted.
template <class Work>
int failures_of(int threads, Work work) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i)
    running.emplace_back([&] {
      if (!work()) ++failures;
    });
  for (std::thread& thread : running) thread.join();
  return failures;
}

}  // namespace

TEST_CASE("remote set: one fetch, and what is told of it", "[remote-set]") {
  World world(always(set_of_kids({"k1"})));
  const RemoteKeySet remote = world.open();
  CHECK(world.requests() == 0);
  CHECK_FALSE(remote.times());
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  CHECK(fate_of(remote, token_of("k1") + "A") != "accepted");
  CHECK(world.requests() == 1);
  CHECK(world.take_events() == std::vector{Kind::key_appeared, Kind::fetched});
  REQUIRE(remote.times());
  CHECK(remote.times()->expires == 1e9 + 300);
  CHECK((*remote.keys())->keys().size() == 1);

  // The time of the token is the caller's, or the clock's.
  const std::string late = token_of("k1", R"({"exp":1000000100})");
  CHECK(fate_of(remote, late) == "accepted");
  CHECK(outcome(verify(late, remote, hs256(), 1.1e9)) == "token_expired exp");
  world.now = 1e9 + 200;
  CHECK(fate_of(remote, late) == "token_expired exp");
}

TEST_CASE("remote set: what cannot be kept is refused when it is made", "[remote-set]") {
  const auto fate_with = [](const std::string& url, const RemoteOptions& options) {
    return outcome(RemoteKeySet::create(url, options));
  };
  CHECK(fate_with("", {}) == "fetch_insecure url");
  CHECK(fate_with("http://id.example/", {}) == "fetch_insecure url");
  CHECK(fate_with("https://id.example/", {.policy = {.cooldown = 0}}) == "option_invalid cooldown");
  CHECK(fate_with("https://id.example/", {.http = {.timeout = 0}}) == "option_invalid timeout");
  CHECK(fate_with("https://id.example/", {}) == "accepted");
  CHECK(outcome(RemoteKeySet::of_issuer("http://id.example")) == "issuer_invalid issuer");
  CHECK(outcome(RemoteKeySet::create(ProviderMetadata{"https://id.example?", "", {}})) ==
        "issuer_invalid issuer");
}

TEST_CASE("remote set: a rotation is noticed by its first token", "[remote-set]") {
  std::atomic<bool> has_rotated = false;
  World world(
      [&](Exchange& exchange) { exchange.respond(set_of_kids({has_rotated ? "k2" : "k1"})); });
  const RemoteKeySet remote = world.open();
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  has_rotated = true;
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  CHECK(fate_of(remote, token_of("k2")) == "accepted");
  CHECK(world.requests() == 2);
  // The second fetch of this interval is spent; what the new set lacks stays refused.
  const auto removed = verify(token_of("k1"), remote, hs256());
  CHECK(outcome(removed) == "jwks_cooling_down");
  world.now = 1e9 + 31;
  const auto unknown = verify(token_of("k1"), remote, hs256());
  CHECK(outcome(unknown) == "no_matching_key");
  CHECK(world.requests() == 3);
  // Tokens that no key makes valid are not worth a fetch.
  world.now = 1e9 + 100;
  CHECK(fate_of(remote, sign(R"({"alg":"HS256","kid":"k9"})", "no claims")) == "no_matching_key");
  CHECK(world.requests() == 3);
}

TEST_CASE("remote set: reload, snapshot and restore", "[remote-set]") {
  std::atomic<int> status = 200;
  World world([&](Exchange& exchange) {
    exchange.respond(set_of_kids({"k1"}), "ETag: \"v1\"\r\n", std::to_string(status.load()) + " X");
  });
  const RemoteKeySet remote = world.open();
  CHECK_FALSE(remote.snapshot());
  CHECK(outcome(remote.reload()) == "accepted");
  CHECK(outcome(remote.reload()) == "accepted");
  CHECK(outcome(remote.reload()) == "jwks_cooling_down");
  world.now = 1e9 + 31;
  status = 500;
  CHECK(outcome(remote.reload()) == "fetch_failed");
  CHECK(world.requests() == 3);
  CHECK(world.server.requests().at(1).find("If-None-Match: \"v1\"\r\n") != std::string::npos);

  World silent([](Exchange&) {});
  const RemoteKeySet heir = silent.open();
  CHECK(outcome(heir.restore("{}")) == "snapshot_invalid version");
  silent.now = 1e9 + 10;
  REQUIRE(remote.snapshot());
  CHECK(outcome(heir.restore(*remote.snapshot())) == "accepted");
  CHECK(fate_of(heir, token_of("k1")) == "accepted");
  CHECK(silent.requests() == 0);
}

TEST_CASE("remote set: what was replaced serves nobody, not for a moment", "[remote-set]") {
  std::atomic<int> rotations = 1;
  World world([&](Exchange& exchange) {
    exchange.respond(set_of_kids({"k" + std::to_string(rotations)}));
  });
  const RemoteKeySet remote = world.open(), heir = world.open();
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  CHECK(fate_of(heir, token_of("k1")) == "accepted");
  rotations = 2;
  world.now = 1e9 + 40;
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  CHECK(fate_of(heir, token_of("k1")) == "accepted");
  CHECK(outcome(remote.reload()) == "accepted");
  REQUIRE(remote.keys());
  CHECK((*remote.keys())->keys_with_kid("k1").empty());
  CHECK(outcome(heir.restore(*remote.snapshot())) == "accepted");
  CHECK((*heir.keys())->keys_with_kid("k1").empty());
}

TEST_CASE("remote set: as large as the policy lets it be", "[remote-set]") {
  World world([](Exchange& exchange) {
    exchange.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(std::size_t{2} << 20, ' ') +
                  set_of_kids({"k1"}));
  });
  CHECK(fate_of(world.open(), token_of("k1")) == "jwks_too_large");
  RemoteOptions options = world.options();
  options.policy.limits.max_size = std::size_t{4} << 20;
  CHECK(fate_of(world.open(std::move(options)), token_of("k1")) == "accepted");
}

TEST_CASE("remote set: refreshed from the moment on when that is due", "[remote-set]") {
  World world(always(set_of_kids({"k1"})));
  const RemoteKeySet remote = world.open();
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  const double due = remote.times()->refresh;
  for (const double at : {due - 0.4, due + 0.1}) {
    CHECK(world.requests() == 1);
    world.now = at;
    CHECK(fate_of(remote, token_of("k1")) == "accepted");
  }
  CHECK(world.has_told(Kind::fetched, 2));
}

TEST_CASE("remote set: a clock that is set back ends the set's time", "[remote-set]") {
  World world(always(set_of_kids({"k1"})));
  const RemoteKeySet remote = world.open();
  for (const double at : {0.0, 200.0, 50.0}) {
    world.now = 1e9 + at;
    CHECK(fate_of(remote, token_of("k1")) == "accepted");
  }
  CHECK(world.has_told(Kind::fetched, 2));
}

TEST_CASE("remote set: an issuer's tokens, and nobody else's", "[remote-set]") {
  std::string issuer;
  std::atomic<bool> is_down = true;
  std::atomic<bool> has_moved = false;
  World world([&](Exchange& exchange) {
    if (is_down) return exchange.respond("", "", "503 X");
    const std::string jwks_uri = has_moved ? "/new" : "/old";
    if (exchange.path == jwks_uri) return exchange.respond(set_of_kids({"k1"}));
    if (exchange.path != "/.well-known/openid-configuration")
      return exchange.respond("", "", "404 X");
    const Json metadata{{"issuer", issuer}, {"jwks_uri", issuer + jwks_uri}};
    exchange.respond(metadata.dump());
  });
  issuer = world.server.url("");
  const auto opened = RemoteKeySet::of_issuer(issuer, world.options());
  REQUIRE(opened);
  const RemoteKeySet& remote = *opened;
  const auto token = [](const std::string& iss) {
    return token_of("k1", Json{{"iss", iss}}.dump());
  };

  // A service may start while its provider is down.
  CHECK(fate_of(remote, token(issuer)) == "fetch_failed status");
  is_down = false;
  CHECK(fate_of(remote, token(issuer)) == "fetch_failed status");
  CHECK(world.requests() == 2);
  world.now = 1e9 + 70;
  CHECK(fate_of(remote, token(issuer)) == "accepted");
  CHECK(fate_of(remote, token(issuer + "/")) == "issuer_mismatch iss");
  CHECK(fate_of(remote, token_of("k1")) == "claim_missing iss");
  Expectations expected = hs256();
  expected.issuer = OneOf(issuer);
  CHECK(outcome(verify(token(issuer), remote, expected)) == "accepted");
  expected.issuer = OneOf{issuer, "https://id.example"};
  CHECK(outcome(verify(token(issuer), remote, expected)) == "accepted");
  CHECK(outcome(verify(token("https://id.example"), remote, expected)) == "issuer_mismatch iss");
  expected.issuer = OneOf("https://id.example");
  CHECK(outcome(verify(token("https://id.example"), remote, expected)) == "option_invalid issuer");

  // A set that has moved is found again.
  has_moved = true;
  world.now = 1e9 + 200;
  CHECK(outcome(remote.reload()) == "fetch_failed");
  world.now = 1e9 + 300;
  CHECK(outcome(remote.reload()) == "accepted");

  is_down = true;
  const auto known = RemoteKeySet::create(ProviderMetadata{issuer, issuer + "/new", {}});
  REQUIRE(known);
  CHECK(fate_of(*known, token(issuer)) == "fetch_failed");
}

TEST_CASE("remote set: events come in order, without the lock", "[remote-set]") {
  World world(always(set_of_kids({"k1"})));
  std::vector<double> seen;
  const RemoteKeySet* set = nullptr;
  RemoteOptions options = world.options();
  options.on_event = [&](const KeySetCache::Event& event) {
    seen.push_back(event.at);
    (void)set->times();  // would wait for itself
  };
  const RemoteKeySet remote = world.open(std::move(options));
  set = &remote;
  for (int i = 0; i < 50; ++i) {
    world.now = 1e9 + 400 * i;
    CHECK(failures_of(4, [&] { return fate_of(remote, token_of("k1")) == "accepted"; }) == 0);
    CHECK(remote.reload().has_value() == false);
  }
  CHECK(seen.size() >= 100);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("remote set: moved and replaced", "[remote-set]") {
  World first(always(set_of_kids({"k1"}))), second(always(set_of_kids({"k2"})));
  RemoteKeySet remote = first.open();
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  RemoteKeySet other = std::move(remote);
  CHECK(fate_of(other, token_of("k1")) == "accepted");
  remote = second.open();
  CHECK(fate_of(remote, token_of("k2")) == "accepted");
  other = std::move(remote);
  CHECK(fate_of(other, token_of("k2")) == "accepted");
  CHECK(first.requests() + second.requests() == 2);
}

TEST_CASE("remote set: a thundering herd makes one request, and none waits for a refresh",
          "[remote-set]") {
  std::atomic<bool> is_released = false;
  World world([&](Exchange& exchange) {
    while (!is_released && !exchange.wait_for_end(0.02))
      ;
    exchange.respond(set_of_kids({"k1"}));
  });
  RemoteOptions options = world.options();
  options.policy.fetch_timeout = 300;  // by the world's clock
  const RemoteKeySet remote = world.open(std::move(options));
  const std::string token = token_of("k1");
  std::atomic<int> arrived = 0;
  const auto verify_ten = [&] {
    ++arrived;
    bool is_good = true;
    for (int i = 0; i < 10; ++i) is_good = is_good && fate_of(remote, token) == "accepted";
    return is_good;
  };
  std::thread releaser([&] {
    while (arrived < 100) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    is_released = true;
  });
  CHECK(failures_of(100, verify_ten) == 0);
  releaser.join();
  CHECK(world.requests() == 1);

  // From now on the provider is silent until all of them are through: whoever waited for it would
  // be refused for that.
  is_released = false;
  for (const double at : {290.0, 310.0, 355.0}) {  // due, expired, and still within a minute
    world.now = 1e9 + at;
    CHECK(failures_of(100, verify_ten) == 0);
  }
  CHECK_FALSE(is_released);
  is_released = true;
  CHECK(world.has_told(Kind::fetched, 2));
  CHECK(world.requests() == 2);
}

TEST_CASE("remote set: destroyed at once while its fetch hangs", "[remote-set]") {
  World good(always(set_of_kids({"k1"})));
  const RemoteKeySet source = good.open();
  CHECK(fate_of(source, token_of("k1")) == "accepted");
  World world([](Exchange& exchange) { exchange.wait_for_end(30); });
  const std::string url = world.server.url("");
  for (const bool is_discovered : {false, true}) {
    RemoteOptions options = good.options();
    options.http.timeout = 20;
    auto made =
        is_discovered ? RemoteKeySet::of_issuer(url, options) : RemoteKeySet::create(url, options);
    REQUIRE(made);
    std::optional<RemoteKeySet> remote = *std::move(made);
    good.now = 1e9 + 290;  // due: served, and fetched in the background
    REQUIRE_FALSE(remote->restore(*source.snapshot()));
    CHECK(remote->keys());
    const std::size_t expected = is_discovered ? 2 : 1;
    for (int i = 0; i < 500 && world.requests() < expected; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(world.requests() == expected);
    const auto since = Steady::now();
    remote.reset();
    CHECK(seconds_since(since) < 0.5);
  }
}

TEST_CASE("remote set: discovery and fetch share one time-out", "[remote-set]") {
  std::string issuer;
  World world([&](Exchange& exchange) {
    exchange.wait_for_end(0.4);
    if (exchange.path == "/jwks") return exchange.respond(set_of_kids({"k1"}));
    exchange.respond(Json{{"issuer", issuer}, {"jwks_uri", issuer + "/jwks"}}.dump());
  });
  issuer = world.server.url("");
  RemoteOptions options = world.options();
  options.http.timeout = 0.6;
  const auto remote = RemoteKeySet::of_issuer(issuer, std::move(options));
  REQUIRE(remote);
  CHECK(outcome(remote->keys()) == "fetch_timed_out");
  CHECK(world.requests() == 2);
}

TEST_CASE("remote set: who waits for a hanging fetch hears so after the time-out", "[remote-set]") {
  World world([](Exchange& exchange) { exchange.wait_for_end(30); });
  RemoteOptions options = world.options();
  options.policy.fetch_timeout = 1;  // shorter than that of http
  const RemoteKeySet remote = world.open(std::move(options));
  const auto since = Steady::now();
  CHECK(failures_of(20, [&] { return fate_of(remote, token_of("k1")) == "fetch_timed_out"; }) == 0);
  CHECK(seconds_since(since) < 3);
  CHECK(world.requests() == 1);
  // The provider is known to fail: nobody waits for it again so soon.
  const auto again = Steady::now();
  CHECK(fate_of(remote, token_of("k1")) == "fetch_timed_out");
  CHECK(seconds_since(again) < 0.9);
}

TEST_CASE("remote set: a fetch that was given up makes room for the next", "[remote-set]") {
  std::atomic<bool> hangs = true;
  World world([&](Exchange& exchange) {
    if (hangs) exchange.wait_for_end(30);
    exchange.respond(set_of_kids({"k1"}));
  });
  const RemoteKeySet remote = world.open();
  std::string early;
  std::thread waiting([&] { early = fate_of(remote, token_of("k1")); });
  for (int i = 0; i < 500 && world.requests() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  hangs = false;
  const auto since = Steady::now();
  world.now = 1e9 + 31;
  CHECK(fate_of(remote, token_of("k1")) == "fetch_timed_out");
  world.now = 1e9 + 100;
  CHECK(outcome(remote.reload()) == "accepted");
  CHECK(fate_of(remote, token_of("k1")) == "accepted");
  waiting.join();
  CHECK(early == "accepted");
  CHECK(seconds_since(since) < 3);
}

namespace {

// Sanitizers make each step slower by an order of magnitude, and their heaps are not malloc's.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define TOUCHSTONE_IS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define TOUCHSTONE_IS_SANITIZED
#endif
#endif
#ifdef TOUCHSTONE_IS_SANITIZED
constexpr int flood_size = 10'000, soak_hours = 2;
double allocated() { return 0; }
#else
constexpr int flood_size = 100'000, soak_hours = 12;
double allocated() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}
#endif

/// The least time of several batches: what else the machine does is not counted.
double seconds_of_good_tokens(const RemoteKeySet& remote) {
  const std::string token = token_of("k1");
  double least = 1e9;
  for (int batch = 0; batch < 30; ++batch) {
    const auto since = Steady::now();
    for (int i = 0; i < 200; ++i) REQUIRE(verify(token, remote, hs256()));
    least = std::min(least, seconds_since(since));
  }
  return least;
}

}  // namespace

TEST_CASE("remote set: a flood of random kids", "[remote-set]") {
  std::mutex mutex;
  std::vector<double> asked;
  std::atomic<double>* now = nullptr;
  World world([&](Exchange& exchange) {
    {
      const std::lock_guard lock(mutex);
      asked.push_back(now->load());
    }
    exchange.respond(set_of_kids({"k1"}), "Cache-Control: max-age=3600\r\n");
  });
  now = &world.now;
  const RemoteKeySet remote = world.open();
  const double calm = seconds_of_good_tokens(remote);
  world.now = 1e9 + 100;
  const double before = allocated();

  std::atomic<int> made = 0, accepted = 0;
  const auto flood = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (made++ < flood_size) {
      const std::string kid = std::to_string(random()) + std::string(random() % 100, 'x');
      const std::string header = Json{{"alg", "HS256"}, {"kid", kid}}.dump();
      const std::string token = encode_base64url(header) + ".e30." + std::string(43, 'A');
      if (verify(token, remote, hs256())) ++accepted;
      world.now = 1e9 + 100 + std::min(made.load(), flood_size) * 60.0 / flood_size;
    }
  };
  std::thread first(flood, 1u), second(flood, 2u);
  const double stormy = seconds_of_good_tokens(remote);
  first.join();
  second.join();
  const double grown = allocated() - before;
  CHECK(accepted == 0);
  CHECK(grown < 1e6);
  INFO("good tokens: " << calm * 5e3 << " us calm, " << stormy * 5e3 << " us in the flood");
  CHECK(stormy < 10 * calm);

  const std::lock_guard lock(mutex);
  CHECK(asked.size() >= 4);
  // The provider hears of each a little later than it was decided, by some steps of the clock.
  for (std::size_t i = 3; i < asked.size(); ++i) CHECK(asked[i] - asked[i - 2] >= 29);
}

namespace {

/// A provider that rotates as it should and fails at random, threads that verify, and the time that
/// all of them go by. Each step is one moment; what is fetched meanwhile is not hurried.
class Soak {
 public:
  explicit Soak(unsigned seed)
      : seed_(seed),
        random_(seed),
        world_([this](Exchange& exchange) { answer(exchange); }),
        remote_(world_.open(options())) {}

  void run(double hours) {
    const double end = now() + hours * 3600;
    while (now() < end) {
      step();
      verify_all();
      let_fetches_end();
    }
    INFO("TOUCHSTONE_SEED=" << seed_ << "\n" << faults_);
    CHECK(faults_.empty());
    // Each kind of weather was there, or the run has shown nothing.
    CHECK(outages_ > 0);
    CHECK(accepted_ > 0);
    CHECK(late_ > 0);
    CHECK(refused_ > 0);
  }

 private:
  static constexpr double max_lifetime = 600, max_stale = 900, max_backoff = 60, max_outage = 300,
                          max_step = 5;
  static constexpr double publish_ahead = max_lifetime + 2 * max_outage, retain = 300;

  RemoteOptions options() {
    RemoteOptions options = world_.options();
    options.policy.max_lifetime = max_lifetime;
    options.policy.max_stale = options.policy.stale_if_error = max_stale;
    options.policy.max_backoff = max_backoff;
    options.policy.fetch_timeout = 300;
    options.on_event = [this](const KeySetCache::Event& event) {
      if (event.kind == Kind::fetched || event.kind == Kind::not_modified ||
          event.kind == Kind::failed)
        ++ended_;
    };
    return options;
  }

  double now() const { return world_.now; }
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  bool chance(double probability) { return uniform(0, 1) < probability; }
  std::string kid(int rotation) const { return "k" + std::to_string(rotation); }

  /// The weather and the keys of the next moment. `first_` to `last_` are published, `active_`
  /// signs.
  void step() {
    const std::lock_guard lock(mutex_);
    world_.now = now() + uniform(0, max_step);
    if (now() >= weather_until_) {
      is_down_ = !is_down_;
      weather_until_ = now() + (is_down_ ? uniform(0, max_outage) : uniform(300, 3000));
      if (is_down_)
        ++outages_;
      else
        up_since_ = now();
    }
    if (now() >= publish_at_) {
      ++last_;
      switch_at_ = now() + publish_ahead;
      publish_at_ = switch_at_ + uniform(retain, 3000);
    }
    if (active_ < last_ && now() >= switch_at_) {
      ++active_;
      remove_at_ = now() + retain;
    }
    if (first_ < active_ && now() >= remove_at_) {
      removed_at_ = now();
      ++first_;
    }
    weather_ = static_cast<unsigned>(random_());
  }

  /// Whether no excuse is left for refusing a good token: the set that was there may be served
  /// while the provider fails, or the provider is back for longer than any back-off.
  bool is_promised() {
    const std::lock_guard lock(mutex_);
    return accepted_ > 0 && (!is_strict_ || (!is_down_ && now() - up_since_ > max_backoff + 60));
  }

  void answer(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    constexpr const char* controls[] = {"max-age=600",
                                        "max-age=99999",
                                        "no-cache",
                                        "max-age=x",
                                        "max-age=5, stale-while-revalidate=600",
                                        "must-revalidate"};
    if (is_down_ && weather_ % 3 == 0) return;
    if (is_down_ && weather_ % 3 == 1) return exchange.respond("busy", "", "503 X");
    if (is_down_) return exchange.respond("not a set");
    const std::string control = controls[weather_ % 6];
    is_strict_ = control == "no-cache" || control == "must-revalidate";
    const std::string tag = "\"" + kid(first_) + kid(last_) + "\"";
    const std::string fields = "ETag: " + tag + "\r\nCache-Control: " + control + "\r\n";
    if (exchange.head.find("If-None-Match: " + tag + "\r\n") != std::string::npos)
      return exchange.respond("", fields, "304 X");
    std::vector<std::string> kids;
    for (int i = first_; i <= last_; ++i) kids.push_back(kid(i));
    exchange.respond(set_of_kids(kids), fields);
  }

  void verify_all() {
    const std::string good = token_of(kid(active_)), removed = token_of(kid(first_ - 1));
    const bool must_pass = is_promised();
    failures_of(3, [&] {
      const std::string fate = fate_of(remote_, good);
      if (fate == "accepted")
        ++accepted_;
      else if (must_pass)
        blame("a good token was refused: " + fate);
      return true;
    });
    if (first_ == 0) return;
    if (fate_of(remote_, removed) != "accepted") {
      ++refused_;
      return;
    }
    ++late_;
    // What the clock does within a step, and for how long a look is good, is not counted.
    if (now() - removed_at_ > max_lifetime + max_stale + max_step + 1)
      blame("a removed key was accepted");
  }

  /// Time stands still while the provider is asked: here a fetch takes none.
  void let_fetches_end() {
    for (int i = 0; i < 1000 && ended_ < world_.requests(); ++i)
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  void blame(const std::string& fault) {
    const std::lock_guard lock(mutex_);
    if (faults_.size() < 1000) faults_ += std::to_string(now() - 1e9) + ": " + fault + "\n";
  }

  const unsigned seed_;
  std::mt19937 random_;
  std::mutex mutex_;  // of what step() and answer() share
  bool is_down_ = true;
  bool is_strict_ = true;  // what came last forbids to be served stale
  double up_since_ = 0;
  double weather_until_ = 0, publish_at_ = 0, switch_at_ = 0, remove_at_ = 0, removed_at_ = 0;
  int first_ = 0, active_ = 0, last_ = 0;
  unsigned weather_ = 0;
  std::string faults_;
  int outages_ = 0, late_ = 0, refused_ = 0;
  std::atomic<int> accepted_ = 0;
  std::atomic<std::size_t> ended_ = 0;
  World world_;
  RemoteKeySet remote_;
};

unsigned seed() {
  const char* given = std::getenv("TOUCHSTONE_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                          : std::random_device()();
}

}  // namespace

TEST_CASE("remote set: hours of rotations and outages", "[remote-set]") {
  const unsigned value = seed();
  std::cout << "remote set: TOUCHSTONE_SEED=" << value << '\n';
  Soak(value).run(soak_hours);
}
