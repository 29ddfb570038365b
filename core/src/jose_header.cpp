#include "jose_header.hpp"

#include <algorithm>

namespace touchstone {
namespace {

constexpr std::size_t max_header_size = 8 * 1024;
constexpr JsonRules header_rules{.max_depth = 8,
                                 .invalid = Error::header_json_invalid,
                                 .duplicate_member = Error::header_duplicate_member,
                                 .too_deep = Error::header_too_deep};

bool is_array_of_strings(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(),
                                         [](const Json& element) { return element.is_string(); });
}

struct Parameter {
  std::string_view name;
  bool (*has_type)(const Json& value);
};

bool is_string(const Json& value) { return value.is_string(); }
bool is_object(const Json& value) { return value.is_object(); }
bool is_boolean(const Json& value) { return value.is_boolean(); }

constexpr Parameter typed_parameters[] = {
    {"alg", is_string}, {"kid", is_string},  {"typ", is_string},           {"cty", is_string},
    {"jku", is_string}, {"x5u", is_string},  {"x5t", is_string},           {"x5t#S256", is_string},
    {"jwk", is_object}, {"b64", is_boolean}, {"x5c", is_array_of_strings},
};

/// Names that RFC 7515, 7516 and 7518 register, which crit must not list.
constexpr std::string_view registered_names[] = {
    "alg",  "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty",
    "crit", "enc", "zip", "epk", "apu", "apv", "iv",  "tag",      "p2s", "p2c",
};

template <class Range>
bool contains(const Range& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

const Json* JoseHeader::find(std::string_view name) const {
  const Json* value = touchstone::find(protected_members, name);
  return value != nullptr ? value : touchstone::find(unprotected_members, name);
}

const std::string* JoseHeader::find_string(std::string_view name) const {
  const Json* value = find(name);
  return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

bool JoseHeader::has_encoded_payload() const {
  const Json* b64 = find("b64");
  return b64 == nullptr || !b64->is_boolean() || b64->get<bool>();
}

Result<Json> parse_header_members(std::string_view text) {
  if (text.size() > max_header_size) return Error(Error::header_too_large);
  return parse_json_object(text, header_rules);
}

Refusal check_parameters(const JoseHeader& header) {
  for (const auto& [name, value] : header.unprotected_members.items()) {
    if (find(header.protected_members, name) != nullptr)
      return Error(Error::header_duplicate_member);
  }
  if (find(header.unprotected_members, "crit") != nullptr)
    return Error(Error::crit_invalid, "crit");
  if (find(header.unprotected_members, "b64") != nullptr)
    return Error(Error::header_param_invalid, "b64");
  for (const Parameter& parameter : typed_parameters) {
    const Json* value = header.find(parameter.name);
    if (value != nullptr && !parameter.has_type(*value)) {
      return Error(Error::header_param_invalid, parameter.name);
    }
  }
  return {};
}

Refusal check_critical(const JoseHeader& header, std::span<const std::string> understood) {
  const Json* crit = header.find("crit");
  if (crit == nullptr) {
    // RFC 7797 section 6: b64 false changes what is signed, so it must be critical.
    return header.has_encoded_payload() ? Refusal{} : Error(Error::crit_invalid, "b64");
  }
  if (!is_array_of_strings(*crit) || crit->empty()) return Error(Error::crit_invalid, "crit");
  std::vector<std::string_view> names;
  for (const Json& element : *crit) names.push_back(element.get_ref<const std::string&>());
  for (auto name = names.begin(); name != names.end(); ++name) {
    const bool stands_twice = std::find(names.begin(), name, *name) != name;
    if (stands_twice || contains(registered_names, *name) ||
        find(header.protected_members, *name) == nullptr) {
      return Error(Error::crit_invalid, "crit");
    }
  }
  for (const std::string_view name : names) {
    if (name != "b64" && !contains(understood, name)) return Error(Error::crit_unsupported, "crit");
  }
  if (!header.has_encoded_payload() && !contains(names, "b64"))
    return Error(Error::crit_invalid, "b64");
  return {};
}

Result<const Algorithm*> algorithm_of(const JoseHeader& header) {
  const std::string* alg = header.find_string("alg");
  if (alg == nullptr) return Error(Error::alg_missing, "alg");
  if (*alg == "none") return Error(Error::alg_none, "alg");
  const Algorithm* algorithm = find_algorithm(*alg);
  if (algorithm == nullptr || !crypto::can_verify(algorithm->scheme))
    return Error(Error::alg_unsupported, "alg");
  return algorithm;
}

}  // namespace touchstone
