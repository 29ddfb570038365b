#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <touchstone/result.hpp>

namespace touchstone {

namespace crypto {
class PublicKey;
}

/// One parsed, checked key of a JWK Set (RFC 7517). Immutable; a copy shares the key.
///
/// Views live as long as any copy of the Jwk. Private members are never loaded, with one exception:
/// the `k` of an `oct` key, which is wiped when the last copy goes.
class TOUCHSTONE_API Jwk {
 public:
  std::string_view kty() const noexcept;  ///< RSA, EC, OKP, AKP or oct
  std::string_view crv() const noexcept;  ///< empty for RSA, AKP and oct
  /// @{
  /// As the JWK says; empty when it does not.
  std::optional<std::string_view> kid() const noexcept;
  std::optional<std::string_view> alg() const noexcept;
  std::optional<std::string_view> use() const noexcept;
  /// @}
  std::size_t bits() const noexcept;   ///< size of the modulus, field or secret
  std::size_t index() const noexcept;  ///< position in the set's `keys` array, from 0
  std::string_view thumbprint()
      const noexcept;  ///< RFC 7638 with SHA-256, base64url; 43 characters

  /// For Touchstone's own sources; the type is not public.
  const crypto::PublicKey& public_key() const noexcept;

  struct Data;
  /// The same.
  explicit Jwk(std::shared_ptr<const Data> data) noexcept : data_(std::move(data)) {}

 private:
  std::shared_ptr<const Data> data_;
};

}  // namespace touchstone
