#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <touchstone/timeline.hpp>

#include "../cli/text.hpp"
#include "../cli/times.hpp"
#include "files.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"until", "TIME",
     "where the plan ends: a time, or 90d from now; by default two rotations from now"},
    {"svg", "FILE", "draw a picture into the file, or with - onto standard output"},
    {"width", "PIXELS", "of the picture: 960 by default, from 320 to 10000"},
    {"ascii", nullptr, "draw with ASCII alone, as where the locale is not UTF-8"},
    kNowOption,
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kOutputOptions);

const char* const kText =
    "Draws which key is in which state when: what was, and what is planned by the policy. A key "
    "that signs as often as it may, or is revoked, changes sooner; one that is gone is not shown. "
    "Times are UTC. Nothing of the private keys is in it.";

std::optional<NumericDate> until_of(const std::string& text, NumericDate now) {
  if (const auto time = parse_time(text)) return time;
  const auto duration = parse_duration(text);
  return duration ? std::optional(now + *duration) : std::nullopt;
}

std::optional<std::size_t> width_of(const std::string& text) {
  const auto width = parse_number(text);
  if (!width || !(*width >= 320 && *width <= 10'000)) return {};
  return static_cast<std::size_t>(*width);
}

std::optional<Outcome> prepare(Plan& plan) {
  const Command& command = *plan.arguments.command;
  if (plan.arguments.has("json") && plan.arguments.has("svg"))
    return usage_error(&command, "--json and --svg are two outputs; give one of them");
  if (const std::string* until = plan.arguments.value("until"); until && !until_of(*until, 0)) {
    return usage_error(&command, concat({"--until does not take ", shown_value(*until),
                                         ": a time such as 2027-11-26, or 90d from now"}));
  }
  if (const std::string* width = plan.arguments.value("width"); width && !width_of(*width)) {
    return usage_error(&command, concat({"--width does not take ", shown_value(*width),
                                         ": a number from 320 to 10000"}));
  }
  return check_store_options(plan);
}

/// By POSIX the first of these variables that is not empty says it.
bool has_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate now) {
  const Arguments& given = plan.arguments;
  std::optional<NumericDate> until;
  if (const std::string* text = given.value("until")) until = until_of(*text, now);
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const auto loaded = store->load();
  if (!loaded) return failed(plan, loaded.error());
  const auto keys = timeline(loaded->kept.ring, loaded->kept.policy, now, until);
  if (!keys) return failed(plan, keys.error());

  const std::string note =
      until && keys->until < std::max(*until, now)
          ? wrapped(plan.style,
                    concat({"touchstone keys timeline: the plan ends ", date(keys->until),
                            ", since no more than 256 keys are planned\n"}))
          : "";
  if (given.has("json")) return {kValid, timeline_json(*keys) + '\n', note};
  const std::string* file = given.value("svg");
  if (file == nullptr) {
    return {kValid,
            timeline_text(*keys, {.columns = plan.style.columns,
                                  .ascii = given.has("ascii") || !has_utf8(),
                                  .colour = plan.style.colour}),
            note};
  }
  TimelineSvgOptions options;
  if (const std::string* text = given.value("width")) options.width = *width_of(*text);
  std::string svg = timeline_svg(*keys, options);
  if (*file == "-") return {kValid, std::move(svg), note};
  if (write_public_file(*file, svg) == Written::no) return file_failed(plan, "the picture", *file);
  Page page(plan.style);
  page.headline(Page::Tone::good, "drawn: ", in_quotes(*file));
  return {kValid, page.take(), note};
}

}  // namespace

const Command kKeysTimelineCommand{
    .name = "keys timeline",
    .operand = nullptr,
    .usage = "[OPTIONS]",
    .summary = "draws which key is in which state when, past and planned",
    .text = kText,
    .example =
        "touchstone keys timeline --svg keys.svg --until 90d \\\n"
        "  --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
