// What js/src/cli.ts calls: the command line, compiled for JavaScript runtimes. JavaScript reads
// and writes; everything that is said is said in native/cli. There is one command line to an
// instance.
//
// Bytes go in through cli_buffer and come out as the address of a View. Both hold until the next
// call.
#include <wasi/api.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "batch.hpp"
#include "cli.hpp"
#include "fetching.hpp"

namespace {

using namespace touchstone;
using namespace touchstone::cli;

struct View {
  const char* data;
  std::size_t length;
};

struct Session {
  std::string buffer;
  std::string answer;
  View view;
  std::vector<std::string> arguments;
  Surroundings surroundings;
  Plan plan;
  std::vector<std::string> contents;
  std::optional<Fetching> fetching;
  std::vector<HttpField> fields;
  std::string notes;
  std::optional<Batch> batch;
  Lines lines;
  Tally tally;
  Outcome outcome;
};

Session session;

const View* view_of(std::string_view text) {
  session.view = {text.data(), text.size()};
  return &session.view;
}

const Input& input_at(std::size_t index) {
  return index < session.plan.inputs.size() ? session.plan.inputs[index] : *session.plan.lines;
}

const View* judge(const std::optional<Block>& block) {
  if (!block) return view_of("");
  Judged judged = session.batch->judge(*block);
  session.tally.add(judged.tally);
  session.answer = std::move(judged.out);
  return view_of(session.answer);
}

}  // namespace

