#include "commands.hpp"
#include "text.hpp"
#include "times.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOptions[] = {kNowOption, kJsonOption, kNoColorOption, kHelpOption};

const char* const kText =
    "Takes a token apart and shows what is in it. Nothing is verified: anybody could have written "
    "it.\n\n"
    "TOKEN is the token itself (it begins with ey), a file that holds it, or - for standard input. "
    "A token "
    "among the arguments can be seen by other users of this machine.";

std::optional<Outcome> prepare(Plan& plan) {
  const auto& operands = plan.arguments.operands;
  if (operands.empty()) return usage_error(&kDecodeCommand, "the TOKEN is missing");
  if (auto wrong = check_source(kDecodeCommand, "TOKEN", operands[0])) return wrong;
  plan.inputs = {token_input(operands[0])};
  return {};
}

bool is_time(std::string_view claim) {
  for (const std::string_view name : {"exp", "nbf", "iat", "auth_time", "updated_at"}) {
    if (claim == name) return true;
  }
  return false;
}

void member_rows(Page& page, const nlohmann::json& object, NumericDate now, bool are_claims) {
  if (object.empty()) page.row("", "nothing");
  for (const auto& [name, value] : object.items()) {
    std::string shown = visible(value.dump());
    if (are_claims && is_time(name) && value.is_number()) {
      shown += concat({"  ", date_and_words(value.get<double>(), now)});
    }
    page.row(visible(name), shown);
  }
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  const std::string_view token = token_text(plan.inputs[0], contents[0]);
  const auto jwt = decode(token);
  if (!jwt) return refused_input(plan, jwt.error());
  const nlohmann::json& header = jwt->unverified_header;
  const nlohmann::json& claims = jwt->unverified_claims.json();
  if (plan.arguments.has("json")) {
    return {kValid, json_line({{"unverified", {{"header", header}, {"payload", claims}}}}), ""};
  }
  Page page(plan.style);
  page.headline(Page::Tone::caution,
                "UNVERIFIED: ", "nobody has checked the signature; anyone could have written this");
  page.line();
  page.line("header (unverified)");
  member_rows(page, header, now, false);
  page.line();
  page.line("claims (unverified)");
  member_rows(page, claims, now, true);
  return {kValid, page.take(), ""};
}

}  // namespace

const Command kDecodeCommand{
    .name = "decode",
    .operand = "TOKEN",
    .usage = "TOKEN [OPTIONS]",
    .summary = "shows what is in a token, without verifying it",
    .text = kText,
    .example = "touchstone decode - < token.jwt",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
