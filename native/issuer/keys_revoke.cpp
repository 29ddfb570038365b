#include <unistd.h>

#include <cstdio>

#include "../cli/text.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"yes", nullptr, "do not ask; where there is no terminal nobody can be asked"},
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kOutputOptions);

const char* const kText =
    "Takes a key out of the set at once, because somebody else has it, and says what that costs: "
    "its tokens are refused from now on, and if it was active, clients that do not ask again for "
    "an unknown kid refuse those of its successor for a while. For a key that nobody else has use "
    "`touchstone keys rotate --now`, which costs nothing.\n\n"
    "KID is the beginning of the key's kid, as long as it is no other's, too. Put -- before one "
    "that begins with a hyphen: touchstone keys revoke --yes -- -Q7x";

std::optional<Outcome> prepare(Plan& plan) {
  const auto& operands = plan.arguments.operands;
  if (operands.empty()) return usage_error(&kKeysRevokeCommand, "the KID is missing");
  if (operands[0].empty()) return usage_error(&kKeysRevokeCommand, "KID is empty");
  return check_store_options(plan);
}

/// The one key whose kid begins so; the whole kid is never another's beginning.
const KeyRing::Key* find_by_beginning(const KeyRing& ring, std::string_view beginning,
                                      std::size_t& count) {
  if (const KeyRing::Key* key = ring.find(beginning)) {
    count = 1;
    return key;
  }
  const KeyRing::Key* found = nullptr;
  count = 0;
  for (const KeyRing::Key& key : ring.keys()) {
    if (!key.key.kid().starts_with(beginning)) continue;
    found = &key;
    ++count;
  }
  return count == 1 ? found : nullptr;
}

/// Asks on the terminal. False unless the answer is yes.
bool is_confirmed(const KeyRing::Key& key, Style style) {
  const std::string question =
      wrapped(style, concat({"Revoke ", visible(key.key.kid()), " (", key.key.alg(), ", ",
                             KeyRing::name(key.state), ", ", counted(key.signatures, "signature"),
                             ")? Its tokens will be refused. Type yes to go on:"}));
  std::fputs(question.c_str(), stderr);
  char answer[16] = "";
  return std::fgets(answer, sizeof answer, stdin) != nullptr && std::string_view(answer) == "yes\n";
}

Outcome report(const Plan& plan, const KeyRing::Key& key, const RevokedRing& revoked,
               NumericDate now) {
  const KeyRing::Key* active = revoked.ring.active();
  if (plan.arguments.has("json")) {
    nlohmann::json json{{"revoked", key.key.kid()},
                        {"state", KeyRing::name(key.state)},
                        {"signatures", revoked.signatures},
                        {"tokensUntil", revoked.tokens_until},
                        {"acceptedUntil", revoked.accepted_until},
                        {"refusedUntil", revoked.refused_until},
                        {"changes", changes_json(revoked.changes)},
                        {"next", revoked.next}};
    if (active != nullptr) json["active"] = active->key.kid();
    return {kValid, json_line(json), ""};
  }
  Page page(plan.style);
  page.headline(
      Page::Tone::good, "revoked: ",
      concat({visible(key.key.kid()), ", ", key.key.alg(), ", was ", KeyRing::name(key.state)}));
  change_rows(page, revoked.ring, revoked.changes, now);
  page.line("cost");
  page.row("signatures", revoked.signatures == 0
                             ? std::string("none: no token is lost")
                             : concat({grouped(revoked.signatures),
                                       ": those tokens are refused that would have "
                                       "expired by ",
                                       when(revoked.tokens_until, now)}));
  page.row("accepted", concat({"by clients with an old copy of the set until ",
                               when(revoked.accepted_until, now)}));
  if (revoked.refused_until > now) {
    page.row("refused", concat({"new tokens, by clients that do not ask for an unknown kid, until ",
                                when(revoked.refused_until, now)}));
  }
  page.row("next", when(revoked.next, now));
  page.row("publish", "the set at once, where no server does: touchstone keys publish");
  return {kValid, page.take(), ""};
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const auto loaded = store->load();
  if (!loaded) return failed(plan, loaded.error());
  std::size_t count = 0;
  const KeyRing::Key* found =
      find_by_beginning(loaded->kept.ring, plan.arguments.operands[0], count);
  if (found == nullptr) {
    const Error error(Error::ring_key_unknown);
    return failed(plan, kRefused, error.reason(),
                  count == 0 ? std::string(error.message())
                             : concat({grouped(count), " keys have a kid that begins so"}),
                  "`touchstone keys list` shows them.");
  }
  const KeyRing::Key key = *found;
  if (!plan.arguments.has("yes")) {
    if (isatty(STDIN_FILENO) != 1) {
      return usage_error_now(plan,
                             "--yes is needed where nobody can be asked: a revocation is for good");
    }
    if (!is_confirmed(key, plan.style))
      return failed(plan, kRefused, "not_confirmed", "nothing was revoked", "");
  }
  const NumericDate now = clock_now();  // the answer may have taken a while
  std::optional<RevokedRing> revoked;
  const auto updated = store->update([&](const KeptRing& kept) -> Result<Changed> {
    auto result = revoke(kept.ring, key.key.kid(), kept.policy, now, system_entropy());
    if (!result) return result.error();
    revoked = *std::move(result);
    return Changed({revoked->ring, kept.policy});
  });
  return updated ? report(plan, key, *revoked, now) : failed(plan, updated.error());
}

}  // namespace

const Command kKeysRevokeCommand{
    .name = "keys revoke",
    .operand = "KID",
    .usage = "KID [OPTIONS]",
    .summary = "takes a key out at once, since somebody else has it, and says what that costs",
    .text = kText,
    .example = "touchstone keys revoke 9qVqoG3Tn5sM --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
