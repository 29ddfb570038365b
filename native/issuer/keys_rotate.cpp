#include "../cli/text.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"now", nullptr,
     "replace the active key before its time: as soon as clients know its successor"},
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kOutputOptions);

const char* const kText =
    "Does what the policy wants by now: publishes the next key, lets it sign, takes out those "
    "whose tokens have expired. To run it too often does no harm, nor do several at once; a server "
    "does it by itself.\n\n"
    "With --now the active key is to be replaced before its time. Its successor still has to be "
    "in the set until all clients know it, or its tokens would be refused. A key that somebody "
    "else has is to be revoked instead.";

std::optional<Outcome> prepare(Plan& plan) { return check_store_options(plan); }

/// What one run of the command has done, as far as it came to be kept.
struct Done {
  bool was_marked = false;  ///< before already
  std::vector<KeyChange> changes{};
  NumericDate next = 0;
};

void handover_row(Page& page, const KeptRing& kept, bool was_marked, NumericDate now) {
  const KeyRing::Key* active = kept.ring.active();
  const KeyRing::Key* pending = kept.ring.pending();
  if (active == nullptr || pending == nullptr || !active->is_due) return;
  page.row(was_marked ? "was due" : "due",
           concat({visible(short_kid(active->key.kid())), " signs until ",
                   when(takes_over_at(kept.ring, kept.policy, now), now),
                   "; before that clients may have a copy of the set without its successor"}));
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate now) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const bool is_early = plan.arguments.has("now");
  Done done;
  const auto updated = store->update([&](const KeptRing& kept) -> Result<Changed> {
    const KeyRing::Key* active = kept.ring.active();
    done = {.was_marked = active != nullptr && active->is_due};
    const bool marks = is_early && active != nullptr && !active->is_due;
    auto rotated = rotate_now(marks ? retire_early(kept.ring) : kept.ring, kept.policy, now);
    if (!rotated) return rotated.error();
    done.changes = std::move(rotated->changes);
    done.next = rotated->next;
    if (done.changes.empty() && !marks) return Changed();
    return Changed({std::move(rotated->ring), kept.policy});
  });
  if (!updated) return failed(plan, updated.error());
  const KeptRing& kept = updated->kept;
  if (plan.arguments.has("json")) {
    nlohmann::json json{{"changes", changes_json(done.changes)}, {"next", done.next}};
    const KeyRing::Key* active = kept.ring.active();
    if (active != nullptr) {
      json["active"] = active->key.kid();
      json["isDue"] = active->is_due;
      if (active->is_due) json["signsUntil"] = takes_over_at(kept.ring, kept.policy, now);
    }
    return {kValid, json_line(json), ""};
  }
  Page page(plan.style);
  if (done.changes.empty()) {
    page.headline(Page::Tone::plain, "nothing ", "is due by now");
  } else {
    page.headline(Page::Tone::good, "rotated: ", "what is published has changed");
  }
  change_rows(page, kept.ring, done.changes, now);
  if (is_early) handover_row(page, kept, done.was_marked, now);
  page.row("next", when(done.next, now));
  return {kValid, page.take(), ""};
}

}  // namespace

const Command kKeysRotateCommand{
    .name = "keys rotate",
    .operand = nullptr,
    .usage = "[OPTIONS]",
    .summary = "does what is due: publishes the next key, lets it sign, removes old ones",
    .text = kText,
    .example = "touchstone keys rotate --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
