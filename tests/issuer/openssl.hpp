// OpenSSL's judgement of our keys and signatures, from their JWKs alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json.hpp"

namespace touchstone::test {

/// Whether OpenSSL finds the signature valid. The JWK may be public; of HS it is the secret.
bool openssl_verifies(const Json& jwk, std::string_view alg, std::string_view message,
                      std::string_view signature);

/// Whether OpenSSL takes the private key, finds its parts to belong together, and signs with it
/// what `openssl_verifies` by the public one.
bool openssl_imports(const Json& jwk, std::string_view alg);

/// AES-256-GCM; none when the tag is another.
std::optional<std::string> openssl_decrypts(std::string_view key, std::string_view nonce,
                                            std::string_view additional,
                                            std::string_view ciphertext, std::string tag);

}  // namespace touchstone::test
