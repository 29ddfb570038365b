// The native program: the one place that has files, a clock, a terminal and threads. js/src/cli.ts
// is the same for JavaScript runtimes.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <future>
#include <thread>

#include "batch.hpp"
#include "cli.hpp"
#include "fetching.hpp"
#ifdef TOUCHSTONE_CLI_FETCHES
#include <touchstone/http.hpp>
#endif

namespace {

using namespace touchstone;
using namespace touchstone::cli;

class File {
 public:
  explicit File(const Input& input)
      : descriptor_(input.kind == Input::Kind::file ? open(input.text.c_str(), O_RDONLY | O_CLOEXEC)
                                                    : STDIN_FILENO) {}
  ~File() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  /// Appends the next bytes, at most so many. 0 at the end; below 0 when errno says why not.
  ssize_t read_some(std::string& text, std::size_t at_most) const {
    const std::size_t before = text.size();
    text.resize(before + at_most);
    ssize_t count;
    do {
      count = read(descriptor_, text.data() + before, at_most);
    } while (count < 0 && errno == EINTR);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return count;
  }

  /// In bytes; 0 when it is no regular file.
  std::size_t size() const {
    struct stat status;
    const bool is_regular = fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    return is_regular ? static_cast<std::size_t>(status.st_size) : 0;
  }

 private:
  int descriptor_;
};

constexpr std::size_t kChunk = 64 * 1024;

/// The whole input, but never more than its limit and one byte. False when errno says why not.
bool read_input(const Input& input, std::string& text) {
  if (input.kind == Input::Kind::given) {
    text = input.text;
    return true;
  }
  const File file(input);
  if (!file.is_open()) return false;
  ssize_t count = 1;
  while (count > 0 && text.size() <= input.limit) {
    count = file.read_some(text, std::min(kChunk, input.limit + 1 - text.size()));
  }
  return count >= 0;
}

/// False when errno says why not.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno == EAGAIN) {  // another owner of the pipe has made it non-blocking
      pollfd writable{descriptor, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

NumericDate clock_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since_1970).count();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A file that only its owner could have written; else nothing, for it is trusted.
std::string read_own(const std::string& path, std::size_t at_most) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return "";
  std::string text;
  struct stat status;
  const bool is_own = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                      status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
                      status.st_size <= static_cast<off_t>(at_most);
  if (is_own) {
    text.resize(static_cast<std::size_t>(status.st_size));
    const ssize_t count = read(descriptor, text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  close(descriptor);
  return text;
}

/// For its owner alone; what others read meanwhile is the old file or the new one. False when errno
/// says why not.
bool write_own(const std::string& directory, const std::string& name, std::string_view text) {
  for (std::size_t end = directory.find('/', 1); end != std::string::npos;
       end = directory.find('/', end + 1)) {
    mkdir(directory.substr(0, end).c_str(), S_IRWXU);
  }
  mkdir(directory.c_str(), S_IRWXU);
  const std::string path = directory + '/' + name;
  std::string draft = path + ".XXXXXX";
  const int descriptor = mkstemp(draft.data());
  if (descriptor < 0) return false;
  const bool is_written = write_all(descriptor, text);
  if (close(descriptor) == 0 && is_written && rename(draft.c_str(), path.c_str()) == 0) return true;
  const int reason = errno;
  unlink(draft.c_str());
  errno = reason;
  return false;
}

void get_all(Fetching& fetching, [[maybe_unused]] double timeout) {
#ifdef TOUCHSTONE_CLI_FETCHES
  HttpOptions options;
  options.ca_file = environment("SSL_CERT_FILE");
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout);
  while (const auto& get = fetching.next()) {
    const std::chrono::duration<double> left = end - std::chrono::steady_clock::now();
    options.timeout = std::max(left.count(), 0.001);
    options.max_size = get->limit;
    options.allow_private_addresses = get->allow_private_addresses;
    auto response = http_get(get->url, get->fields, options);
    if (response) {
      fetching.got(response->status, response->fields, std::move(response->body), clock_now());
    } else {
      fetching.failed(response.error(), clock_now());
    }
  }
#else
  if (fetching.next()) fetching.failed(Error(Error::fetch_failed, {}, "not here"), clock_now());
#endif
}

/// What the URL of the next input leads to, or the answer when that is nothing. What there is to
/// say beside comes to notes.
std::optional<Outcome> fetch_input(const Plan& plan, std::vector<std::string>& contents,
                                   std::string& notes) {
  Fetching fetching(plan, contents);
  const std::string file = fetching.file_name();
  const bool keeps = !plan.cache_dir.empty();
  fetching.begin(
      keeps ? read_own(plan.cache_dir + '/' + file, Fetching::kMaxFileSize) : std::string(),
      clock_now());
  get_all(fetching, plan.timeout);
  if (!fetching.content()) return unfetched(plan, fetching);
  if (const auto text = fetching.to_keep(); keeps && text) {
    if (!write_own(plan.cache_dir, file, *text)) fetching.not_kept(errno_name(errno));
  }
  notes += fetching.note();
  contents.push_back(*fetching.content());
  return {};
}

int finish(const Outcome& outcome) {
  if (write_all(STDOUT_FILENO, outcome.out)) {
    write_all(STDERR_FILENO, outcome.err);
    return outcome.exit_code;
  }
  const Outcome failure = unwritable(errno_name(errno));
  write_all(STDERR_FILENO, failure.err);
  return failure.exit_code;
}

Surroundings surroundings() {
  Surroundings here;
  here.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  here.err_is_terminal = isatty(STDERR_FILENO) == 1;
  winsize size{};
  const int terminal = here.out_is_terminal ? STDOUT_FILENO : STDERR_FILENO;
  if (ioctl(terminal, TIOCGWINSZ, &size) == 0) here.terminal_columns = size.ws_col;
  here.columns = environment("COLUMNS");
  here.no_color = environment("NO_COLOR");
  here.term = environment("TERM");
  here.xdg_cache_home = environment("XDG_CACHE_HOME");
  here.home = environment("HOME");
  return here;
}

/// Shows a batch's progress on standard error, ten times a second.
class Progress {
 public:
  Progress(const Batch& batch, bool is_shown, std::size_t size)
      : batch_(batch), is_shown_(is_shown), size_(static_cast<double>(size)) {}
  ~Progress() {
    if (is_shown_) write_all(STDERR_FILENO, Batch::end_of_progress());
  }

