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

std::string command_names() {
  std::string out;
  for (const Command* command : commands()) out += concat({command->name, " "});
  return out + "help";
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

std::string zsh_option(const Option& option) {
  const std::string_view name = option.name;
  const std::string help = concat({"[", escaped(option.help, "\\]["), "]"});
  if (option.value == nullptr) {
    const char* also = name == "help" ? " '(- *)-h[show this help]'" : "";
    return concat({zsh_word(concat({name == "help" ? "(- *)--" : "--", name, help})), also});
  }
  const auto words = words_of(option);
  const std::string values = !words.empty()          ? concat({"(", joined(words), ")"})
                             : is_file(option.value) ? "_files"
                                                     : " ";
  return zsh_word(
      concat({option.repeatable ? "*--" : "--", name, "=", help, ":", option.value, ":", values}));
}

}  // namespace

std::string bash_completion() {
  std::string options, values, with_file = " ";
  for (const Command* command : commands()) {
    std::string names;
    for (const Option& option : command->options) {
      names += concat({names.empty() ? "--" : " --", option.name});
      if (option.value == nullptr) continue;
      const auto words = words_of(option);
      const std::string what = !words.empty()          ? concat({"words='", joined(words), "'"})
                               : is_file(option.value) ? "files=yes"
                                                       : ":";
      values += concat({"    '", command->name, " --", option.name, "') ", what, " ;;\n"});
    }
    options += concat({"    ", command->name, ") words='", names, "' ;;\n"});
    if (is_file(command->operand)) with_file += concat({command->name, " "});
  }
  return concat({"# bash ", kMadeOf, R"(_touchstone() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} words='' files='' valued=yes
  # bash takes --option=value for three words.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = && $COMP_CWORD -gt 2 ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case "$command $before" in
)",
                 values, R"(    *) valued='' ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    words=')",
                 command_names(), R"( --help --version'
  elif [[ $command == help ]]; then
    words=')",
                 command_names(), R"('
  elif [[ -z $valued && $current == -* ]]; then
    case $command in
)",
                 options, R"(    esac
  elif [[ -z $valued && ')",
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
  std::string names, cases;
  for (const Command* command : commands()) {
    names += concat({"    ", zsh_word(concat({command->name, ":", command->summary})), "\n"});
    cases += concat({"    ", command->name, ")\n      _arguments -s \\\n"});
    for (const Option& option : command->options)
      cases += concat({"        ", zsh_option(option), " \\\n"});
    cases += concat(
        {"        ",
         zsh_word(concat({"1:", command->operand, is_file(command->operand) ? ":_files" : ": "})),
         "\n      ;;\n"});
  }
  return concat({"#compdef touchstone\n# zsh ", kMadeOf, R"(_touchstone() {
  local curcontext=$curcontext state line
  local -a names
  names=(
)",
                 names, R"(    'help:what a command does and takes'
  )
  _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' \
    '1:command:->command' '*::argument:->argument' && return
  case $state in
    command) _describe command names ;;
    argument)
      case $words[1] in
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
  const std::string none = concat({"not __fish_seen_subcommand_from ", command_names()});
  std::string out = concat({"# fish ", kMadeOf});
  out += one(none, "-f -l help -s h -d 'show the help'");
  out += one(none, "-f -l version -d 'show the version'");
  out += one(none, "-f -a help -d 'what a command does and takes'");
  out += one("__fish_seen_subcommand_from help", concat({"-f -a ", fish_word(command_names())}));
  for (const Command* command : commands()) {
    out += one(none, concat({"-f -a ", command->name, " -d ", fish_word(command->summary)}));
    const std::string given = concat({"__fish_seen_subcommand_from ", command->name});
    if (!is_file(command->operand)) out += one(given, "-f");
    for (const Option& option : command->options) {
      std::string rest = concat({"-l ", option.name});
      if (std::string_view(option.name) == "help") rest += " -s h";
      if (option.value != nullptr) {
        const auto words = words_of(option);
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
