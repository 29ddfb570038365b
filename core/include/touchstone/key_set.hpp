#pragma once

#include <string>

#include <touchstone/jwk.hpp>

namespace touchstone {

class KnownHeaders;

/// A parsed JWK Set (RFC 7517 section 5). Immutable, so threads may share it.
///
/// A key that is malformed, weak, private or of an unknown kind never spoils the set: it is left
/// out, and skipped() says why.
class TOUCHSTONE_API KeySet {
 public:
  /// A key that was left out.
  struct Skipped {
    std::size_t index;               ///< position in the `keys` array, from 0
    std::optional<std::string> kid;  ///< when it was a string
    Error reason;                    ///< why
  };

  /// What parse() takes at most, and how it answers a private key.
  struct Limits {
    std::size_t max_size = std::size_t{1} << 20;  ///< bytes of text; refused above 16 MiB
    std::size_t max_keys = 1000;                  ///< elements of `keys`; refused above 100,000
    bool refuse_private_keys = false;  ///< refuse the whole set instead of skipping the key
    /// Bytes that all tables of this set's keys may take; refused above 256 MiB. A key that has
    /// verified some tokens gets tables, 20 to 710 KB, that make it several times faster, while
    /// there is room; the others go on without. Beside them each curve in use has a table for its
    /// generator, once in a process and at most 2.1 MB for all curves.
    std::size_t max_table_memory = std::size_t{4} << 20;
  };

  /// @{
  /// Parses a JWK Set, or a single JWK as a set of one. The text is not kept.
  /// Errors: jwks_malformed, jwks_too_large, jwks_too_deep, jwks_contains_private_key,
  /// option_invalid.
  static Result<KeySet> parse(std::string_view jwks, const Limits& limits) noexcept;
  static Result<KeySet> parse(std::string_view jwks) noexcept { return parse(jwks, Limits{}); }
  /// @}

  /// The usable keys, in the order of the set.
  const std::vector<Jwk>& keys() const noexcept { return keys_; }
  /// The keys that were left out, in the same order.
  const std::vector<Skipped>& skipped() const noexcept { return skipped_; }

  /// Whether the set holds a key, usable or skipped, that is not symmetric.
  bool has_asymmetric_key() const noexcept { return has_asymmetric_key_; }

  /// The usable keys whose kid is exactly this one.
  std::vector<const Jwk*> keys_with_kid(std::string_view kid) const;

  /// For Touchstone's own sources; the type is not public.
  KnownHeaders& known_headers() const noexcept { return *known_headers_; }

 private:
  KeySet();
  std::vector<Jwk> keys_;
  std::vector<std::size_t> by_kid_;  // positions in keys_ of those that have a kid, ordered by it
  std::vector<Skipped> skipped_;
  bool has_asymmetric_key_ = false;
  std::shared_ptr<KnownHeaders> known_headers_;  // of tokens that these keys verified
};

/// `{keys: [{index, kty, crv?, kid?, alg?, use?, bits, thumbprint}], skipped: [{index, kid?,
/// reason, ...}]}`
TOUCHSTONE_API nlohmann::json to_json(const KeySet& keys);

}  // namespace touchstone
