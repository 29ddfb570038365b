// The timeline: that its plan is what rotate() does, and that its drawings hold what they are of.
#include <touchstone/timeline.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "issuer/time_axis.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

using State = KeyRing::State;

constexpr double start = 1'795'655'405;  // 2026-11-26 01:10:05 UTC
constexpr double day = 86400;

RotationPolicy policy() { return {.alg = "HS256"}; }

Timeline planned(const KeyRing& ring, const RotationPolicy& by, double now,
                 std::optional<double> until = {}) {
  auto result = timeline(ring, by, now, until);
  INFO(outcome(result));
  REQUIRE(result);
  return *std::move(result);
}

KeyRing rotated(const KeyRing& ring, const RotationPolicy& by, double now, std::uint64_t number) {
  auto result = rotate(ring, by, now, entropy(number));
  INFO(outcome(result));
  REQUIRE(result);
  return result->ring;
}

/// How a ring stands from a time on, by the order in which its keys were first published.
struct Version {
  double since;
  std::vector<std::pair<std::string, State>> keys;
};

Version version_of(const KeyRing& ring, double since) {
  Version version{since, {}};
  for (const KeyRing::Key& key : ring.keys())
    version.keys.emplace_back(std::string(key.key.kid()), key.state);
  return version;
}

/// rotate(), called at each time that it asks for.
std::vector<Version> followed(KeyRing ring, const RotationPolicy& by, double now, double until,
                              std::uint64_t number) {
  std::vector<Version> versions;
  for (double time = now; time <= until;) {
    auto result = rotate(ring, by, time, entropy(++number));
    REQUIRE(result);
    ring = result->ring;
    versions.push_back(version_of(ring, time));
    time = result->next;
  }
  return versions;
}

/// What the timeline says of a time: the rows' numbers and their states.
std::map<std::size_t, State> states_at(const Timeline& timeline, double time) {
  std::map<std::size_t, State> states;
  for (std::size_t i = 0; i < timeline.rows.size(); ++i)
    for (const Timeline::Span& span : timeline.rows[i].spans)
      if (span.from <= time && (!span.to || time < *span.to)) {
        CHECK_FALSE(states.contains(i));
        states.emplace(i, span.state);
      }
  return states;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double below(double limit) { return limit * static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool one_in(unsigned count) { return engine_() % count == 0; }

 private:
  std::mt19937_64 engine_;
};

RotationPolicy random_policy(Random& random) {
  RotationPolicy by = policy();
  by.alg = random.one_in(3) ? "HS512" : "Ed25519";
  by.cache_lifetime = random.one_in(4) ? 0 : random.below(7200);
  by.client_grace = random.below(1000);
  by.token_lifetime = 1 + random.below(random.one_in(3) ? 40 * day : 7200);
  by.clock_skew = random.below(300);
  by.propagation = random.below(300);
  by.publish_ahead = by.cache_lifetime + by.client_grace + by.propagation + by.clock_skew +
                     (random.one_in(2) ? 0 : random.below(5 * day));
  by.retain = by.token_lifetime + by.clock_skew + by.propagation +
              (random.one_in(2) ? 0 : random.below(20 * day));
  by.rotate_every = by.publish_ahead + 3600 + random.below(30 * day);
  by.publish_first = random.one_in(2);
  by.max_signatures = 1000;
  REQUIRE_FALSE(by.fault());
  return by;
}

/// A ring in the middle of its life: some time has gone by, not always in time, with this and that.
KeyRing random_ring(Random& random, RotationPolicy& by, double& now, std::uint64_t& number) {
  KeyRing ring;
  const int rounds = static_cast<int>(random.below(8));
  for (int i = 0; i < rounds; ++i) {
    auto result = rotate(ring, by, now, entropy(++number));
    REQUIRE(result);
    ring = result->ring;
    if (random.one_in(6)) ring = retire_early(ring);
    if (random.one_in(6) && ring.active() != nullptr)
      REQUIRE_FALSE(ring.count(ring.active()->key.kid(), 300 + number % 500));
    if (random.one_in(8)) by = random_policy(random);
    now = std::max(now, result->next) + (random.one_in(3) ? random.below(by.rotate_every) : 0);
  }
  now += random.below(by.rotate_every) * (random.one_in(4) ? -0.1 : 1);
  return ring;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// What is wrong with the text as XML of this kind, or nothing.
std::string fault_of_xml(std::string_view text) {
  std::vector<std::string> open;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at)) {
    const std::size_t end = text.find('>', at);
    if (end == text.npos) return "a tag without an end";
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    if (tag.find('<') != tag.npos) return "a < in a tag";
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "quotes";
    const std::string name(tag.substr(0, tag.find_first_of(" \n/", 1)));
    if (tag.starts_with('/')) {
      if (open.empty() || "/" + open.back() != tag) return "closed: " + std::string(tag);
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
    at = end;
  }
  for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const std::string_view rest = text.substr(at);
    const bool is_entity = rest.starts_with("&amp;") || rest.starts_with("&lt;") ||
                           rest.starts_with("&gt;") || rest.starts_with("&quot;") ||
                           rest.starts_with("&apos;");
    if (!is_entity) return "an & that is no entity";
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

/// Three keys, one in each state, and two planned.
Timeline example(const std::string& kid = "first") {
  using Span = Timeline::Span;
  return {.from = start,
          .now = start + 40 * day,
          .next = start + 45 * day,
          .until = start + 100 * day,
          .rows = {{kid,
                    "ES256",
                    false,
                    {Span{State::active, start, start + 30 * day, false},
                     Span{State::retiring, start + 30 * day, start + 40 * day, false},
                     Span{State::retiring, start + 40 * day, start + 45 * day, true}}},
                   {"second-with-a-long-kid-of-43-characters-0123",
                    "Ed25519",
                    false,
                    {Span{State::pending, start + 28 * day, start + 30 * day, false},
                     Span{State::active, start + 30 * day, start + 40 * day, false},
                     Span{State::active, start + 40 * day, start + 60 * day, true},
                     Span{State::retiring, start + 60 * day, start + 75 * day, true}}},
                   {"planned 1",
                    "Ed25519",
                    true,
                    {Span{State::pending, start + 58 * day, start + 60 * day, true},
                     Span{State::active, start + 60 * day, {}, true}}}}};
}

/// Columns: what is no byte in the middle of a character, and no escape sequence.
std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
      continue;
    }
    columns += (static_cast<unsigned char>(line[i]) & 0xc0) != 0x80;
  }
  return columns;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    REQUIRE(end != text.npos);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

