#include "peers.hpp"

#ifdef BENCH_OPENSSL
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

namespace bench {

namespace {

template <auto free>
struct Free {
  template <class Pointer>
  void operator()(Pointer* pointer) const {
    free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

Key load(const std::string& pem) {
  if (pem.empty()) throw Gap("no PEM of this key");
  const std::unique_ptr<BIO, Free<BIO_free>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key) throw Gap("does not know this kind of key");
  return key;
}

const EVP_MD* hash_of(const Case& given) {
  switch (hash_bits(given.alg)) {
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// EVP_DigestVerify on a key that is loaded. Its context is made anew for each signature, which is
/// what OpenSSL 3 asks for with EdDSA and what servers do; the hash was fetched before.
bool verify_with(EVP_PKEY* key, const EVP_MD* hash, bool is_pss, const Token& token) {
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, hash, nullptr, key) != 1) return false;
  if (is_pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), bytes(token.signature), token.signature.size(),
                          bytes(token.input), token.input.size()) == 1;
}

Verify hmac(const Case& given) {
  const std::shared_ptr<EVP_MAC> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
  const std::shared_ptr<EVP_MAC_CTX> keyed(EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free);
  std::string name = "SHA" + std::to_string(hash_bits(given.alg));
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name.data(), 0),
                                   OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(keyed.get(), bytes(given.secret), given.secret.size(), parameters) != 1)
    throw Gap("EVP_MAC_init fails");
  return [keyed](const Token& token) {
    const std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>> context(
        EVP_MAC_CTX_dup(keyed.get()));
    unsigned char tag[64];
    std::size_t size = 0;
    return EVP_MAC_update(context.get(), bytes(token.input), token.input.size()) == 1 &&
           EVP_MAC_final(context.get(), tag, &size, sizeof tag) == 1 &&
           size == token.signature.size() && CRYPTO_memcmp(tag, token.signature.data(), size) == 0;
  };
}

}  // namespace

Verify openssl_signature(const Case& given) {
  if (is_hmac(given)) return hmac(given);
  const std::shared_ptr<EVP_PKEY> key(load(given.pem));
  return [key, hash = hash_of(given), is_pss = given.alg.starts_with("PS")](const Token& token) {
    return verify_with(key.get(), hash, is_pss, token);
  };
}

Verify openssl_cold(const Case& given) {
  if (is_hmac(given)) throw Gap("a secret is not parsed");
  load(given.pem);
  return [&given, hash = hash_of(given), is_pss = given.alg.starts_with("PS")](const Token& token) {
    return verify_with(load(given.pem).get(), hash, is_pss, token);
  };
}

nlohmann::json openssl_version() {
  return {{"name", "OpenSSL"}, {"version", OpenSSL_version(OPENSSL_VERSION_STRING)}};
}

}  // namespace bench
#else
namespace bench {
Verify openssl_signature(const Case&) { throw Gap("not installed"); }
Verify openssl_cold(const Case&) { throw Gap("not installed"); }
nlohmann::json openssl_version() {
  return {{"name", "OpenSSL"}, {"gap", "OpenSSL 3 was not found: apt-get install libssl-dev"}};
}
}  // namespace bench
#endif
