// The invariant, simulated: no token that was issued correctly is refused, no key is accepted once
// its time is over, never do two keys sign, and none that clients cannot know. One issuer, whose
// process is late, stuck or down, whose policy changes, whose keys are revoked, whose instances and
// CDN lag behind; clients whose caches do all that HTTP lets them; clocks that differ.
//
// A history is a list of actions with all their chance inside, so one that fails is made smaller by
// leaving actions out. TOUCHSTONE_SIMULATIONS sets how many are run, TOUCHSTONE_SEED the first.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr double start = 1'700'000'000;

// What the world does; every policy allows for as much.
constexpr double propagation = 60;  // until all serve and sign by a new ring
constexpr double clock_error = 5;   // of any clock, in either direction
constexpr double clock_skew = 4 * clock_error;
constexpr double client_grace = 660;  // beyond max-age, by stale-while-revalidate or back-off

enum class Kind { policy, revoke, retire_early, down, up, stick, unstick, clock, sign, verify };
constexpr std::string_view kind_names[] = {"policy", "revoke",  "retire early", "down", "up",
                                           "stick",  "unstick", "clock",        "sign", "verify"};

struct Action {
  double at;
  Kind kind;
  std::uint32_t a, b;
};

double fraction(std::uint32_t number) { return number / 4294967296.0; }
/// From -1 to 1, with its ends more often than not.
double extreme(std::uint32_t number) {
  return number % 3 == 0 ? -1 : number % 3 == 1 ? 1 : 2 * fraction(number) - 1;
}

std::vector<Action> make_history(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto number = [&] { return static_cast<std::uint32_t>(random() >> 32); };
  std::vector<Action> actions;
  double at = start;
  bool is_down = false, is_stuck = false;
  for (int i = 0; i < 400; ++i) {
    at += -std::log(1 - fraction(number())) * (number() % 60 == 0 ? 5000 : 120);
    const std::uint32_t dice = number() % 1000;
    Kind kind = dice % 2 == 0 ? Kind::sign : Kind::verify;
    if (dice < 20)
      kind = Kind::policy;
    else if (dice < 26)
      kind = Kind::revoke;
    else if (dice < 32)
      kind = Kind::retire_early;
    else if (dice < 62)
      kind = is_down ? Kind::up : dice < 50 ? Kind::down : kind;
    else if (dice < 90)
      kind = is_stuck ? Kind::unstick : dice < 76 ? Kind::stick : kind;
    else if (dice < 110)
      kind = Kind::clock;
    if (kind == Kind::down || kind == Kind::up) is_down = !is_down;
    if (kind == Kind::stick || kind == Kind::unstick) is_stuck = !is_stuck;
    actions.push_back({at, kind, number(), number()});
  }
  return actions;
}

RotationPolicy make_policy(std::uint32_t a, std::uint32_t b) {
  RotationPolicy policy;
  policy.alg = "Ed25519";
  policy.cache_lifetime = a % 4 == 0 ? 0 : a % 4 == 1 ? 2000 : 900 * fraction(a);
  policy.token_lifetime = b % 4 == 0 ? 3000 : 10 + 1500 * fraction(b);
  policy.client_grace = client_grace;
  policy.propagation = propagation;
  policy.clock_skew = clock_skew;
  const bool is_tight = (a ^ b) % 2 == 0;  // as close to its own rules as it may
  policy.publish_ahead =
      policy.cache_lifetime + client_grace + propagation + clock_skew + (is_tight ? 0 : 500);
  policy.retain = policy.token_lifetime + clock_skew + propagation + (is_tight ? 0 : 700);
  policy.rotate_every = policy.publish_ahead + 1 + 4000 * fraction(a * 2654435761u);
  policy.max_signatures = b % 3 == 0 ? 40 : 1'000'000;
  return policy;
}

struct Token {
  std::string kid;
  double exp;
};

/// A set as a client got it.
struct Copy {
  std::set<std::string, std::less<>> kids;
  double fresh_until = 0;
};

struct World;

class Client {
 public:
  virtual ~Client() = default;
  /// `cut_off`: refused, since it could not get a newer set and waits before it tries again.
  enum class Verdict { accepted, refused, cut_off, has_no_set };
  virtual Verdict verify(World& world, const std::string& kid, std::uint32_t chance) = 0;
  /// Whether it would accept a token of this key without asking anybody.
  virtual bool holds(World& world, const std::string& kid) = 0;
};

