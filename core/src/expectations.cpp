// The caller's options: their limits, and their reading from JSON.
#include <algorithm>
#include <cmath>

#include "algorithms.hpp"
#include "claims.hpp"
#include "table.hpp"

namespace touchstone {
namespace {

constexpr double max_clock_tolerance = 300;  // "no more than a few minutes": RFC 7519 section 4.1.4
constexpr std::size_t token_size_ceiling = std::size_t{16} << 20;

constexpr JsonRules options_rules{.max_depth = 4,
                                  .invalid = Error::option_invalid,
                                  .duplicate_member = Error::option_invalid,
                                  .too_deep = Error::option_invalid};

struct Unit {
  double seconds;
  std::string_view names[5];
};

constexpr Unit units[] = {
    {1, {"s", "sec", "secs", "second", "seconds"}},
    {60, {"m", "min", "mins", "minute", "minutes"}},
    {3600, {"h", "hr", "hrs", "hour", "hours"}},
    {86400, {"d", "day", "days"}},
    {604800, {"w", "week", "weeks"}},
};

/// "90", "90s", "1.5 hours": digits with at most one point, then a unit.
std::optional<double> parse_duration(std::string_view text) {
  double value = 0;
  double scale = 0;  // of the next digit after the point
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && scale == 0 && at > 0) {
      scale = 0.1;
    } else if (c >= '0' && c <= '9') {
      value = scale == 0 ? value * 10 + (c - '0') : value + (c - '0') * scale;
      scale /= 10;
    } else {
      break;
    }
  }
  if (at == 0 || text[at - 1] == '.' || value > 1e12) return {};
  std::string_view unit = text.substr(at);
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) return at == text.size() ? std::optional(value) : std::nullopt;
  for (const Unit& row : units) {
    if (std::find(std::begin(row.names), std::end(row.names), unit) != std::end(row.names)) {
      return value * row.seconds;
    }
  }
  return {};
}

// One reader for each type of option; false when the value has another type.
bool read(const Json& value, bool& option) {
  if (!value.is_boolean()) return false;
  option = value.get<bool>();
  return true;
}

bool read(const Json& value, std::optional<std::string>& option) {
  if (!value.is_string()) return false;
  option = value.get<std::string>();
  return true;
}

bool read(const Json& value, std::vector<std::string>& option) {
  if (!value.is_array()) return false;
  for (const Json& element : value) {
    if (!element.is_string()) return false;
    option.push_back(element.get<std::string>());
  }
  return true;
}

bool read(const Json& value, std::optional<std::vector<std::string>>& option) {
  return read(value, option.emplace());
}

bool read(const Json& value, std::optional<OneOf>& option) {
  std::vector<std::string> values;
  if (value.is_string()) values.push_back(value.get<std::string>());
  if (!value.is_string() && !read(value, values)) return false;
  option = OneOf(std::move(values));
  return true;
}

bool read(const Json& value, double& option) {
  if (value.is_number()) {
    option = value.get<double>();
    return true;
  }
  const auto* text = value.get_ptr<const std::string*>();
  const auto seconds = text == nullptr ? std::nullopt : parse_duration(*text);
  option = seconds.value_or(0);
  return seconds.has_value();
}

bool read(const Json& value, std::optional<double>& option) {
  return read(value, option.emplace());
}

bool read(const Json& value, std::size_t& option) {
  if (!value.is_number_unsigned()) return false;
  option = static_cast<std::size_t>(
      std::min<std::uint64_t>(value.get<std::uint64_t>(), token_size_ceiling + 1));
  return true;
}

template <class Choice, std::size_t count>
bool read_choice(const Json& value, const std::pair<std::string_view, Choice> (&choices)[count],
                 Choice& option) {
  const auto* text = value.get_ptr<const std::string*>();
  for (const auto& [name, choice] : choices) {
    if (text == nullptr || *text != name) continue;
    option = choice;
    return true;
  }
  return false;
}

bool read(const Json& value, Expectations::MultipleKeys& option) {
  using enum Expectations::MultipleKeys;
  constexpr std::pair<std::string_view, Expectations::MultipleKeys> choices[] = {{"reject", reject},
                                                                                 {"try", try_each}};
  return read_choice(value, choices, option);
}

