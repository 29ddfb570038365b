// Command lines: the table that says what a command takes, and the reading of arguments by it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::cli {

struct Outcome;
struct Plan;

/// One option of a command. Help, checks and messages are all made from these rows.
struct Option {
  const char* name;   ///< without the dashes
  const char* value;  ///< what its value is called in the help; nullptr: it takes none
  const char* help;
  bool repeatable = false;
  /// Its name for Expectations::parse, or RotationPolicy::parse, where it is one.
  const char* expectation = nullptr;
};

/// One command. A new command is a new row.
struct Command {
  const char* name;     ///< of two words in a group: "keys rotate"
  const char* operand;  ///< what its one operand is called: "TOKEN"; nullptr: it takes none
  const char* usage;    ///< what stands behind its name in the help
  const char* summary;  ///< one line, for the list of commands
  const char* text;     ///< what else to know; paragraphs separated by an empty line
  const char* example;  ///< a command line that works as it stands, in lines
  std::span<const Option> options;
  /// Says what to read and checks what can be checked before. The outcome, if any, is the end.
  std::optional<Outcome> (*prepare)(Plan& plan);
  Outcome (*run)(const Plan& plan, const std::vector<std::string>& contents, double now);
};

/// Commands that share their first word.
struct Group {
  const char* name;
  const char* summary;  ///< one line, for the list of commands
  const char* text;     ///< as of a command
};

struct Given {
  const Option* option;
  std::string value;
};

/// What was given to a command.
struct Arguments {
  const Command* command = nullptr;
  std::vector<std::string> operands{};
  std::vector<Given> options{};

  bool has(std::string_view name) const { return value(name) != nullptr; }
  /// The value of an option, nullptr when it was not given.
  const std::string* value(std::string_view name) const;
};

/// Reads what stands after the command's name. The text is a complaint, empty when there is none.
struct Parsed {
  Arguments arguments{};
  std::string complaint{};
};
Parsed parse_arguments(const Command& command, const std::vector<std::string>& arguments);

/// `; did you mean "verify"?` for the candidate that is nearest to a misspelt word, or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace touchstone::cli