struct World {
  double now = start;
  double offset = 0;  // of the issuer's clock
  bool is_up = true, is_stuck = false;
  RotationPolicy policy;
  KeyRing ring;
  double next = start;
  std::uint64_t entropies = 0;

  struct Version {
    double since;
    KeyRing ring;
    bool was_served;
  };
  std::vector<Version> versions;
  std::map<std::string, double> first_published, removed, excused_until;
  std::set<std::string> revoked;
  std::string first_kid;
  std::map<std::string, double> activated;
  double last_up = -1e18;
  double longest_cache_lifetime = 0;
  std::vector<Token> tokens;
  std::vector<std::unique_ptr<Client>> clients;
  std::string violation;
  std::size_t verified = 0, changes = 0;

  World();

  double issuer_now() const { return now + offset; }
  void fail(std::string what) {
    if (violation.empty()) violation = std::move(what);
  }

  /// What stood at some time within the last `propagation` seconds.
  const Version& lagging(std::uint32_t chance) const {
    const double at = now - propagation * std::max(0.0, extreme(chance));
    const Version* found = &versions.front();
    for (const Version& version : versions)
      if (version.since <= at) found = &version;
    return *found;
  }

  std::optional<Publication> fetch(std::uint32_t chance) const {
    if (!is_up) return {};
    return publish_jwks(lagging(chance).ring, issuer_now());
  }

  std::optional<Copy> fetch_copy(std::uint32_t chance) const {
    const auto answer = fetch(chance);
    if (!answer) return {};
    Copy copy;
    for (const KeyRing::Key& key : lagging(chance).ring.keys()) copy.kids.emplace(key.key.kid());
    copy.fresh_until = now + std::stod(answer->cache_control.substr(16));
    return copy;
  }

  void take(KeyRing changed) {
    std::size_t active = 0;
    for (const KeyRing::Key& key : changed.keys()) active += key.state == KeyRing::State::active;
    if (active > 1) fail("two keys are active");
    for (const KeyRing::Key& key : ring.keys())
      if (changed.find(key.key.kid()) == nullptr) removed.emplace(key.key.kid(), now);
    for (const KeyRing::Key& key : changed.keys()) {
      first_published.emplace(key.key.kid(), now);
      if (key.state == KeyRing::State::active) activated.emplace(key.key.kid(), now);
    }
    ring = std::move(changed);
    versions.push_back({now, ring, true});
    longest_cache_lifetime = std::max(longest_cache_lifetime, ring.cache_lifetime());
  }

  void rotate_now() {
    const std::string random = entropy(++entropies);
    const auto rotated = rotate(ring, policy, issuer_now(), random);
    if (!rotated) return fail("rotate: " + outcome(rotated));
    const auto again = rotate(rotated->ring, policy, issuer_now(), entropy(++entropies));
    if (!again || !again->changes.empty()) return fail("rotating twice is not as once");
    if (rotated->next <= issuer_now()) return fail("rotate is to be called again at once");
    changes += rotated->changes.size();
    if (ring.keys().empty()) first_kid = rotated->ring.keys().front().key.kid();
    const bool is_first = ring.keys().empty();
    take(rotated->ring);
    next = rotated->next;
    const bool has_activated = std::any_of(
        rotated->changes.begin(), rotated->changes.end(),
        [](const KeyChange& change) { return change.kind == KeyChange::Kind::activated; });
    if (!has_activated || is_first) return;
    // The hardest moment for those who have an old copy.
    const Token token{std::string(ring.active()->key.kid()), issuer_now() + ring.token_lifetime()};
    tokens.push_back(token);
    for (std::uint32_t i = 0; i < clients.size(); ++i)
      judge(i, token, static_cast<std::uint32_t>(entropies * 2654435761u + i));
  }

  /// A process that is up rotates when it is time.
  void advance(double to) {
    while (is_up && !is_stuck && next - offset <= to && violation.empty()) {
      now = std::max(now, next - offset);
      // What floating point makes of the difference must not be before it.
      while (issuer_now() < next) now = std::nextafter(now, 1e18);
      rotate_now();
    }
    now = std::max(now, to);
  }

