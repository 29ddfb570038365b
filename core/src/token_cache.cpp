#include <touchstone/token_cache.hpp>

#include <iterator>

namespace touchstone {

Result<std::shared_ptr<const VerifiedJwt>> TokenCache::verify(std::string_view jwt,
                                                              NumericDate now) noexcept {
  if (const auto found = by_jwt_.find(jwt); found != by_jwt_.end()) {
    const auto entry = found->second;
    if (entry->verified->validity().contains(now)) return entry->verified;
    forget(entry);
  }
  auto verified = touchstone::verify(jwt, keys_, expectations_, now);
  if (!verified) return verified.error();
  auto shared = std::make_shared<const VerifiedJwt>(*std::move(verified));
  if (max_entries_ == 0) return shared;
  if (entries_.size() == max_entries_) forget(entries_.begin());
  entries_.push_back({std::string(jwt), shared});
  by_jwt_.emplace(entries_.back().jwt, std::prev(entries_.end()));
  return shared;
}

void TokenCache::replace(KeySet keys) {
  keys_ = std::move(keys);
  by_jwt_.clear();
  entries_.clear();
}

void TokenCache::forget(std::list<Entry>::iterator entry) {
  by_jwt_.erase(entry->jwt);
  entries_.erase(entry);
}

}  // namespace touchstone
