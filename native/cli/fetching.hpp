// Key sets that are not here yet: what a host has to get, what becomes of it, and what is kept of
// it for the next call. The host has the sockets and the files, and nothing to say.
#pragma once

#include <map>

#include <touchstone/discovery.hpp>
#include <touchstone/key_set_cache.hpp>

#include "cli.hpp"

namespace touchstone::cli {

/// Brings the content of an input that is a URL or an issuer, by the policy of KeySetCache.
class Fetching {
 public:
  /// A GET for the host to make.
  struct Get {
    std::string url;
    std::vector<HttpField> fields;
    std::size_t limit;  ///< bytes of a body; a host reads one more: the core sees the excess
    bool allow_private_addresses;  ///< whether a name may lead to one, where the host can see that
  };

  /// For the input that comes after these contents. plan must outlive this.
  Fetching(const Plan& plan, const std::vector<std::string>& contents);

  /// Where in plan.cache_dir the set is kept, and how much of that file a host reads at most.
  std::string file_name() const;
  static constexpr std::size_t kMaxFileSize = std::size_t{8} << 20;

  /// Begins. kept is what the file holds, empty when there is none; it is trusted as the provider
  /// is. now, here and below: the clock, in seconds since 1970.
  void begin(std::string_view kept, NumericDate now);
  /// The next one; none when it is over.
  const std::optional<Get>& next() const { return next_; }
  void got(int status, const std::vector<HttpField>& fields, std::string body, NumericDate now);
  /// Without a response; the hint is a word of http_get().
  void failed(const Error& error, NumericDate now);

  /// When it is over: the set as it came, to be parsed yet; for `fetch` all that is known, as JSON.
  /// Errors: as of KeySetCache, of parse_metadata(), and of failed().
  const Result<std::string>& content() const { return content_; }
  /// What was asked last.
  const std::string& url() const { return url_; }
  /// What the file is to hold from now on; none: it stays as it is.
  std::optional<std::string> to_keep() const;
  /// It could not be written, for this reason: the name of errno's value.
  void not_kept(std::string_view reason);
  /// What else to say on standard error; empty when all went well.
  const std::string& note() const { return note_; }

 private:
  enum class Source { network, not_modified, cache, stale };

  void restore(std::string_view kept, NumericDate now);
  bool is_key_missing(NumericDate now);
  void get_metadata(NumericDate now);
  void got_metadata(int status, const std::string& body, NumericDate now);
  void get_set(bool allow_private_addresses = true);
  void got_set(int status, const std::vector<HttpField>& fields, std::string body, NumericDate now);
  void settle(const Refusal& refusal, NumericDate now);
  void end(Result<std::string> content);
  std::string report() const;
  std::string known_as() const;

  const Plan& plan_;
  const Input& input_;
  std::string token_;  // that the set is for; empty when there is none, or many
  KeySetCache cache_;
  std::uint64_t fetch_ = 0;
  std::vector<HttpField> set_fields_;  // for the GET of the set

  std::string issuer_, metadata_url_, metadata_;  // empty without an issuer
  bool asks_metadata_ = false;
  std::vector<std::string> others_;  // where else the metadata may be, the next one last
  bool is_guess_ = false;            // that the URL is an issuer's, and not a set's

  bool is_restored_ = false;
  std::string set_url_, text_;
  std::map<std::string, std::string> received_;  // of the set's fields those about caching
  Source source_ = Source::network;

  std::string url_, note_;
  std::optional<Get> next_;
  Result<std::string> content_{Error(Error::fetch_failed)};
};

bool is_fetched(const Input& input);

/// Whether the text is the URL of something to fetch.
bool is_url(std::string_view text);

/// The answer when an input could not be fetched.
Outcome unfetched(const Plan& plan, const Fetching& fetching);

/// The options of commands that fetch.
inline constexpr Option kTimeoutOption{"timeout", "SECONDS",
                                       "for fetching the JWK Set: 10 by default, at most 600"};
inline constexpr Option kCacheDirOption{
    "cache-dir", "DIR",
    "keep here what was fetched, as long as its provider allows; by default touchstone in "
    "XDG_CACHE_HOME or in ~/.cache"};
inline constexpr Option kNoCacheOption{"no-cache", nullptr,
                                       "neither use nor keep what an earlier call has fetched"};
/// Takes them for the plan.
std::optional<Outcome> prepare_fetching(Plan& plan);

}  // namespace touchstone::cli
