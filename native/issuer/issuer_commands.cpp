// What the commands of an issuer share.
#include "issuer_commands.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "../cli/text.hpp"
#include "../cli/times.hpp"
#include "files.hpp"

namespace touchstone::cli {
namespace {

constexpr const char* kStoreVariable = "TOUCHSTONE_STORE";
constexpr const char* kKeyVariable = "TOUCHSTONE_SEALING_KEY";

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What to do about an error, by its row and the word that came with it.
struct Advice {
  Error::Id id;
  std::string_view hint;
  const char* words;
};
constexpr Advice kAdvice[] = {
    {Error::store_missing, "", "`touchstone keys init` makes it, and the first key."},
    {Error::store_missing, "ring",
     "The store is empty: `touchstone keys init` makes a ring in it."},
    {Error::store_missing, "table", "`touchstone keys init` makes the table, and the first key."},
    {Error::store_missing, "database", "The server has no such database; make it first."},
    {Error::store_missing, "schema", "The database has no schema to make a table in."},
    {Error::store_missing, "parent", "The directory that it is to be made in is not there."},
    {Error::store_missing, "not a directory",
     "It is not a directory, or a part of its path is not."},
    {Error::store_permission, "owner", "It belongs to another user; run this as that one."},
    {Error::store_permission, "mode",
     "Others may read or write it. The directory has to be of mode 0700 and the files in it of "
     "0600; keys that others may have read are to be revoked."},
    {Error::store_permission, "symbolic link", "It is a symbolic link; name what it leads to."},
    {Error::store_permission, "access", "The system does not permit it to this user."},
    {Error::store_permission, "read-only", "It can be read, but not be written."},
    {Error::store_permission, "login",
     "The server refuses this user or password. The password is best in ~/.pgpass or in the "
     "environment variable PGPASSWORD."},
    {Error::store_permission, "privilege", "The database's user may not do this there."},
    {Error::store_corrupt, "type", "Something other than a regular file is in the place of one."},
    {Error::store_corrupt, "size", "It is empty, or larger than any ring."},
    {Error::store_corrupt, "table", "There is a table of that name that is another's."},
    {Error::store_full, "", "What was there is unharmed; make room and try again."},
    {Error::store_unavailable, "lock", "Others held its lock all the time; try again."},
    {Error::store_unavailable, "input/output", "The device failed; see the system's log."},
    {Error::store_unavailable, "connect", "Nobody answers there; is the server running?"},
    {Error::store_unavailable, "TLS",
     "The connection could not be encrypted as asked for: see sslmode and sslrootcert of libpq."},
    {Error::store_unavailable, "connection", "The connection was lost; try again."},
    {Error::store_unavailable, "time-out", "The server did not answer in time."},
    {Error::store_unavailable, "not ready", "The server starts or stops; try again."},
    {Error::store_conflict, "", "Somebody else was quicker, again and again; try again."},
    {Error::sealing_key_missing, "",
     "--sealing-key-file FILE names the key's file, or TOUCHSTONE_SEALING_KEY holds the key."},
    {Error::sealing_key_malformed, "", "`touchstone keys init --make-sealing-key FILE` makes one."},
    {Error::sealing_key_mismatch, "", "The ring is unharmed; find the key that it was made with."},
    {Error::sealed_ring_corrupt, "",
     "Somebody or something has changed it: bring it back from a copy."},
    {Error::ring_not_sealed, "",
     "If the ring is meant to be in the clear, say --unsealed. Else somebody has put it there."},
    {Error::signing_key_missing, "", "`touchstone keys list` says when the first key may sign."},
    {Error::signing_key_exhausted, "",
     "Its successor takes over as soon as clients know it: `touchstone keys list` says when. "
     "`touchstone keys policy --max-signatures N` allows more."},
    {Error::token_lifetime_invalid, "",
     "A token must expire later than now, and within --token-lifetime of the policy: "
     "`touchstone keys policy` shows it."},
};

std::string_view advice_for(const Error& error) {
  const std::string_view hint = error.detail().hint;
  for (const Advice& row : kAdvice) {
    if (row.id == error.id() && row.hint == hint) return row.words;
  }
  return "";
}

/// The store could not be used, which is no verdict.
bool is_about_store(Error::Id id) {
  return id == Error::store_unavailable || id == Error::store_missing ||
         id == Error::store_permission || id == Error::store_full;
}

bool is_url(std::string_view place) { return place.find("://") != std::string_view::npos; }

}  // namespace

std::string store_place(const Plan& plan) {
  if (const std::string* given = plan.arguments.value("store")) return *given;
  const std::string_view variable = environment(kStoreVariable);
  return variable.empty() ? "touchstone-keys" : std::string(variable);
}

std::string store_name(const Plan& plan) {
  const std::string place = store_place(plan);
  return is_url(place) ? "the database" : in_quotes(place);
}

std::optional<Outcome> check_store_options(const Plan& plan) {
  const Arguments& given = plan.arguments;
  const auto wrong = [&](std::string_view complaint) {
    return usage_error(given.command, complaint);
  };
  const std::string* store = given.value("store");
  if (store != nullptr && store->empty()) return wrong("--store is empty");
  const std::string place = store_place(plan);
  if (is_url(place) && !place.starts_with("postgres://") && !place.starts_with("postgresql://"))
    return wrong("the store is a directory, or a URL that begins with postgres://");
  if (given.has("unsealed") && given.has("sealing-key-file"))
    return wrong("--unsealed and --sealing-key-file contradict each other");
  return {};
}

bool has_sealing_key(const Plan& plan) {
  if (plan.arguments.has("unsealed")) return false;
  return plan.arguments.has("sealing-key-file") || *environment(kKeyVariable) != '\0';
}

std::optional<Outcome> open_ring(const Plan& plan, std::optional<RingStore>& store) {
  if (!has_sealing_key(plan)) return open_ring(plan, {}, store);
  const std::string* path = plan.arguments.value("sealing-key-file");
  if (path == nullptr) {
    auto key = SealingKey::parse(environment(kKeyVariable));
    if (!key) return failed(plan, key.error());
    return open_ring(plan, *std::move(key), store);
  }
  std::optional<SealingKey> key;
  if (auto outcome = read_sealing_key(plan, *path, key)) return outcome;
  // Since `keys reseal` the file may hold another.
  return open_ring(plan, std::move(key), store, [&plan, path] {
    std::optional<SealingKey> other;
    (void)read_sealing_key(plan, *path, other);
    return other;
  });
}

std::optional<Outcome> read_sealing_key(const Plan& plan, const std::string& path,
                                        std::optional<SealingKey>& key) {
  std::string reason;
  const auto text = read_secret_file(path, reason);
  if (!text) {
    return failed(plan, kInputOutput, "sealing_key_unreadable",
                  concat({"cannot read the sealing key from ", in_quotes(path), ": ", reason}), "");
  }
  auto parsed = SealingKey::parse(text->view());
  if (!parsed) return failed(plan, parsed.error());
  key = *std::move(parsed);
  return {};
}

std::optional<Outcome> open_ring(const Plan& plan, std::optional<SealingKey> key,
                                 std::optional<RingStore>& store, RingStore::KeySource source) {
  auto opened = RingStore::open(store_place(plan), std::move(key), std::move(source));
  if (!opened) return failed(plan, opened.error());
  store = *std::move(opened);
  return {};
}

Outcome failed(const Plan& plan, ExitCode exit_code, std::string_view reason,
               std::string_view message, std::string_view advice) {
  if (plan.arguments.has("json")) {
    nlohmann::json error{{"reason", reason}, {"message", message}};
    if (!advice.empty()) error["advice"] = advice;
    return {exit_code, json_line({{"error", error}}), ""};
  }
  const std::string_view name = plan.arguments.command->name;
  std::string lines = concat({"touchstone ", name, ": ", message, " (", reason, ")\n"});
  if (!advice.empty()) lines += concat({"  ", advice, "\n"});
  return {exit_code, "", wrapped(plan.style, lines)};
}

Outcome failed(const Plan& plan, const Error& error) {
  const bool is_store = is_about_store(error.id());
  const std::string advice(advice_for(error));
  if (plan.arguments.has("json")) {
    nlohmann::json json = to_json(error);
    if (!advice.empty()) json["advice"] = advice;
    return {is_store ? kInputOutput : kRefused, json_line({{"error", json}}), ""};
  }
  std::string message = is_store || error.id() == Error::store_corrupt
                            ? concat({store_name(plan), ": ", error.message()})
                            : std::string(error.message());
  const std::string hint = advice.empty() ? hint_of(error) : "";
  const std::string& member = error.detail().member;
  if (!hint.empty()) {
    message += concat({": ", visible(hint)});
  } else if (advice.empty() && !member.empty()) {
    message += concat({": ", visible(member)});
  }
  return failed(plan, is_store ? kInputOutput : kRefused, error.reason(), message, advice);
}

Outcome usage_error_now(const Plan& plan, std::string_view complaint) {
  Outcome outcome = usage_error(plan.arguments.command, complaint);
  outcome.err = wrapped(plan.style, outcome.err);
  return outcome;
}

Outcome file_failed(const Plan& plan, std::string_view what, const std::string& path) {
  const int number = errno;
  const std::string why = number == EEXIST ? "there is one already, and it stays as it is"
                                           : in_words(errno_name(number));
  return failed(plan, kInputOutput, "file_failed",
                concat({"cannot write ", what, " to ", in_quotes(path), ": ", why}), "");
}

std::string_view short_kid(std::string_view kid) {
  constexpr std::size_t kShown = 12;
  return kid.substr(0, kShown);
}

std::string when(NumericDate time, NumericDate now) {
  return date_and_words(time, std::floor(now));
}

void change_rows(Page& page, const KeyRing& ring, const std::vector<KeyChange>& changes,
                 NumericDate now) {
  for (const KeyChange& change : changes) {
    const KeyRing::Key* key = ring.find(change.kid);
    std::string words;
    switch (change.kind) {
      case KeyChange::Kind::published:
        words = key != nullptr && key->state == KeyRing::State::pending
                    ? concat({"may sign from ", when(key->usable_from, now)})
                    : "is in the set";
        break;
      case KeyChange::Kind::activated:
        words = "signs from now on";
        break;
      case KeyChange::Kind::retired:
        words = key != nullptr && key->remove_at
                    ? concat({"stays in the set until ", when(*key->remove_at, now)})
                    : "signs no more";
        break;
      case KeyChange::Kind::removed:
        words = "its tokens have expired";
        break;
      case KeyChange::Kind::replaced:
        words = "had not signed yet, and the policy wants another";
        break;
      case KeyChange::Kind::revoked:
        words = "is in the set no more";
        break;
    }
    page.row(name(change.kind),
             concat({visible(short_kid(change.kid)), ", ", change.alg, ": ", words}));
  }
}

nlohmann::json changes_json(const std::vector<KeyChange>& changes) {
  nlohmann::json array = nlohmann::json::array();
  for (const KeyChange& change : changes)
    array.push_back({{"kind", name(change.kind)}, {"kid", change.kid}, {"alg", change.alg}});
  return array;
}

std::optional<MetadataOptions> metadata_options(const Plan& plan,
                                                const std::vector<std::string>& contents) {
  const std::string* issuer = plan.arguments.value("issuer");
  if (issuer == nullptr) return {};
  std::string_view below = *issuer;
  if (below.ends_with('/')) below.remove_suffix(1);
  const std::string* jwks_uri = plan.arguments.value("jwks-uri");
  return MetadataOptions{
      .issuer = *issuer,
      .jwks_uri = jwks_uri == nullptr ? concat({below, kSetPath}) : *jwks_uri,
      .additions = contents.empty() ? "{}" : contents[0],
      .allow_http_on_loopback = true,
  };
}

NumericDate takes_over_at(const KeyRing& ring, const RotationPolicy& policy, NumericDate now) {
  const KeyRing::Key* active = ring.active();
  const KeyRing::Key* pending = ring.pending();
  const NumericDate known_at =
      pending == nullptr ? now + policy.publish_ahead : pending->usable_from;
  if (active == nullptr) return known_at;
  const bool is_due = active->is_due || active->signatures >= policy.max_signatures / 4 * 3;
  const NumericDate due_at = is_due ? now : *active->activated_at + policy.rotate_every;
  return std::max(due_at, pending == nullptr && !is_due ? due_at : known_at);
}

NumericDate next_rotation(const KeyRing& ring, const RotationPolicy& policy, NumericDate now) {
  // At the time of its last change a ring is as the policy wants it, so that nothing happens then,
  // unless it is due for another reason than time.
  NumericDate last = 0;
  for (const KeyRing::Key& key : ring.keys())
    last = std::max(
        {last, key.published_at, key.activated_at.value_or(0), key.retired_at.value_or(0)});
  const auto planned = timeline(ring, policy, last, last);  // makes no key, as rotate() might
  return planned && planned->next > last ? planned->next : now;
}

}  // namespace touchstone::cli
