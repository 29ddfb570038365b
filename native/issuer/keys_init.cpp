#include <unistd.h>

#include <cerrno>

#include "../cli/text.hpp"
#include "files.hpp"
#include "policy_options.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"make-sealing-key", "FILE", "make the key that the ring is encrypted under, in a new file"},
    kPublishFirstOption,
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kPolicyOptions, kOutputOptions);

const char* const kText =
    "Makes a key ring and the first key in it, which signs at once unless --publish-first is "
    "given. What is asked for here is kept with the ring as its policy: rotations go by it, and "
    "`touchstone keys policy` shows and changes it. One that cannot be kept is refused.\n\n"
    "The ring is encrypted (AES-256-GCM) under a key that is kept elsewhere. Without that key "
    "nobody can read the ring, nor can you: have a copy of it, but not beside one of the ring. "
    "With "
    "--unsealed the ring is in the clear, in files of mode 0600 or in the database.\n\n"
    "TIME is 90s, 15m, 12h, 30d, or seconds.";

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& given = plan.arguments;
  if (auto wrong = check_store_options(plan)) return wrong;
  for (const char* other : {"unsealed", "sealing-key-file"}) {
    if (given.has("make-sealing-key") && given.has(other)) {
      return usage_error(given.command,
                         concat({"--make-sealing-key and --", other, " contradict each other"}));
    }
  }
  return check_policy_options(plan);
}

Outcome unprotected(const Plan& plan) {
  return usage_error_now(
      plan,
      "how is the ring to be encrypted? --make-sealing-key FILE makes a key for that, "
      "--sealing-key-file FILE or the environment variable TOUCHSTONE_SEALING_KEY has one; "
      "--unsealed keeps the ring in the clear");
}

Outcome report(const Plan& plan, const RotatedRing& made, const RotationPolicy& policy,
               NumericDate now) {
  const KeyRing::Key& key = made.ring.keys().front();
  const bool is_sealed = !plan.arguments.has("unsealed");
  if (plan.arguments.has("json")) {
    return {kValid,
            json_line({{"kid", key.key.kid()},
                       {"alg", key.key.alg()},
                       {"state", KeyRing::name(key.state)},
                       {"usableFrom", key.usable_from},
                       {"next", made.next},
                       {"isSealed", is_sealed},
                       {"policy", nlohmann::json::parse(policy.json())}}),
            ""};
  }
  Page page(plan.style);
  page.headline(
      Page::Tone::good, "made: ",
      concat({"a key ring in ", store_name(plan), is_sealed ? ", encrypted" : ", in the clear"}));
  page.row("kid", visible(key.key.kid()));
  page.row("alg", key.key.alg());
  page.row(KeyRing::name(key.state), key.state == KeyRing::State::active
                                         ? std::string("it signs from now on")
                                         : concat({"it signs from ", when(key.usable_from, now)}));
  page.row("next", concat({when(made.next, now), ": `touchstone keys rotate`, or a server, ",
                           key.state == KeyRing::State::active ? "publishes its successor"
                                                               : "lets it sign"}));
  if (const std::string* path = plan.arguments.value("make-sealing-key")) {
    page.row("keep", concat({in_quotes(*path),
                             ": without it nobody can read the ring. Commands take it by "
                             "--sealing-key-file."}));
  }
  return {kValid, page.take(), ""};
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate now) {
  const std::string* new_file = plan.arguments.value("make-sealing-key");
  if (new_file == nullptr && !has_sealing_key(plan) && !plan.arguments.has("unsealed"))
    return unprotected(plan);
  KeptRing kept;
  if (auto outcome = change_policy(plan, kept.policy)) return *outcome;
  auto made = rotate_now(kept.ring, kept.policy, now);
  if (!made) return failed(plan, made.error());
  kept.ring = made->ring;

  std::optional<RingStore> store;
  if (new_file == nullptr) {
    if (auto outcome = open_ring(plan, store)) return *outcome;
  } else {
    auto key = SealingKey::generate(system_entropy());
    if (!key) return failed(plan, key.error());
    if (!make_secret_file(*new_file, key->text().view()))
      return file_failed(plan, "the sealing key", *new_file);
    if (auto outcome = open_ring(plan, *std::move(key), store)) {
      unlink(new_file->c_str());
      return *outcome;
    }
  }
  const auto version = store->init(kept);
  if (version) return report(plan, *made, kept.policy, now);
  const Error::Id id = version.error().id();
  if (new_file != nullptr && id == Error::store_unavailable) {
    // Nobody knows whether it has the ring now, and only this key opens it.
    Outcome outcome = failed(plan, version.error());
    outcome.err += wrapped(plan.style, concat({"touchstone keys init: ", in_quotes(*new_file),
                                               " is kept, for the ring may be there by now; try "
                                               "again with --sealing-key-file"}));
    return outcome;
  }
  if (new_file != nullptr) unlink(new_file->c_str());
  if (id != Error::store_conflict) return failed(plan, version.error());
  return failed(
      plan, kRefused, version.error().reason(),
      concat({store_name(plan), " holds a key ring already, and it stays as it is"}),
      "`touchstone keys list` shows it, `touchstone keys policy` changes how it rotates.");
}

}  // namespace

const Command kKeysInitCommand{
    .name = "keys init",
    .operand = nullptr,
    .usage = "[OPTIONS]",
    .summary = "makes a key ring, with its policy and its first key",
    .text = kText,
    .example = "touchstone keys init --store keys --make-sealing-key sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