TEST_CASE("timeline: what is planned is what rotate() does", "[timeline]") {
  std::size_t compared = 0, made = 0, cut = 0;
  std::uint64_t number = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    RotationPolicy by = random_policy(random);
    double now = start;
    const KeyRing ring = random_ring(random, by, now, number);
    const Timeline plan = planned(ring, by, now, now + 180 * day);
    const double until = plan.until;  // sooner, if there were more than 256 keys
    cut += until < now + 180 * day;
    const auto versions = followed(ring, by, now, until, number + 1'000'000 * seed);

    // The rows, by the keys that come to be: those of the ring, then the others as they are made.
    std::vector<std::string> kids;
    for (const KeyRing::Key& key : ring.keys()) kids.emplace_back(key.key.kid());
    for (const Version& version : versions)
      for (const auto& [kid, state] : version.keys)
        if (std::find(kids.begin(), kids.end(), kid) == kids.end()) kids.push_back(kid);
    REQUIRE(plan.rows.size() == kids.size());
    for (std::size_t i = 0; i < kids.size(); ++i) {
      const bool is_there = i < ring.keys().size();
      CHECK(plan.rows[i].is_planned != is_there);
      CHECK(plan.rows[i].kid ==
            (is_there ? kids[i] : "planned " + std::to_string(i - ring.keys().size() + 1)));
      made += !is_there;
    }
    // Each version, at its beginning, in the middle, and just before its end.
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const double end = i + 1 < versions.size() ? versions[i + 1].since : until;
      std::map<std::size_t, State> wanted;
      for (const auto& [kid, state] : versions[i].keys)
        wanted.emplace(std::find(kids.begin(), kids.end(), kid) - kids.begin(), state);
      for (const double time :
           {versions[i].since, (versions[i].since + end) / 2, std::nextafter(end, 0)}) {
        if (time < versions[i].since) continue;
        // What a clock behind the ring's own times has not come to yet is shown as it is written.
        const bool is_before_its_times =
            std::any_of(ring.keys().begin(), ring.keys().end(), [&](const KeyRing::Key& key) {
              return std::max(key.published_at, key.activated_at.value_or(0)) > time;
            });
        if (is_before_its_times) continue;
        INFO("at " << time - now);
        CHECK(states_at(plan, time) == wanted);
        ++compared;
      }
    }
    const bool is_due = versions.front().keys != version_of(ring, 0).keys;
    CHECK(plan.next == (is_due ? now : versions.size() > 1 ? versions[1].since : plan.next));
    CHECK((is_due || plan.next > now));
  }
  CHECK(cut < 5);
  CHECK(made > 500);
  CHECK(compared > 2000);
}

