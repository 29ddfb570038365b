// How a policy is read from JSON: each of its options from the member of that name, `null` as
// absent.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>

#include "json.hpp"
#include "table.hpp"

namespace touchstone {

inline bool read_option(const Json& value, double& option) {
  if (!value.is_number()) return false;
  option = value.get<double>();
  return true;
}
template <std::unsigned_integral Number>
requires(!std::same_as<Number, bool>) bool read_option(const Json& value, Number& option) {
  if (!value.is_number_unsigned()) return false;
  constexpr std::uint64_t greatest = std::numeric_limits<Number>::max();
  option = static_cast<Number>(std::min(value.get<std::uint64_t>(), greatest));
  return true;
}
inline bool read_option(const Json& value, bool& option) {
  if (!value.is_boolean()) return false;
  option = value.get<bool>();
  return true;
}
inline bool read_option(const Json& value, std::string& option) {
  if (!value.is_string()) return false;
  option = value.get<std::string>();
  return true;
}

/// The policy that is its defaults but for what the JSON says. Errors: option_invalid with the
/// option's name, and with what is wrong with it when Policy::fault() says that.
/// options  rows with a name and `bool read(const Json&, Policy&)`.
template <class Policy, class Options>
Result<Policy> parse_policy(std::string_view json, const Options& options) {
  constexpr JsonRules rules{.max_depth = 1,
                            .invalid = Error::option_invalid,
                            .duplicate_member = Error::option_invalid,
                            .too_deep = Error::option_invalid};
  const auto object = parse_json_object(json, rules);
  if (!object) return object.error();
  Policy policy;
  for (const auto& [name, value] : object->items()) {
    const auto* option = find_row(options, name);
    if (option == nullptr || !(value.is_null() || option->read(value, policy)))
      return Error(Error::option_invalid, std::string_view(name));
  }
  if (const auto fault = policy.fault())
    return Error(Error::option_invalid, fault->option, fault->reason);
  return policy;
}

}  // namespace touchstone