bool read(const Json& value, Expectations::Signatures& option) {
  using enum Expectations::Signatures;
  constexpr std::pair<std::string_view, Expectations::Signatures> choices[] = {{"any", any},
                                                                               {"all", all}};
  return read_choice(value, choices, option);
}

bool read(const Json& value, Profile& option) {
  constexpr std::pair<std::string_view, Profile> choices[] = {
      {"access_token", Profile::access_token},
      {"introspection_response", Profile::introspection_response},
      {"id_token", Profile::id_token},
  };
  return read_choice(value, choices, option);
}

template <auto member>
bool read_member(const Json& value, Expectations& expectations) {
  return read(value, expectations.*member);
}

struct Option {
  std::string_view name;
  bool (*read)(const Json& value, Expectations& expectations);
};

constexpr Option options[] = {
    {"algorithms", read_member<&Expectations::algorithms>},
    {"issuer", read_member<&Expectations::issuer>},
    {"audience", read_member<&Expectations::audience>},
    {"subject", read_member<&Expectations::subject>},
    {"typ", read_member<&Expectations::typ>},
    {"requiredClaims", read_member<&Expectations::required_claims>},
    {"maxTokenAge", read_member<&Expectations::max_token_age>},
    {"clockTolerance", read_member<&Expectations::clock_tolerance>},
    {"rejectFutureIat", read_member<&Expectations::reject_future_iat>},
    {"crit", read_member<&Expectations::crit>},
    {"multipleKeys", read_member<&Expectations::multiple_keys>},
    {"requireKeyAlg", read_member<&Expectations::require_key_alg>},
    {"ignoreKid", read_member<&Expectations::ignore_kid>},
    {"profile", read_member<&Expectations::profile>},
    {"nonce", read_member<&Expectations::nonce>},
    {"maxTokenSize", read_member<&Expectations::max_token_size>},
    {"signatures", read_member<&Expectations::signatures>},
};

bool is_known_algorithm(const std::string& name) { return find_algorithm(name) != nullptr; }

bool is_within(double value, double low, double high) {
  return value >= low && value <= high;
}  // false for NaN

}  // namespace

Refusal check_expectations(const Expectations& expectations) {
  const auto invalid = [](std::string_view option) { return Error(Error::option_invalid, option); };
  const auto is_empty = [](const std::optional<OneOf>& option) {
    return option && option->values().empty();
  };
  if (expectations.algorithms) {
    const auto& names = *expectations.algorithms;
    if (names.empty() || !std::all_of(names.begin(), names.end(), is_known_algorithm))
      return invalid("algorithms");
  }
  if (is_empty(expectations.issuer)) return invalid("issuer");
  if (is_empty(expectations.audience)) return invalid("audience");
  if (!is_within(expectations.clock_tolerance, 0, max_clock_tolerance))
    return invalid("clockTolerance");
  if (expectations.max_token_age && !is_within(*expectations.max_token_age, 0, 1e12))
    return invalid("maxTokenAge");
  if (expectations.max_token_size > token_size_ceiling) return invalid("maxTokenSize");
  // Each profile's specification makes both of these checks its own.
  if (expectations.profile != Profile::none && !expectations.issuer) return invalid("issuer");
  if (expectations.profile != Profile::none && !expectations.audience) return invalid("audience");
  if (expectations.nonce && expectations.profile != Profile::id_token) return invalid("nonce");
  return {};
}

Result<Expectations> Expectations::parse(std::string_view json) noexcept {
  const auto object = parse_json_object(json, options_rules);
  if (!object) return object.error();
  Expectations expectations;
  for (const auto& [name, value] : object->items()) {
    const Option* option = find_row(options, name);
    if (option == nullptr) return Error(Error::option_invalid, std::string_view(name));
    if (!value.is_null() && !option->read(value, expectations))
      return Error(Error::option_invalid, option->name);
  }
  if (auto refusal = check_expectations(expectations)) return *refusal;
  return expectations;
}

}  // namespace touchstone