  void show(const Tally& tally) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    write_all(STDERR_FILENO, batch_.progress(tally, size_));
  }

 private:
  const Batch& batch_;
  bool is_shown_;
  double size_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Each block is judged by a task of its own, a few more at a time than there are cores, so that
/// none is idle and memory stays small; their answers are written in the order of the blocks.
Outcome judge_stream(const Batch& batch, const Plan& plan) {
  const File file(*plan.lines);
  if (!file.is_open()) return unreadable(plan, *plan.lines, errno_name(errno));
  const std::size_t at_once = 2 * std::max(1u, std::thread::hardware_concurrency());

  Lines lines;
  Tally tally;
  std::deque<std::future<Judged>> tasks;
  Progress progress(batch, plan.shows_progress, file.size());
  const auto start = [&](Block block) {
    tasks.push_back(std::async([&batch, block = std::move(block)] { return batch.judge(block); }));
  };
  const auto finish_first = [&] {
    const Judged judged = tasks.front().get();
    tasks.pop_front();
    tally.add(judged.tally);
    progress.show(tally);
    return write_all(STDOUT_FILENO, judged.out);
  };

  for (bool is_end = false; !is_end;) {
    std::string bytes;
    const ssize_t count = file.read_some(bytes, kChunk);
    if (count < 0) return unreadable(plan, *plan.lines, errno_name(errno));
    lines.add(bytes);
    is_end = count == 0;
    if (auto block = is_end ? lines.take_rest() : lines.take()) start(*std::move(block));
    while (tasks.size() > (is_end ? 0 : at_once)) {
      if (!finish_first()) return unwritable(errno_name(errno));
    }
  }
  return batch.end(tally);
}

/// What is said beside the outcome comes to notes.
Outcome run(const Plan& plan, std::string& notes) {
  if (plan.outcome) return *plan.outcome;
  std::vector<std::string> contents;
  for (const Input& input : plan.inputs) {
    if (is_fetched(input)) {
      if (auto outcome = fetch_input(plan, contents, notes)) return *outcome;
    } else if (!read_input(input, contents.emplace_back())) {
      return unreadable(plan, input, errno_name(errno));
    }
  }
  if (!plan.lines) return execute(plan, contents, clock_now());
  const auto batch = Batch::begin(plan, contents, clock_now());
  const auto* outcome = std::get_if<Outcome>(&batch);
  return outcome != nullptr ? *outcome : judge_stream(std::get<Batch>(batch), plan);
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe is then an error of write(), with an exit code of its own.
  std::signal(SIGPIPE, SIG_IGN);
  std::string notes;
  Outcome outcome = run(plan({argv + 1, argv + argc}, surroundings()), notes);
  outcome.err.insert(0, notes);
  return finish(outcome);
}
