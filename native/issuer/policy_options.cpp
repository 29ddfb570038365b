#include "policy_options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../cli/text.hpp"
#include "../cli/times.hpp"

namespace touchstone::cli {
namespace {

using Json = nlohmann::json;

bool is_time(const Option& option) { return std::string_view(option.value) == "TIME"; }

/// For RotationPolicy::parse(); null when the value is none.
Json value_of(const Option& option, const std::string& text) {
  if (option.value == nullptr) return true;
  if (std::string_view(option.value) == "ALG") return text;
  if (is_time(option)) {
    const auto seconds = parse_duration(text);
    return seconds ? Json(*seconds) : Json();
  }
  constexpr std::size_t kMostDigits = 19;  // as many fit into 64 bits
  const bool is_count = !text.empty() && text.size() <= kMostDigits &&
                        text.find_first_not_of("0123456789") == std::string::npos;
  return is_count ? Json(std::strtoull(text.c_str(), nullptr, 10)) : Json();
}

std::string shown(const Option& option, const Json& value) {
  if (is_time(option)) return duration(value.get<double>());
  return value.is_string() ? value.get<std::string>() : grouped(value.get<std::size_t>());
}

/// The names of JSON in a sentence of the core, as the options that they are here.
std::string with_options(std::string text) {
  for (const Option& option : kPolicyOptions) {
    const std::string_view name = option.expectation;
    const std::string as_typed = concat({"--", option.name});
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
      // "retain" is also the beginning of other words, and a word of its own.
      const bool is_whole = (at == 0 || text[at - 1] == ' ') &&
                            (at + name.size() == text.size() ||
                             std::string_view(" ,;:").find(text[at + name.size()]) != text.npos);
      if (is_whole) text.replace(at, name.size(), as_typed);
      at += is_whole ? as_typed.size() : name.size();
    }
  }
  return text;
}

/// `--publish-ahead 30m, --cache-lifetime 1h`: what a sentence is about.
std::string figures(const std::string& sentence, const Json& policy) {
  std::string list;
  for (const Option& option : kPolicyOptions) {
    const std::string name = concat({"--", option.name});
    if (sentence.find(name) == sentence.npos) continue;
    list +=
        concat({list.empty() ? "" : ", ", name, " ", shown(option, policy[option.expectation])});
  }
  return list;
}

Outcome contradiction(const Plan& plan, const Error& error, const Json& policy) {
  if (plan.arguments.has("json")) return failed(plan, error);
  const std::string sentence =
      with_options(concat({error.detail().member, " ", error.detail().hint}));
  return failed(plan, kRefused, error.reason(), concat({sentence, "; nothing was written"}),
                concat({"Now: ", figures(sentence, policy), "."}));
}

}  // namespace

bool has_policy_options(const Plan& plan) {
  return std::any_of(std::begin(kPolicyOptions), std::end(kPolicyOptions),
                     [&](const Option& option) { return plan.arguments.has(option.name); });
}

std::optional<Outcome> check_policy_options(const Plan& plan) {
  for (const auto& [option, value] : plan.arguments.options) {
    if (option->expectation == nullptr) continue;
    const Json json = value_of(*option, value);
    // With the other options as they are by default, an algorithm is wrong only by itself.
    const bool is_alg = std::string_view(option->name) == "alg";
    const bool is_wrong =
        json.is_null() ||
        (is_alg && !RotationPolicy::parse(Json{{option->expectation, json}}.dump()));
    if (!is_wrong) continue;
    const char* expected = is_alg
                               ? "RS, PS, ES or HS with 256, 384 or 512, ES256K, Ed25519 or EdDSA"
                           : is_time(*option) ? "a duration such as 90s, 15m, 12h or 30d"
                                              : "a whole number";
    return usage_error(plan.arguments.command, concat({"--", option->name, " does not take ",
                                                       shown_value(value), ": ", expected}));
  }
  return {};
}

std::optional<Outcome> change_policy(const Plan& plan, RotationPolicy& policy) {
  Json json = Json::parse(policy.json());
  for (const auto& [option, value] : plan.arguments.options)
    if (option->expectation != nullptr) json[option->expectation] = value_of(*option, value);
  auto changed = RotationPolicy::parse(json.dump());
  if (!changed) return contradiction(plan, changed.error(), json);
  policy = *std::move(changed);
  return {};
}

void policy_rows(Page& page, const RotationPolicy& policy) {
  const Json json = Json::parse(policy.json());
  const bool is_rsa = policy.alg.starts_with("RS") || policy.alg.starts_with("PS");
  for (const Option& option : kPolicyOptions) {
    if (std::string_view(option.name) == "rsa-bits" && !is_rsa) continue;
    page.row(option.name, shown(option, json[option.expectation]), 16);
  }
}

}  // namespace touchstone::cli
