// What the tests of stores share.
#pragma once

#include <touchstone/store.hpp>

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

namespace touchstone::test {

/// "accepted", or the reason and the option at fault, else the hint.
inline std::string outcome(const Error& error) {
  const auto& detail = error.detail();
  const std::string word = detail.member.empty() ? std::string(detail.hint) : detail.member;
  return std::string(error.reason()) + (word.empty() ? "" : " " + word);
}
inline std::string outcome(const Refusal& refusal) {
  return refusal ? outcome(*refusal) : "accepted";
}
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "accepted" : outcome(result.error());
}

/// A directory that nobody else may use, and that goes with all that is in it.
struct Place {
  Place() {
    // In memory if possible: these tests wait for thousands of writes.
    const std::filesystem::path memory = "/dev/shm";
    const bool has_memory = access(memory.c_str(), W_OK) == 0;
    const auto parent = has_memory ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "touchstone-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

inline std::unique_ptr<Store> open(const std::string& path, double timeout = 5) {
  auto store = open_store(path, {.timeout = timeout});
  REQUIRE(outcome(store) == "accepted");
  return *std::move(store);
}

/// The text that is there, "(none)", or why it cannot be read.
inline std::string text_in(Store& store) {
  const auto stored = store.load();
  if (!stored) return outcome(stored);
  return *stored ? std::string((*stored)->text.view()) : "(none)";
}

inline std::string version_in(Store& store) {
  const auto stored = store.load();
  return stored && *stored ? (*stored)->version : "";
}

inline bool try_put(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  return file.good();
}
inline void put(const std::string& path, const std::string& text) { REQUIRE(try_put(path, text)); }

inline std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

}  // namespace touchstone::test
