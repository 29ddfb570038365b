// `touchstone serve`, of the native program alone, where it is built with what signs, with stores
// and with libmicrohttpd.
#pragma once

#include "../cli/commands.hpp"

namespace touchstone::cli {

extern const Command kServeCommand;

}  // namespace touchstone::cli
