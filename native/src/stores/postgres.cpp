// PostgreSQL, through libpq, which nobody else includes.
#include <touchstone/ip_address.hpp>

#include <libpq-fe.h>
#include <poll.h>
#include <strings.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "../deadline.hpp"
#include "backends.hpp"

namespace touchstone {
namespace {

constexpr std::string_view ring_parameter = "touchstone_ring=";
constexpr std::size_t max_ring_size = 100;
/// The types of columns, as the server's catalogue numbers them for all time.
constexpr Oid bytea_type = 17, text_type = 25;

template <auto function>
struct Deleter {
  template <class T>
  void operator()(T* handle) const {
    function(handle);
  }
};
using Connection = std::unique_ptr<PGconn, Deleter<PQfinish>>;
using ConnectionOptions = std::unique_ptr<PQconninfoOption, Deleter<PQconninfoFree>>;

/// A result, whose cells are wiped when it goes: one of them may be the text.
void clear(PGresult* result) {
  for (int row = 0; row < PQntuples(result); ++row)
    for (int column = 0; column < PQnfields(result); ++column)
      wipe(PQgetvalue(result, row, column),
           static_cast<std::size_t>(PQgetlength(result, row, column)));
  PQclear(result);
}
using Answer = std::unique_ptr<PGresult, Deleter<clear>>;

Error unavailable(std::string_view hint) { return Error(Error::store_unavailable, {}, hint); }

/// What an SQLSTATE that begins so means to us; the first that fits.
struct Meaning {
  std::string_view state;
  Error::Id id;
  std::string_view hint;
};
constexpr Meaning meanings[] = {
    {"22021", Error::store_conflict, ""},  // the version expected is no text at all
    {"25006", Error::store_permission, "read-only"},
    {"28", Error::store_permission, "login"},
    {"3D000", Error::store_missing, "database"},
    {"3F000", Error::store_missing, "schema"},
    {"40001", Error::store_conflict,
     ""},  // another was first, says an isolation stricter than ours
    {"42501", Error::store_permission, "privilege"},
    {"42P01", Error::store_missing, "table"},
    {"22", Error::store_corrupt, "table"},
    {"23", Error::store_corrupt, "table"},
    {"42", Error::store_corrupt, "table"},
    {"53100", Error::store_full, ""},
    {"57014", Error::store_unavailable, "time-out"},
    {"57P", Error::store_unavailable, "not ready"},
    {"", Error::store_unavailable, "server"},
};

Error error_of(std::string_view state) {
  const auto* meaning = std::find_if(std::begin(meanings), std::end(meanings),
                                     [&](auto& row) { return state.starts_with(row.state); });
  return Error(meaning->id, {}, meaning->hint);
}

// Where the database is.

std::optional<std::string> decode_percent(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      bytes += text[at];
      continue;
    }
    const std::string digits(text.substr(at + 1, 2));
    if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos)
      return {};
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    at += 2;
  }
  return bytes;
}

