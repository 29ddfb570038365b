#include "select.hpp"

#include "jwk.hpp"

namespace touchstone {
namespace {

constexpr std::size_t max_tries = 8;
constexpr std::size_t max_notes = 32;

/// The usable keys that the header could mean: those of its kid, or all when it has none.
std::vector<const Jwk*> named_keys(const KeySet& keys, const KeyQuery& query) {
  if (query.kid) return keys.keys_with_kid(*query.kid);
  std::vector<const Jwk*> all;
  for (const Jwk& key : keys.keys()) all.push_back(&key);
  return all;
}

/// For the error when nothing matched: what became of each key that the header could mean.
std::vector<Error::PassedOver> notes_on(const KeySet& keys, const KeyQuery& query,
                                        const std::vector<const Jwk*>& named) {
  std::vector<Error::PassedOver> notes;
  for (const Jwk* key : named) {
    if (notes.size() == max_notes) return notes;
    notes.push_back({key->index(), *passed_over(*key, query)});
  }
  for (const KeySet::Skipped& skipped : keys.skipped()) {
    if (notes.size() == max_notes) return notes;
    if (!query.kid || skipped.kid == query.kid)
      notes.push_back({skipped.index, skipped.reason.id()});
  }
  return notes;
}

}  // namespace

std::optional<Error::Id> passed_over(const Jwk& key, const KeyQuery& query) {
  if (query.kid && !key.kid()) return Error::kid_missing;
  if (query.kid && *key.kid() != *query.kid) return Error::kid_mismatch;
  if (const auto reason = unfit_for(key, query.algorithm)) return reason;
  if (query.require_key_alg && !key.alg()) return Error::key_alg_missing;
  return {};
}

Result<std::vector<const Jwk*>> select_keys(const KeySet& keys, const KeyQuery& query) {
  // RFC 8725 section 3.1: a set that mixes secrets with public keys invites the confusion of the
  // two.
  if (query.algorithm.is_symmetric() && keys.has_asymmetric_key())
    return Error(Error::jwks_mixed_symmetric);

  const std::vector<const Jwk*> named = named_keys(keys, query);
  std::vector<const Jwk*> matching;
  for (const Jwk* key : named) {
    if (passed_over(*key, query)) continue;
    matching.push_back(key);
    if (matching.size() == max_tries) break;
  }
  if (matching.empty()) {
    const Error::Id id = named.empty() ? Error::no_matching_key : Error::key_alg_mismatch;
    return Error(id,
                 {.member = {}, .hint = {}, .offset = {}, .keys = notes_on(keys, query, named)});
  }
  if (matching.size() > 1 && !query.try_each) {
    Error::Detail detail;
    for (const Jwk* key : matching)
      detail.keys.push_back({key->index(), Error::multiple_matching_keys});
    return Error(Error::multiple_matching_keys, detail);
  }
  return matching;
}

}  // namespace touchstone
