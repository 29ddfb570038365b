#include <algorithm>

#include "commands.hpp"
#include "fetching.hpp"
#include "text.hpp"
#include "times.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOptions[] = {
    {"jwks", "JWKS",
     "the JWK Set, or one JWK: a URL, a file, - for standard input, or the JSON itself"},
    {"issuer", "ISS",
     "iss must be exactly this; without --jwks it is a URL, and its metadata says where the JWK "
     "Set is",
     false, "issuer"},
    {"audience", "AUD", "aud must be or contain this, or one of these", true, "audience"},
    {"alg", "ALG", "allow this algorithm; without it all but HS256, HS384 and HS512 are", true,
     "algorithms"},
    {"typ", "TYP", "the header's typ must be this: at+jwt", false, "typ"},
    {"subject", "SUB", "sub must be exactly this", false, "subject"},
    {"leeway", "TIME", "how far clocks may differ: 30, 30s or 2m, at most 5m; 0 by default", false,
     "clockTolerance"},
    {"max-age", "TIME", "the longest time since iat, which is then required: 10m, 1h", false,
     "maxTokenAge"},
    {"require", "CLAIM", "this claim must be there", true, "requiredClaims"},
    {"profile", "PROFILE",
     "check what its specification asks for: access_token (RFC 9068), introspection_response (RFC "
     "9701) or "
     "id_token (OpenID Connect); needs --issuer and --audience",
     false, "profile"},
    {"nonce", "NONCE", "of an ID token, what the request carried; needs --profile id_token", false,
     "nonce"},
    {"multiple-keys", "HOW",
     "when several keys match: reject (the default), or try each, at most 8: try", false,
     "multipleKeys"},
    kNowOption,
    kTimeoutOption,
    kCacheDirOption,
    kNoCacheOption,
    {"batch", "FILE", "verify a file (or -) of tokens, one on each line, in place of TOKEN"},
    {"claims", nullptr, "also print the claims of a token that is valid"},
    {"explain", nullptr, "also print each step and each key"},
    kJsonOption,
    kNoColorOption,
    kHelpOption,
};

const char* const kText =
    "Verifies a JWT: its signature by the one key of the JWK Set that fits, then its times, then "
    "what the "
    "options ask for. What was not asked for is named as not checked.\n\n"
    "TOKEN is the token itself (it begins with ey), a file that holds it, or - for standard input. "
    "A token "
    "among the arguments can be seen by other users of this machine; a file or - keeps it to "
    "yourself. One "
    "line end behind a token is left out, nothing else: \"Bearer \" is not part of a token. For a "
    "file whose "
    "name begins with ey write ./ey...\n\n"
    "With --batch each line of the output is the number of the line and `valid` or the reason, "
    "separated by a "
    "tab, or a line of JSON.";

const Option* option_of(std::string_view expectation) {
  for (const Option& option : kOptions) {
    if (option.expectation != nullptr && option.expectation == expectation) return &option;
  }
  return nullptr;
}

nlohmann::json as_expectations(const std::vector<Given>& options) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [option, value] : options) {
    if (option->expectation == nullptr) continue;
    if (option->repeatable) {
      json[option->expectation].push_back(value);
    } else {
      json[option->expectation] = value;
    }
  }
  return json;
}

// The core names the option by its name in JSON, but of several values not the one that is wrong.
Outcome wrong_option(const Arguments& arguments, std::string_view expectation) {
  const Option* option = option_of(expectation);
  if (option == nullptr) return usage_error(&kVerifyCommand, "the options contradict each other");
  const std::string name = concat({"--", option->name});
  const Given* wrong = nullptr;
  for (const Given& given : arguments.options) {
    if (given.option != option) continue;
    const auto alone = Expectations::parse(as_expectations({given}).dump());
    if (wrong == nullptr || !alone) wrong = &given;
  }
  if (wrong == nullptr) return usage_error(&kVerifyCommand, concat({"--profile needs ", name}));
  return usage_error(&kVerifyCommand, concat({name, " does not take ", shown_value(wrong->value),
                                              ": ", option->help}));
}