/// Rings, policies and what the timeline makes of them, which the playground's own code is held to.
/// Nobody else uses their keys. TOUCHSTONE_RECORD=1 makes them anew.
TEST_CASE("timeline: the recorded ones", "[timeline]") {
  const std::string path = std::string(TOUCHSTONE_TEST_ISSUER) + "/timelines.json";
  if (std::getenv("TOUCHSTONE_RECORD") != nullptr) {
    Json cases = Json::array();
    std::uint64_t number = 0;
    for (std::uint64_t seed = 1001; cases.size() < 24; ++seed) {
      Random random(seed);
      RotationPolicy by = random_policy(random);
      double now = start;
      KeyRing ring = random_ring(random, by, now, number);
      if (random.one_in(2)) by = random_policy(random);
      if (ring.active() != nullptr && random.one_in(2)) {
        const auto signatures = static_cast<std::uint64_t>(random.below(900));
        REQUIRE_FALSE(ring.count(ring.active()->key.kid(), signatures));
      }
      if (cases.size() == 23) {  // of a pending key's size, too, the policy may think otherwise
        RotationPolicy rsa{.alg = "RS256", .rsa_bits = 2048, .publish_first = true};
        ring = rotated({}, rsa, now, ++number);
        by = {.alg = "RS256"};
      }
      const double until = now + 3 * by.rotate_every;
      cases.push_back({{"policy", Json::parse(by.json())},
                       {"ring", Json::parse(ring.json().view())},
                       {"now", now},
                       {"until", until},
                       {"timeline", Json::parse(timeline_json(planned(ring, by, now, until)))}});
    }
    std::ofstream out(path);
    for (const Json& each : cases) out << (&each == &cases.front() ? "[" : ",\n") << each.dump();
    out << "]\n";
  }
  std::ifstream file(path);
  const Json cases = Json::parse(file);
  REQUIRE(cases.size() == 24);
  for (const Json& each : cases) {
    const auto ring = KeyRing::parse(each["ring"].dump());
    const auto by = RotationPolicy::parse(each["policy"].dump());
    REQUIRE(ring);
    REQUIRE(by);
    const Timeline plan = planned(*ring, *by, each["now"], each["until"].get<double>());
    CHECK(Json::parse(timeline_json(plan)) == each["timeline"]);
  }
}

TEST_CASE("timeline: what has been is what the ring went through", "[timeline]") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const RotationPolicy by = random_policy(random);
    KeyRing ring;
    std::vector<Version> versions;
    double now = start;
    for (std::uint64_t i = 0; i < 12; ++i) {
      auto result = rotate(ring, by, now, entropy(seed * 100 + i));
      REQUIRE(result);
      ring = result->ring;
      versions.push_back(version_of(ring, now));
      now = result->next + (random.one_in(3) ? random.below(1000) : 0);
    }
    const Timeline past = planned(ring, by, now, now);
    CHECK(past.until == now);
    for (std::size_t i = 0; i < ring.keys().size(); ++i) {
      const std::string kid(ring.keys()[i].key.kid());
      for (std::size_t v = 0; v < versions.size(); ++v) {
        const double end = v + 1 < versions.size() ? versions[v + 1].since : now;
        const auto found = std::find_if(versions[v].keys.begin(), versions[v].keys.end(),
                                        [&](const auto& key) { return key.first == kid; });
        for (const double time : {versions[v].since, std::nextafter(end, 0)}) {
          const auto states = states_at(past, time);
          REQUIRE(states.contains(i) == (found != versions[v].keys.end()));
          if (states.contains(i)) CHECK(states.at(i) == found->second);
        }
      }
    }
    for (const Timeline::Row& row : past.rows)
      for (const Timeline::Span& span : row.spans)
        CHECK((span.is_planned ? span.from >= now : span.to && *span.to <= now));
  }
}

