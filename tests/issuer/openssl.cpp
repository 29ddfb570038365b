#include "openssl.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <memory>

#include "base64url.hpp"

namespace touchstone::test {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string octets(const Json& jwk, const char* name) {
  return decode_base64url(jwk.at(name).get<std::string>()).value();
}

Number number(std::string_view magnitude) {
  return Number(BN_bin2bn(bytes(magnitude), static_cast<int>(magnitude.size()), nullptr));
}

Key load(const Json& jwk) {
  const std::string kty = jwk.at("kty");
  const bool is_private = jwk.contains("d");
  if (kty == "OKP") {
    const std::string raw = octets(jwk, is_private ? "d" : "x");
    const auto make = is_private ? EVP_PKEY_new_raw_private_key : EVP_PKEY_new_raw_public_key;
    return Key(make(EVP_PKEY_ED25519, nullptr, bytes(raw), raw.size()));
  }
  Builder builder(OSSL_PARAM_BLD_new());
  std::vector<Number> numbers;
  const auto push = [&](const char* name, const char* member) {
    if (!jwk.contains(member)) return;
    numbers.push_back(number(octets(jwk, member)));
    OSSL_PARAM_BLD_push_BN(builder.get(), name, numbers.back().get());
  };
  std::string point, crv;  // which the builder only points to
  if (kty == "RSA") {
    push(OSSL_PKEY_PARAM_RSA_N, "n");
    push(OSSL_PKEY_PARAM_RSA_E, "e");
    push(OSSL_PKEY_PARAM_RSA_D, "d");
    push(OSSL_PKEY_PARAM_RSA_FACTOR1, "p");
    push(OSSL_PKEY_PARAM_RSA_FACTOR2, "q");
    push(OSSL_PKEY_PARAM_RSA_EXPONENT1, "dp");
    push(OSSL_PKEY_PARAM_RSA_EXPONENT2, "dq");
    push(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, "qi");
  } else {
    point = '\4' + octets(jwk, "x") + octets(jwk, "y");
    crv = jwk.at("crv");
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, crv.c_str(), 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    push(OSSL_PKEY_PARAM_PRIV_KEY, "d");
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kty.c_str(), nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

const EVP_MD* hash_of(std::string_view alg) {
  if (alg.starts_with("Ed")) return nullptr;
  const std::string_view bits = alg.substr(2, 3);
  return bits == "256" ? EVP_sha256() : bits == "384" ? EVP_sha384() : EVP_sha512();
}

void set_padding(EVP_PKEY_CTX* context, std::string_view alg) {
  if (!alg.starts_with("PS")) return;
  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
}

std::string der_of(std::string_view signature) {
  const std::size_t half = signature.size() / 2;
  const Signature pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), number(signature.substr(0, half)).release(),
                 number(signature.substr(half)).release());
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  unsigned char* at = bytes(der);
  i2d_ECDSA_SIG(pair.get(), &at);
  return der;
}

/// OpenSSL's own form of an ECDSA signature is DER.
bool verifies(EVP_PKEY* key, std::string_view alg, std::string_view message,
              std::string_view signature) {
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  if (EVP_DigestVerifyInit(digest.get(), &context, hash_of(alg), nullptr, key) != 1) return false;
  set_padding(context, alg);
  return EVP_DigestVerify(digest.get(), bytes(signature), signature.size(), bytes(message),
                          message.size()) == 1;
}

}  // namespace

bool openssl_verifies(const Json& jwk, std::string_view alg, std::string_view message,
                      std::string_view signature) {
  if (alg.starts_with("HS")) {
    const std::string secret = octets(jwk, "k");
    std::string tag(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    HMAC(hash_of(alg), secret.data(), static_cast<int>(secret.size()), bytes(message),
         message.size(), bytes(tag), &length);
    return tag.substr(0, length) == signature;
  }
  const Key key = load(jwk);
  return key && verifies(key.get(), alg, message,
                         alg.starts_with("ES") ? der_of(signature) : std::string(signature));
}

bool openssl_imports(const Json& jwk, std::string_view alg) {
  const Key key = load(jwk);
  if (!key) return false;
  const KeyContext check(EVP_PKEY_CTX_new(key.get(), nullptr));
  // Of Ed25519 OpenSSL computes the public half itself.
  if (jwk.at("kty") == "OKP") {
    std::string x(32, '\0');
    std::size_t length = x.size();
    EVP_PKEY_get_raw_public_key(key.get(), bytes(x), &length);
    if (x != octets(jwk, "x")) return false;
  } else if (EVP_PKEY_check(check.get()) != 1) {
    return false;
  }
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  if (EVP_DigestSignInit(digest.get(), &context, hash_of(alg), nullptr, key.get()) != 1)
    return false;
  set_padding(context, alg);
  std::string signature(1024, '\0');
  std::size_t length = signature.size();
  if (EVP_DigestSign(digest.get(), bytes(signature), &length, bytes("message"), 7) != 1)
    return false;
  signature.resize(length);
  Json open = jwk;
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi"}) open.erase(name);
  const Key public_key = load(open);
  return public_key && verifies(public_key.get(), alg, "message", signature);
}

std::optional<std::string> openssl_decrypts(std::string_view key, std::string_view nonce,
                                            std::string_view additional,
                                            std::string_view ciphertext, std::string tag) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string text(ciphertext.size(), '\0');
  int length = 0;
  const bool is_valid =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(additional),
                        static_cast<int>(additional.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes(text), &length, bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()),
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), nullptr, &length) == 1;
  if (!is_valid) return {};
  return text;
}

}  // namespace touchstone::test
