// Ed25519 (RFC 8032) and constant-time encoding by libsodium. sodium_init() is not called: it opens
// a source of randomness and chooses among implementations, and nothing that stands here uses
// either.
#include <sodium.h>

#include "crypto/signing.hpp"

namespace touchstone::crypto {
namespace {

unsigned char* bytes(WipedString& text) { return reinterpret_cast<unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

constexpr int base64url = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

/// libsodium's form of the key: the seed and then the public key.
WipedString expand(const WipedString& seed, std::string& public_key) {
  WipedString expanded(crypto_sign_ed25519_SECRETKEYBYTES, '\0');
  public_key.resize(crypto_sign_ed25519_PUBLICKEYBYTES);
  (void)crypto_sign_ed25519_seed_keypair(bytes(public_key), bytes(expanded), bytes(seed));
  return expanded;
}

}  // namespace

std::optional<Ed25519PrivateKey> generate_ed25519(std::string_view entropy) {
  auto seed = random_secret(crypto_sign_ed25519_SEEDBYTES, entropy, "touchstone Ed25519");
  if (!seed) return {};
  Ed25519PrivateKey key{{CurveId::ed25519, {}}, *std::move(seed)};
  (void)expand(key.d, key.public_key.x);
  return key;
}

bool is_consistent(const Ed25519PrivateKey& key) {
  if (key.d.size() != crypto_sign_ed25519_SEEDBYTES) return false;
  std::string public_key;
  (void)expand(key.d, public_key);
  return public_key == key.public_key.x;
}

std::optional<std::string> sign(Scheme, Hash, const Ed25519PrivateKey& key,
                                std::string_view message, std::string_view) {
  std::string public_key;
  const WipedString expanded = expand(key.d, public_key);
  std::string signature(crypto_sign_ed25519_BYTES, '\0');
  (void)crypto_sign_ed25519_detached(bytes(signature), nullptr, bytes(message), message.size(),
                                     bytes(expanded));
  return signature;
}

WipedString encode_secret(std::string_view octets) {
  WipedString text(sodium_base64_encoded_len(octets.size(), base64url), '\0');
  (void)sodium_bin2base64(text.data(), text.size(), bytes(octets), octets.size(), base64url);
  text.pop_back();  // the zero octet that ends it
  return text;
}

std::optional<WipedString> decode_secret(std::string_view text) {
  WipedString octets(text.size() * 6 / 8, '\0');
  std::size_t length = 0;
  const int code = sodium_base642bin(bytes(octets), octets.size(), text.data(), text.size(),
                                     nullptr, &length, nullptr, base64url);
  if (code != 0 || length != octets.size()) return {};
  return octets;
}

std::optional<WipedString> decode_secret_key(std::string_view text) {
  WipedString octets(32, '\0');
  std::size_t length = 0;
  const auto decode_base64 = [&](int variant) {
    return sodium_base642bin(bytes(octets), octets.size(), text.data(), text.size(), nullptr,
                             &length, nullptr, variant);
  };
  const int code = text.size() == 64   ? sodium_hex2bin(bytes(octets), octets.size(), text.data(),
                                                        text.size(), nullptr, &length, nullptr)
                   : text.size() == 44 ? decode_base64(sodium_base64_VARIANT_ORIGINAL)
                   : text.size() == 43 ? decode_base64(base64url)
                                       : -1;
  if (code != 0 || length != octets.size()) return {};
  return octets;
}

bool is_equal_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace touchstone::crypto
