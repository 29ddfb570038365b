#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "../cli/cli.hpp"
#include "../cli/commands.hpp"

namespace touchstone::cli {
namespace {

constexpr std::size_t kMaxSecret = 4096;

/// An open file; closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ < 0) return;
    const int reason = errno;
    close(number_);
    errno = reason;
  }
  int operator*() const { return number_; }

 private:
  int number_;
};

/// The bytes that there are, at most `size`; below 0 when errno says why not.
ssize_t read_all(int file, char* bytes, std::size_t size) {
  std::size_t total = 0;
  while (total < size) {
    const ssize_t count = read(file, bytes + total, size - total);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    total += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(total);
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// So that a name lasts through a power cut. Some file systems have nothing to do there.
void sync_directory(const std::string& path) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (*directory >= 0) (void)fsync(*directory);
}

bool make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    if (mkdir(path.substr(0, end).c_str(), 0755) != 0 && errno != EEXIST) return false;
  return true;
}

bool holds(const std::string& path, std::string_view text) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (*file < 0) return false;
  std::string there(text.size() + 1, '\0');
  const ssize_t count = read_all(*file, there.data(), there.size());
  return count == static_cast<ssize_t>(text.size()) && there.compare(0, text.size(), text) == 0;
}

}  // namespace

std::optional<SecretText> read_secret_file(const std::string& path, std::string& reason) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (*file < 0 || fstat(*file, &facts) != 0) {
    reason = in_words(errno_name(errno));
    return {};
  }
  if (!S_ISREG(facts.st_mode)) {
    reason = "it is no file";
  } else if (facts.st_uid != geteuid() && facts.st_uid != 0) {
    reason = "it belongs to another user, who has the key, too";
  } else if ((facts.st_mode & 077) != 0) {
    reason =
        "others may read or write it; chmod 600 makes it its owner's alone, and a key that "
        "others have read is no secret any more";
  } else if (static_cast<std::size_t>(facts.st_size) > kMaxSecret) {
    reason = "it is too large for a key";
  }
  if (!reason.empty()) return {};
  auto text = SecretText::of_size(static_cast<std::size_t>(facts.st_size));
  if (text && read_all(*file, text->data(), text->view().size()) == facts.st_size) return text;
  reason = "it could not be read to its end";
  return {};
}

bool make_secret_file(const std::string& path, std::string_view text) {
  {
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (*file < 0) return false;
    if (!write_all(*file, text) || fsync(*file) != 0) {
      const int reason = errno;
      unlink(path.c_str());
      errno = reason;
      return false;
    }
  }
  sync_directory(directory_of(path));
  return true;
}

Written write_public_file(const std::string& path, std::string_view text) {
  if (holds(path, text)) return Written::unchanged;
  if (!make_directories(path)) return Written::no;
  std::string draft = path + ".XXXXXX";
  const Descriptor file(mkstemp(draft.data()));
  if (*file < 0) return Written::no;
  if (write_all(*file, text) && fchmod(*file, 0644) == 0 && fsync(*file) == 0 &&
      rename(draft.c_str(), path.c_str()) == 0) {
    sync_directory(directory_of(path));
    return Written::yes;
  }
  const int reason = errno;
  unlink(draft.c_str());
  errno = reason;
  return Written::no;
}

}  // namespace touchstone::cli
