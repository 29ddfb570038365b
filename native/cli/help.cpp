#include <algorithm>

#include "commands.hpp"
#include "text.hpp"

namespace touchstone::cli {
namespace {

// The examples' lines, indented and as they are: they are to be copied.
void example(Page& page, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    page.line(concat({"  ", lines.substr(0, end)}));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void paragraphs(Page& page, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    page.paragraph(text.substr(0, end));
    page.line();
    text.remove_prefix(std::min(end + 2, text.size()));
  }
}

std::string as_typed(const Option& option) {
  if (option.value == nullptr) return concat({"--", option.name});
  return concat({"--", option.name, " ", option.value});
}

}  // namespace

Outcome general_help(Style style) {
  Page page(style);
  page.paragraph(concat({"touchstone - ", kSummary}));
  page.line();
  page.paragraph("Usage: touchstone COMMAND [ARGUMENT] [OPTIONS]");
  page.line();
  page.line("Commands:");
  const Group* last = nullptr;
  for (const Command* command : commands()) {
    const Group* group = group_of(*command);
    if (group == nullptr) {
      page.row(command->name, command->summary);
    } else if (group != last) {
      page.row(group->name, concat({group->summary, " (touchstone help ", group->name, ")"}));
    }
    last = group;
  }
  page.row("help", "what a command does and takes: touchstone help verify");
  page.row("--version", "the version");
  page.line();
  page.line("Example:");
  example(page, kVerifyCommand.example);
  page.line();
  page.paragraph(concat({"Exit status: ", kExitStatus}));
  return {kValid, page.take(), ""};
}

Outcome group_help(const Group& group, Style style) {
  Page page(style);
  page.paragraph(concat({"Usage: touchstone ", group.name, " COMMAND [OPTIONS]"}), 0, 2);
  page.line();
  paragraphs(page, group.text);
  page.line("Commands:");
  const Command* first = nullptr;
  for (const Command* command : commands()) {
    if (group_of(*command) != &group) continue;
    if (first == nullptr) first = command;
    page.row(last_word(*command), command->summary);
  }
  page.row("help", concat({"what a command does and takes: touchstone help ", first->name}));
  page.line();
  page.line("Example:");
  example(page, first->example);
  page.line();
  page.paragraph(concat({"Exit status: ", kExitStatus}));
  return {kValid, page.take(), ""};
}

Outcome command_help(const Command& command, Style style) {
  Page page(style);
  page.paragraph(concat({"Usage: touchstone ", command.name, " ", command.usage}), 0, 2);
  page.line();
  paragraphs(page, command.text);
  page.line("Options:");
  for (const Option& option : command.options) {
    constexpr std::size_t kLabelWidth = 22;
    const char* times = option.repeatable ? "; may be given several times" : "";
    page.row(as_typed(option), concat({option.help, times}), kLabelWidth);
  }
  page.line();
  page.line("Example:");
  example(page, command.example);
  page.line();
  page.paragraph(concat({"Exit status: ", kExitStatus}));
  return {kValid, page.take(), ""};
}

}  // namespace touchstone::cli