  void sign_token(std::uint32_t a, std::uint32_t b) {
    if (!is_up) return;
    // By this instance, or by one that has not heard of the last ring yet; but what it signs
    // counts.
    const KeyRing& by = a % 2 == 0 ? ring : lagging(b).ring;
    const KeyRing::Key* key = by.active();
    if (key == nullptr) return fail("no key is active");
    const std::string kid(key->key.kid());
    const KeyRing::Key* counted = ring.find(kid);
    if (counted == nullptr || counted->signatures >= ring.max_signatures()) return;
    if (first_published.find(kid) == first_published.end()) return fail("an unpublished key signs");
    const double known_for = now - first_published[kid];
    if (kid != first_kid && excused_until.find(kid) == excused_until.end() &&
        known_for + 2 * clock_error < client_grace + propagation)
      return fail("a key signs that was published only just now");
    const double lifetime = by.token_lifetime() * (b % 2 == 0 ? 1 : fraction(b));
    tokens.push_back({kid, issuer_now() + lifetime});
    if (tokens.size() > 60) tokens.erase(tokens.begin());
    ring.count(kid, 1);
    versions.back().ring.count(kid, 1);
    if (a % 64 == 0 && ring.active()->signatures < ring.max_signatures()) check_really(b);
    // As SignedJwt says by is_rotation_due.
    if (!is_stuck && ring.active()->signatures >= ring.max_signatures() / 2) rotate_now();
  }

  /// The model is one thing, a token another.
  void check_really(std::uint32_t chance) {
    KeyRing copy = ring;
    const auto jwt = touchstone::sign(R"({"sub":"ada"})", copy, issuer_now(), entropy(chance));
    const auto keys = KeySet::parse(publish_jwks(ring, issuer_now()).body);
    if (!jwt || !keys) return fail("sign: " + outcome(jwt));
    const auto accepted =
        touchstone::verify(jwt->token, *keys, {.clock_tolerance = 1}, issuer_now());
    if (!accepted) fail("verify: " + outcome(accepted));
    const auto read = KeyRing::parse(ring.json().view());
    if (!read || read->json().view() != ring.json().view())
      fail("the ring's JSON: " + outcome(read));
  }

  /// Every client judges one token that has not expired by its clock.
  void verify_token(std::uint32_t a, std::uint32_t b) {
    for (std::uint32_t i = 0; i < clients.size(); ++i, b = b * 2654435761u + 1) {
      if (a >> i & 1) continue;  // not all of them ask so often
      check_removed(i);
      const double verifier_now = now + clock_error * extreme(b);
      std::vector<const Token*> valid;
      for (const Token& token : tokens)
        if (verifier_now < token.exp) valid.push_back(&token);
      if (!valid.empty()) judge(i, *valid[b / 4 % valid.size()], a ^ b);
    }
  }

  void judge(std::uint32_t index, const Token& token, std::uint32_t chance) {
    const auto verdict = clients[index]->verify(*this, token.kid, chance);
    const auto excuse = excused_until.find(token.kid);
    const bool is_excused =
        revoked.count(token.kid) != 0 || (excuse != excused_until.end() && now <= excuse->second);
    if (verdict == Client::Verdict::accepted) ++verified;
    // Who is cut off may lack a key that began to sign before, but none that begins to afterwards.
    const bool is_cut_off =
        verdict == Client::Verdict::cut_off && (!is_up || activated.at(token.kid) <= last_up);
    const bool is_refused =
        verdict == Client::Verdict::refused || (verdict == Client::Verdict::cut_off && !is_cut_off);
    if (is_refused && !is_excused)
      fail("client " + std::to_string(index) + " refuses a token of " + token.kid);
  }

  void check_removed(std::uint32_t index) {
    for (const auto& [kid, at] : removed) {
      const double over =
          at + propagation + longest_cache_lifetime + client_grace + 2 * clock_error;
      // Who was cut off by an outage may go on for as long as its stale-if-error says.
      const double cut_off = last_up + longest_cache_lifetime + CachePolicy{}.stale_if_error;
      if (!is_up || now <= std::max(over, cut_off)) continue;
      if (clients[index]->holds(*this, kid))
        fail("client " + std::to_string(index) + " still accepts " + kid);
    }
  }