TEST_CASE("timeline: a plan has an end", "[timeline]") {
  const Timeline empty = planned({}, policy(), start);
  REQUIRE(empty.rows.size() == 3);
  CHECK(empty.rows[0].kid == "planned 1");
  CHECK(empty.rows[0].spans.front().state == State::active);
  CHECK(empty.next == start);
  CHECK(empty.until == start + 60 * day);
  CHECK(planned({}, policy(), start, start - 1).until == start);

  // Two keys a millisecond for ten years: told as far as 256 of them.
  RotationPolicy quick = policy();
  quick.cache_lifetime = quick.client_grace = quick.propagation = quick.clock_skew = 0;
  quick.publish_ahead = 0;
  quick.token_lifetime = 1e-3;
  quick.retain = 1e-3;
  quick.rotate_every = 5e-4;
  const Timeline crowded = planned({}, quick, start, start + 3653 * day);
  CHECK(crowded.rows.size() == 256);
  CHECK(crowded.until < start + 1);
  quick.token_lifetime = quick.retain = quick.rotate_every =
      1e-9;  // less than a double tells apart
  CHECK(planned({}, quick, start, start + 1).until <= start + 1);
  CHECK(outcome(timeline({}, policy(), start, std::nan(""))) == "option_invalid until");
  CHECK(outcome(timeline({}, policy(), HUGE_VAL)) == "option_invalid now");
  RotationPolicy wrong = policy();
  wrong.retain = 0;
  CHECK(outcome(timeline({}, wrong, start)) == "option_invalid retain");
  // Each planned key begins with what comes of it, none with what lasts no time.
  for (const Timeline::Row& row : crowded.rows)
    for (const Timeline::Span& span : row.spans) CHECK((!span.to || *span.to > span.from));
}

TEST_CASE("timeline: a rotation that is late is due now", "[timeline]") {
  const KeyRing ring = rotated({}, policy(), start, 1);
  const double late = start + 100 * day;
  const Timeline plan = planned(ring, policy(), late);
  CHECK(plan.next == late);
  REQUIRE(plan.rows.size() >= 2);
  CHECK(plan.rows[1].spans.front().from == late);
  CHECK(plan.rows[1].spans.front().state == State::pending);
  // The clock went back: nothing is done before it has caught up.
  const Timeline early = planned(ring, policy(), start - 50);
  CHECK(early.rows[0].spans.front().from == start);
  CHECK(early.rows[0].spans.front().is_planned);
}

TEST_CASE("timeline: as JSON", "[timeline]") {
  const Json json = Json::parse(timeline_json(example("<\"&>")));
  CHECK(json["from"] == start);
  CHECK(json["now"] == start + 40 * day);
  CHECK(json["next"] == start + 45 * day);
  CHECK(json["until"] == start + 100 * day);
  REQUIRE(json["keys"].size() == 3);
  CHECK(json["keys"][0]["kid"] == "<\"&>");
  CHECK(json["keys"][0]["planned"] == false);
  CHECK(json["keys"][2]["planned"] == true);
  CHECK(json["keys"][2]["alg"] == "Ed25519");
  const Json first = {{"state", "pending"},
                      {"from", start + 58 * day},
                      {"to", start + 60 * day},
                      {"planned", true}};
  CHECK(json["keys"][2]["spans"][0] == first);
  CHECK_FALSE(json["keys"][2]["spans"][1].contains("to"));
}

TEST_CASE("timeline: nothing of a key but its name", "[timeline]") {
  KeyRing ring;
  std::uint64_t number = 0;
  double now = start;
  for (int i = 0; i < 6; ++i) {
    auto result = rotate(ring, policy(), now, entropy(++number));
    ring = result->ring;
    now = result->next;
  }
  const Timeline plan = planned(ring, policy(), now);
  for (const std::string& text : {timeline_json(plan), timeline_svg(plan), timeline_text(plan)})
    for (const KeyRing::Key& key : ring.keys())
      CHECK(text.find(private_json(key.key)["k"].get<std::string>()) == text.npos);
}

