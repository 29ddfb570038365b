// The order of the house: who may include whom, and what the core must not touch.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "support.hpp"

using namespace touchstone::test;
namespace fs = std::filesystem;

namespace {

/// Every header and source below a folder, by its path from that folder.
std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  const fs::path root = fs::path(source_folder()) / folder;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".cpp" || extension == ".hpp" || extension == ".c" || extension == ".h")
      files.push_back(fs::relative(entry.path(), root).generic_string());
  }
  std::sort(files.begin(), files.end());
  REQUIRE_FALSE(files.empty());
  return files;
}

/// What stands between the <> or "" of each #include.
std::vector<std::string> includes_of(const std::string& file) {
  static const std::regex include(R"(#\s*include\s*[<"]([^>"]+)[>"])");
  const std::string text = read_source(file);
  std::vector<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at)
    names.push_back((*at)[1]);
  return names;
}

/// The floor on which a module of the core stands: it sees those below it, and itself.
const std::map<std::string, int> floors = {
    {"export", 0},       {"error", 0},         {"decimal", 1},       {"result", 1},
    {"table", 1},        {"base64url", 2},     {"json", 2},          {"crypto", 2},
    {"algorithms", 3},   {"thumbprint", 4},    {"jose_header", 4},   {"claims", 4},
    {"expectations", 5}, {"known_headers", 5}, {"jwk", 5},           {"key_set", 6},
    {"jws", 6},          {"select", 7},        {"verify", 8},        {"token_cache", 9},
    {"audit", 8},        {"explain", 9},       {"touchstone", 10},   {"report", 11},
    {"c_api", 12},       {"ip_address", 1},    {"url", 2},           {"discovery", 3},
    {"issuer_set", 9},   {"http_caching", 2},  {"key_set_cache", 8}, {"hint", 1},
    {"digest", 3},       {"issuer", 9},        {"secret_text", 1},   {"policy_options", 3},
};

std::string module_of(const std::string& file) {
  if (file.starts_with("crypto/")) return "crypto";
  if (file == "issuer/c_api.cpp") return "c_api";
  if (file.starts_with("issuer/")) return "issuer";
  const std::string stem = fs::path(file).stem().string();
  for (const char* part : {"signing_key", "key_ring", "sealed_ring", "timeline"})
    if (stem == part) return "issuer";
  if (stem == "report_error") return "report";
  if (stem == "json_reader") return "json";
  if (stem == "c_api_remote") return "c_api";
  if (stem == "cache_policy") return "key_set_cache";
  return stem == "verification" || stem == "verify_jws" ? "verify" : stem;
}

bool is_own(const std::string& include) {
  return include.starts_with("touchstone/") || include.starts_with("crypto/") ||
         include.starts_with("issuer/") || include.find('/') == include.npos;
}

}  // namespace

TEST_CASE("house: every module of the core has its floor", "[house]") {
  for (const std::string& file : files_below("core/src")) {
    INFO(file);
    CHECK(floors.contains(module_of(file)));
  }
}

TEST_CASE("house: a file of the core sees only what stands below it", "[house]") {
  for (const std::string& file : files_below("core/src")) {
    const std::string module = module_of(file);
    for (std::string include : includes_of("core/src/" + file)) {
      if (!is_own(include)) continue;
      if (include.starts_with("touchstone/")) include = include.substr(11);
      const std::string seen = module_of(include);
      const auto floor = floors.find(seen);
      if (floor == floors.end()) continue;  // the standard library, or a table
      INFO(file << " includes " << include);
      CHECK((floor->second < floors.at(module) || seen == module));
    }
  }
}

TEST_CASE("house: public headers include no private one", "[house]") {
  for (const std::string& file : files_below("core/include")) {
    for (const std::string& include : includes_of("core/include/" + file)) {
      const bool is_private = fs::exists(fs::path(source_folder()) / "core/src" / include);
      INFO(file << " includes " << include);
      CHECK_FALSE(is_private);
    }
  }
}

TEST_CASE("house: Mbed TLS is included in one folder", "[house]") {
  for (const char* folder : {"core/src", "core/include", "native", "wasm"}) {
    for (const std::string& file : files_below(folder)) {
      const bool is_home = std::string(folder) == "core/src" && file.starts_with("crypto/mbedtls/");
      // The one place that chooses between Mbed TLS's verification and our own.
      if (file == "crypto/crypto.cpp") continue;
      for (const std::string& include : includes_of(std::string(folder) + "/" + file)) {
        INFO(folder << "/" << file << " includes " << include);
        CHECK((is_home || include.find("mbedtls") == include.npos));
      }
    }
  }
}

TEST_CASE("house: libcurl and libpq are included in one file each", "[house]") {
  for (const char* folder : {"core/src", "core/include", "native", "wasm"}) {
    for (const std::string& file : files_below(folder)) {
      for (const std::string& include : includes_of(std::string(folder) + "/" + file)) {
        INFO(folder << "/" << file << " includes " << include);
        CHECK((file == "src/http.cpp" || !include.starts_with("curl/")));
        CHECK((file == "src/stores/postgres.cpp" || include.find("libpq") == include.npos));
      }
    }
  }
}

