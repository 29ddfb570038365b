#include <algorithm>
#include <array>

#include "manual.hpp"
#include "text.hpp"

namespace touchstone::manual {
namespace {

using namespace touchstone::cli;

constexpr const char* kAlgorithms[] = {"RS256",     "RS384", "RS512",   "PS256",     "PS384",
                                       "PS512",     "ES256", "ES384",   "ES512",     "EdDSA",
                                       "ES256K",    "Ed448", "Ed25519", "ML-DSA-44", "ML-DSA-65",
                                       "ML-DSA-87", "HS256", "HS384",   "HS512"};
constexpr const char* kHashes[] = {"sha-256", "sha-384", "sha-512"};
constexpr const char* kProfiles[] = {"access_token", "introspection_response", "id_token"};
constexpr const char* kHows[] = {"reject", "try"};

constexpr const char* kSigningAlgorithms[] = {"RS256", "RS384",   "RS512", "PS256", "PS384",
                                              "PS512", "ES256",   "ES384", "ES512", "ES256K",
                                              "EdDSA", "Ed25519", "HS256", "HS384", "HS512"};

struct Words {
  std::string_view command, option;
  std::span<const char* const> words;
};
constexpr Words kWords[] = {
    {"verify", "alg", kAlgorithms},           {"thumbprint", "hash", kHashes},
    {"verify", "profile", kProfiles},         {"verify", "multiple-keys", kHows},
    {"keys init", "alg", kSigningAlgorithms}, {"keys policy", "alg", kSigningAlgorithms},
};

// With what else a command may need, or the word may.
bool accepts(const Command& command, const Option& option, const char* word) {
  std::vector<std::string> arguments;
  if (const Group* group = group_of(command)) arguments.emplace_back(group->name);
  arguments.emplace_back(last_word(command));
  if (command.operand != nullptr) arguments.emplace_back("{}");
  arguments.insert(arguments.end(), {concat({"--", option.name}), word});
  for (const Option& other : command.options) {
    const std::string_view name = other.name;
    if (name == "jwks") arguments.insert(arguments.end(), {"--jwks", "{}"});
    if (name == "issuer") arguments.insert(arguments.end(), {"--issuer", "https://id.example"});
    if (name == "audience") arguments.insert(arguments.end(), {"--audience", "api"});
  }
  return !plan(arguments, {}).outcome;
}

}  // namespace

std::span<const char* const> words_of(const Command& command, const Option& option) {
  for (const Words& row : kWords) {
    if (row.command == command.name && row.option == option.name) return row.words;
  }
  return {};
}

bool is_file(const char* value) {
  constexpr std::array kFiles{"FILE", "JWKS", "JWK", "TOKEN", "DIR", "STORE", "CLAIMS"};
  return value != nullptr &&
         std::find(kFiles.begin(), kFiles.end(), std::string_view(value)) != kFiles.end();
}

std::string refused_word() {
  for (const Words& row : kWords) {
    bool found = false;
    for (const Command* command : commands()) {
      for (const Option& option : command->options) {
        if (row.command != command->name || row.option != option.name) continue;
        found = true;
        for (const char* word : row.words) {
          if (!accepts(*command, option, word)) return concat({"--", option.name, " ", word});
        }
      }
    }
    // Not every build has the commands of a group.
    const bool is_needed = row.command.find(' ') == row.command.npos || !groups().empty();
    if (!found && is_needed) return concat({row.command, " --", row.option});
  }
  return "";
}

}  // namespace touchstone::manual
