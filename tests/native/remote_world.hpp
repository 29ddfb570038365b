// What the tests of RemoteKeySet share: a provider with its clock, tokens, and many threads.
#pragma once

#include <touchstone/remote_key_set.hpp>

#include <algorithm>
#include <chrono>

#include "http_server.hpp"

namespace touchstone::test {

using Kind = KeySetCache::Event::Kind;
using Steady = std::chrono::steady_clock;

inline double seconds_since(Steady::time_point since) {
  return std::chrono::duration<double>(Steady::now() - since).count();
}

inline std::string set_of_kids(const std::vector<std::string>& kids) {
  Json set{{"keys", Json::array()}};
  for (const std::string& kid : kids) set["keys"].push_back(with(secret_jwk(), "kid", kid));
  return set.dump();
}

inline std::string token_of(const std::string& kid,
                            const std::string& claims = R"({"sub":"ada"})") {
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

inline HttpServer::Handler always(const std::string& body, const std::string& fields = "") {
  return [=](Exchange& exchange) { exchange.respond(body, fields); };
}

inline std::string fate_of(const RemoteKeySet& remote, const std::string& token) {
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

}  // namespace touchstone::test
