// The store in a directory, when each of its system calls in turn fails, is cut short, or is the
// last thing that the process does. The linker puts the functions below before the real ones
// (--wrap).
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <touchstone/digest.hpp>
#include <vector>

#include "store_support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

/// What happens at which call, counted from 1; at 0 nothing.
struct Fault {
  enum Kind { none, kill_before, kill_after, fail } kind = none;
  int at = 0;
  int error = 0;
  bool lasts = false;       ///< at all later calls, too
  std::string only{};       ///< a call's name; empty: any
  std::size_t chunk = 1e9;  ///< what read() and write() do at most
};

Fault fault;
bool is_armed = false;
int calls = 0;
std::vector<std::string> seen;

bool strikes(Fault::Kind kind) {
  return fault.kind == kind && fault.at > 0 && (fault.only.empty() || fault.only == seen.back()) &&
         (fault.lasts ? calls >= fault.at : calls == fault.at);
}

template <class Real>
auto call(const char* name, const Real& real) -> decltype(real()) {
  if (!is_armed) return real();
  ++calls;
  seen.emplace_back(name);
  if (strikes(Fault::kill_before)) kill(getpid(), SIGKILL);
  if (strikes(Fault::fail)) {
    errno = fault.error;
    return static_cast<decltype(real())>(-1);
  }
  const auto result = real();
  const int error = errno;
  if (strikes(Fault::kill_after)) kill(getpid(), SIGKILL);
  errno = error;
  return result;
}

std::size_t chunk_of(std::size_t size) { return is_armed ? std::min(size, fault.chunk) : size; }

}  // namespace

#define WRAP(result, name, parameters, arguments)                \
  result __real_##name parameters;                               \
  result __wrap_##name parameters {                              \
    return call(#name, [&] { return __real_##name arguments; }); \
  }

extern "C" {
WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode))
WRAP(int, fstat, (int file, struct stat* facts), (file, facts))
WRAP(int, fstatat, (int folder, const char* name, struct stat* facts, int flags),
     (folder, name, facts, flags))
WRAP(int, fchmod, (int file, mode_t mode), (file, mode))
WRAP(int, fsync, (int file), (file))
WRAP(int, flock, (int file, int operation), (file, operation))
WRAP(int, unlinkat, (int folder, const char* name, int flags), (folder, name, flags))
WRAP(int, renameat, (int from, const char* old_name, int to, const char* name),
     (from, old_name, to, name))
WRAP(ssize_t, read, (int file, void* bytes, std::size_t size), (file, bytes, chunk_of(size)))
WRAP(ssize_t, write, (int file, const void* bytes, std::size_t size), (file, bytes, chunk_of(size)))

int __real_openat(int folder, const char* name, int flags, ...);
int __wrap_openat(int folder, const char* name, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return call("openat", [&] { return __real_openat(folder, name, flags, mode); });
}

// Whatever it says, the file is closed then.
int __real_close(int file);
int __wrap_close(int file) {
  const int result = call("close", [] { return 0; });
  const int error = errno;
  __real_close(file);
  errno = error;
  return result;
}

uid_t __real_geteuid();
uid_t __wrap_geteuid() {
  if (is_armed) seen.emplace_back("geteuid");  // cannot fail
  return __real_geteuid();
}
}