  void revoke_key(std::uint32_t a) {
    if (!is_up || ring.keys().empty()) return;
    const std::string kid(ring.keys()[a % ring.keys().size()].key.kid());
    const auto result = revoke(ring, kid, policy, issuer_now(), entropy(++entropies));
    if (!result) return fail("revoke: " + outcome(result));
    if (result->ring.find(kid) != nullptr) return fail("a revoked key is still there");
    take(result->ring);
    next = result->next;
    revoked.insert(kid);
    if (ring.active() == nullptr) return fail("a revocation left no active key");
    if (result->refused_until > issuer_now())
      excused_until.emplace(ring.active()->key.kid(),
                            result->refused_until - offset + 2 * clock_error);
  }

  void act(const Action& action) {
    advance(action.at);
    switch (action.kind) {
      case Kind::policy:
        policy = make_policy(action.a, action.b);
        if (is_up && !is_stuck) rotate_now();
        break;
      case Kind::revoke:
        revoke_key(action.a);
        break;
      case Kind::retire_early:
        if (!is_up || is_stuck) break;
        ring = retire_early(ring);
        rotate_now();
        break;
      case Kind::down:
        is_up = false;
        break;
      case Kind::up:
        if (is_up) break;
        is_up = true;
        last_up = now;
        take(*resume(ring, policy, issuer_now()));
        if (!is_stuck) rotate_now();
        break;
      case Kind::stick:
        is_stuck = true;
        break;
      case Kind::unstick:
        is_stuck = false;
        if (is_up) rotate_now();
        break;
      case Kind::clock:
        offset = clock_error * extreme(action.a);
        break;
      case Kind::sign:
        sign_token(action.a, action.b);
        break;
      case Kind::verify:
        verify_token(action.a, action.b);
        break;
    }
  }
};

/// Keeps a copy for as long as max-age says, and up to `grace` longer; with `retries`, asks again
/// for a key that it does not know; with `keeps`, goes on with an old copy while it cannot get a
/// new one, and then waits before it tries again.
class SimpleClient : public Client {
 public:
  SimpleClient(double grace, bool retries, bool keeps)
      : grace_(grace), retries_(retries), keeps_(keeps) {}

  Verdict verify(World& world, const std::string& kid, std::uint32_t chance) override {
    if (!is_usable(world)) refresh(world, chance);
    if (!copy_) return Verdict::has_no_set;
    if (copy_->kids.count(kid) == 0 && retries_ && world.now >= asked_ + 30) refresh(world, chance);
    if (!copy_) return Verdict::has_no_set;
    if (copy_->kids.count(kid) != 0) return Verdict::accepted;
    return world.now < wait_until_ ? Verdict::cut_off : Verdict::refused;
  }
  bool holds(World& world, const std::string& kid) override {
    return is_usable(world) && copy_->kids.count(kid) != 0;
  }

 private:
  bool is_usable(const World& world) const {
    return copy_ && (world.now < copy_->fresh_until + grace_ || world.now < wait_until_);
  }
  void refresh(World& world, std::uint32_t chance) {
    asked_ = world.now;
    auto copy = world.fetch_copy(chance);
    if (copy) {
      copy_ = std::move(copy);
      wait_until_ = 0;
    } else if (keeps_) {
      wait_until_ = world.now + client_grace - 1;
    } else if (!is_usable(world)) {
      copy_.reset();
    }
  }
  double grace_;
  bool retries_, keeps_;
  std::optional<Copy> copy_;
  double asked_ = -1e18, wait_until_ = 0;
};

/// Touchstone's own.
class CacheClient : public Client {
 public:
  explicit CacheClient(const CachePolicy& policy) : cache_(*KeySetCache::create(policy)) {}

  Verdict verify(World& world, const std::string& kid, std::uint32_t chance) override {
    const KeySetCache::Moment moment{world.now, fraction(chance * 2654435761u)};
    auto decision = cache_.request(moment);
    bool has_asked = false;
    for (int step = 0; step < 6; ++step) {
      if (decision.action == KeySetCache::Decision::Action::refuse)
        return !has_asked                                      ? Verdict::has_no_set
               : decision.refusal->id() == Error::fetch_failed ? Verdict::cut_off
                                                               : Verdict::refused;
      if (decision.action == KeySetCache::Decision::Action::serve) {
        const bool knows = !decision.keys->keys_with_kid(kid).empty();
        if (decision.fetch) answer(world, *decision.fetch, chance, moment);
        if (knows) return Verdict::accepted;
        decision = cache_.missing(kid, decision.generation, moment);
        has_asked = true;
        continue;
      }
      if (!decision.fetch) return Verdict::has_no_set;
      answer(world, *decision.fetch, chance, moment);
      decision =
          has_asked ? cache_.missing(kid, decision.generation, moment) : cache_.request(moment);
    }
    return Verdict::refused;
  }
  bool holds(World& world, const std::string& kid) override {
    KeySetCache copy = cache_;
    const auto decision = copy.request({world.now, 0.5});
    return decision.action == KeySetCache::Decision::Action::serve &&
           !decision.keys->keys_with_kid(kid).empty();
  }