TEST_CASE("house: libsodium is included in one folder", "[house]") {
  for (const char* folder : {"core/src", "core/include", "native", "wasm"}) {
    for (const std::string& file : files_below(folder)) {
      const bool is_home = std::string(folder) == "core/src" && file.starts_with("crypto/sodium/");
      for (const std::string& include : includes_of(std::string(folder) + "/" + file)) {
        INFO(folder << "/" << file << " includes " << include);
        CHECK((is_home || !include.starts_with("sodium")));
      }
    }
  }
}

TEST_CASE("house: what verifies knows nothing of what signs", "[house]") {
  const auto starts_with_any = [](const std::string& text, std::vector<std::string> starts) {
    return std::any_of(starts.begin(), starts.end(),
                       [&](const std::string& start) { return text.starts_with(start); });
  };
  for (const char* folder : {"core/src", "core/include/touchstone", "wasm"}) {
    for (const std::string& file : files_below(folder)) {
      if (starts_with_any(
              file, {"issuer/", "issuer", "key_ring.hpp", "sealed_ring.hpp", "signing_key.hpp",
                     "timeline.hpp", "touchstone_issuer.h", "crypto/signing.hpp",
                     "crypto/mbedtls/signing/", "crypto/sodium/"})) {
        continue;
      }
      for (const std::string& include : includes_of(std::string(folder) + "/" + file)) {
        INFO(folder << "/" << file << " includes " << include);
        CHECK_FALSE(starts_with_any(
            include, {"issuer/", "touchstone/issuer.hpp", "touchstone/key_ring.hpp",
                      "touchstone/sealed_ring.hpp", "touchstone/signing_key.hpp",
                      "touchstone/timeline.hpp", "touchstone/touchstone_issuer.h", "crypto/signing",
                      "crypto/wiped", "crypto/mbedtls/signing", "crypto/sodium"}));
      }
    }
  }
}

TEST_CASE("house: the variable-time arithmetic is for the verifier alone", "[house]") {
  // Who signs or decrypts must not find it: besides its own files, only the seam's choice knows it.
  for (const char* folder : {"core/src", "core/include", "native", "wasm"}) {
    for (const std::string& file : files_below(folder)) {
      if (std::string(folder) == "core/src" && file.starts_with("crypto/vartime/")) {
        CHECK(read_source("core/src/" + file).find("namespace touchstone::crypto::vartime {") !=
              std::string::npos);
        continue;
      }
      for (const std::string& include : includes_of(std::string(folder) + "/" + file)) {
        INFO(folder << "/" << file << " includes " << include);
        CHECK((file == "crypto/crypto.cpp" || include.find("vartime") == include.npos));
      }
    }
  }
}

TEST_CASE("house: wasm sees the C interface alone", "[house]") {
  const auto is_seen = [](const std::string& file, const std::string& include) {
    const bool is_issuers =
        file == "issuer_bridge.cpp" &&
        (include == "touchstone/touchstone_issuer.h" || include == "touchstone/secret_text.hpp");
    return include == "touchstone/touchstone.h" || is_issuers;
  };
  for (const std::string& file : files_below("wasm")) {
    for (const std::string& include : includes_of("wasm/" + file)) {
      INFO(file << " includes " << include);
      CHECK((is_seen(file, include) || !is_own(include) ||
             !fs::exists(fs::path(source_folder()) / "core/src" / include)));
      CHECK((is_seen(file, include) || !include.starts_with("touchstone/")));
      CHECK(include.find("nlohmann") == include.npos);
    }
  }
}

TEST_CASE("house: native sees the public headers alone", "[house]") {
  for (const std::string& file : files_below("native")) {
    const fs::path folder = fs::path(source_folder()) / "native" / fs::path(file).parent_path();
    for (const std::string& include : includes_of("native/" + file)) {
      if (include.starts_with("touchstone/") || fs::exists(folder / include)) continue;
      INFO(file << " includes " << include);
      CHECK_FALSE(fs::exists(fs::path(source_folder()) / "core/src" / include));
    }
  }
}

TEST_CASE("house: the core knows no file, clock, thread, randomness or environment", "[house]") {
  const std::vector<std::string> headers = {
      "fstream",     "iostream", "cstdio",       "stdio.h",
      "filesystem",  "chrono",   "ctime",        "time.h",
      "thread",      "mutex",    "atomic",       "future",
      "random",      "unistd.h", "sys/socket.h", "condition_variable",
      "shared_mutex"};
  const std::regex calls(R"(\b(getenv|time|clock|rand|fopen|printf|system)\s*\()");
  const std::regex throwing(R"(\b(throw|catch|try)\b\s*[({;\w])");
  for (const std::string& file : files_below("core/src")) {
    INFO(file);
    for (const std::string& include : includes_of("core/src/" + file)) {
      INFO(include);
      // Tables of hot keys and known headers are published between threads; nothing else is shared
      // and changes.
      if ((file == "crypto/vartime/hot.hpp" || file == "known_headers.hpp") && include == "atomic")
        continue;
      // Its calendar, and none of its clocks.
      if (file == "issuer/time_axis.cpp" && include == "chrono") continue;
      CHECK(std::find(headers.begin(), headers.end(), include) == headers.end());
    }
    const std::string text = std::regex_replace(read_source("core/src/" + file),
                                                std::regex("//[^\n]*|/\\*[^*]*\\*/"), "");
    CHECK_FALSE(std::regex_search(text, calls));
    CHECK_FALSE(std::regex_search(text, throwing));
  }
}