namespace {

constexpr std::size_t chunk = 10'000;
const std::string old_text(30'000, 'o'), new_text(50'000, 'n');

using Work = std::function<std::string(Store&)>;

/// Does the work with a fault, and says what came of it.
std::string with_fault(const Fault& given, Store& store, const Work& work) {
  fault = given;
  calls = 0;
  seen.clear();
  is_armed = true;
  std::string result = work(store);
  is_armed = false;
  return result;
}

/// The same in a child; "killed" when it was.
std::string in_a_child(const Fault& given, Store& store, const Work& work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string result = with_fault(given, store, work);
    _exit(result == "accepted" ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL ? "killed" : "crashed";
  return WEXITSTATUS(status) == 0 ? "accepted" : "refused";
}

/// How many calls the work takes when nothing goes wrong.
int calls_of(Store& store, const Work& work) {
  REQUIRE(with_fault({.chunk = chunk}, store, work) == "accepted");
  REQUIRE(calls > 5);
  return calls;
}

const Work update = [](Store& store) {
  return outcome(store.compare_and_swap(version_in(store), new_text));
};
/// Knows the version that it replaces, so that load() is not among the calls.
const Work swap = [](Store& store) {
  return outcome(store.compare_and_swap(sha256_hex(old_text), new_text));
};
const Work create = [](Store& store) { return outcome(store.create()); };
const Work load = [](Store& store) { return outcome(store.load()); };

void check_next_update(Store& store, const std::string& path) {
  CHECK(outcome(store.compare_and_swap(version_in(store), "next")) == "accepted");
  CHECK(text_in(store) == "next");
  CHECK(files_in(path) == std::set<std::string>{"key-ring.json", "lock"});
}

}  // namespace

TEST_CASE("store: a kill before and after each system call of an update", "[store]") {
  const Place counted;
  const auto counting = open(counted.path);
  REQUIRE(counting->compare_and_swap("", old_text));
  const int last = calls_of(*counting, update);
  int old_ones = 0, new_ones = 0;
  for (const Fault::Kind kind : {Fault::kill_before, Fault::kill_after}) {
    for (int at = 1; at <= last; ++at) {
      const Place place;
      const auto store = open(place.path);
      REQUIRE(store->compare_and_swap("", old_text));
      INFO("call " << at << " of " << last
                   << (kind == Fault::kill_before ? ", before" : ", after"));
      REQUIRE(in_a_child({.kind = kind, .at = at, .chunk = chunk}, *store, update) == "killed");
      const std::string text = text_in(*store);
      CHECK((text == old_text || text == new_text));
      ++(text == old_text ? old_ones : new_ones);
      check_next_update(*store, place.path);
    }
  }
  CHECK(old_ones > 20);
  CHECK(new_ones > 3);
}

TEST_CASE("store: a kill at each system call of the first text, and of create()", "[store]") {
  const Work both = [](Store& store) {
    const auto refusal = store.create();
    return refusal ? outcome(refusal) : outcome(store.compare_and_swap("", new_text));
  };
  int at = 1;
  for (;; ++at) {
    const Place place;
    const std::string path = place.path + "/keys";
    const auto store = open(path);
    INFO("call " << at);
    const std::string end =
        in_a_child({.kind = Fault::kill_before, .at = at, .chunk = chunk}, *store, both);
    if (end == "accepted") break;
    REQUIRE(end == "killed");
    REQUIRE(outcome(store->create()) == "accepted");
    const std::string text = text_in(*store);
    CHECK((text == "(none)" || text == new_text));
    check_next_update(*store, path);
  }
  CHECK(at > 25);
}

TEST_CASE("store: each system call of an update fails, once and from then on", "[store]") {
  const std::map<int, std::string> errors = {{ENOSPC, "store_full"},
                                             {EDQUOT, "store_full"},
                                             {EIO, "store_unavailable input/output"},
                                             {EROFS, "store_permission read-only"},
                                             {EACCES, "store_permission access"},
                                             {ENOMEM, "out_of_memory"},
                                             {EMFILE, "store_unavailable input/output"}};
  const Place counted;
  const auto counting = open(counted.path);
  REQUIRE(counting->compare_and_swap("", old_text));
  const int last = calls_of(*counting, swap);
  for (const auto& [error, reason] : errors) {
    int refused = 0;
    for (const bool lasts : {false, true}) {
      for (int at = 1; at <= last; ++at) {
        const Place place;
        const auto store = open(place.path);
        REQUIRE(store->compare_and_swap("", old_text));
        const std::string end = with_fault(
            {.kind = Fault::fail, .at = at, .error = error, .lasts = lasts, .chunk = chunk}, *store,
            swap);
        INFO(strerror(error) << " at call " << at << (lasts ? " and later: " : ": ") << end);
        const std::string text = text_in(*store);
        if (end == "accepted") {
          CHECK(text == new_text);
        } else if (end.starts_with("store_unavailable")) {
          CHECK((text == old_text || text == new_text));
          ++refused;
        } else {
          CHECK(end == reason);
          CHECK(text == old_text);
          ++refused;
        }
        if (!lasts) CHECK(files_in(place.path).size() <= 2);
        check_next_update(*store, place.path);
      }
    }
    // close(), unlinkat() and the end of a lock may fail unnoticed.
    CHECK(refused >= 2 * (last - 8));
  }
}

TEST_CASE("store: a signal at any system call is no failure", "[store]") {
  const Place place;
  const auto store = open(place.path);
  REQUIRE(store->compare_and_swap("", old_text));
  const int last = calls_of(*store, update);
  const std::set<std::string> interruptible = {"openat", "read", "write", "fsync", "flock"};
  int interrupted = 0;
  for (int at = 1; at <= last; ++at) {
    REQUIRE(store->compare_and_swap(version_in(*store), old_text));
    const std::string end =
        with_fault({.kind = Fault::fail, .at = at, .error = EINTR, .chunk = chunk}, *store, update);
    INFO("call " << at << ": " << end);
    if (end == "accepted") ++interrupted;
    CHECK(text_in(*store) == (end == "accepted" ? new_text : old_text));
  }
  // fstat, fchmod, fstatat and renameat are not interrupted by signals.
  CHECK(interrupted >= last - 9);
}

TEST_CASE("store: each system call of create() and load() fails", "[store]") {
  const Place place;
  const auto store = open(place.path);
  REQUIRE(store->compare_and_swap("", old_text));
  for (const Work& work : {create, load}) {
    const int last = calls_of(*store, work);
    int refused = 0;
    for (int at = 1; at <= last; ++at) {
      const std::string end =
          with_fault({.kind = Fault::fail, .at = at, .error = EIO, .chunk = chunk}, *store, work);
      INFO("call " << at);
      CHECK((end == "accepted" || end == "store_unavailable input/output"));
      if (end != "accepted") ++refused;
      CHECK(text_in(*store) == old_text);
    }
    CHECK(refused >= last - 3);  // close() may fail unnoticed
  }
}

TEST_CASE("store: what is not on the disk is not taken for stored", "[store]") {
  const Place place;
  const auto store = open(place.path);
  REQUIRE(store->compare_and_swap("", old_text));
  const auto when_sync_fails = [&](int error, const Work& work) {
    return with_fault(
        {.kind = Fault::fail, .at = 1, .error = error, .lasts = true, .only = "fsync"}, *store,
        work);
  };
  CHECK(when_sync_fails(EIO, load) == "store_unavailable input/output");
  CHECK(when_sync_fails(EROFS, load) == "accepted");   // there is nothing to write out any more
  CHECK(when_sync_fails(EINVAL, load) == "accepted");  // nor ever is, for names
  CHECK(when_sync_fails(EINVAL, create) == "accepted");
  CHECK(when_sync_fails(EIO, swap) == "store_unavailable input/output");
  CHECK(text_in(*store) == old_text);

  // The text before its name, and the name before success is told.
  REQUIRE(with_fault({}, *store, swap) == "accepted");
  const auto renamed = std::find(seen.begin(), seen.end(), "renameat");
  REQUIRE(renamed != seen.end());
  CHECK(*(renamed - 1) == "close");
  CHECK(*(renamed - 2) == "fsync");
  CHECK(*(renamed - 3) == "write");
  CHECK(*(renamed + 1) == "fsync");
}

TEST_CASE("store: every system call of the directory goes through these tests", "[store]") {
  std::ifstream file(TOUCHSTONE_SOURCE_FOLDER "/native/src/stores/directory.cpp");
  const std::string source{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> called;
  const std::regex name(R"([^\w>]::([a-z]+)\()");
  for (std::sregex_iterator at(source.begin(), source.end(), name), end; at != end; ++at)
    called.insert((*at)[1]);
  called.erase("fcntl");  // another system's
  CHECK(called.size() > 10);

  const Place place;
  const auto store = open(place.path);
  std::set<std::string> made;
  for (const Work& work : {create, update, update}) {
    REQUIRE(with_fault({}, *store, work) == "accepted");
    made.insert(seen.begin(), seen.end());
  }
  CHECK(made == called);
}
