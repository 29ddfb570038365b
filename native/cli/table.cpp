// The commands of a build that has no private keys: of the WASM module, and of a native program
// without an issuer's side. native/issuer/table.cpp is there in its place where there is one.
#include "commands.hpp"

namespace touchstone::cli {
namespace {

constexpr const Command* kCommands[] = {&kVerifyCommand, &kDecodeCommand, &kAuditCommand,
                                        &kFetchCommand, &kThumbprintCommand};

}  // namespace

std::span<const Command* const> commands() { return kCommands; }
std::span<const Group> groups() { return {}; }

}  // namespace touchstone::cli