std::optional<Outcome> prepare_batch(Plan& plan, const Input& jwks) {
  const Arguments& arguments = plan.arguments;
  const std::string& lines = *arguments.value("batch");
  if (!arguments.operands.empty()) {
    return usage_error(&kVerifyCommand, "--batch stands in place of TOKEN");
  }
  for (const char* name : {"explain", "claims"}) {
    if (!arguments.has(name)) continue;
    return usage_error(&kVerifyCommand, concat({"--", name, " does not go with --batch"}));
  }
  if (auto wrong = check_source(kVerifyCommand, "--batch", lines)) return wrong;
  if (lines == "-" && jwks.kind == Input::Kind::standard_input) {
    return usage_error(&kVerifyCommand,
                       "standard input can be read only once: for --batch or for --jwks");
  }
  plan.inputs.push_back(jwks);
  plan.lines = Input{"the tokens", lines == "-" ? Input::Kind::standard_input : Input::Kind::file,
                     lines == "-" ? "" : lines, 0};
  return {};
}

/// Where the keys are: where --jwks says, or where the issuer says.
std::optional<Input> key_set_of(const Arguments& arguments) {
  if (const std::string* jwks = arguments.value("jwks")) return key_set_input(*jwks);
  const std::string* issuer = arguments.value("issuer");
  if (issuer == nullptr || !is_url(*issuer)) return {};
  Input input = key_set_input(*issuer);
  input.kind = Input::Kind::issuer;
  return input;
}

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& arguments = plan.arguments;
  const auto jwks = key_set_of(arguments);
  if (!jwks) {
    return usage_error(&kVerifyCommand,
                       "the key is missing: --jwks JWKS, or --issuer URL, whose metadata names it");
  }
  if (jwks->text.empty() && jwks->kind == Input::Kind::file) {
    return usage_error(&kVerifyCommand, "--jwks is empty");
  }
  if (auto wrong = prepare_fetching(plan)) return wrong;
  auto expectations = Expectations::parse(as_expectations(arguments.options).dump());
  if (!expectations) return wrong_option(arguments, expectations.error().detail().member);
  plan.expectations = *std::move(expectations);
  if (arguments.has("batch")) return prepare_batch(plan, *jwks);

  if (arguments.operands.empty()) return usage_error(&kVerifyCommand, "the TOKEN is missing");
  const std::string& token = arguments.operands[0];
  if (auto wrong = check_source(kVerifyCommand, "TOKEN", token)) return wrong;
  if (token == "-" && jwks->kind == Input::Kind::standard_input) {
    return usage_error(&kVerifyCommand,
                       "standard input can be read only once: for TOKEN or for --jwks");
  }
  plan.inputs = {token_input(token), *jwks};
  return {};
}

const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// A key is asked for by the header, which is not verified yet when none fits.
std::string wanted_key(const UnverifiedJwt& jwt) {
  const auto shown = [&](const char* name) {
    const nlohmann::json* value = member(jwt.unverified_header, name);
    const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
    return text == nullptr ? concat({"no ", name}) : concat({name, " ", in_quotes(*text)});
  };
  return concat({"its header, unverified, has ", shown("kid"), " and ", shown("alg")});
}

struct Hint {
  Error::Id id;
  const char* text;
};
constexpr Hint kHints[] = {
    {Error::alg_not_allowed,
     "--alg names what is allowed. HS256, HS384 and HS512 must be named, and their secret given as "
     "an oct JWK"},
    {Error::multiple_matching_keys, "--multiple-keys try takes them one after the other"},
    {Error::jwks_mixed_symmetric, "give the secret in a JWK Set, or as a JWK, of its own"},
    {Error::jwe_unsupported, "who the token is for must decrypt it first"},
    {Error::issuer_mismatch, "touchstone decode shows what the token says"},
    {Error::audience_mismatch, "touchstone decode shows what the token says"},
    {Error::subject_mismatch, "touchstone decode shows what the token says"},
    {Error::typ_mismatch, "touchstone decode shows what the token says"},
    {Error::claim_missing, "touchstone decode shows what the token says"},
    {Error::claim_type_invalid, "touchstone decode shows what the token says"},
    {Error::token_not_active, "--leeway allows for clocks that differ"},
};

