#include "manual.hpp"
#include "text.hpp"

namespace touchstone::manual {
namespace {

using namespace touchstone::cli;

constexpr const char* kMadeOf =
    "completion for touchstone(1), made from the command line's own tables\n";

std::string joined(std::span<const char* const> words) {
  std::string out;
  for (const char* word : words) out += concat({out.empty() ? "" : " ", word});
  return out;
}

/// What may stand first: commands of one word, groups, help.
std::string first_words() {
  std::string out;
  const Group* last = nullptr;
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    if (group == nullptr || group != last)
      out += concat({group == nullptr ? command->name : group->name, " "});
    last = group;
  }
  return out + "help";
}

std::string words_in(const Group& group) {
  std::string out;
  for (const Command* command : commands()) {
    if (group_of(*command) == &group) out += concat({out.empty() ? "" : " ", last_word(*command)});
  }
  return out;
}

/// The text with a backslash before each of these.
std::string escaped(std::string_view text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != characters.npos) out += '\\';
    out += c;
  }
  return out;
}

/// As one word of a shell, whatever is in it.
std::string zsh_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}
std::string fish_word(std::string_view text) { return concat({"'", escaped(text, "\\'"), "'"}); }

std::string zsh_option(const Command& command, const Option& option) {
  const std::string_view name = option.name;
  const std::string help = concat({"[", escaped(option.help, "\\]["), "]"});
  if (option.value == nullptr) {
    const char* also = name == "help" ? " '(- *)-h[show this help]'" : "";
    return concat({zsh_word(concat({name == "help" ? "(- *)--" : "--", name, help})), also});
  }
  const auto words = words_of(command, option);
  const std::string values = !words.empty()          ? concat({"(", joined(words), ")"})
                             : is_file(option.value) ? "_files"
                                                     : " ";
  return zsh_word(
      concat({option.repeatable ? "*--" : "--", name, "=", help, ":", option.value, ":", values}));
}

}  // namespace

std::string bash_completion() {
  std::string options, values, with_file = " ", groups_of_two, in_groups;
  for (const Group& group : groups()) {
    groups_of_two += concat({groups_of_two.empty() ? "" : " | ", group.name});
    in_groups += concat(
        {"    ", group.name, " | 'help ", group.name, "') words='", words_in(group), "' ;;\n"});
  }
  for (const Command* command : commands()) {
    std::string names;
    for (const Option& option : command->options) {
      names += concat({names.empty() ? "--" : " --", option.name});
      if (option.value == nullptr) continue;
      const auto words = words_of(*command, option);
      const std::string what = !words.empty()          ? concat({"words='", joined(words), "'"})
                               : is_file(option.value) ? "files=yes"
                                                       : ":";
      values += concat({"    '", command->name, " --", option.name, "') ", what, " ;;\n"});
    }
    options += concat({"      '", command->name, "') words='", names, "' ;;\n"});
    if (is_file(command->operand)) with_file += concat({command->name, " "});
  }
  const std::string two_words = groups_of_two.empty()
                                    ? ""
                                    : concat({"  case $command in ", groups_of_two,
                                              ") command+=\" ${COMP_WORDS[2]}\" ;; esac\n"});
  return concat({"# bash ", kMadeOf, R"(_touchstone() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} words='' files='' valued=yes
)",
                 two_words, R"(  # bash takes --option=value for three words.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = && $COMP_CWORD -gt 2 ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$command $before" in
)",
                 values, R"(    *) valued='' ;;
  esac
  case "${COMP_WORDS[*]:1:COMP_CWORD-1}" in
    '') words=')",
                 first_words(), R"( --help --version' ;;
    help) words=')",
                 first_words(), "' ;;\n", in_groups, R"(  esac
  if [[ -z $words && -z $valued && $current == -* ]]; then
    case $command in
)",
                 options, R"(    esac
  elif [[ -z $words && -z $valued && ')",
                 with_file, R"(' == *" $command "* ]]; then
    files=yes
  fi
  COMPREPLY=()
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [[ -n $files ]]; then
    compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _touchstone touchstone
)"});
}

