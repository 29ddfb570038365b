#include <unistd.h>

#include "../cli/text.hpp"
#include "files.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"new-sealing-key-file", "FILE", "holds the key to encrypt the ring under from now on"},
    {"make-sealing-key", "FILE", "make that key, in a new file"},
    {"new-unsealed", nullptr, "keep the ring in the clear from now on"},
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kOutputOptions);

const char* const kText =
    "Encrypts the ring under another key, in one step; --sealing-key-file, or the environment, "
    "has the one that it is encrypted under so far. The keys of the ring stay as they are: if "
    "somebody else has the old sealing key and a copy of the ring, revoke them.\n\n"
    "Put the new key where the old one was, under the same name: a server that has the old one "
    "goes "
    "on from memory, as when the store is away, and reads its --sealing-key-file again by itself. "
    "One that has its key from the environment is started anew.";

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& given = plan.arguments;
  int count = 0;
  for (const Option& option : kOwnOptions) count += given.has(option.name);
  if (count != 1) {
    return usage_error(given.command,
                       "one of --new-sealing-key-file, --make-sealing-key and --new-unsealed says "
                       "how the ring is to be kept from now on");
  }
  return check_store_options(plan);
}

Outcome report(const Plan& plan, const std::optional<std::string>& kid) {
  if (plan.arguments.has("json"))
    return {kValid,
            json_line({{"isSealed", kid.has_value()},
                       {"sealingKid", kid ? nlohmann::json(*kid) : nullptr}}),
            ""};
  Page page(plan.style);
  page.headline(Page::Tone::good, "resealed: ",
                concat({"the key ring in ", store_name(plan),
                        kid ? " is encrypted under another key" : " is in the clear"}));
  if (kid) page.row("sealing kid", *kid);
  if (const std::string* path = plan.arguments.value("make-sealing-key"))
    page.row("keep", concat({in_quotes(*path), ": without it nobody can read the ring"}));
  page.row("servers", kid ? "read the key by themselves as soon as it is where the old one was"
                          : "start them anew, with --unsealed");
  return {kValid, page.take(), ""};
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const auto loaded = store->load();  // before a file is made for nothing
  if (!loaded) return failed(plan, loaded.error());

  std::optional<SealingKey> key;
  const std::string* new_file = plan.arguments.value("make-sealing-key");
  if (const std::string* path = plan.arguments.value("new-sealing-key-file")) {
    if (auto outcome = read_sealing_key(plan, *path, key)) return *outcome;
  } else if (new_file != nullptr) {
    auto made = SealingKey::generate(system_entropy());
    if (!made) return failed(plan, made.error());
    if (!make_secret_file(*new_file, made->text().view()))
      return file_failed(plan, "the sealing key", *new_file);
    key = *std::move(made);
  }
  std::optional<std::string> kid;
  if (key) kid = key->kid();
  if (const auto refusal = store->reseal(std::move(key))) {
    // Of an unavailable store nobody knows what it has now; then the key may be needed.
    if (new_file != nullptr && refusal->id() != Error::store_unavailable) unlink(new_file->c_str());
    return failed(plan, *refusal);
  }
  return report(plan, kid);
}

}  // namespace

const Command kKeysResealCommand{
    .name = "keys reseal",
    .operand = nullptr,
    .usage = "(--new-sealing-key-file FILE | --make-sealing-key FILE | --new-unsealed) [OPTIONS]",
    .summary = "encrypts the ring under another key",
    .text = kText,
    .example =
        "touchstone keys reseal --make-sealing-key new.key --store keys \\\n"
        "  --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