extern "C" {

// getopt_long can print, and with that brings in libc's stderr; it is told not to, and nothing else
// does. Answered here, so that the module imports nothing.
__wasi_errno_t __wasi_fd_write(__wasi_fd_t, const __wasi_ciovec_t*, std::size_t, __wasi_size_t*) {
  __builtin_trap();
}
__wasi_errno_t __wasi_fd_seek(__wasi_fd_t, __wasi_filedelta_t, __wasi_whence_t,
                              __wasi_filesize_t*) {
  __builtin_trap();
}
__wasi_errno_t __wasi_fd_close(__wasi_fd_t) { __builtin_trap(); }

/// Where JavaScript puts the bytes that the next call takes.
char* cli_buffer(std::size_t length) {
  session.buffer.assign(length, '\0');
  return session.buffer.data();
}

void cli_argument() { session.arguments.push_back(session.buffer); }

/// which: 0 COLUMNS, 1 NO_COLOR, 2 TERM, 3 XDG_CACHE_HOME, 4 HOME.
void cli_environment(int which) {
  Surroundings& here = session.surroundings;
  std::string* const variables[] = {&here.columns, &here.no_color, &here.term, &here.xdg_cache_home,
                                    &here.home};
  *variables[which] = session.buffer;
}

/// Returns how many inputs are to be read. Those of a stream of lines come last and are not
/// counted.
std::size_t cli_plan(bool out_is_terminal, bool err_is_terminal, std::size_t terminal_columns) {
  session.surroundings.out_is_terminal = out_is_terminal;
  session.surroundings.err_is_terminal = err_is_terminal;
  session.surroundings.terminal_columns = terminal_columns;
  session.plan = plan(session.arguments, session.surroundings);
  if (session.plan.outcome) session.outcome = *session.plan.outcome;
  return session.plan.outcome ? 0 : session.plan.inputs.size();
}

bool cli_is_answered() { return session.plan.outcome.has_value(); }
bool cli_has_lines() { return session.plan.lines.has_value(); }
bool cli_shows_progress() { return session.plan.shows_progress; }

/// 0 given, 1 file, 2 standard input, 3 and above to be fetched; the index after the last is the
/// stream of lines.
int cli_input_kind(std::size_t index) { return static_cast<int>(input_at(index).kind); }
std::size_t cli_input_limit(std::size_t index) { return input_at(index).limit; }
const View* cli_input_text(std::size_t index) { return view_of(input_at(index).text); }

/// The file in which the next input is kept, empty for none, and its directory; how much of it to
/// read at most.
const View* cli_cache_file() {
  session.fetching.emplace(session.plan, session.contents);
  const std::string& directory = session.plan.cache_dir;
  session.answer = directory.empty() ? "" : directory + '/' + session.fetching->file_name();
  return view_of(session.answer);
}
const View* cli_cache_dir() { return view_of(session.plan.cache_dir); }
std::size_t cli_cache_limit() { return Fetching::kMaxFileSize; }
/// Begins to fetch the input. The buffer is what its file holds.
void cli_fetch(double now) { session.fetching->begin(session.buffer, now); }
/// The URL to get next, empty when it is over; the fields to send, a line each; how much of it to
/// read at most; seconds for all.
const View* cli_next_url() {
  const auto& get = session.fetching->next();
  return view_of(get ? get->url : std::string_view());
}
const View* cli_next_fields() {
  session.answer.clear();
  for (const HttpField& field : session.fetching->next()->fields) {
    session.answer += field.name + ": " + field.value + "\n";
  }
  return view_of(session.answer);
}
std::size_t cli_next_limit() { return session.fetching->next()->limit; }
double cli_timeout() { return session.plan.timeout; }
/// The buffer is a field of the response: name, colon, value.
void cli_field() {
  const std::size_t colon = session.buffer.find(':');
  session.fields.push_back({session.buffer.substr(0, colon), session.buffer.substr(colon + 1)});
}
/// The buffer is the body.
void cli_got(int status, double now) {
  session.fetching->got(status, std::exchange(session.fields, {}), std::move(session.buffer), now);
}
/// number: the row of the error; the buffer is its hint.
void cli_not_got(std::uint32_t number, double now) {
  // The hint must outlive the error, as a literal does.
  static std::string hint;
  hint = std::move(session.buffer);
  session.fetching->failed(Error(static_cast<Error::Id>(number), {}, hint), now);
}
/// What the file is to hold, empty when it stays as it is.
const View* cli_to_keep() {
  session.answer = session.fetching->to_keep().value_or("");
  return view_of(session.answer);
}
/// The buffer is the name of the error that writing it ended with.
void cli_not_kept() { session.fetching->not_kept(session.buffer); }
/// Takes what was fetched for the content of the next input. False: there is an outcome.
bool cli_fetched() {
  const auto& content = session.fetching->content();
  session.notes += session.fetching->note();
  if (content) {
    session.contents.push_back(*content);
  } else {
    session.outcome = unfetched(session.plan, *session.fetching);
  }
  return content.has_value();
}

/// The buffer is the content of the next input.
void cli_content() { session.contents.push_back(std::move(session.buffer)); }
/// The buffer is the name of the error that reading this input ended with.
void cli_unreadable(std::size_t index) {
  session.outcome = unreadable(session.plan, input_at(index), session.buffer);
}
void cli_unwritable() { session.outcome = unwritable(session.buffer); }

void cli_execute(double now) { session.outcome = execute(session.plan, session.contents, now); }

/// False: there is an outcome already.
bool cli_begin_batch(double now) {
  auto batch = Batch::begin(session.plan, session.contents, now);
  if (auto* outcome = std::get_if<Outcome>(&batch)) {
    session.outcome = std::move(*outcome);
    return false;
  }
  session.batch = std::move(*std::get_if<Batch>(&batch));
  return true;
}

/// The buffer is the next piece of the stream; returns what is to be written now.
const View* cli_lines() {
  session.lines.add(session.buffer);
  return judge(session.lines.take());
}
const View* cli_last_lines() { return judge(session.lines.take_rest()); }
/// bytes: the length of the stream, 0 when it is not known.
const View* cli_progress(double bytes) {
  session.answer = session.batch->progress(session.tally, bytes);
  return view_of(session.answer);
}
const View* cli_end_of_progress() {
  session.answer = Batch::end_of_progress();
  return view_of(session.answer);
}
void cli_end_batch() { session.outcome = session.batch->end(session.tally); }

int cli_exit_code() { return session.outcome.exit_code; }
const View* cli_out() { return view_of(session.outcome.out); }
const View* cli_err() {
  session.answer = session.notes + session.outcome.err;
  return view_of(session.answer);
}
}
