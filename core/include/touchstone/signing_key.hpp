#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <touchstone/result.hpp>
#include <touchstone/secret_text.hpp>

namespace touchstone {

// Entropy, wherever it is asked for: at least 48 bytes from the system's generator that nobody else
// has and that are used for one call alone. Core has no randomness of its own. With fewer bytes a
// call is refused: entropy_too_short.

/// A public key as a JWK Set shows it. Only a SigningKey makes one, and it has no place for a
/// private or symmetric member.
class PublicJwk {
 public:
  std::string_view kid() const noexcept { return kid_; }  ///< its name, in the tokens' headers, too
  std::string_view alg() const noexcept { return alg_; }  ///< the one that it is for
  /// `{"kty", "crv"?, "n"?, "e"?, "x"?, "y"?, "alg", "use": "sig", "kid"}`
  TOUCHSTONE_API std::string json() const;

 private:
  friend class SigningKey;
  PublicJwk() = default;
  struct Rsa {
    std::string n, e;
  };
  struct Ec {
    std::string crv, x, y;
  };
  struct Okp {
    std::string crv, x;
  };
  std::variant<Rsa, Ec, Okp> key_;  // base64url
  std::string kid_, alg_;
};

/// A private or symmetric key and the one algorithm that it signs with. Immutable, so threads may
/// share it; a copy shares the key, which is wiped when the last one goes.
class TOUCHSTONE_API SigningKey {
 public:
  /// Of a key to be made.
  struct Options {
    std::size_t rsa_bits = 3072;       ///< from 2048 to 8192, a multiple of 8
    std::optional<std::string> kid{};  ///< 1 to 256 printable ASCII characters; else the thumbprint
  };

  /// Makes a key for RS, PS, ES, HS with 256, 384 or 512, for ES256K, or for Ed25519 (RFC 9864),
  /// also under its older name EdDSA (RFC 8037). Errors: entropy_too_short,
  /// signing_alg_unsupported, option_invalid, key_generation_failed.
  static Result<SigningKey> generate(std::string_view alg, std::string_view entropy,
                                     const Options& options) noexcept;
  /// The same by the default options.
  static Result<SigningKey> generate(std::string_view alg, std::string_view entropy) noexcept {
    return generate(alg, entropy, Options{});
  }

  /// Reads a private JWK (RFC 7517, RFC 7518 section 6, RFC 8037), of RSA one with all of p, q, dp,
  /// dq and qi, and checks that its parts belong together.
  ///
  /// alg  for a key that does not say its own; else it must be the same.
  /// Of the key's text no copy is left in memory: what is parsed, decoded and computed with is
  /// wiped, but for what a thread's stack still holds of a number in arithmetic. `jwk` is the
  /// caller's.
  /// Errors: jwk_malformed; 231 to 252 and private_key_mismatch, with the member's name;
  /// signing_alg_unsupported.
  static Result<SigningKey> parse(std::string_view jwk, std::string_view alg = {}) noexcept;

  std::string_view alg() const noexcept;  ///< the one that it signs with
  std::string_view kid() const noexcept;  ///< by default the thumbprint
  /// RFC 7638 with SHA-256, base64url. Of a symmetric key, too, which is why it should be random.
  std::string_view thumbprint() const noexcept;
  bool is_symmetric() const noexcept;  ///< a secret of HMAC, which is never published

  /// None of a symmetric key.
  std::optional<PublicJwk> public_jwk() const;
  /// The whole key as JSON, which parse() reads.
  SecretText private_jwk() const;

  struct Data;
  /// @{
  /// For Touchstone's own sources; the type is not public.
  const Data& data() const noexcept { return *data_; }
  explicit SigningKey(std::shared_ptr<const Data> data) noexcept : data_(std::move(data)) {}
  /// @}

 private:
  std::shared_ptr<const Data> data_;
};

/// Signs any payload: a compact JWS (RFC 7515 section 7.1).
///
/// header  a JSON object of members to add to alg and kid, such as `{"typ": "at+jwt"}`. alg, kid,
/// crit and b64 cannot be set.
/// Errors: option_invalid with "header" or the member's name, entropy_too_short, signing_failed.
TOUCHSTONE_API Result<std::string> sign_jws(std::string_view payload, const SigningKey& key,
                                            std::string_view header,
                                            std::string_view entropy) noexcept;

}  // namespace touchstone