std::string hint_for(const Error& error) {
  for (const Hint& hint : kHints) {
    if (hint.id == error.id()) return hint.text;
  }
  return hint_of(error);
}

// Only after a valid signature: the 4xx rows come after it.
void time_rows(Page& page, const Explanation& explanation, NumericDate now) {
  struct Row {
    Error::Id id;
    const char* claim;
    const char* label;
  };
  constexpr Row kRows[] = {{Error::token_expired, "exp", "expired"},
                           {Error::token_not_active, "nbf", "valid from"},
                           {Error::iat_in_future, "iat", "issued"},
                           {Error::token_too_old, "iat", "issued"}};
  if (!explanation.unverified) return;
  const nlohmann::json& claims = explanation.unverified->unverified_claims.json();
  for (const Row& row : kRows) {
    const nlohmann::json* time = member(claims, row.claim);
    if (row.id != explanation.refusal->id() || time == nullptr) continue;
    page.row(row.label, date_and_words(time->get<double>(), now));
    page.row("judged at", date(now));
  }
}

void expected_row(Page& page, const Error& error, const Expectations& expectations) {
  const std::optional<OneOf>* expected = error.id() == Error::issuer_mismatch ? &expectations.issuer
                                         : error.id() == Error::audience_mismatch
                                             ? &expectations.audience
                                             : nullptr;
  if (expected == nullptr || !*expected) return;
  std::string list;
  for (const std::string& value : (*expected)->values()) {
    list += concat({list.empty() ? "" : ", ", in_quotes(value)});
  }
  page.row("expected", list);
}

void key_rows(Page& page, const Explanation& explanation, std::size_t at_most) {
  for (const auto& key : explanation.keys) {
    if (at_most == 0) {
      page.row("...", concat({"--explain shows all ", counted(explanation.keys.size(), "key")}));
      return;
    }
    --at_most;
    const std::string name = key.kid ? in_quotes(*key.kid) : "without kid";
    const std::string kind = key.kty.empty() ? "" : concat({", ", visible(key.kty)});
    const bool verified = explanation.key_index == key.index;
    const std::string verdict = key.passed_over ? in_words(*key.passed_over)
                                : verified      ? "verified the signature"
                                                : "matches the header";
    page.row(index_name(key.index), concat({name, kind, " - ", verdict}));
  }
}

void step_rows(Page& page, const Explanation& explanation) {
  struct Mark {
    const char* text;
    Page::Tone tone;
  };
  constexpr Mark kMarks[] = {{"passed", Page::Tone::good},
                             {"unchecked", Page::Tone::caution},
                             {"FAILED", Page::Tone::bad},
                             {"not reached", Page::Tone::plain}};
  for (const auto& step : explanation.steps) {
    const Mark& mark = kMarks[static_cast<std::size_t>(step.status)];
    page.row(mark.text, concat({step.name, ": ", step.question, in_brackets(step.section)}), 12,
             mark.tone);
  }
}

void unchecked_rows(Page& page, const Unchecked& unchecked) {
  constexpr auto kTone = Page::Tone::caution;
  if (unchecked.issuer) {
    page.row("unchecked", "iss: --issuer says who must have issued it", 12, kTone);
  }
  if (unchecked.audience) {
    page.row("unchecked", "aud: --audience says who it must be for", 12, kTone);
  }
  if (unchecked.expiry) {
    page.row("unchecked", "exp: it has none and never ends; --require exp refuses that", 12, kTone);
  }
}

void private_key_rows(Page& page, const KeySet& keys) {
  for (const std::string& warning : private_key_warnings(keys)) {
    page.row("warning", warning, 12, Page::Tone::bad);
  }
}

void choice_rows(Page& page, const Explanation& explanation, bool keys_follow) {
  constexpr std::size_t kKeysShown = 10;
  if (explanation.unverified) page.row("token", wanted_key(*explanation.unverified));
  if (explanation.keys.empty()) page.row("keys", "the JWK Set is empty");
  if (!keys_follow) key_rows(page, explanation, kKeysShown);
}

