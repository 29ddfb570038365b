// The store in a directory as a user meets it: what it refuses, what it leaves, what it says.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>

#include "store_support.hpp"

using namespace touchstone;
using namespace touchstone::test;
namespace fs = std::filesystem;

namespace {

bool is_watched = false, was_wiped = false;
std::size_t watched_size = 0;

}  // namespace

// What is given back while is_watched must have been wiped.
void* operator new[](std::size_t size) { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete[](void* bytes) noexcept {
  if (is_watched && bytes != nullptr) {
    const std::string zeros(watched_size, '\0');
    was_wiped = std::memcmp(bytes, zeros.data(), watched_size) == 0;
    is_watched = false;
  }
  std::free(bytes);
}
void operator delete[](void* bytes, std::size_t) noexcept { operator delete[](bytes); }

namespace {

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(lstat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

/// A tmpfs of its own; empty where that is not allowed.
class Disk {
 public:
  Disk() : is_mounted_(mount("tmpfs", path().c_str(), "tmpfs", 0, "size=256k,mode=0700") == 0) {}
  ~Disk() {
    if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  bool is_mounted() const { return is_mounted_; }
  const std::string& path() const { return place_.path; }
  bool make_read_only() const {
    return mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=256k") == 0;
  }

 private:
  Place place_;
  bool is_mounted_;
};

}  // namespace

TEST_CASE("store: a secret text is wiped when it goes, and when another takes its place",
          "[store]") {
  watched_size = 100;
  auto text = SecretText::copy_of(std::string(100, 's'));
  is_watched = true;
  text.reset();
  CHECK(was_wiped);

  was_wiped = false;
  text = SecretText::copy_of(std::string(100, 't'));
  SecretText moved = *std::move(text);
  text.reset();
  CHECK(moved.view() == std::string(100, 't'));
  is_watched = true;
  moved = SecretText();
  CHECK(was_wiped);
  CHECK(moved.view().empty());
}

TEST_CASE("store: what is a place", "[store]") {
  CHECK(outcome(open_store("")) == "option_invalid store");
  CHECK(outcome(open_store(std::string("a\0b", 3))) == "option_invalid store");
  CHECK(outcome(open_store("mysql://localhost/keys")) == "option_invalid store");
  for (const double timeout : {0.0, -1.0, 601.0, std::nan("")})
    CHECK(outcome(open_store("keys", {.timeout = timeout})) == "option_invalid timeout");

  const std::string url = "postgres://ada:se?cret@127.0.0.1:1/keys";
  for (const char* query : {"", "?touchstone_ring=a", "?touchstone_ring=%61b&sslmode=require",
                            "?sslmode=require&touchstone_ring=a",
                            "?sslmode=require&touchstone_ring=a&connect_timeout=3"})
    CHECK(outcome(open_store(url + query)) == "accepted");
  for (const std::string& query :
       {std::string("?touchstone_ring="), std::string("?touchstone_ring=%0"),
        std::string("?touchstone_ring=%zz"), std::string("?touchstone_ring=%00"),
        std::string("?touchstone_ring=a&touchstone_ring=b"),
        "?touchstone_ring=" + std::string(101, 'a'), std::string("?touchstone_key=a"),
        std::string("?sslmode")})
    CHECK(outcome(open_store(url + query)) == "option_invalid store");
}

TEST_CASE("store: from nothing to a text, and from one to the next", "[store]") {
  const Place place;
  const std::string path = place.path + "/keys";
  const auto store = open(path);
  CHECK(outcome(store->load()) == "store_missing");
  CHECK(outcome(store->compare_and_swap("", "a")) == "store_missing");
  REQUIRE(outcome(store->create()) == "accepted");
  CHECK(outcome(store->create()) == "accepted");
  CHECK(text_in(*store) == "(none)");

  const auto first = store->compare_and_swap("", "one");
  REQUIRE(outcome(first) == "accepted");
  CHECK(text_in(*store) == "one");
  CHECK(version_in(*store) == *first);
  CHECK(outcome(store->compare_and_swap("", "two")) == "store_conflict");
  CHECK(outcome(store->compare_and_swap("another", "two")) == "store_conflict");
  CHECK(text_in(*store) == "one");
  const std::string all(max_stored_size, '\0');
  const auto second = store->compare_and_swap(*first, all);
  REQUIRE(outcome(second) == "accepted");
  CHECK(text_in(*store) == all);
  CHECK(*second != *first);
  CHECK(outcome(store->compare_and_swap(*first, "three")) == "store_conflict");
  CHECK(outcome(store->compare_and_swap(*second, "")) == "option_invalid text");
  CHECK(outcome(store->compare_and_swap(*second, all + "a")) == "option_invalid text");
  CHECK(outcome(open(place.path + "/none/keys")->create()) == "store_missing parent");
}

TEST_CASE("store: a text that somebody put there by hand is another", "[store]") {
  const Place place;
  const auto store = open(place.path);
  const auto version = store->compare_and_swap("", "old");
  REQUIRE(version);
  put(place.path + "/key-ring.json", "restored");
  CHECK(outcome(store->compare_and_swap(*version, "new")) == "store_conflict");
  CHECK(text_in(*store) == "restored");
}

TEST_CASE("store: nobody else may read or write, whatever the umask", "[store]") {
  for (const mode_t mask : {0u, 022u, 0277u}) {
    const Place place;
    const std::string path = place.path + "/keys";
    const mode_t before = umask(mask);
    const auto store = open(path);
    const auto created = store->create();
    const auto swapped = store->compare_and_swap("", "text");
    umask(before);
    INFO(mask);
    CHECK(outcome(created) == "accepted");
    CHECK(outcome(swapped) == "accepted");
    CHECK(mode_of(path) == 0700);
    CHECK(mode_of(path + "/key-ring.json") == 0600);
    CHECK((mode_of(path + "/lock") & 077) == 0);
  }
}

TEST_CASE("store: what others may read or write is refused, and stays as it is", "[store]") {
  for (const char* name : {"", "/key-ring.json", "/lock"}) {
    for (const mode_t mode : {0704u, 0702u, 0740u, 0720u, 0701u}) {
      const Place place;
      const auto store = open(place.path);
      const auto version = store->compare_and_swap("", "old");
      REQUIRE(version);
      const std::string path = place.path + name;
      REQUIRE(chmod(path.c_str(), mode) == 0);
      INFO(path << " " << mode);
      CHECK(outcome(store->compare_and_swap(*version, "new")) == "store_permission mode");
      if (std::string_view(name) != "/lock")
        CHECK(outcome(store->load()) == "store_permission mode");
      if (std::string_view(name) == "") CHECK(outcome(store->create()) == "store_permission mode");
      CHECK(mode_of(path) == mode);
      REQUIRE(chmod(path.c_str(), 0700) == 0);
      CHECK(text_in(*store) == "old");
    }
  }
}

TEST_CASE("store: what belongs to another user is refused", "[store]") {
  if (geteuid() != 0) SKIP("only root can give files away");
  for (const char* name : {"", "/key-ring.json", "/lock"}) {
    const Place place;
    const auto store = open(place.path);
    const auto version = store->compare_and_swap("", "old");
    REQUIRE(version);
    REQUIRE(chown((place.path + name).c_str(), 65534, 65534) == 0);
    INFO(name);
    CHECK(outcome(store->compare_and_swap(*version, "new")) == "store_permission owner");
  }
}

TEST_CASE("store: symbolic links are not followed", "[store]") {
  const Place place, elsewhere;
  REQUIRE(open(elsewhere.path)->compare_and_swap("", "elsewhere"));
  const std::string link = place.path + "/link";
  fs::create_directory_symlink(elsewhere.path, link);
  for (const std::string& path : {link, link + "/", link + "//"}) {
    CHECK(outcome(open(path)->load()) == "store_permission symbolic link");
    CHECK(outcome(open(path)->create()) == "store_permission symbolic link");
  }
  for (const char* name : {"/key-ring.json", "/lock"}) {
    fs::create_symlink(elsewhere.path + "/key-ring.json", place.path + name);
    CHECK(outcome(open(place.path)->compare_and_swap("", "new")) ==
          "store_permission symbolic link");
    fs::remove(place.path + "/key-ring.json");
    fs::remove(place.path + "/lock");
  }
  // The one that a writer makes anew it does not follow, but removes.
  fs::create_symlink(elsewhere.path + "/key-ring.json", place.path + "/key-ring.json.new");
  CHECK(outcome(open(place.path)->compare_and_swap("", "new")) == "accepted");
  CHECK(text_in(*open(place.path)) == "new");
  CHECK(text_in(*open(elsewhere.path)) == "elsewhere");
}

TEST_CASE("store: what no store wrote", "[store]") {
  const Place place;
  const auto store = open(place.path);
  const std::string file = place.path + "/key-ring.json";
  put(file, "");
  CHECK(outcome(store->load()) == "store_corrupt size");
  CHECK(outcome(store->compare_and_swap("", "new")) == "store_corrupt size");
  put(file, std::string(max_stored_size + 1, 'a'));
  CHECK(outcome(store->load()) == "store_corrupt size");
  fs::remove(file);
  REQUIRE(mkfifo(file.c_str(), 0600) == 0);
  CHECK(outcome(store->load()) == "store_corrupt type");
  fs::remove(file);
  REQUIRE(mkdir(file.c_str(), 0700) == 0);
  CHECK(outcome(store->load()) == "store_corrupt type");
  fs::remove(file);
  put(file, "text");
  CHECK(outcome(open(file)->load()) == "store_missing not a directory");
  CHECK(outcome(open(file + "/below")->load()) == "store_missing not a directory");
}

TEST_CASE("store: a lock that others hold is waited for, and not for ever", "[store]") {
  const Place place;
  const auto store = open(place.path, 0.05);
  const auto version = store->compare_and_swap("", "old");
  REQUIRE(version);
  const int lock = ::open((place.path + "/lock").c_str(), O_RDWR);
  REQUIRE(flock(lock, LOCK_EX) == 0);
  CHECK(outcome(store->compare_and_swap(*version, "new")) == "store_unavailable lock");
  CHECK(text_in(*store) == "old");  // who reads does not wait
  close(lock);
  CHECK(outcome(store->compare_and_swap(*version, "new")) == "accepted");
}

TEST_CASE("store: what a killed writer left is gone after the next one, even one that is refused",
          "[store]") {
  const Place place;
  const auto store = open(place.path);
  REQUIRE(store->compare_and_swap("", "old"));
  put(place.path + "/key-ring.json.new", "half a te");
  CHECK(outcome(store->compare_and_swap("another", "new")) == "store_conflict");
  CHECK(files_in(place.path) == std::set<std::string>{"key-ring.json", "lock"});
}

TEST_CASE("store: a disk that is full, and one that is read-only", "[store]") {
  const Disk disk;
  if (!disk.is_mounted()) SKIP("no file system can be mounted here");
  const std::string path = disk.path() + "/keys", large(100'000, 'b');
  const auto store = open(path);
  REQUIRE(outcome(store->create()) == "accepted");
  const auto version = store->compare_and_swap("", std::string(50'000, 'a'));
  REQUIRE(outcome(version) == "accepted");
  std::string ballast;
  for (; ballast.size() < 300'000; ballast += std::string(4096, 'c'))
    if (!try_put(disk.path() + "/ballast", ballast)) break;
  CHECK(outcome(store->compare_and_swap(*version, large)) == "store_full");
  CHECK(text_in(*store) == std::string(50'000, 'a'));
  CHECK(files_in(path) == std::set<std::string>{"key-ring.json", "lock"});
  fs::remove(disk.path() + "/ballast");
  const auto next = store->compare_and_swap(*version, large);
  CHECK(outcome(next) == "accepted");

  REQUIRE(disk.make_read_only());
  CHECK(outcome(store->compare_and_swap(*next, "new")) == "store_permission read-only");
  CHECK(text_in(*store) == large);
  CHECK(outcome(open(disk.path() + "/other")->create()) == "store_permission read-only");
}

TEST_CASE("store: a limit on the size of files", "[store]") {
  const Place place;
  const auto store = open(place.path);
  const auto version = store->compare_and_swap("", "old");
  REQUIRE(version);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto refused = store->compare_and_swap(*version, std::string(5000, 'a'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(outcome(refused) == "store_full");
  CHECK(text_in(*store) == "old");
  CHECK(outcome(store->compare_and_swap(*version, std::string(5000, 'a'))) == "accepted");
}
