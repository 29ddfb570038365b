#include <algorithm>

#include "commands.hpp"
#include "text.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOptions[] = {
    {"hash", "HASH", "sha-256 (the default), sha-384 or sha-512"},
    {"uri", nullptr,
     "print it as a URI: urn:ietf:params:oauth:jwk-thumbprint:sha-256:... (RFC 9278)"},
    kJsonOption,
    kNoColorOption,
    kHelpOption,
};

const char* const kText =
    "Prints the thumbprint of a JWK (RFC 7638), or of each key of a JWK Set with its kid behind "
    "it. Only the "
    "members that make the public key count. Exit status 1 says that a key has none.\n\n"
    "JWK is a file, - for standard input, or the JSON itself.";

std::optional<Outcome> prepare(Plan& plan) {
  const auto& operands = plan.arguments.operands;
  if (operands.empty()) return usage_error(&kThumbprintCommand, "the JWK is missing");
  if (auto wrong = check_source(kThumbprintCommand, "JWK", operands[0])) return wrong;
  const std::string* hash = plan.arguments.value("hash");
  if (hash != nullptr && *hash != "sha-256" && *hash != "sha-384" && *hash != "sha-512") {
    return usage_error(&kThumbprintCommand, concat({"--hash does not take ", shown_value(*hash),
                                                    ": ", kOptions[0].help}));
  }
  plan.inputs = {json_input("the JWK", operands[0])};
  return {};
}

struct Line {
  std::size_t index;
  std::string kid;  // empty when there is none
  Result<std::string> thumbprint;
};

Result<std::string> thumbprint_of(const Plan& plan, std::string_view jwk) {
  const std::string* hash = plan.arguments.value("hash");
  const std::string_view name = hash == nullptr ? "sha-256" : std::string_view(*hash);
  return plan.arguments.has("uri") ? thumbprint_uri(jwk, name) : thumbprint(jwk, name);
}

// Why an element of `keys` cannot be read by itself: after this parser has kept the last of two
// equal names, it would be another key.
Refusal unreadable_element(const KeySet& keys, std::size_t index) {
  for (const auto& skipped : keys.skipped()) {
    const Error::Id id = skipped.reason.id();
    if (skipped.index == index && (id == Error::duplicate_member || id == Error::not_an_object))
      return id;
  }
  return {};
}

std::vector<Line> lines_of(const Plan& plan, const KeySet& keys, const nlohmann::json& set) {
  std::vector<Line> lines;
  for (const nlohmann::json& jwk : set["keys"]) {
    const std::size_t index = lines.size();
    const auto kid = jwk.is_object() ? jwk.find("kid") : jwk.end();
    const bool has_kid = kid != jwk.end() && kid->is_string();
    const auto refusal = unreadable_element(keys, index);
    lines.push_back({index, has_kid ? kid->get<std::string>() : "",
                     refusal ? Result<std::string>(*refusal) : thumbprint_of(plan, jwk.dump())});
  }
  return lines;
}

nlohmann::json as_json(const Line& line) {
  nlohmann::json json{{"index", line.index}};
  if (!line.kid.empty()) json["kid"] = line.kid;
  if (line.thumbprint) {
    json["thumbprint"] = *line.thumbprint;
  } else {
    json["error"] = to_json(line.thumbprint.error());
  }
  return json;
}

// A line for each key, whatever the width, and nothing else: other programs read this.
std::string as_text(const Line& line) {
  if (!line.thumbprint) return "";
  const std::string kid = line.kid.empty() ? "" : concat({"  ", in_quotes(line.kid)});
  return concat({*line.thumbprint, kid, "\n"});
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate) {
  const std::string& text = contents[0];
  const bool wants_json = plan.arguments.has("json");
  // The core's own limits on size and depth come first; the parser below has none.
  const auto keys = KeySet::parse(text);
  if (!keys) return refused_input(plan, keys.error());
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.contains("keys")) {
    const auto thumbprint = thumbprint_of(plan, text);
    if (!thumbprint) return refused_input(plan, thumbprint.error());
    return {kValid,
            wants_json ? json_line({{"thumbprint", *thumbprint}}) : concat({*thumbprint, "\n"}),
            ""};
  }
  Outcome outcome;
  nlohmann::json array = nlohmann::json::array();
  for (const Line& line : lines_of(plan, *keys, json)) {
    if (!line.thumbprint) {
      outcome.exit_code = kRefused;
      outcome.err += concat({"touchstone: ", index_name(line.index),
                             " has no thumbprint: ", in_words(line.thumbprint.error()), "\n"});
    }
    array.push_back(as_json(line));
    if (!wants_json) outcome.out += as_text(line);
  }
  if (wants_json) outcome.out = json_line({{"keys", array}});
  return outcome;
}

}  // namespace

const Command kThumbprintCommand{
    .name = "thumbprint",
    .operand = "JWK",
    .usage = "JWK [OPTIONS]",
    .summary = "prints the thumbprint of a JWK, or of each key of a JWK Set",
    .text = kText,
    .example = "touchstone thumbprint jwks.json",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
