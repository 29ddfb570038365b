#include <algorithm>
#include <cmath>

#include "../cli/text.hpp"
#include "../cli/times.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

using State = KeyRing::State;

constexpr auto kOptions = joined(kStoreOptions, kOutputOptions);

const char* const kText =
    "Shows the keys of the ring, oldest first: the state of each, since when and until when it is "
    "in it, how many signatures it has made, and what comes next. Times are UTC. A kid is cut "
    "short "
    "where the terminal is narrow; `touchstone keys revoke` takes it as it is shown.";

std::optional<Outcome> prepare(Plan& plan) { return check_store_options(plan); }

/// A key as a row of the table.
struct Row {
  const KeyRing::Key* key;
  NumericDate since;
  NumericDate until;  ///< as far as time decides
};

std::vector<Row> rows_of(const KeptRing& kept, NumericDate now) {
  std::vector<Row> rows;
  const NumericDate handover = takes_over_at(kept.ring, kept.policy, now);
  for (const KeyRing::Key& key : kept.ring.keys()) {
    const NumericDate since = key.retired_at.value_or(key.activated_at.value_or(key.published_at));
    rows.push_back({&key, since, key.remove_at.value_or(handover)});
  }
  return rows;
}

// "2026-11-26 01:10": as much as a table has room for.
std::string minute(NumericDate time) {
  constexpr std::size_t kMinute = 16;
  std::string shown = date(time).substr(0, kMinute);
  std::replace(shown.begin(), shown.end(), 'T', ' ');
  return shown;
}

/// What happens next to a key, or for one.
struct Event {
  NumericDate at;
  std::string words;
};

std::vector<Event> events_of(const KeptRing& kept, const std::vector<Row>& rows, NumericDate now) {
  std::vector<Event> events;
  for (const Row& row : rows) {
    const std::string kid = visible(short_kid(row.key->key.kid()));
    switch (row.key->state) {
      case State::pending:
        events.push_back({row.until, kid + " begins to sign"});
        break;
      case State::active:
        events.push_back({row.until, kid + " signs no more"});
        break;
      case State::retiring:
        events.push_back({row.until, kid + " leaves the set"});
        break;
    }
  }
  if (kept.ring.pending() == nullptr) {
    const NumericDate handover = takes_over_at(kept.ring, kept.policy, now);
    events.push_back({handover - kept.policy.publish_ahead, "the next key is published"});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  return events;
}

Page::Tone tone_of(State state) {
  return state == State::active ? Page::Tone::good : Page::Tone::plain;
}

// Columns by the widest of each; what is left over goes to the kid.
constexpr std::size_t kState = 8, kAlg = 7, kTime = 16, kCount = 10, kGap = 2;
constexpr std::size_t kWithoutKid = kState + kAlg + 2 * kTime + kCount + 5 * kGap;

std::string padded(std::string_view text, std::size_t size) {
  std::string out(text);
  out.resize(std::max(size, out.size()), ' ');
  return out;
}

std::string right(std::string_view text, std::size_t size) {
  return concat({std::string(size - std::min(size, text.size()), ' '), text});
}

void table(Page& page, const std::vector<Row>& rows, std::size_t kid_width) {
  const auto line = [&](Page::Tone tone, std::string_view state, std::string_view kid,
                        std::string_view alg, std::string_view since, std::string_view until,
                        std::string_view count) {
    page.headline(
        tone, padded(state, kState + kGap),
        concat({padded(kid, kid_width + kGap), padded(alg, kAlg + kGap),
                padded(since, kTime + kGap), padded(until, kTime + kGap), right(count, kCount)}));
  };
  line(Page::Tone::bold, "STATE", "KID", "ALG", "SINCE (UTC)", "UNTIL (UTC)", "SIGNATURES");
  for (const Row& row : rows) {
    line(tone_of(row.key->state), KeyRing::name(row.key->state),
         visible(row.key->key.kid()).substr(0, kid_width), row.key->key.alg(), minute(row.since),
         minute(row.until), grouped(row.key->signatures));
  }
}

// Where the table has no room: a block for each.
void blocks(Page& page, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    page.headline(tone_of(row.key->state), KeyRing::name(row.key->state), "");
    page.row("kid", visible(row.key->key.kid()));
    page.row("alg", row.key->key.alg());
    page.row("since", minute(row.since));
    page.row("until", minute(row.until));
    page.row("signatures", grouped(row.key->signatures));
  }
}

void next_rows(Page& page, const std::vector<Event>& events, bool is_due, NumericDate now) {
  page.line();
  if (is_due) {
    page.headline(
        Page::Tone::caution,
        "due: ", "`touchstone keys rotate` brings the ring up to date, as a server does by itself");
  }
  page.line("next");
  for (const Event& event : events)
    page.row(event.at <= now ? "now" : relative(event.at, std::floor(now)), event.words, 14);
}

nlohmann::json as_json(const Row& row) {
  const KeyRing::Key& key = *row.key;
  nlohmann::json json{{"kid", key.key.kid()},
                      {"alg", key.key.alg()},
                      {"state", KeyRing::name(key.state)},
                      {"since", row.since},
                      {"until", row.until},
                      {"signatures", key.signatures},
                      {"isDue", key.is_due},
                      {"isPublished", !key.key.is_symmetric()},
                      {"publishedAt", key.published_at},
                      {"usableFrom", key.usable_from}};
  if (key.activated_at) json["activatedAt"] = *key.activated_at;
  if (key.retired_at) json["retiredAt"] = *key.retired_at;
  if (key.remove_at) json["removeAt"] = *key.remove_at;
  return json;
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate now) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const auto loaded = store->load();
  if (!loaded) return failed(plan, loaded.error());
  const KeptRing& kept = loaded->kept;
  const auto rows = rows_of(kept, now);
  const NumericDate next = next_rotation(kept.ring, kept.policy, now);
  if (plan.arguments.has("json")) {
    nlohmann::json keys = nlohmann::json::array();
    for (const Row& row : rows) keys.push_back(as_json(row));
    return {kValid, json_line({{"keys", keys}, {"next", next}, {"isDue", next <= now}}), ""};
  }
  Page page(plan.style);
  constexpr std::size_t kNarrowestKid = 12;
  if (plan.style.columns >= kWithoutKid + kNarrowestKid) {
    std::size_t widest = 3;
    for (const Row& row : rows) widest = std::max(widest, width(visible(row.key->key.kid())));
    table(page, rows, std::min(widest, plan.style.columns - kWithoutKid));
  } else {
    blocks(page, rows);
  }
  next_rows(page, events_of(kept, rows, now), next <= now, now);
  return {kValid, page.take(), ""};
}

}  // namespace

const Command kKeysListCommand{
    .name = "keys list",
    .operand = nullptr,
    .usage = "[OPTIONS]",
    .summary = "shows the keys, their states, and what comes next",
    .text = kText,
    .example = "touchstone keys list --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