TEST_CASE("timeline: the picture", "[timeline]") {
  const std::string svg = timeline_svg(example());
  CHECK(fault_of_xml(svg) == "");
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  for (const char* part :
       {"role=\"img\"", "<title>Signing keys over time</title>", "prefers-color-scheme: dark",
        "width=\"960\"", "second-with-\u2026", ">ES256<", ">planned 1<", ">now<", ">next change<",
        "Key first, ES256: active from 2026-11-26 01:10:05 to 2026-12-26 01:10:05; retiring from "
        "2026-12-26 01:10:05 to 2027-01-05 01:10:05; retiring, planned, from 2027-01-05 01:10:05 "
        "to 2027-01-10 01:10:05.",
        "active, planned, from 2027-01-25 01:10:05 on", "Next change 2027-01-10 01:10:05."}) {
    INFO(part);
    CHECK(svg.find(part) != svg.npos);
  }
  // Each span is a bar, and four show what bars mean.
  CHECK(count_of(svg, "<rect class=\"") == 1 + 9 + 4);
  CHECK(count_of(svg, "planned\" x=") == 5 + 1);
  // It asks for nothing else: the only addresses are its name space and its own patterns.
  CHECK(count_of(svg, "http") == 1);
  CHECK(count_of(svg, "url(") == count_of(svg, "url(#touchstone-"));
  CHECK(svg.find("script") == svg.npos);
}

TEST_CASE("timeline: a kid can hold what markup is made of", "[timeline]") {
  for (const std::string kid :
       {"<script>&\"'</script>", "]]>&amp;<!--", "\x1b[31m\xff\xf0\n", "</title></svg>"}) {
    Timeline named = example(kid);
    named.rows[0].alg = kid;
    const std::string svg = timeline_svg(named);
    INFO(svg.substr(0, 700));
    CHECK(fault_of_xml(svg) == "");
    CHECK(count_of(svg, "<script") + count_of(svg, "<!--") + count_of(svg, "\x1b") == 0);
    CHECK(count_of(svg, "</svg>") == 1);
    const std::string text = timeline_text(named);
    CHECK(text.find('\x1b') == text.npos);
  }
}

