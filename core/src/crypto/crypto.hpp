// The crypto seam: all that the rest of core knows of arithmetic. Behind it stand Mbed TLS, for
// hashes, HMAC and certificates, and vartime, which verifies signatures and knows no secret.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace touchstone::crypto {

enum class Hash : std::uint8_t { none, sha256, sha384, sha512 };
enum class Scheme : std::uint8_t { rsa_pkcs1, rsa_pss, ecdsa, eddsa, ml_dsa, hmac };
enum class CurveId : std::uint8_t { p256, p384, p521, secp256k1, ed25519, ed448 };

/// Bytes of a digest.
std::size_t digest_size(Hash hash);
std::string digest(Hash hash, std::string_view message);

/// A symmetric key, wiped when it goes.
class Secret {
 public:
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&&) = delete;
  ~Secret();
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// What a signature is checked against, one form a key type. Numbers are big-endian, as the JWK had
/// them but without leading zero octets in RSA.
struct RsaKey {
  std::string n, e;
};
struct EcKey {
  CurveId curve;
  std::string x, y;
};
struct OkpKey {
  CurveId curve;
  std::string x;
};
struct AkpKey {
  std::string pub;
};

/// Checks signatures by one public key. Threads may share it.
class Verifier {
 public:
  virtual ~Verifier() = default;
  /// False, too, for a scheme that the key is not for and for a signature of a wrong length.
  virtual bool verify(Scheme scheme, Hash hash, std::string_view message,
                      std::string_view signature) const = 0;
};

/// Bytes that the tables of hot keys may still take; the keys of a set share one.
namespace vartime {
class TableMemory;
}
using TableMemory = vartime::TableMemory;
std::shared_ptr<TableMemory> make_table_memory(std::size_t bytes);

/// Immutable to those who look, so threads may share it; a key in much use grows tables inside.
class PublicKey {
 public:
  using Form = std::variant<RsaKey, EcKey, OkpKey, AkpKey, Secret>;
  /// `memory` bounds the tables; without it there is no bound.
  explicit PublicKey(Form form, std::shared_ptr<TableMemory> memory = {});

  /// Whether it can verify: the point is on its curve, not at infinity and of no small order, the
  /// modulus and exponent are odd and of 1024 to 8192 and 2 to 64 bits, the length is right.
  bool is_valid() const { return verifier_ != nullptr || as<Secret>() != nullptr; }

  const Form& form() const { return form_; }
  template <class Key>
  const Key* as() const {
    return std::get_if<Key>(&form_);
  }
  /// Null for a secret and for a key that is not valid.
  const Verifier* verifier() const { return verifier_.get(); }

 private:
  Form form_;
  std::unique_ptr<const Verifier> verifier_;
};

/// Whether this build can verify signatures of the scheme at all.
bool can_verify(Scheme scheme);

/// Whether the signature is valid. False, too, for a key of another form than the scheme's and for
/// a signature of a wrong length.
bool verify_signature(Scheme scheme, Hash hash, const PublicKey& key, std::string_view message,
                      std::string_view signature);

/// Whether the tag is the message's HMAC (RFC 2104), compared in constant time. False for a hash
/// that is none.
bool verify_hmac(Hash hash, const Secret& key, std::string_view message, std::string_view tag);

/// What the audit wants to know of an X.509 certificate (RFC 5280 section 4.1); its signature is
/// not checked.
struct CertificateFacts {
  std::string subject_public_key;  ///< the bytes of the BIT STRING
  double not_before, not_after;    ///< seconds since 1970
};
std::optional<CertificateFacts> read_certificate(std::string_view der);

/// The BIT STRING that a certificate for this key holds (RFC 3279 section 2.3, RFC 8410).
std::string subject_public_key(const PublicKey& key);

}  // namespace touchstone::crypto
