// What the native contenders have in common.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// Why a peer cannot do something; it is named with this in the results.
struct Gap : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A compact token, also taken apart.
struct Token {
  std::string text, input, signature;
};

/// A key, and tokens that were signed with it; the last one's signature is false.
struct Case {
  std::string alg, issuer, audience, jwks, pem, secret;
  std::vector<Token> tokens;
};

/// Whether one of the tokens is valid. Made once for each case, with the key loaded; throws a Gap.
using Verify = std::function<bool(const Token&)>;

Verify touchstone_signature(const Case& given);
Verify touchstone_verify(const Case& given);
Verify touchstone_cold(const Case& given);
Verify touchstone_remote(const Case& given);
Verify openssl_signature(const Case& given);
Verify openssl_cold(const Case& given);
Verify mbedtls_signature(const Case& given);
Verify libjwt_verify(const Case& given);

/// `{name, version}` of each, or `{name, gap}`.
nlohmann::json touchstone_version(), openssl_version(), mbedtls_version(), libjwt_version();

std::string from_base64url(std::string_view text);

/// An ECDSA signature of two numbers side by side (RFC 7518 section 3.4) in DER, as C libraries
/// want it. It is made beforehand and not counted.
std::string to_der(std::string_view signature);

inline bool is_hmac(const Case& given) { return given.alg.starts_with("HS"); }
inline bool is_ecdsa(const Case& given) { return given.alg.starts_with("ES"); }

/// The hash's size in an algorithm's name: 256, 384, 512; 0 for those that choose it themselves.
inline int hash_bits(const std::string& alg) {
  return alg.size() >= 5 && alg[1] == 'S' ? std::stoi(alg.substr(2, 3)) : 0;
}

}  // namespace bench