TEST_CASE("timeline: pictures of every size, of seconds and of centuries", "[timeline]") {
  for (const double length : {0.0, 1e-3, 1.0, 90.0, 4000.0, day, 40 * day, 4000 * day, 9e10})
    for (const std::size_t width : {0u, 320u, 599u, 600u, 960u, 20'000u}) {
      Timeline stretched = example();
      const auto stretch = [&](double& time) {
        time = start + (time - start) * length / (100 * day);
      };
      for (double* time : {&stretched.now, &stretched.next, &stretched.until}) stretch(*time);
      for (Timeline::Row& row : stretched.rows)
        for (Timeline::Span& span : row.spans) {
          stretch(span.from);
          if (span.to) stretch(*span.to);
        }
      const std::string svg = timeline_svg(stretched, {.width = width});
      INFO(length << " " << width);
      CHECK(fault_of_xml(svg) == "");
      CHECK(svg.find("nan") == svg.npos);
      CHECK(svg.find("inf") == svg.npos);
      const double wide = static_cast<double>(std::clamp<std::size_t>(width, 320, 10'000));
      // Nothing is drawn outside.
      for (std::size_t at = svg.find(" x=\""); at != svg.npos; at = svg.find(" x=\"", at + 1)) {
        const double x = std::stod(svg.substr(at + 4));
        CHECK(x >= 0);
        CHECK(x <= wide);
      }
      CHECK(count_of(svg, "class=\"grid\"") >= (length > 1 ? 1 : 0));
      CHECK(static_cast<double>(count_of(svg, "class=\"grid\"")) <= wide / 80);
    }
}

TEST_CASE("timeline: ticks are round times", "[timeline]") {
  struct Case {
    double from, length;
    std::size_t at_most;
    std::string_view wanted;
  };
  // 2026-11-26 is a Thursday.
  const Case cases[] = {
      {start, 5, 6, "01:10:05 (26 Nov 2026), 01:10:06, 01:10:07, 01:10:08, 01:10:09, 01:10:10"},
      {start, 40, 3, "01:10:15 (26 Nov 2026), 01:10:30, 01:10:45"},
      {start, 200, 4, "01:11 (26 Nov 2026), 01:12, 01:13"},
      {start, 3 * 3600, 3, "02:00 (26 Nov 2026), 03:00, 04:00"},
      {start, 36 * 3600, 4, "12:00 (26 Nov 2026), 00:00 (27 Nov 2026), 12:00"},
      {start, 3 * day, 4, "27 Nov (2026), 28 Nov, 29 Nov"},
      {start, 21 * day, 4, "30 Nov (2026), 7 Dec, 14 Dec"},
      {start, 60 * day, 3, "Dec (2026), Jan (2027)"},
      {start, 400 * day, 5, "Jan (2027), Apr, Jul, Oct"},
      {start, 3000 * day, 5, "2028, 2030, 2032, 2034"},
      {start, 200 * 365.25 * day, 5, "2050, 2100, 2150, 2200"},
      {-62e9, 61e9, 4, "0500, 1000, 1500"},
      {-1e5, 2e5, 3, "31 Dec (1969), 1 Jan (1970), 2 Jan"},
  };
  for (const Case& each : cases) {
    std::string found;
    for (const Tick& tick : ticks(each.from, each.from + each.length, each.at_most)) {
      if (!found.empty()) found += ", ";
      found += tick.label;
      if (!tick.context.empty()) found += " (" + tick.context + ")";
      CHECK(tick.time >= each.from);
      CHECK(tick.time <= each.from + each.length);
    }
    CHECK(found == each.wanted);
  }
  CHECK(date_text(start) == "2026-11-26 01:10:05");
  CHECK(date_text(-1) == "1969-12-31 23:59:59");
  CHECK(date_text(951782400) == "2000-02-29 00:00:00");
  CHECK(date_text(951782400.999) == "2000-02-29 00:00:00");
}

TEST_CASE("timeline: on a terminal", "[timeline]") {
  CHECK(timeline_text(example(), {.columns = 72, .ascii = true}) ==
        R"(                                            now
first             ES256   #############=====---
second-wit~-0123  Ed25519             o#####+++++++++--------
planned 1         Ed25519                   |       .+++++++++++++++++++
                            Dec           Jan           Feb          Mar
                            2026          2027

now  2027-01-05 01:10:05
next 2027-01-10 01:10:05

oo .. pending   ## ++ active   == -- retiring
of each pair the first is what is, the second what is planned
)");
  CHECK(timeline_text(example(), {.columns = 30}) ==
        R"(            now
first  ES256
█████████▒▒▒╍╍
second-with-a-…s-0123  Ed25519
        ░███━━━━━━╍╍╍╍╍
planned 1  Ed25519
            │    ┄━━━━━━━━━━━━
          Jan              Mar
          2027

now  2027-01-05 01:10:05
next 2027-01-10 01:10:05

░░ ┄┄ pending
██ ━━ active
▒▒ ╍╍ retiring
first: is, then: planned
)");
}

TEST_CASE("timeline: lines fit their columns, whatever these are", "[timeline]") {
  for (const Timeline& each :
       {example(), example(std::string(256, 'k')), planned({}, policy(), start, start)})
    for (std::size_t columns = 0; columns <= 210; ++columns)
      for (const bool ascii : {false, true})
        for (const bool colour : {false, true}) {
          const std::string text =
              timeline_text(each, {.columns = columns, .ascii = ascii, .colour = colour});
          INFO(columns << "\n" << text);
          for (const std::string& line : lines_of(text))
            REQUIRE(columns_of(line) <= std::max<std::size_t>(columns, 24));
          CHECK((text.find('\x1b') != text.npos) == colour);
          const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
          CHECK(is_ascii == ascii);
        }
}

TEST_CASE("timeline: what is short is seen on a terminal, too", "[timeline]") {
  Timeline brief = example();
  brief.rows[1].spans = {{State::pending, start + 30 * day - 1, start + 30 * day, false},
                         {State::active, start + 30 * day, start + 39 * day, false},
                         {State::retiring, start + 39 * day, start + 39 * day + 1, false}};
  const std::string row = lines_of(timeline_text(brief, {.ascii = true}))[2];
  INFO(row);
  CHECK(row.find("o####=") != row.npos);
}
