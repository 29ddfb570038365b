// The commands of an issuer. They are the native program's alone, where it is built with what signs
// and with stores, and do their own reading and writing in run(): keys, databases, sockets.
#pragma once

#include "../cli/commands.hpp"

namespace touchstone::cli {

inline constexpr Group kKeysGroup{
    .name = "keys",
    .summary = "an issuer's keys: made, rotated, revoked, published",
    .text =
        "Keeps the keys that an issuer signs with, its key ring, in a store: a directory of this "
        "machine, or PostgreSQL for several. A key is published before it signs and for as long as "
        "its tokens live, so that no token is refused.",
};

}  // namespace touchstone::cli
