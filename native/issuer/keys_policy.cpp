#include "../cli/text.hpp"
#include "policy_options.hpp"

namespace touchstone::cli {
namespace {

constexpr auto kOptions = joined(kStoreOptions, kPolicyOptions, kOutputOptions);

const char* const kText =
    "Shows why and when the ring's keys change. What is given here is changed, the rest stays as "
    "it is (the defaults below are those of `touchstone keys init`), and the ring goes by it at "
    "once. What was promised under the old policy is kept: a key leaves no sooner than its tokens "
    "expire. A policy that cannot be kept is refused, and nothing is changed.\n\n"
    "TIME is 90s, 15m, 12h, 30d, or seconds. A new --alg or --rsa-bits counts for the next key; "
    "`touchstone keys rotate --now` hastens it.";

std::optional<Outcome> prepare(Plan& plan) {
  if (auto wrong = check_store_options(plan)) return wrong;
  return check_policy_options(plan);
}

Outcome report(const Plan& plan, const KeptRing& kept, const std::vector<KeyChange>& changes,
               NumericDate next, NumericDate now) {
  const bool is_changed = has_policy_options(plan);
  if (plan.arguments.has("json")) {
    nlohmann::json json{{"policy", nlohmann::json::parse(kept.policy.json())}, {"next", next}};
    if (is_changed) json["changes"] = changes_json(changes);
    return {kValid, json_line(json), ""};
  }
  Page page(plan.style);
  if (is_changed) {
    page.headline(Page::Tone::good, "changed: ", "the ring goes by this policy from now on");
  } else {
    page.line("policy");
  }
  policy_rows(page, kept.policy);
  if (!changes.empty()) page.line("and at once");
  change_rows(page, kept.ring, changes, now);
  page.line("next");
  page.row("rotation", when(next, now), 16);
  return {kValid, page.take(), ""};
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate now) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  if (!has_policy_options(plan)) {
    const auto loaded = store->load();
    if (!loaded) return failed(plan, loaded.error());
    const KeptRing& kept = loaded->kept;
    return report(plan, kept, {}, next_rotation(kept.ring, kept.policy, now), now);
  }
  std::optional<Outcome> contradiction;
  RotatedRing rotated;
  const auto updated = store->update([&](const KeptRing& kept) -> Result<Changed> {
    KeptRing changed{kept.ring, kept.policy};
    contradiction = change_policy(plan, changed.policy);
    if (contradiction) return Changed();
    auto result = rotate_now(changed.ring, changed.policy, now);
    if (!result) return result.error();
    rotated = *std::move(result);
    changed.ring = rotated.ring;
    return Changed(std::move(changed));
  });
  if (contradiction) return *contradiction;
  if (!updated) return failed(plan, updated.error());
  return report(plan, updated->kept, rotated.changes, rotated.next, now);
}

}  // namespace

const Command kKeysPolicyCommand{
    .name = "keys policy",
    .operand = nullptr,
    .usage = "[OPTIONS]",
    .summary = "shows why and when keys change, and changes what is given",
    .text = kText,
    .example =
        "touchstone keys policy --store keys --sealing-key-file sealing.key \\\n"
        "  --rotate-every 7d",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