void refusal_rows(Page& page, const Explanation& explanation, const Plan& plan, NumericDate now) {
  const Error& error = *explanation.refusal;
  refusal_headline(page, error);
  if (explanation.key_index && error.id() >= 400) {
    page.row("signature", concat({"valid, by ", index_name(*explanation.key_index)}));
  }
  time_rows(page, explanation, now);
  expected_row(page, error, plan.expectations);
  const bool is_choice_of_key = error.id() >= 200 && error.id() < 400;
  if (is_choice_of_key) choice_rows(page, explanation, plan.arguments.has("explain"));
  const std::string hint = hint_for(error);
  if (!hint.empty()) page.row("hint", hint);
}

void valid_rows(Page& page, const Explanation& explanation, const KeySet& keys, NumericDate now) {
  page.headline(Page::Tone::good, "valid", "");
  const nlohmann::json& header = explanation.unverified->unverified_header;
  const auto key = std::find_if(keys.keys().begin(), keys.keys().end(), [&](const Jwk& jwk) {
    return jwk.index() == explanation.key_index;
  });
  if (key != keys.keys().end()) {
    page.row("key", concat({index_name(key->index()), ", ", describe(*key)}));
    page.row("thumbprint", key->thumbprint());
  }
  if (const auto* alg = member(header, "alg")) page.row("alg", alg->get_ref<const std::string&>());
  if (const auto* exp = member(explanation.unverified->unverified_claims.json(), "exp")) {
    page.row("expires", date_and_words(exp->get<double>(), now));
  }
  unchecked_rows(page, explanation.unchecked);
}

// The claims of a token that is not valid are decode's to show, where they are called unverified.
const nlohmann::json* wished_claims(const Plan& plan, const Explanation& explanation) {
  const bool shows = plan.arguments.has("claims") && !explanation.refusal && explanation.unverified;
  return shows ? &explanation.unverified->unverified_claims.json() : nullptr;
}

std::string as_json(const Plan& plan, const Explanation& explanation) {
  nlohmann::json json = to_json(explanation);
  json.erase("unverified");
  if (!plan.arguments.has("explain")) {
    json.erase("steps");
    json.erase("keys");
  }
  if (const auto* claims = wished_claims(plan, explanation)) json["claims"] = *claims;
  return json_line(json);
}

std::string as_page(const Plan& plan, const Explanation& explanation, const KeySet& keys,
                    NumericDate now) {
  Page page(plan.style);
  if (explanation.refusal) {
    refusal_rows(page, explanation, plan, now);
  } else {
    valid_rows(page, explanation, keys, now);
  }
  private_key_rows(page, keys);
  if (const auto* claims = wished_claims(plan, explanation)) {
    page.line("claims");
    for (const auto& [name, value] : claims->items()) {
      page.row(visible(name), visible(value.dump()));
    }
  }
  if (plan.arguments.has("explain")) {
    page.line("steps");
    step_rows(page, explanation);
    page.line("keys");
    key_rows(page, explanation, explanation.keys.size());
  }
  return page.take();
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  const std::string_view token = token_text(plan.inputs[0], contents[0]);
  const auto keys = KeySet::parse(contents[1]);
  if (!keys) return refused_input(plan, keys.error());
  const Explanation explanation = explain(token, *keys, plan.expectations, now);
  if (explanation.refusal && explanation.refusal->id() == Error::option_invalid) {
    return wrong_option(plan.arguments, explanation.refusal->detail().member);
  }
  const int exit_code = explanation.refusal ? kRefused : kValid;
  if (plan.arguments.has("json")) {
    return {exit_code, as_json(plan, explanation), private_key_page(plan.style, *keys)};
  }
  return {exit_code, as_page(plan, explanation, *keys, now), ""};
}

}  // namespace

const Command kVerifyCommand{
    .name = "verify",
    .operand = "TOKEN",
    .usage = "TOKEN --jwks JWKS | --issuer URL [OPTIONS]",
    .summary = "says whether a token is valid, by the keys of a JWK Set, and why not",
    .text = kText,
    .example =
        "touchstone verify token.jwt --jwks jwks.json \\\n"
        "  --issuer https://id.example --audience api",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
