#include <cmath>

#include "commands.hpp"
#include "fetching.hpp"
#include "text.hpp"
#include "times.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOptions[] = {
    {"set", nullptr, "print the JWK Set alone, as a line of JSON"},
    kTimeoutOption,
    kCacheDirOption,
    kNoCacheOption,
    kJsonOption,
    kNoColorOption,
    kHelpOption,
};

const char* const kText =
    "Fetches a JWK Set and shows it as a verifier sees it: where it is, its keys, how long it may "
    "be "
    "used and when it is asked for again, and what `touchstone audit` has to say of it.\n\n"
    "URL is that of the set, or an issuer, whose metadata (OpenID Connect Discovery, RFC 8414) "
    "says "
    "where its set is. Within its lifetime a set is not asked for again, here as in `touchstone "
    "verify`; --no-cache asks anyway.\n\n"
    "SSL_CERT_FILE (for the native program) and NODE_EXTRA_CA_CERTS (for npx) name a file of "
    "authorities to trust; https_proxy and no_proxy are honoured by the native program.";

std::optional<Outcome> prepare(Plan& plan) {
  const auto& operands = plan.arguments.operands;
  if (operands.empty()) return usage_error(&kFetchCommand, "the URL is missing");
  Input input = key_set_input(operands[0]);
  if (input.kind != Input::Kind::key_set_url) {
    return usage_error(&kFetchCommand, "this is no URL: it begins with https://");
  }
  if (plan.arguments.has("set") && plan.arguments.has("json")) {
    return usage_error(&kFetchCommand, "--set and --json contradict each other");
  }
  input.kind = Input::Kind::provider;
  plan.inputs = {std::move(input)};
  return prepare_fetching(plan);
}

const char* headline_of(std::string_view source) {
  struct Words {
    std::string_view source;
    const char* words;
  };
  constexpr Words kWords[] = {{"network", "fetched: "},
                              {"not_modified", "not modified: "},
                              {"cache", "from the cache: "},
                              {"stale", "stale: "}};
  for (const Words& row : kWords) {
    if (row.source == source) return row.words;
  }
  return "";
}

std::string text_of(const nlohmann::json& report, const char* name) {
  const auto found = report.find(name);
  return found == report.end() ? "" : found->get<std::string>();
}

void provider_rows(Page& page, const nlohmann::json& report) {
  if (report.contains("issuer")) {
    page.row("issuer", visible(text_of(report, "issuer")));
    page.row("metadata", visible(text_of(report, "metadataUrl")));
  }
  page.row("JWK Set", visible(text_of(report, "url")));
  const auto& metadata = report.find("metadata");
  if (metadata == report.end()) return;
  const auto algorithms = metadata->find("id_token_signing_alg_values_supported");
  if (algorithms == metadata->end() || !algorithms->is_array()) return;
  std::string list;
  for (const auto& name : *algorithms) {
    list += concat({list.empty() ? "" : ", ", visible(name.get<std::string>())});
  }
  page.row("algorithms", list);
}

void key_rows(Page& page, const KeySet& keys) {
  page.line("keys");
  for (const Jwk& key : keys.keys()) {
    const std::string alg = key.alg() ? concat({", ", visible(*key.alg())}) : "";
    page.row(index_name(key.index()), concat({describe(key), alg}));
  }
  for (const auto& skipped : keys.skipped()) {
    const std::string kid = skipped.kid ? concat({in_quotes(*skipped.kid), ", "}) : "";
    page.row(index_name(skipped.index), concat({kid, "not used - ", in_words(skipped.reason)}), 12,
             Page::Tone::caution);
  }
}

void caching_rows(Page& page, const nlohmann::json& report, NumericDate now) {
  page.line("caching");
  for (const auto& [name, value] : report.at("fields").items()) {
    page.row(name, value.get<std::string>(), 15);
  }
  const auto& times = report.at("times");
  const auto row = [&](const char* label, const char* name, const char* more) {
    // Whole seconds are enough for people.
    const double at = std::floor(times.at(name).get<double>());
    page.row(label, concat({date_and_words(at, std::floor(now)), more}), 15);
  };
  row("fetched", "fetched", "");
  row("expires", "expires", "");
  row("refreshed from", "refresh", ", by verifiers that keep it");
  row("unusable from", "unusable", ", if the provider fails");
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  // Fetching::report(), with what its texts hold.
  auto report = nlohmann::json::parse(contents[0]);
  const std::string text = text_of(report, "jwks");
  const auto keys = KeySet::parse(text);
  if (!keys) return refused_input(plan, keys.error());
  const auto audit = touchstone::audit(text, now);
  if (!audit) return refused_input(plan, audit.error());
  report["jwks"] = nlohmann::json::parse(text, nullptr, false);
  if (report.contains("metadata")) {
    report["metadata"] = nlohmann::json::parse(text_of(report, "metadata"), nullptr, false);
  }

  const int exit_code = audit->has(Audit::Severity::error) ? kRefused : kValid;
  if (plan.arguments.has("set")) return {exit_code, json_line(report["jwks"]), ""};
  if (plan.arguments.has("json")) {
    report["audit"] = to_json(*audit);
    return {exit_code, json_line(report), ""};
  }
  Page page(plan.style);
  const std::string source = text_of(report, "source");
  page.headline(source == "stale" ? Page::Tone::caution : Page::Tone::good, headline_of(source),
                concat({counted(keys->keys().size() + keys->skipped().size(), "key"), ", ",
                        grouped(keys->keys().size()), " usable"}));
  provider_rows(page, report);
  key_rows(page, *keys);
  caching_rows(page, report, now);
  page.line();
  audit_rows(page, *audit);
  return {exit_code, page.take(), ""};
}

}  // namespace

const Command kFetchCommand{
    .name = "fetch",
    .operand = "URL",
    .usage = "URL [OPTIONS]",
    .summary = "shows a JWK Set that is on the web: its keys, its lifetime, an audit",
    .text = kText,
    .example = "touchstone fetch https://id.example",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
