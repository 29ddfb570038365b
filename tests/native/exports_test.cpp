// What the shared libraries show to a linker: the C functions of touchstone.h, the C++ API, nothing
// else.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include "../core/support.hpp"

using namespace touchstone::test;

namespace {

struct Symbol {
  char kind;
  std::string mangled, name;
};

/// The folder of the program that runs: the shared library is built beside it.
std::filesystem::path build_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), count);
  REQUIRE(pclose(pipe) == 0);
  return text;
}

/// The lines of nm: each symbol's kind and name, in the library's own order.
std::vector<std::pair<char, std::string>> lines_of_nm(const std::string& name,
                                                      const std::string& options) {
  const auto library = build_folder() / "native" / name;
  INFO(library.string());
  REQUIRE(std::filesystem::exists(library));
  const std::string text =
      output_of("nm --dynamic --defined-only --no-sort " + options + " '" + library.string() + "'");
  std::vector<std::pair<char, std::string>> lines;
  const std::regex line(R"([0-9a-f]* *([A-Za-z]) ([^\n]+)\n)");
  for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at)
    lines.emplace_back((*at)[1].str()[0], (*at)[2]);
  return lines;
}

std::vector<Symbol> exported_symbols(const std::string& library = "libtouchstone.so") {
  const auto mangled = lines_of_nm(library, ""), demangled = lines_of_nm(library, "--demangle");
  REQUIRE(mangled.size() == demangled.size());
  REQUIRE_FALSE(mangled.empty());
  const std::regex abi(R"(\[abi:\w+\])");
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < mangled.size(); ++i) {
    symbols.push_back(
        {mangled[i].first, mangled[i].second, std::regex_replace(demangled[i].second, abi, "")});
  }
  return symbols;
}

/// The functions that the header declares.
std::set<std::string> declared_functions() {
  const std::string text = std::regex_replace(read_source("core/include/touchstone/touchstone.h"),
                                              std::regex(R"(/\*([^*]|\*+[^*/])*\*+/)"), "");
  std::set<std::string> names;
  const std::regex declaration(R"(TOUCHSTONE_API[^;(]*\b(touchstone_\w+)\s*\()");
  for (std::sregex_iterator at(text.begin(), text.end(), declaration), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

bool is_c_function(const Symbol& symbol) {
  return symbol.name.starts_with("touchstone_") && symbol.name.find('(') == std::string::npos;
}

bool is_public_cpp(const Symbol& symbol) {
  static const std::regex name(R"((typeinfo (name )?for |vtable for )?touchstone::.*)");
  static const std::regex inner(R"(touchstone::(crypto|\(anonymous namespace\))::)");
  return std::regex_match(symbol.name, name) &&
         !std::regex_search(symbol.name.substr(0, symbol.name.find('(')), inner);
}

/// Templates of the standard library are weak, and shared by all that are loaded, whoever hides
/// what.
bool is_weak_std(const Symbol& symbol) {
  static const std::regex name("_Z(GV|T[VIST])?Z?N?K?S[tabsiod].*");
  return std::string("VWu").find(symbol.kind) != std::string::npos &&
         std::regex_match(symbol.mangled, name);
}

}  // namespace

TEST_CASE("exports: the C functions of touchstone.h, all of them and no other", "[exports]") {
  std::set<std::string> exported;
  for (const Symbol& symbol : exported_symbols()) {
    if (is_c_function(symbol)) exported.insert(symbol.name);
  }
  CHECK(exported == declared_functions());
}

TEST_CASE("exports: nothing but the C functions and the public C++ names", "[exports]") {
  for (const Symbol& symbol : exported_symbols()) {
    INFO(symbol.kind << " " << symbol.name);
    CHECK((is_c_function(symbol) || is_public_cpp(symbol) || is_weak_std(symbol)));
  }
}

TEST_CASE("exports: the public C++ functions are there", "[exports]") {
  const auto symbols = exported_symbols();
  for (const char* name :
       {"touchstone::KeySet::parse(", "touchstone::verify(", "touchstone::verify_jws(",
        "touchstone::decode(", "touchstone::explain(", "touchstone::audit(",
        "touchstone::thumbprint(", "touchstone::thumbprint_uri(",
        "touchstone::Expectations::parse(", "touchstone::ClaimsSet::parse(",
        "touchstone::Error::reason(", "touchstone::Jwk::kid() const"}) {
    INFO(name);
    CHECK(std::any_of(symbols.begin(), symbols.end(),
                      [&](const Symbol& symbol) { return symbol.name.starts_with(name); }));
  }
}

namespace {

[[maybe_unused]] void check_component(const std::string& library) {
  for (const Symbol& symbol : exported_symbols(library)) {
    INFO(symbol.kind << " " << symbol.name);
    CHECK((is_public_cpp(symbol) || is_weak_std(symbol)));
    CHECK(symbol.name.find("State::") == symbol.name.npos);
  }
}

}  // namespace

#ifdef TOUCHSTONE_HAS_REMOTE
TEST_CASE("exports: of the remote library its public C++ names alone", "[exports]") {
  check_component("libtouchstone-remote.so");
}
#endif

#ifdef TOUCHSTONE_HAS_STORES
TEST_CASE("exports: of the library of stores its public C++ names alone", "[exports]") {
  check_component("libtouchstone-stores.so");
}
#endif
