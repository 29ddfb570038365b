#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <touchstone/result.hpp>
#include <touchstone/secret_text.hpp>

namespace touchstone {

/// A text as it lies in a store.
struct Stored {
  SecretText text;  ///< all of it
  /// Tells this text from those before and after it; never empty. No secret, and means nothing to
  /// another store.
  std::string version;
};

/// Where an issuer keeps its key ring: one secret text of 1 byte to 4 MiB, which several processes
/// read and replace. What the text says is none of the store's business.
///
///     auto store = touchstone::open_store("/var/lib/issuer/keys");
///     if (!store) return fail(store.error());
///     auto stored = (*store)->load();
///     if (!stored) return fail(stored.error());
///     const std::string version = *stored ? (*stored)->version : "";  // "": nothing in it yet
///     auto next = (*store)->compare_and_swap(version, new_text);
///     if (!next && next.error().id() == touchstone::Error::store_conflict) return again();
///
/// Threads may share it. No message holds the text, a password or a part of the place's name.
/// Errors of every call, with a word of detail().hint where it helps:
/// store_missing: create() has not been called (of a table "table"), "database", "schema", "parent"
/// (of the directory to be made), "not a directory";
/// store_permission: "owner" (it belongs to another user), "mode" (others may read or write it),
/// "symbolic link", "access", "read-only", "login", "privilege";
/// store_corrupt: "type" (no regular file), "size" (no text, or one beyond the limit), "table" (not
/// as create() makes it);
/// store_full;
/// store_unavailable: "lock" (others held it all the time), "input/output", "connect", "TLS",
/// "connection" (lost, and tried once more in vain), "time-out", "not ready" (the server starts or
/// stops), "server", "entropy";
/// out_of_memory.
class TOUCHSTONE_API Store {
 public:
  virtual ~Store();

  /// Makes the place, as nobody but its owner may use it: a directory whose parent is there, or a
  /// table. One that is there already stays as it is.
  virtual Refusal create() noexcept = 0;

  /// What is stored; empty when nothing has been yet.
  virtual Result<std::optional<Stored>> load() noexcept = 0;

  /// Puts `text` in the place of the one whose version is `expected`, or in an empty store when
  /// that is "", and returns its version. It is durable then. Errors: store_conflict when another
  /// version is there; option_invalid with "text" when that is too short or too long. After
  /// store_unavailable the old text may be there or the new one, as load() will tell; after any
  /// other error it is the old one.
  virtual Result<std::string> compare_and_swap(const std::string& expected,
                                               std::string_view text) noexcept = 0;

 protected:
  Store() = default;
};

inline constexpr std::size_t max_stored_size = std::size_t{4} << 20;

/// What open_store() may be told.
struct StoreOptions {
  /// Seconds that a call may take, above 0 and at most 600: it waits for a lock, for a connection,
  /// for an answer. (A name server or a disk that hangs may take longer; threads that share a
  /// store wait for each other's calls.)
  double timeout = 5;
};

/// The store at a place; nothing is asked there yet.
///
/// A path is a directory, for the processes of one machine. In it `key-ring.json` is the text, and
/// `lock` what a writer holds; both of mode 0600 in a directory of 0700, or they are refused, as
/// symbolic links are. A kill, a full disk or a power cut at any moment leaves the old text or the
/// new one, whole.
///
/// "postgres://..." or "postgresql://..." is a database, for several machines: a row of the table
/// `touchstone_key_ring` in the schema that comes first in the search path. What libpq takes in a
/// URL and from the environment holds, and one parameter more: `touchstone_ring` names the row, in
/// 1 to 100 visible ASCII characters (default: "default"), so that issuers can share a table.
/// Unless sslmode is given, TLS is required of every server that is not on this machine; for its
/// certificate to be checked ask for `sslmode=verify-full`. Durable is what the server calls so:
/// see synchronous_commit.
///
/// Errors: option_invalid with "store" or "timeout".
TOUCHSTONE_API Result<std::unique_ptr<Store>> open_store(const std::string& place,
                                                         const StoreOptions& options = {}) noexcept;

}  // namespace touchstone
