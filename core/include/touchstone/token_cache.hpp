#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include <touchstone/verify.hpp>

namespace touchstone {

/// verify() with one key set and one set of expectations, remembering the tokens that passed.
///
/// A token is found again by all of its bytes, and only while its time claims hold at the time that
/// is asked for. Of more than `max_entries` tokens the one that was remembered first is forgotten.
/// What is remembered are credentials and their claims, in memory. Threads must take turns.
class TOUCHSTONE_API TokenCache {
 public:
  /// Remembers at most max_entries tokens.
  TokenCache(KeySet keys, Expectations expectations, std::size_t max_entries)
      : keys_(std::move(keys)), expectations_(std::move(expectations)), max_entries_(max_entries) {}

  /// As touchstone::verify(). Errors: the same.
  Result<std::shared_ptr<const VerifiedJwt>> verify(std::string_view jwt, NumericDate now) noexcept;

  /// Goes on with another key set and forgets every token: a key that was removed verifies nothing
  /// any more.
  void replace(KeySet keys);

  /// How many tokens are remembered.
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string jwt;
    std::shared_ptr<const VerifiedJwt> verified;
  };
  void forget(std::list<Entry>::iterator entry);

  KeySet keys_;
  Expectations expectations_;
  std::size_t max_entries_;
  std::list<Entry> entries_;  // in the order in which they came
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_jwt_;
};

}  // namespace touchstone
