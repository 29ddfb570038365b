#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <touchstone/key_ring.hpp>

namespace touchstone {

/// The key that a ring is encrypted under where it is kept. Wiped when it goes.
class TOUCHSTONE_API SealingKey {
 public:
  /// Reads 32 octets as 43 characters of base64url, 44 of base64 or 64 hexadecimal digits, with
  /// white space around them. Error: sealing_key_malformed.
  static Result<SealingKey> parse(std::string_view text) noexcept;
  /// Makes one. Error: entropy_too_short.
  static Result<SealingKey> generate(std::string_view entropy) noexcept;

  /// Names it, and tells nothing of it: its thumbprint (RFC 7638, SHA-256).
  std::string_view kid() const noexcept { return kid_; }
  SecretText text() const;  ///< base64url, which parse() reads
  /// The 32 octets, valid as long as the key is.
  std::string_view octets() const noexcept { return octets_.view(); }

 private:
  SealingKey(SecretText octets, std::string kid)
      : octets_(std::move(octets)), kid_(std::move(kid)) {}
  SecretText octets_;
  std::string kid_;
};

/// What a store holds: the ring, and the policy that it is rotated by.
struct KeptRing {
  KeyRing ring;           ///< with its private keys
  RotationPolicy policy;  ///< for rotate()
};

/// Writes it as a JWE in compact form (RFC 7516 section 7.1; alg "dir", enc "A256GCM", and the kid
/// of the key), or without a key in the clear: `{"policy": {...}, "ring": {...}}`, which is what is
/// encrypted else. Under one key no more than 2^32 texts may be written (NIST SP 800-38D section
/// 8.3). Error: entropy_too_short.
TOUCHSTONE_API Result<SecretText> seal(const KeptRing& kept, const SealingKey* key,
                                       std::string_view entropy) noexcept;

/// Reads what seal() wrote. What is in the clear is refused when there is a key: whoever can write
/// where the ring is kept could else put keys of his own there.
/// Errors: sealing_key_missing, sealing_key_mismatch, sealed_ring_corrupt, ring_not_sealed;
/// ring_malformed and the others of KeyRing::parse(); option_invalid of RotationPolicy::parse().
TOUCHSTONE_API Result<KeptRing> unseal(std::string_view text, const SealingKey* key) noexcept;

/// The kid of the key that a text is encrypted under, to ask a key management system for it. None
/// of a text in the clear, or of one that unseal() would refuse whatever the key.
TOUCHSTONE_API std::optional<std::string> sealing_kid(std::string_view text) noexcept;

}  // namespace touchstone
