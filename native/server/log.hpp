// What happened, for people and for what collects logs: a line of JSON for each event.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <touchstone/claims.hpp>
#include <touchstone/error.hpp>

namespace touchstone::server {

/// Members in the order in which they are to be read.
using Fields = nlohmann::ordered_json;

enum class Level { info, warning, error };

/// `{"time": "2026-11-23T18:30:00.123Z", "level": "info", "event": "reloaded", ...}` on standard
/// error, in one write. No field may be secret: no key, no token, no place of a store.
void log(Level level, std::string_view event, const Fields& fields = Fields::object());

/// `{"reason": "store_unavailable", "hint"?: "connect"}`
Fields fields_of(const Error& error);

/// "2026-11-23T18:30:00.123Z"; empty for what is no time of this age, such as infinity.
std::string timestamp(NumericDate time);

}  // namespace touchstone::server
