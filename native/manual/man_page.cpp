#include <touchstone/touchstone.h>

#include <algorithm>

#include "manual.hpp"
#include "text.hpp"

namespace touchstone::manual {
namespace {

using namespace touchstone::cli;

// Text that roff leaves as it is: a hyphen that can be copied, no escapes, no request.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return concat({"\\fB", roff(text), "\\fR"}); }
std::string italic(std::string_view text) { return concat({"\\fI", roff(text), "\\fR"}); }

// `JWKS` in a usage line is the user's to fill in, as is what stands in brackets.
std::string usage(const Command& command) {
  std::string line = concat({bold(concat({"touchstone ", command.name}))});
  std::string_view rest = command.usage;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    line += concat({" ", word.starts_with("--") ? bold(word) : italic(word)});
  }
  return line;
}

std::string label(const Option& option) {
  const std::string name = bold(concat({"--", option.name}));
  const std::string_view also = std::string_view(option.name) == "help" ? "\\fB\\-h\\fR, " : "";
  return option.value == nullptr ? concat({also, name})
                                 : concat({also, name, " ", italic(option.value)});
}

// Each part of a text that `separator` separates, each behind a line of its own.
std::string parts(std::string_view text, std::string_view separator, std::string_view between) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (!out.empty()) out += between;
    out += concat({roff(text.substr(0, end)), "\n"});
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return out;
}

std::string example(const Command& command) {
  return concat({".PP\n.RS 4\n.EX\n", parts(command.example, "\n", ""), ".EE\n.RE\n"});
}

std::string section(const Command& command) {
  std::string page = concat({".SS ", command.name, "\n", usage(command), "\n.PP\n",
                             parts(command.text, "\n\n", ".PP\n")});
  for (const Option& option : command.options) {
    const char* times = option.repeatable ? "; may be given several times" : "";
    page += concat({".TP\n", label(option), "\n", roff(concat({option.help, times})), "\n"});
  }
  return page + example(command);
}

// "0 valid, 1 refused": a row for each number.
std::string exit_status() {
  std::string page;
  std::string_view rest = kExitStatus;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    const std::string_view row = rest.substr(0, end), number = row.substr(0, row.find(' '));
    page += concat({".TP\n", bold(number), "\n", roff(row.substr(number.size() + 1)), "\n"});
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return page;
}

}  // namespace

std::string man_page() {
  std::string page =
      concat({".TH TOUCHSTONE 1 \"\" \"touchstone " TOUCHSTONE_VERSION "\" \"User Commands\"\n"
              ".SH NAME\ntouchstone \\- ",
              roff(kSummary), "\n.SH SYNOPSIS\n"});
  for (const Command* command : commands()) page += concat({usage(*command), "\n.br\n"});
  page += concat({bold("touchstone help"), " [", italic("COMMAND"), "]\n.br\n",
                  bold("touchstone --version"), "\n.SH COMMANDS\n"});
  for (const Command* command : commands()) {
    page += concat({".TP\n", bold(command->name), "\n", roff(command->summary), "\n"});
  }
  page += ".SH DESCRIPTION\n";
  for (const Command* command : commands()) page += section(*command);
  page += concat({".SH EXIT STATUS\n", exit_status(), ".SH ENVIRONMENT\n.TP\n", bold("NO_COLOR"),
                  "\nwhen it is set and not empty, there is no colour on a terminal\n.TP\n",
                  bold("COLUMNS"), "\nhow wide the output is; else as wide as the terminal\n"});
  if (!groups().empty())
    page += concat(
        {".TP\n", bold("TOUCHSTONE_STORE"), "\nwhat \\-\\-store is by default\n.TP\n",
         bold("TOUCHSTONE_SEALING_KEY"),
         "\nthe key that the ring is encrypted under; \\-\\-sealing\\-key\\-file comes first\n"});
  return page;
}

}  // namespace touchstone::manual
