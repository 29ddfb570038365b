// All commands, in the order of the help.
#include "issuer_commands.hpp"
#ifdef TOUCHSTONE_CLI_SERVES
#include "../server/command.hpp"
#endif

namespace touchstone::cli {
namespace {

constexpr const Command* kCommands[] = {
    &kVerifyCommand,     &kDecodeCommand,       &kAuditCommand,       &kFetchCommand,
    &kThumbprintCommand, &kKeysInitCommand,     &kKeysListCommand,    &kKeysRotateCommand,
    &kKeysRevokeCommand, &kKeysTimelineCommand, &kKeysPublishCommand, &kKeysPolicyCommand,
    &kKeysResealCommand, &kSignCommand,
#ifdef TOUCHSTONE_CLI_SERVES
    &kServeCommand,
#endif
};

constexpr Group kGroups[] = {{
    .name = "keys",
    .summary = "an issuer's keys: made, rotated, revoked, published",
    .text =
        "An issuer's keys are its key ring. It is kept in a store: a directory of this machine, or "
        "PostgreSQL for several. A key is published before it signs, and then for as long as its "
        "tokens live, so that no token is refused.\n\n"
        "`keys init` makes a ring; `touchstone serve` rotates and publishes it. Without a server "
        "`keys rotate` and `keys publish` do, as often as you let them run.",
}};

}  // namespace

std::span<const Command* const> commands() { return kCommands; }
std::span<const Group> groups() { return kGroups; }

}  // namespace touchstone::cli
