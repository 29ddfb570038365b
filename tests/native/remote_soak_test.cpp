// RemoteKeySet under load: a flood of unknown kids, and hours of rotations and outages.
#include <malloc.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "base64url.hpp"
#include "remote_world.hpp"

using namespace touchstone;
using namespace touchstone::test;

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
