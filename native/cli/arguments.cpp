#include "arguments.hpp"

#include <getopt.h>

#include <algorithm>
#include <numeric>

#include "text.hpp"

namespace touchstone::cli {
namespace {

// How many single letters must change to make one word of the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

const Option* find(const Command& command, std::string_view name) {
  for (const Option& row : command.options) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string unknown_option(const Command& command, std::string_view element) {
  std::vector<std::string> names;
  for (const Option& row : command.options) names.push_back(concat({"--", row.name}));
  // Its value is not repeated: it may be a token.
  const std::string_view name = element.substr(0, element.find('='));
  return concat({"unknown option ", in_quotes(name), suggestion(name, names)});
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 40;
  if (word.size() > kLongestWord) return "";
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // The beginning of an option is not the option, but it says well enough which one is meant.
    const bool is_beginning = word.size() > 3 && candidate.compare(0, word.size(), word) == 0;
    const std::size_t d = is_beginning ? 0 : distance(word, candidate);
    if (d >= best_distance) continue;
    best = &candidate;
    best_distance = d;
  }
  return best == nullptr ? "" : concat({"; did you mean ", *best, "?"});
}

const std::string* Arguments::value(std::string_view name) const {
  for (const Given& given : options) {
    if (given.option->name == name) return &given.value;
  }
  return nullptr;
}

// getopt_long, kept to what glibc and musl (which is in the WASM build) do alike: the leading "-"
// hands over operands where they stand, so that POSIXLY_CORRECT changes nothing; the ":" tells a
// missing value from an unknown option; a lone "-" never gets there; and a name counts only when it
// is written out, for what an abbreviation stands for changes with each new option.
Parsed parse_arguments(const Command& command, const std::vector<std::string>& arguments) {
  Parsed parsed;
  parsed.arguments.command = &command;

  std::vector<option> names;
  for (const Option& row : command.options) {
    names.push_back({row.name, row.value ? required_argument : no_argument, nullptr, 0});
  }
  names.push_back({nullptr, 0, nullptr, 0});

  std::vector<std::string> elements{"touchstone"};
  elements.insert(elements.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& element : elements) argv.push_back(element.data());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(elements.size());

  const char* const letters = "-:h";
  char* nothing[] = {argv[0], nullptr};
  opterr = 0;
  optind = 0;  // getopt's state is global; this call starts it anew
  getopt_long(1, nothing, letters, names.data(), nullptr);

  while (optind < argc) {
    const std::string_view element = argv[static_cast<std::size_t>(optind)];
    if (element == "-") {
      parsed.arguments.operands.emplace_back(element);
      ++optind;
      continue;
    }
    const int found = getopt_long(argc, argv.data(), letters, names.data(), nullptr);
    if (found == -1) break;
    if (found == 1) {
      parsed.arguments.operands.emplace_back(optarg);
      continue;
    }
    const std::string_view name = found == 'h' ? "help" : element.substr(2, element.find('=') - 2);
    const Option* row = found == 'h' || element.starts_with("--") ? find(command, name) : nullptr;
    if (row == nullptr) {
      parsed.complaint = unknown_option(command, element);
    } else if (found == ':') {
      parsed.complaint =
          concat({"--", row->name, " needs a value: --", row->name, " ", row->value});
    } else if (found == '?') {
      parsed.complaint = concat({"--", row->name, " takes no value"});
    } else if (!row->repeatable && row->value != nullptr && parsed.arguments.has(row->name)) {
      parsed.complaint = concat({"--", row->name, " is given twice"});
    }
    if (!parsed.complaint.empty()) return parsed;
    parsed.arguments.options.push_back({row, row->value ? optarg : ""});
  }
  for (; optind < argc; ++optind) {
    parsed.arguments.operands.emplace_back(argv[static_cast<std::size_t>(optind)]);
  }
  return parsed;
}

}  // namespace touchstone::cli
