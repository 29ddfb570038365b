// touchstone_manual DIRECTORY: writes the manual page and the completions into it.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "manual.hpp"

int main(int argc, char** argv) {
  using namespace touchstone::manual;
  if (argc != 2) return 2;
  if (const std::string word = refused_word(); !word.empty()) {
    std::cerr << "native/manual/words.cpp offers what the command line refuses: " << word << '\n';
    return 1;
  }
  const std::pair<const char*, std::string> files[] = {
      {"touchstone.1", man_page()},
      {"touchstone.bash", bash_completion()},
      {"_touchstone", zsh_completion()},
      {"touchstone.fish", fish_completion()},
  };
  for (const auto& [name, text] : files) {
    const auto path = std::filesystem::path(argv[1]) / name;
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) return std::cerr << "cannot write " << path << '\n', 1;
  }
}
