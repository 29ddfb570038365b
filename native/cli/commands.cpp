#include "commands.hpp"

#include <touchstone/touchstone.h>

#include <algorithm>
#include <cerrno>

#include "fetching.hpp"
#include "text.hpp"
#include "times.hpp"

namespace touchstone::cli {
namespace {

// The command whose name the arguments begin with.
const Command* find_command(std::span<const std::string> arguments) {
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    const std::size_t words = group == nullptr ? 1 : 2;
    if (arguments.size() < words || arguments[words - 1] != last_word(*command)) continue;
    if (group == nullptr || arguments[0] == group->name) return command;
  }
  return nullptr;
}

const Group* find_group(std::string_view name) {
  for (const Group& group : groups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

bool looks_like_token(std::string_view text) { return text.starts_with("ey"); }

// `name` is what stands behind "touchstone", for the error to be found.
Outcome usage_error_of(std::string_view name, std::string_view complaint) {
  const std::string behind = name.empty() ? "" : concat({" ", name});
  return {kUsage, "",
          concat({"touchstone", behind, ": ", complaint, "\nTry: touchstone help", behind, "\n"})};
}

// What is longer may be a token and is not repeated.
bool may_be_repeated(std::string_view word) { return word.size() <= 40 && !looks_like_token(word); }

const char* kind_of(std::string_view word) {
  return word.starts_with('-') ? "unknown option " : "unknown command ";
}

Outcome unknown_command(std::string_view word) {
  if (!may_be_repeated(word)) {
    return usage_error(nullptr,
                       "a command comes first; for a token: touchstone verify TOKEN --jwks JWKS");
  }
  if (word == "keys" || word == "sign" || word == "serve") {
    return usage_error(
        nullptr, concat({in_quotes(word),
                         " needs private keys, which this program does not handle: the native one "
                         "does, where it is built with TOUCHSTONE_BUILD_ISSUER and ",
                         word == "serve" ? "TOUCHSTONE_BUILD_SERVER" : "TOUCHSTONE_BUILD_STORES"}));
  }
  std::vector<std::string> names{"help", "--help", "--version"};
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    if (group != nullptr && last_word(*command) == word) {
      return usage_error(nullptr, concat({"unknown command ", in_quotes(word), "; did you mean ",
                                          command->name, "?"}));
    }
    names.push_back(group == nullptr ? command->name : group->name);
  }
  return usage_error(nullptr, concat({kind_of(word), in_quotes(word), suggestion(word, names)}));
}

// What stands behind a group's name when that is none of its commands.
Outcome unknown_in_group(const Group& group, std::string_view word) {
  if (!may_be_repeated(word)) return usage_error_of(group.name, "a command comes next");
  std::vector<std::string> names{"--help"};
  for (const Command* command : commands()) {
    if (group_of(*command) == &group) names.emplace_back(last_word(*command));
  }
  return usage_error_of(group.name,
                        concat({kind_of(word), in_quotes(word), suggestion(word, names)}));
}

// A group's name without one of its commands.
Outcome in_group(const Group& group, std::span<const std::string> rest, Style style) {
  if (rest.empty()) return {kUsage, "", group_help(group, style).out};
  if (rest[0] == "help" || rest[0] == "--help" || rest[0] == "-h") return group_help(group, style);
  return unknown_in_group(group, rest[0]);
}

Outcome help(std::span<const std::string> words, Style style) {
  if (words.empty() || words[0] == "help") return general_help(style);
  if (const Command* command = find_command(words)) return command_help(*command, style);
  const Group* group = find_group(words[0]);
  if (group == nullptr) return unknown_command(words[0]);
  return words.size() == 1 ? group_help(*group, style) : unknown_in_group(*group, words[1]);
}

// Tokens, JSON and file names are UTF-8; JavaScript hosts have replaced what is not, by U+FFFD.
std::optional<std::size_t> first_that_is_not_text(const std::vector<std::string>& arguments) {
  const auto found =
      std::find_if(arguments.begin(), arguments.end(), [](const std::string& argument) {
        return !is_utf8(argument) || argument.find("\xef\xbf\xbd") != std::string::npos;
      });
  if (found == arguments.end()) return {};
  return static_cast<std::size_t>(found - arguments.begin());
}

// As the XDG Base Directory Specification has it; a path that is not absolute does not count.
std::string cache_dir_of(const Surroundings& surroundings) {
  if (surroundings.xdg_cache_home.starts_with('/')) {
    return concat({surroundings.xdg_cache_home, "/touchstone"});
  }
  return surroundings.home.starts_with('/') ? concat({surroundings.home, "/.cache/touchstone"})
                                            : "";
}

struct Errno {
  int number;
  const char* name;
  const char* words;
};
constexpr Errno kErrnos[] = {
    {ENOENT, "ENOENT", "there is no such file"},
    {EISDIR, "EISDIR", "it is a directory"},
    {EACCES, "EACCES", "permission is denied"},
    {EPERM, "EPERM", "it is not permitted"},
    {ENOTDIR, "ENOTDIR", "a part of its path is not a directory"},
    {ENAMETOOLONG, "ENAMETOOLONG", "its name is too long"},
    {ELOOP, "ELOOP", "its symbolic links go in a circle"},
    {EMFILE, "EMFILE", "too many files are open"},
    {ENXIO, "ENXIO", "no such device or address"},
    {EBADF, "EBADF", "it is not open"},
    {EIO, "EIO", "the device failed"},
    {ENOSPC, "ENOSPC", "no space is left on the device"},
    {EFBIG, "EFBIG", "it would become too large"},
    {EPIPE, "EPIPE", "nobody reads it"},
};

}  // namespace

const Group* group_of(const Command& command) {
  const std::string_view name = command.name;
  const std::size_t space = name.find(' ');
  return space == std::string_view::npos ? nullptr : find_group(name.substr(0, space));
}

std::string_view last_word(const Command& command) {
  const std::string_view name = command.name;
  return name.substr(name.rfind(' ') + 1);
}

Plan plan(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Plan plan;
  plan.style = style_of(surroundings);
  plan.cache_dir = cache_dir_of(surroundings);
  const auto finish = [&](Outcome outcome) {
    if (outcome.exit_code == kUsage) outcome.err = wrapped(plan.style, outcome.err);
    plan.outcome = std::move(outcome);
    return std::move(plan);
  };

  if (const auto position = first_that_is_not_text(arguments)) {
    return finish(usage_error(
        nullptr, concat({"argument ", std::to_string(*position + 1), " is not UTF-8"})));
  }
  if (arguments.empty()) {
    plan.outcome = {kUsage, "", general_help(plan.style).out};
    return plan;
  }
  const std::string& first = arguments[0];
  if (first == "help" || first == "--help" || first == "-h") {
    return finish(help(std::span(arguments).subspan(1), plan.style));
  }
  if (first == "--version") return finish({kValid, "touchstone " TOUCHSTONE_VERSION "\n", ""});
  const Command* command = find_command(arguments);
  if (command == nullptr) {
    const Group* group = find_group(first);
    return finish(group == nullptr ? unknown_command(first)
                                   : in_group(*group, std::span(arguments).subspan(1), plan.style));
  }

  const std::ptrdiff_t words = group_of(*command) == nullptr ? 1 : 2;
  Parsed parsed = parse_arguments(*command, {arguments.begin() + words, arguments.end()});
  if (parsed.arguments.has("help")) return finish(command_help(*command, plan.style));
  if (!parsed.complaint.empty()) return finish(usage_error(command, parsed.complaint));
  plan.arguments = std::move(parsed.arguments);
  if (plan.arguments.has("no-color")) plan.style.colour = false;
  if (command->operand == nullptr && !plan.arguments.operands.empty()) {
    return finish(usage_error(command, "it takes options, and no argument"));
  }
  if (plan.arguments.operands.size() > 1) {
    return finish(usage_error(command, concat({"there is more than one ", command->operand})));
  }
  for (const auto& [option, text] : plan.arguments.options) {
    // That of `keys rotate` has no value.
    if (option->value == nullptr || std::string_view(option->name) != "now") continue;
    plan.now = parse_time(text);
    if (!plan.now) {
      return finish(usage_error(
          command, concat({"--now does not take ", shown_value(text),
                           ": seconds since 1970, or a time such as 2026-11-23T18:30:00Z"})));
    }
  }
  if (auto outcome = command->prepare(plan)) return finish(*std::move(outcome));
  plan.shows_progress = plan.lines && surroundings.err_is_terminal && !surroundings.out_is_terminal;
  return plan;
}

Outcome execute(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  return plan.arguments.command->run(plan, contents, plan.now.value_or(now));
}

Outcome unreadable(const Plan& plan, const Input& input, std::string_view reason) {
  const std::string from =
      input.kind == Input::Kind::file ? in_quotes(input.text) : std::string("standard input");
  const std::string message =
      concat({"touchstone: cannot read ", input.role, " from ", from, ": ", in_words(reason)});
  return {kInputOutput, "", wrapped(plan.style, message)};
}

Outcome unwritable(std::string_view reason) {
  if (reason == "EPIPE") return {kInputOutput, "", ""};
  return {kInputOutput, "",
          concat({"touchstone: cannot write the output: ", in_words(reason), "\n"})};
}

std::string_view errno_name(int number) {
  for (const Errno& row : kErrnos) {
    if (number == row.number) return row.name;
  }
  return "";
}

Outcome usage_error(const Command* command, std::string_view complaint) {
  return usage_error_of(command == nullptr ? "" : command->name, complaint);
}

// A token begins with "ey", as the base64url of `{"` does. What begins with "Bearer ", or is longer
// than the names that people give to files, is a token too, though not a good one: it is for the
// core to refuse, and must not be shown in a message about a file. Anything else is a file.
Input token_input(std::string_view argument) {
  constexpr std::size_t kTokenLimit = 64 * 1024 + 2;  // a line end is not counted
  constexpr std::size_t kLongestName = 100;
  const bool is_token =
      looks_like_token(argument) || argument.starts_with("Bearer ") ||
      (argument.size() > kLongestName && argument.find('/') == std::string_view::npos);
  if (argument == "-") return {"the token", Input::Kind::standard_input, "", kTokenLimit};
  if (is_token) return {"the token", Input::Kind::given, std::string(argument), kTokenLimit};
  return {"the token", Input::Kind::file, std::string(argument), kTokenLimit};
}

Input json_input(const char* role, std::string_view argument) {
  constexpr std::size_t kSetLimit = std::size_t{1} << 20;
  const std::size_t start = argument.find_first_not_of(" \t\r\n");
  const bool is_json =
      start != std::string_view::npos && (argument[start] == '{' || argument[start] == '[');
  if (argument == "-") return {role, Input::Kind::standard_input, "", kSetLimit};
  if (is_json) return {role, Input::Kind::given, std::string(argument), kSetLimit};
  return {role, Input::Kind::file, std::string(argument), kSetLimit};
}

std::string in_words(std::string_view errno_name) {
  for (const Errno& row : kErrnos) {
    if (errno_name == row.name) return row.words;
  }
  return errno_name.empty() ? "the system does not say why" : visible(errno_name);
}

std::string wrapped(Style style, std::string_view lines) {
  Page page(style);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    page.paragraph(lines.substr(0, end), 0, 2);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return page.take();
}

Input key_set_input(std::string_view argument) {
  Input input = json_input("the JWK Set", argument);
  if (is_url(argument)) input.kind = Input::Kind::key_set_url;
  return input;
}

std::optional<Outcome> check_source(const Command& command, const char* name,
                                    std::string_view argument) {
  if (argument.empty()) return usage_error(&command, concat({name, " is empty"}));
  if (is_url(argument)) {
    return usage_error(&command,
                       concat({name, " is not fetched; for a JWK Set: touchstone fetch URL"}));
  }
  return {};
}

std::string_view token_text(const Input& input, std::string_view content) {
  if (input.kind == Input::Kind::given) return content;
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  return content;
}

std::string shown_value(std::string_view value) {
  constexpr std::size_t kLongest = 40;
  return value.size() > kLongest ? "this value" : in_quotes(value);
}

std::string in_brackets(std::string_view text) {
  return text.empty() || text == "policy" ? "" : concat({" (", visible(text), ")"});
}

std::string in_words(const Error& error) {
  return concat({error.reason(), in_brackets(error.detail().member), ": ", error.message()});
}

void refusal_headline(Page& page, const Error& error) {
  page.headline(Page::Tone::bad, "refused: ",
                concat({error.reason(), in_brackets(error.detail().member), " - ", error.message(),
                        in_brackets(error.section())}));
}

std::string describe(const Jwk& key) {
  const std::string kid = key.kid() ? in_quotes(*key.kid()) : "without kid";
  if (!key.crv().empty()) return concat({kid, ", ", key.kty(), " ", key.crv()});
  return concat({kid, ", ", key.kty(), " of ", std::to_string(key.bits()), " bits"});
}

std::string index_name(std::size_t index) { return concat({"keys[", std::to_string(index), "]"}); }

std::vector<std::string> private_key_warnings(const KeySet& keys) {
  std::vector<std::string> warnings;
  for (const auto& skipped : keys.skipped()) {
    if (skipped.reason.id() != Error::private_member) continue;
    warnings.push_back(
        concat({index_name(skipped.index),
                " is a private key and should not be here: who can read this can sign. It was "
                "not used. Replace the key, and publish its public part only."}));
  }
  return warnings;
}

std::string private_key_page(Style style, const KeySet& keys) {
  Page page(style);
  for (const std::string& warning : private_key_warnings(keys)) {
    page.paragraph(concat({"warning: ", warning}), 0, 2);
  }
  return page.take();
}

std::string hint_of(const Error& error) {
  const auto& [member, hint, offset, keys] = error.detail();
  return hint.empty() || member.empty() ? std::string(hint) : concat({member, " ", hint});
}

Outcome refused_input(const Plan& plan, const Error& error) {
  if (plan.arguments.has("json")) {
    return {kRefused, json_line({{"valid", false}, {"error", to_json(error)}}), ""};
  }
  Page page(plan.style);
  refusal_headline(page, error);
  const std::string hint = hint_of(error);
  if (!hint.empty()) page.row("hint", hint);
  if (const auto offset = error.detail().offset) {
    page.row("where",
             concat({"the parser stopped at byte ", std::to_string(*offset), " (the first is 0)"}));
  }
  return {kRefused, page.take(), ""};
}

std::string json_line(const nlohmann::json& value) {
  return concat({value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), "\n"});
}

}  // namespace touchstone::cli
