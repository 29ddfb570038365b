// The issuer's half of the seam: all that knows private keys. Behind it stand Mbed TLS (RSA, ECDSA,
// HMAC, the generator of random bits) and libsodium (Ed25519, base64url in constant time); nothing
// of vartime, and no randomness of its own: whoever calls brings entropy.
//
// Entropy is at least `min_entropy` bytes that nobody else knows, new for each call. It seeds an
// HMAC_DRBG (NIST SP 800-90A) that lives as long as the call.
#pragma once

#include "crypto/crypto.hpp"
#include "crypto/wiped.hpp"

namespace touchstone::crypto {

/// 256 bits of security and half as much again for the nonce (SP 800-90A section 8.6.7).
inline constexpr std::size_t min_entropy = 48;

/// Numbers are big-endian; those of RSA without leading zero octets, those of a curve at its
/// length. `d` of Ed25519 is the seed of RFC 8032 section 5.1.5.
struct RsaPrivateKey {
  RsaKey public_key;
  WipedString d, p, q, dp, dq, qi;
};
struct EcPrivateKey {
  EcKey public_key;
  WipedString d;
};
struct Ed25519PrivateKey {
  OkpKey public_key;
  WipedString d;
};
struct SymmetricKey {
  WipedString k;
};
using PrivateKey = std::variant<RsaPrivateKey, EcPrivateKey, Ed25519PrivateKey, SymmetricKey>;

/// A modulus of `bits` and the exponent 65537.
std::optional<RsaPrivateKey> generate_rsa(std::size_t bits, std::string_view entropy);
std::optional<EcPrivateKey> generate_ec(CurveId curve, std::size_t length,
                                        std::string_view entropy);
std::optional<Ed25519PrivateKey> generate_ed25519(std::string_view entropy);
/// Random octets; `purpose` keeps calls apart that somebody gives the same entropy.
std::optional<WipedString> random_secret(std::size_t length, std::string_view entropy,
                                         std::string_view purpose);

/// Whether the private part belongs to the public one and its numbers to each other: n = pq, the
/// exponents are each other's inverses, d is in its range and d times the generator is the point.
/// That p and q are prime is not tested: sign() gives no signature out that they spoil.
bool is_consistent(const RsaPrivateKey& key);
bool is_consistent(const EcPrivateKey& key);
bool is_consistent(const Ed25519PrivateKey& key);

/// The signature in its JOSE form; none when the key makes none. ECDSA is deterministic (RFC 6979),
/// as Ed25519 is: entropy blinds ECDSA and RSA, and salts PSS. The scheme is the key's own.
std::optional<std::string> sign(Scheme scheme, Hash hash, const RsaPrivateKey& key,
                                std::string_view message, std::string_view entropy);
std::optional<std::string> sign(Scheme scheme, Hash hash, const EcPrivateKey& key,
                                std::string_view message, std::string_view entropy);
std::optional<std::string> sign(Scheme scheme, Hash hash, const Ed25519PrivateKey& key,
                                std::string_view message, std::string_view entropy);
std::optional<std::string> sign(Scheme scheme, Hash hash, const SymmetricKey& key,
                                std::string_view message, std::string_view entropy);

/// Octets under AES-256-GCM (NIST SP 800-38D): a nonce of 96 bits, a tag of 128.
struct SealedOctets {
  std::string nonce, ciphertext, tag;
};
/// The nonce comes of the entropy. `additional` is authenticated along.
std::optional<SealedOctets> seal_aes_gcm(std::string_view key, std::string_view octets,
                                         std::string_view additional, std::string_view entropy);
/// None when a bit of it is another, or the key is.
std::optional<WipedString> unseal_aes_gcm(std::string_view key, const SealedOctets& sealed,
                                          std::string_view additional);

/// base64url in a time that depends on the length alone; decoding as strict as decode_base64url().
WipedString encode_secret(std::string_view octets);
std::optional<WipedString> decode_secret(std::string_view text);

/// The 32 octets of 43 characters of base64url, 44 of base64 or 64 hexadecimal digits.
std::optional<WipedString> decode_secret_key(std::string_view text);

/// Compares in a time that depends on the lengths alone.
bool is_equal_secret(std::string_view a, std::string_view b);

}  // namespace touchstone::crypto