bool is_ring(std::string_view name) {
  return !name.empty() && name.size() <= max_ring_size &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Takes our parameter out of the URL, since libpq refuses those that it does not know. Empty when
/// it is not one good name.
std::optional<std::string> take_ring(std::string& url) {
  // A password may hold a question mark.
  std::size_t start = url.find_first_of("@/", url.find("://") + 3);
  if (start == url.npos || url[start] == '/') start = 0;
  std::optional<std::string> ring;
  for (std::size_t at = url.find('?', start); at < url.size();) {
    const std::size_t next = std::min(url.find('&', at + 1), url.size());
    const std::string_view parameter = std::string_view(url).substr(at + 1, next - at - 1);
    if (!parameter.starts_with(ring_parameter)) {
      at = next;
      continue;
    }
    if (ring) return {};
    ring = decode_percent(parameter.substr(ring_parameter.size()));
    if (!ring || !is_ring(*ring)) return {};
    // With the separator behind it, or without one the separator before it.
    const bool is_last = next == url.size();
    url.erase(is_last ? at : at + 1, next - at);
  }
  return ring ? ring : "default";
}

using Parameters = std::map<std::string, std::string>;

Parameters parameters_of(const PQconninfoOption* option) {
  Parameters parameters;
  for (; option != nullptr && option->keyword != nullptr; ++option)
    if (option->val != nullptr && *option->val != '\0') parameters[option->keyword] = option->val;
  return parameters;
}

bool is_on_this_machine(const std::string& host) {
  if (host.empty() || host.starts_with('/') || host.starts_with('@')) return true;  // no network
  const auto address = IpAddress::parse(host);
  return address ? address->is_loopback() : strcasecmp(host.c_str(), "localhost") == 0;
}

bool are_on_this_machine(const std::string& hosts) {
  for (std::size_t at = 0; at <= hosts.size();) {
    const std::size_t end = std::min(hosts.find(',', at), hosts.size());
    if (!is_on_this_machine(hosts.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

/// Adds to what the URL gives.
void complete(Parameters& parameters, double timeout) {
  const Parameters others = parameters_of(ConnectionOptions(PQconndefaults()).get());
  const auto value_of = [&](const char* keyword) -> std::string {
    const auto given = parameters.find(keyword);
    const auto other = others.find(keyword);
    if (given != parameters.end()) return given->second;
    return other != others.end() ? other->second : "";
  };
  // libpq's own default would send the keys to whoever answers, in the clear if he wants it so.
  // What a service's file says we do not see.
  const std::string address = value_of("hostaddr"), mode = value_of("sslmode");
  if (!parameters.contains("sslmode") && !parameters.contains("service") &&
      (mode.empty() || mode == "prefer") &&
      !are_on_this_machine(address.empty() ? value_of("host") : address))
    parameters["sslmode"] = "require";
  // So that a statement that nobody waits for any longer ends, too. The last one given holds.
  const long milliseconds = std::max(1L, static_cast<long>(timeout * 1000));
  parameters["options"] =
      "-c statement_timeout=" + std::to_string(milliseconds) + " " + value_of("options");
  // And of several hosts one that swallows everything leaves time for the next.
  parameters.try_emplace("tcp_user_timeout", std::to_string(std::max(1L, milliseconds / 3)));
  parameters["client_encoding"] = "UTF8";
  parameters.try_emplace("fallback_application_name", "touchstone");
}

// One statement.

struct Statement {
  const char* sql;
  std::vector<std::string_view> values{};  ///< all of them sent as bytes
};

/// Until the connection can be read from or written to; false when the time is over.
bool wait(PGconn* connection, short events, const Deadline& deadline) {
  pollfd descriptor{PQsocket(connection), events, 0};
  while (!deadline.is_over()) {
    const int ready = poll(&descriptor, 1, static_cast<int>(deadline.left() * 1000) + 1);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

bool is_good(const Answer& answer) {
  const auto status = PQresultStatus(answer.get());  // of null a failure's
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/// The results of what was sent: the first that failed, else the last. Null when the connection is
/// lost.
Result<Answer> receive(PGconn* connection, const Deadline& deadline) {
  Answer answer;
  // When sending fails, what the server had to say may still be there.
  while (PQflush(connection) == 1) {
    if (!wait(connection, POLLIN | POLLOUT, deadline)) return unavailable("time-out");
    if (PQconsumeInput(connection) == 0) return Answer();
  }
  for (;;) {
    while (PQisBusy(connection) != 0) {
      if (!wait(connection, POLLIN, deadline)) return unavailable("time-out");
      if (PQconsumeInput(connection) == 0) return Answer();
    }
    Answer next(PQgetResult(connection));
    if (!next) return answer;
    if (!answer || is_good(answer)) answer = std::move(next);
  }
}

Result<Answer> exchange(PGconn* connection, const Statement& statement, const Deadline& deadline) {
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  for (const std::string_view value : statement.values) {
    values.push_back(value.data() == nullptr ? "" : value.data());
    lengths.push_back(static_cast<int>(value.size()));
    formats.push_back(1);
  }
  // Without values it may be several statements, which are one transaction.
  const int is_sent =
      values.empty() ? PQsendQuery(connection, statement.sql)
                     : PQsendQueryParams(connection, statement.sql, static_cast<int>(values.size()),
                                         nullptr, values.data(), lengths.data(), formats.data(), 1);
  if (is_sent == 0) return Answer();
  return receive(connection, deadline);
}

/// Why there is no connection. The message is libpq's with the server's SQLSTATE at its end; it may
/// hold names, so it stays here.
Error connect_error(PGconn* connection) {
  std::string_view message = PQerrorMessage(connection);
  const auto contains = [&](std::string_view text) { return message.find(text) != message.npos; };
  while (message.ends_with('\n')) message.remove_suffix(1);
  const auto is_state = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  const std::string_view state =
      message.substr(message.size() - std::min<std::size_t>(message.size(), 5));
  if (state.size() == 5 && message.size() > 5 && message[message.size() - 6] == ' ' &&
      std::all_of(state.begin(), state.end(), is_state))
    return error_of(state);
  // No password, where one is asked for, is no answer of the server's.
  if (PQconnectionNeedsPassword(connection) != 0)
    return Error(Error::store_permission, {}, "login");
  return unavailable(contains("SSL") || contains("certificate") ? "TLS" : "connect");
}

Result<Connection> connect(const Parameters& parameters, const Deadline& deadline) {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  Connection connection(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection) return Error(Error::out_of_memory);
  PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);
  // Else notices would go to standard error.
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  auto state = PGRES_POLLING_WRITING;
  while (PQstatus(connection.get()) != CONNECTION_BAD && state != PGRES_POLLING_FAILED) {
    if (state == PGRES_POLLING_OK) {
      PQsetnonblocking(connection.get(), 1);
      return connection;
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait(connection.get(), events, deadline)) return unavailable("time-out");
    state = PQconnectPoll(connection.get());
  }
  return connect_error(connection.get());
}

/// 128 random bits in hexadecimal; empty when there is no randomness.
std::string make_version() {
  std::array<unsigned char, 16> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) return "";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) text += {digits[byte >> 4], digits[byte & 15]};
  return text;
}

// Two creators at once wait for each other: "if not exists" alone would let one of them fail. What
// is already there, somebody may have made for us: it stays as it is.
constexpr const char* create_table = R"(
select pg_advisory_xact_lock(7310593859);
create table if not exists "touchstone_key_ring" (
  "ring" text primary key,
  "version" text not null,
  "text" bytea not null,
  "changed" timestamptz not null default now());
revoke all on table "touchstone_key_ring" from public)";
// One byte more than a text may have shows that it is too large.
constexpr const char* select_text = R"(
select "version", substring("text" for 4194305) from "touchstone_key_ring" where "ring" = $1)";
constexpr const char* select_version = R"(
select "version" from "touchstone_key_ring" where "ring" = $1)";
constexpr const char* insert_text = R"(
insert into "touchstone_key_ring" ("ring", "version", "text") values ($1, $2, $3)
on conflict ("ring") do nothing)";
constexpr const char* update_text = R"(
update "touchstone_key_ring" set "version" = $2, "text" = $3, "changed" = now()
where "ring" = $1 and "version" = $4)";
static_assert(max_stored_size == 4194304);

