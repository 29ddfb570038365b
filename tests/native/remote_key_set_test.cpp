// RemoteKeySet: who waits and who does not, what is asked of the provider, and how it ends.
#include "remote_world.hpp"

using namespace touchstone;
using namespace touchstone::test;

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
    exchange.wait_for_end(1);
    if (exchange.path == "/jwks") return exchange.respond(set_of_kids({"k1"}));
    exchange.respond(Json{{"issuer", issuer}, {"jwks_uri", issuer + "/jwks"}}.dump());
  });
  issuer = world.server.url("");
  RemoteOptions options = world.options();
  options.http.timeout = 1.7;
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