 private:
  void answer(World& world, const KeySetCache::Fetch& fetch, std::uint32_t chance,
              KeySetCache::Moment moment) {
    const auto response = world.fetch(chance);
    if (!response) return cache_.failure(fetch.number, Error::fetch_failed, moment);
    for (const HttpField& field : fetch.fields) {
      if (field.name != "If-None-Match" || field.value != response->etag) continue;
      cache_.response(fetch.number, 304, {{"Cache-Control", response->cache_control}}, "", moment);
      return;
    }
    cache_.response(fetch.number, 200,
                    {{"Cache-Control", response->cache_control}, {"ETag", response->etag}},
                    response->body, moment);
  }
  KeySetCache cache_;
};

World::World() : policy(make_policy(1, 1)) {
  clients.push_back(std::make_unique<SimpleClient>(0, false, false));
  clients.push_back(std::make_unique<SimpleClient>(client_grace, false, false));
  clients.push_back(std::make_unique<SimpleClient>(client_grace, true, false));
  clients.push_back(std::make_unique<SimpleClient>(0, false, true));
  clients.push_back(std::make_unique<CacheClient>(CachePolicy{}));
  CachePolicy brisk;
  brisk.min_lifetime = 1;
  brisk.cooldown = 1;
  brisk.refresh_ahead = 0;
  brisk.default_lifetime = 300;
  clients.push_back(std::make_unique<CacheClient>(brisk));
  rotate_now();
}

struct Outcome {
  std::string violation;
  std::size_t steps = 0, verified = 0, changes = 0;
};

Outcome replay(const std::vector<Action>& history) {
  World world;
  std::size_t steps = 0;
  for (const Action& action : history) {
    if (!world.violation.empty()) break;
    world.act(action);
    ++steps;
  }
  return {world.violation, steps, world.verified, world.changes};
}

/// Leaves out whatever is not needed to break the invariant.
std::vector<Action> shrink(std::vector<Action> history) {
  for (std::size_t chunk = history.size() / 2; chunk > 0; chunk /= 2) {
    for (std::size_t at = 0; at + chunk <= history.size();) {
      std::vector<Action> shorter = history;
      const auto first = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(first, first + static_cast<std::ptrdiff_t>(chunk));
      if (replay(shorter).violation.empty())
        at += chunk;
      else
        history = std::move(shorter);
    }
  }
  return history;
}

std::string describe(const std::vector<Action>& history) {
  std::ostringstream text;
  for (const Action& action : history)
    text << "  " << action.at - start << " s  " << kind_names[static_cast<std::size_t>(action.kind)]
         << " " << action.a << " " << action.b << "\n";
  return text.str();
}

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace

TEST_CASE("simulation: no correct token is refused, no old key accepted", "[simulation]") {
  const std::uint64_t first = setting("TOUCHSTONE_SEED", 1);
  const std::uint64_t runs = setting("TOUCHSTONE_SIMULATIONS", 2000);
  std::size_t verified = 0, changes = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    std::vector<Action> history = make_history(seed);
    const Outcome result = replay(history);
    verified += result.verified;
    changes += result.changes;
    if (result.violation.empty()) continue;
    history.resize(result.steps);
    const std::vector<Action> shortest = shrink(history);
    FAIL("seed " << seed << ": " << result.violation << "\n"
                 << shortest.size() << " actions are enough: " << replay(shortest).violation << "\n"
                 << describe(shortest));
  }
  // The simulation is one only if things happen in it.
  CHECK(verified > 200 * runs);
  CHECK(changes > 10 * runs);
  WARN(runs << " histories, " << changes << " changes of keys, " << verified << " tokens accepted");
}
