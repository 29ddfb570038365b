#include "peers.hpp"

#ifdef BENCH_MBEDTLS
#include <memory>

#include "mbedtls_peer.hpp"

namespace bench {

namespace {

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Verify mbedtls_signature(const Case& given) {
  const int bits = hash_bits(given.alg);
  if (is_hmac(given)) {
    return [secret = given.secret, bits](const Token& token) {
      return bench_mbedtls_hmac(bits, bytes(secret), secret.size(), bytes(token.input),
                                token.input.size(), bytes(token.signature), token.signature.size());
    };
  }
  if (bits == 0) throw Gap("has no " + given.alg);
  const std::shared_ptr<void> key(bench_mbedtls_key(given.pem.c_str()), [](void* pointer) {
    if (pointer) bench_mbedtls_free(pointer);
  });
  if (!key) throw Gap("does not know this kind of key");
  return [key, bits, is_pss = given.alg.starts_with("PS")](const Token& token) {
    return bench_mbedtls_verify(key.get(), bits, is_pss, bytes(token.input), token.input.size(),
                                bytes(token.signature), token.signature.size());
  };
}

nlohmann::json mbedtls_version() {
  return {{"name", "Mbed TLS"}, {"version", bench_mbedtls_version()}};
}

}  // namespace bench
#else
namespace bench {
Verify mbedtls_signature(const Case&) { throw Gap("not installed"); }
nlohmann::json mbedtls_version() {
  return {{"name", "Mbed TLS"}, {"gap", "was not found: apt-get install libmbedtls-dev"}};
}
}  // namespace bench
#endif
