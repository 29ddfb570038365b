// The commands of an issuer. They are the native program's alone, where it is built with what signs
// and with stores, and do their own reading and writing in run(): keys, databases, files.
#pragma once

#include <array>
#include <optional>

#include <touchstone/issuer.hpp>
#include <touchstone/timeline.hpp>

#include "../cli/commands.hpp"
#include "ring_store.hpp"

namespace touchstone::cli {

extern const Command kKeysInitCommand;
extern const Command kKeysListCommand;
extern const Command kKeysRotateCommand;
extern const Command kKeysRevokeCommand;
extern const Command kKeysTimelineCommand;
extern const Command kKeysPublishCommand;
extern const Command kKeysPolicyCommand;
extern const Command kKeysResealCommand;
extern const Command kSignCommand;

/// Rows of several tables in one.
template <std::size_t... sizes>
constexpr auto joined(const Option (&... tables)[sizes]) {
  std::array<Option, (sizes + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& table) {
    for (const Option& option : table) all[at++] = option;
  };
  (add(tables), ...);
  return all;
}

// Where the ring is.
inline constexpr Option kStoreOptions[] = {
    {"store", "STORE",
     "where the ring is kept: a directory, or postgres://...; by default what the environment "
     "variable TOUCHSTONE_STORE says, or touchstone-keys in the current directory"},
    {"sealing-key-file", "FILE",
     "holds the key that the ring is encrypted under, and is its owner's alone to read; by default "
     "the key itself is in the environment variable TOUCHSTONE_SEALING_KEY"},
    {"unsealed", nullptr, "the ring is not encrypted where it is kept, whatever the environment"},
};
inline constexpr Option kOutputOptions[] = {kJsonOption, kNoColorOption, kHelpOption};

/// What can be wrong with kStoreOptions on the command line.
std::optional<Outcome> check_store_options(const Plan& plan);
/// The place that is meant, and what to call it: a path, but of a URL no more than that it is one,
/// for there may be a password in it.
std::string store_place(const Plan& plan);
std::string store_name(const Plan& plan);
/// Finds out where the ring is and how it is encrypted, and asks nothing of the store, which the
/// plan outlives. The outcome, if any, is the end.
std::optional<Outcome> open_ring(const Plan& plan, std::optional<RingStore>& store);
/// The same, with the key instead of reading one.
std::optional<Outcome> open_ring(const Plan& plan, std::optional<SealingKey> key,
                                 std::optional<RingStore>& store, RingStore::KeySource source = {});
/// The key of a file. The outcome, if any, says why it cannot be had.
std::optional<Outcome> read_sealing_key(const Plan& plan, const std::string& path,
                                        std::optional<SealingKey>& key);
/// Whether the options or the environment name a sealing key.
bool has_sealing_key(const Plan& plan);

/// What a RingStore::Change returns.
using Changed = std::optional<KeptRing>;

/// It ended otherwise than asked for. On standard error, where standard output is for tokens and
/// sets; with --json on standard output. advice: what to do, in sentences; may be empty.
Outcome failed(const Plan& plan, ExitCode exit_code, std::string_view reason,
               std::string_view message, std::string_view advice);
/// An error of a store, of a ring or of a rotation.
Outcome failed(const Plan& plan, const Error& error);
/// A usage error that only run() finds.
Outcome usage_error_now(const Plan& plan, std::string_view complaint);
/// A file could not be read or written, as errno says.
Outcome file_failed(const Plan& plan, std::string_view what, const std::string& path);

// What a person is told of keys and rotations.

/// So much of a kid as is shown in tables; `keys revoke` takes it.
std::string_view short_kid(std::string_view kid);
/// "2026-11-23T18:30:00Z, in 3 days", counted from this whole second, so that a day is no 23 hours.
std::string when(NumericDate time, NumericDate now);
/// A line for each change, as labelled rows.
void change_rows(Page& page, const KeyRing& ring, const std::vector<KeyChange>& changes,
                 NumericDate now);
nlohmann::json changes_json(const std::vector<KeyChange>& changes);
/// Where the set is below an issuer or a host.
inline constexpr std::string_view kSetPath = "/.well-known/jwks.json";
/// What --issuer and --jwks-uri say, with the members of --metadata, which is the one input. None
/// without an issuer.
std::optional<MetadataOptions> metadata_options(const Plan& plan,
                                                const std::vector<std::string>& contents);
/// When the active key's successor takes over, if nobody revokes it and rotations are in time.
NumericDate takes_over_at(const KeyRing& ring, const RotationPolicy& policy, NumericDate now);
/// When to rotate again; now or before: it is due.
NumericDate next_rotation(const KeyRing& ring, const RotationPolicy& policy, NumericDate now);

}  // namespace touchstone::cli