class PostgresStore final : public Store {
 public:
  PostgresStore(Parameters parameters, std::string ring, double timeout)
      : parameters_(std::move(parameters)), ring_(std::move(ring)), timeout_(timeout) {}
  ~PostgresStore() override {
    for (auto& [keyword, value] : parameters_) wipe(value.data(), value.size());
  }

  Refusal create() noexcept override {
    const std::lock_guard lock(mutex_);
    const Deadline deadline(timeout_);
    const auto stored = read(deadline);
    if (stored) return {};
    if (stored.error().id() != Error::store_missing || stored.error().detail().hint != "table")
      return stored.error();
    const auto answer = ask({create_table}, deadline);
    return answer ? Refusal{} : answer.error();
  }

  Result<std::optional<Stored>> load() noexcept override {
    const std::lock_guard lock(mutex_);
    return read(Deadline(timeout_));
  }

  Result<std::string> compare_and_swap(const std::string& expected,
                                       std::string_view text) noexcept override {
    if (const auto refusal = check_text(text)) return *refusal;
    const std::string version = make_version();
    if (version.empty()) return unavailable("entropy");
    const std::lock_guard lock(mutex_);
    const Deadline deadline(timeout_);
    const auto swapped = expected.empty()
                             ? ask({insert_text, {ring_, version, text}}, deadline)
                             : ask({update_text, {ring_, version, text, expected}}, deadline);
    if (!swapped) return swapped.error();
    if (std::string_view(PQcmdTuples(swapped->get())) == "1") return version;
    // Nobody else makes this version: when it is there, the statement was carried out, and sent
    // once more because the connection was lost before the answer.
    const auto found = ask({select_version, {ring_}}, deadline);
    if (!found) return unavailable("connection");
    if (PQntuples(found->get()) == 1 && cell(*found, 0) == version) return version;
    return Error(Error::store_conflict);
  }

