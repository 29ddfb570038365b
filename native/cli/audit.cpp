#include "commands.hpp"
#include "text.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOptions[] = {kNowOption, kJsonOption, kNoColorOption, kHelpOption};

const char* const kText =
    "Judges a JWK Set as its publisher would want to know: private or weak keys, keys that "
    "verifiers will "
    "pass over, missing or duplicate kids. Each finding comes with what to do about it. An error "
    "means that a "
    "key, or the set, is not usable or not safe, and gives exit status 1; warnings and notes do "
    "not.\n\n"
    "JWKS is a file, - for standard input, or the JSON itself.";

std::optional<Outcome> prepare(Plan& plan) {
  const auto& operands = plan.arguments.operands;
  if (operands.empty()) return usage_error(&kAuditCommand, "the JWKS is missing");
  if (auto wrong = check_source(kAuditCommand, "JWKS", operands[0])) return wrong;
  plan.inputs = {json_input("the JWK Set", operands[0])};
  return {};
}

struct Grade {
  const char* name;
  Page::Tone tone;
};

// In the order of Audit::Severity.
constexpr Grade kGrades[] = {
    {"note", Page::Tone::bold}, {"warning", Page::Tone::caution}, {"error", Page::Tone::bad}};

const Grade& grade_of(Audit::Severity severity) {
  return kGrades[static_cast<std::size_t>(severity)];
}

void finding_rows(Page& page, const Audit::Finding& finding) {
  const Grade& grade = grade_of(finding.severity);
  const std::string key = finding.key ? index_name(*finding.key) : "the set";
  const std::string kid = finding.kid ? concat({" ", in_quotes(*finding.kid)}) : "";
  page.line();
  page.row(grade.name, concat({key, kid, ": ", finding.id, in_brackets(finding.member)}), 12,
           grade.tone);
  page.row("", concat({finding.message, in_brackets(finding.section)}));
  if (!finding.advice.empty()) page.row("what to do", finding.advice);
}

std::string summary(const Audit& audit) {
  std::size_t counts[3] = {};
  for (const auto& finding : audit.findings) ++counts[static_cast<std::size_t>(finding.severity)];
  return concat({counted(audit.key_count, "key"), ", ", grouped(audit.usable_count), " usable; ",
                 counted(counts[2], "error"), ", ", counted(counts[1], "warning"), ", ",
                 counted(counts[0], "note")});
}

bool has_errors(const Audit& audit) { return audit.has(Audit::Severity::error); }

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  const auto audit = touchstone::audit(contents[0], now);
  if (!audit) return refused_input(plan, audit.error());
  const int exit_code = has_errors(*audit) ? kRefused : kValid;
  if (plan.arguments.has("json")) return {exit_code, json_line(to_json(*audit)), ""};
  Page page(plan.style);
  audit_rows(page, *audit);
  return {exit_code, page.take(), ""};
}

}  // namespace

void audit_rows(Page& page, const Audit& audit) {
  page.headline(has_errors(audit) ? Page::Tone::bad : Page::Tone::good,
                has_errors(audit) ? "errors: " : "no errors: ", summary(audit));
  for (const auto& finding : audit.findings) finding_rows(page, finding);
}

const Command kAuditCommand{
    .name = "audit",
    .operand = "JWKS",
    .usage = "JWKS [OPTIONS]",
    .summary = "says what is wrong with a JWK Set, and what to do about it",
    .text = kText,
    .example = "touchstone audit jwks.json",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
