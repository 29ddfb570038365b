// A directory. Each call that may fail has its :: before it: the tests make every one of them fail.
#include <touchstone/digest.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "../deadline.hpp"
#include "backends.hpp"

namespace touchstone {
namespace {

constexpr const char* text_name = "key-ring.json";
constexpr const char* new_name = "key-ring.json.new";
constexpr const char* lock_name = "lock";
constexpr auto lock_poll = std::chrono::milliseconds(2);

/// An open file; closed when it goes.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int operator*() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// What a call returns when no signal has cut it short.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

Error error_of(int number) {
  switch (number) {
    case ENOENT:
      return Error::store_missing;
    case ENOTDIR:
      return Error(Error::store_missing, {}, "not a directory");
    case ELOOP:
      return Error(Error::store_permission, {}, "symbolic link");
    case EACCES:
    case EPERM:
      return Error(Error::store_permission, {}, "access");
    case EROFS:
      return Error(Error::store_permission, {}, "read-only");
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error::store_full;
    case ENOMEM:
      return Error::out_of_memory;
    default:
      return Error(Error::store_unavailable, {}, "input/output");
  }
}

/// Not through a symbolic link, and without waiting for a pipe's other end.
File open_at(int folder, const char* name, int flags) {
  const int all = flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return File(uninterrupted([&] { return ::openat(folder, name, all, 0600); }));
}

/// Empty when it is of this type, ours, and nobody else's to read or write.
Refusal check(const struct stat& facts, mode_t type) {
  if ((facts.st_mode & S_IFMT) != type) {
    if (type == S_IFDIR) return error_of(ENOTDIR);
    return Error(Error::store_corrupt, {}, "type");
  }
  if (facts.st_uid != ::geteuid()) return Error(Error::store_permission, {}, "owner");
  if ((facts.st_mode & 077) != 0) return Error(Error::store_permission, {}, "mode");
  return {};
}

bool sync(int descriptor) {
#ifdef F_FULLFSYNC
  // Here fsync() leaves the bytes in the drive's cache.
  if (::fcntl(descriptor, F_FULLFSYNC) == 0) return true;
#endif
  return uninterrupted([&] { return ::fsync(descriptor); }) == 0;
}

/// Of names in a directory. Some file systems have nothing to do there, and say so.
bool sync_directory(int directory) { return sync(directory) || errno == EINVAL; }

Result<File> open_directory(const std::string& path) {
  File directory = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  struct stat facts {};
  if (!directory.is_open() || ::fstat(*directory, &facts) != 0) return error_of(errno);
  if (const auto refusal = check(facts, S_IFDIR)) return *refusal;
  return directory;
}

Refusal fill(int file, SecretText& text) {
  const std::size_t size = text.view().size();
  for (std::size_t at = 0; at < size;) {
    const auto count = uninterrupted([&] { return ::read(file, text.data() + at, size - at); });
    if (count < 0) return error_of(errno);
    if (count == 0) return Error(Error::store_corrupt, {}, "size");
    at += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::optional<Stored>> read_text(int directory) {
  const File file = open_at(directory, text_name, O_RDONLY);
  if (!file.is_open() && errno == ENOENT) return std::optional<Stored>();
  struct stat facts {};
  if (!file.is_open() || ::fstat(*file, &facts) != 0) return error_of(errno);
  if (const auto refusal = check(facts, S_IFREG)) return *refusal;
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0 || size > max_stored_size) return Error(Error::store_corrupt, {}, "size");
  auto text = SecretText::of_size(size);
  if (!text) return Error(Error::out_of_memory);
  if (const auto refusal = fill(*file, *text)) return *refusal;
  std::string version = sha256_hex(text->view());
  return std::optional(Stored{*std::move(text), std::move(version)});
}

Refusal write_text(int directory, std::string_view text) {
  const File file = open_at(directory, new_name, O_WRONLY | O_CREAT | O_EXCL);
  // The mode again, because the umask may have taken from it.
  if (!file.is_open() || ::fchmod(*file, 0600) != 0) return error_of(errno);
  while (!text.empty()) {
    const auto count = uninterrupted([&] { return ::write(*file, text.data(), text.size()); });
    if (count < 0) return error_of(errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (!sync(*file)) return error_of(errno);
  return {};
}

/// What a writer holds; the kernel takes it back from one that is killed.
class Lock {
 public:
  static Result<Lock> take(int directory, const Deadline& deadline) {
    const Error held(Error::store_unavailable, {}, "lock");
    while (!deadline.is_over()) {
      File file = open_at(directory, lock_name, O_RDWR | O_CREAT);
      struct stat facts {};
      if (!file.is_open() || ::fstat(*file, &facts) != 0) return error_of(errno);
      if (const auto refusal = check(facts, S_IFREG)) return *refusal;
      while (::flock(*file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return error_of(errno);
        if (deadline.is_over()) return held;
        std::this_thread::sleep_for(lock_poll);
      }
      Lock lock(std::move(file));
      // Somebody who tidies up may have removed the file meanwhile: then the next writer would lock
      // another.
      struct stat now {};
      const int found = ::fstatat(directory, lock_name, &now, AT_SYMLINK_NOFOLLOW);
      if (found != 0 && errno != ENOENT) return error_of(errno);
      if (found == 0 && now.st_dev == facts.st_dev && now.st_ino == facts.st_ino) return lock;
    }
    return held;
  }

  Lock(Lock&&) = default;
  // A process that was forked meanwhile has the same open file: closing ours would not do.
  ~Lock() {
    if (file_.is_open()) ::flock(*file_, LOCK_UN);
  }

 private:
  explicit Lock(File file) : file_(std::move(file)) {}
  File file_;
};

class DirectoryStore final : public Store {
 public:
  DirectoryStore(std::string path, double timeout) : path_(std::move(path)), timeout_(timeout) {}

  Refusal create() noexcept override {
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
      if (errno == ENOENT) return Error(Error::store_missing, {}, "parent");
      return error_of(errno);
    }
    const auto directory = open_directory(path_);
    if (!directory) return directory.error();
    if (::fchmod(**directory, 0700) != 0) return error_of(errno);
    const File parent = open_at(**directory, "..", O_RDONLY);
    if (!parent.is_open() && errno == EACCES) return {};  // then nobody can make it durable
    if (!parent.is_open() || !sync_directory(*parent)) return error_of(errno);
    return {};
  }

  Result<std::optional<Stored>> load() noexcept override {
    const auto directory = open_directory(path_);
    if (!directory) return directory.error();
    auto stored = read_text(**directory);
    // Its writer may have been killed before the text was durable: whoever acts on it makes it so.
    if (stored && *stored && !sync_directory(**directory) && errno != EROFS) return error_of(errno);
    return stored;
  }

  Result<std::string> compare_and_swap(const std::string& expected,
                                       std::string_view text) noexcept override {
    if (const auto refusal = check_text(text)) return *refusal;
    const Deadline deadline(timeout_);
    const auto directory = open_directory(path_);
    if (!directory) return directory.error();
    const auto lock = Lock::take(**directory, deadline);
    if (!lock) return lock.error();
    ::unlinkat(**directory, new_name, 0);  // of a writer that was killed
    const auto stored = read_text(**directory);
    if (!stored) return stored.error();
    if ((*stored ? (*stored)->version : "") != expected) return Error(Error::store_conflict);

    auto refusal = write_text(**directory, text);
    if (!refusal && ::renameat(**directory, new_name, **directory, text_name) != 0)
      refusal = error_of(errno);
    if (refusal) {
      ::unlinkat(**directory, new_name, 0);
      return *refusal;
    }
    // The new text is there, but a power cut might bring the old one back.
    if (!sync_directory(**directory)) return Error(Error::store_unavailable, {}, "input/output");
    return sha256_hex(text);
  }

 private:
  const std::string path_;
  const double timeout_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_directory_store(const std::string& path, double timeout) {
  // "link/" would be followed.
  const std::size_t end = path.find_last_not_of('/');
  std::string plain = end == path.npos ? "/" : path.substr(0, end + 1);
  return std::unique_ptr<Store>(std::make_unique<DirectoryStore>(std::move(plain), timeout));
}

}  // namespace touchstone