 private:
  static std::string_view cell(const Answer& answer, int column) {
    return {PQgetvalue(answer.get(), 0, column),
            static_cast<std::size_t>(PQgetlength(answer.get(), 0, column))};
  }

  Result<std::optional<Stored>> read(const Deadline& deadline) {
    const auto answer = ask({select_text, {ring_}}, deadline);
    if (!answer) return answer.error();
    const PGresult* rows = answer->get();
    if (PQftype(rows, 0) != text_type || PQftype(rows, 1) != bytea_type || PQntuples(rows) > 1)
      return Error(Error::store_corrupt, {}, "table");
    if (PQntuples(rows) == 0) return std::optional<Stored>();
    const std::string_view version = cell(*answer, 0), bytes = cell(*answer, 1);
    if (version.empty()) return Error(Error::store_corrupt, {}, "table");
    if (bytes.empty() || bytes.size() > max_stored_size)
      return Error(Error::store_corrupt, {}, "size");
    auto text = SecretText::copy_of(bytes);
    if (!text) return Error(Error::out_of_memory);
    return std::optional(Stored{*std::move(text), std::string(version)});
  }

  /// Asks twice at most: a connection from before may be gone with a server that is back. Whatever
  /// goes wrong the second time, nobody knows what came of the first.
  Result<Answer> ask(const Statement& statement, const Deadline& deadline) {
    bool is_lost = false;
    auto answer = ask_once(statement, deadline, is_lost);
    if (!is_lost) return answer;
    answer = ask_once(statement, deadline, is_lost);
    return answer && !is_lost ? std::move(answer) : unavailable("connection");
  }

  /// is_lost: the connection was there, and went before the answer came.
  Result<Answer> ask_once(const Statement& statement, const Deadline& deadline, bool& is_lost) {
    is_lost = false;
    if (!connection_) {
      auto connected = connect(parameters_, deadline);
      if (!connected) return connected.error();
      connection_ = *std::move(connected);
    }
    auto answer = exchange(connection_.get(), statement, deadline);
    if (answer && is_good(*answer)) return answer;
    const char* field = answer ? PQresultErrorField(answer->get(), PG_DIAG_SQLSTATE) : nullptr;
    const std::string_view state = field != nullptr ? field : "";
    // 57P: the server ends the connection.
    if (!state.empty() && !state.starts_with("57P")) return error_of(state);
    connection_.reset();  // what still comes must not be taken for the next answer
    is_lost = answer.has_value();
    return answer;
  }

  Parameters parameters_;
  const std::string ring_;
  const double timeout_;
  std::mutex mutex_;
  Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const std::string& given, double timeout) {
  std::string url = given;
  auto ring = take_ring(url);
  if (!ring) return Error(Error::option_invalid, "store", "has no good touchstone_ring");
  const ConnectionOptions options(PQconninfoParse(url.c_str(), nullptr));
  wipe(url.data(), url.size());
  if (!options) return Error(Error::option_invalid, "store", "is no URL that libpq takes");
  Parameters parameters = parameters_of(options.get());
  complete(parameters, timeout);
  return std::unique_ptr<Store>(
      std::make_unique<PostgresStore>(std::move(parameters), *std::move(ring), timeout));
}

}  // namespace touchstone