std::string zsh_completion() {
  std::string names, groups_of_names, two_words, cases;
  const auto described = [](std::string_view name, std::string_view summary) {
    return concat({"    ", zsh_word(concat({name, ":", summary})), "\n"});
  };
  for (const Group& group : groups()) {
    groups_of_names += concat({"  local -a in_", group.name, "\n  in_", group.name, "=(\n"});
    for (const Command* command : commands()) {
      if (group_of(*command) == &group)
        groups_of_names += described(last_word(*command), command->summary);
    }
    groups_of_names += "  )\n";
    two_words += concat({"      if [[ $words[1] == help && $words[2] == ", group.name,
                         " && $CURRENT -eq 3 ]]; then\n        _describe command in_", group.name,
                         "\n        return\n      elif [[ $words[1] == ", group.name,
                         " ]]; then\n        if (( CURRENT == 2 )); then\n          _describe "
                         "command in_",
                         group.name,
                         "\n          return\n        fi\n        name=\"$words[1] $words[2]\"\n"
                         "        shift words\n        (( CURRENT-- ))\n      fi\n"});
  }
  const Group* last = nullptr;
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    if (group == nullptr) names += described(command->name, command->summary);
    if (group != nullptr && group != last) names += described(group->name, group->summary);
    last = group;
    cases += concat({"        ", zsh_word(command->name), ")\n          _arguments -s \\\n"});
    for (const Option& option : command->options)
      cases += concat({"            ", zsh_option(*command, option), " \\\n"});
    const char* operand = command->operand;
    cases += concat({"            ",
                     operand == nullptr
                         ? ""
                         : zsh_word(concat({"1:", operand, is_file(operand) ? ":_files" : ": "})),
                     "\n          ;;\n"});
  }
  return concat(
      {"#compdef touchstone\n# zsh ", kMadeOf, R"(_touchstone() {
  local curcontext=$curcontext state line name
  local -a names
  names=(
)",
       names, R"(    'help:what a command does and takes'
  )
)",
       groups_of_names,
       R"(  _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' \
    '1:command:->command' '*::argument:->argument' && return
  case $state in
    command) _describe command names ;;
    argument)
      name=$words[1]
)",
       two_words, R"(      case $name in
        help) _describe command names ;;
)",
       cases, R"(      esac
      ;;
  esac
}
# Loaded by itself, or sourced.
if [[ $funcstack[1] == _touchstone ]]; then _touchstone "$@"; else compdef _touchstone touchstone; fi
)"});
}

std::string fish_completion() {
  const auto one = [](std::string_view condition, std::string_view rest) {
    return concat({"complete -c touchstone -n ", fish_word(condition), " ", rest, "\n"});
  };
  const auto seen = [](std::string_view words) {
    return concat({"__fish_seen_subcommand_from ", words});
  };
  const std::string none = concat({"not ", seen(first_words())});
  std::string out = concat({"# fish ", kMadeOf});
  out += one(none, "-f -l help -s h -d 'show the help'");
  out += one(none, "-f -l version -d 'show the version'");
  out += one(none, "-f -a help -d 'what a command does and takes'");
  out += one(seen("help"), concat({"-f -a ", fish_word(first_words())}));
  for (const Group& group : groups())
    out += one(none, concat({"-f -a ", group.name, " -d ", fish_word(group.summary)}));
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    const std::string_view name = last_word(*command);
    const std::string before = group == nullptr ? "" : concat({seen(group->name), "; and "});
    const std::string unnamed =
        group == nullptr ? none : concat({before, "not ", seen(words_in(*group))});
    out += one(unnamed, concat({"-f -a ", name, " -d ", fish_word(command->summary)}));
    const std::string given = concat({before, seen(name)});
    if (!is_file(command->operand)) out += one(given, "-f");
    for (const Option& option : command->options) {
      std::string rest = concat({"-l ", option.name});
      if (std::string_view(option.name) == "help") rest += " -s h";
      if (option.value != nullptr) {
        const auto words = words_of(*command, option);
        rest += !words.empty()          ? concat({" -x -a ", fish_word(joined(words))})
                : is_file(option.value) ? " -r -F"
                                        : " -x";
      }
      out += one(given, concat({rest, " -d ", fish_word(option.help)}));
    }
  }
  return out;
}

}  // namespace touchstone::manual
