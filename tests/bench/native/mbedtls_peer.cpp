#include "mbedtls_peer.hpp"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

#include <cstring>

namespace {

const mbedtls_md_info_t* hash_of(int bits) {
  return mbedtls_md_info_from_type(bits == 256   ? MBEDTLS_MD_SHA256
                                   : bits == 384 ? MBEDTLS_MD_SHA384
                                                 : MBEDTLS_MD_SHA512);
}

}  // namespace

void* bench_mbedtls_key(const char* pem) {
  auto* key = new mbedtls_pk_context;
  mbedtls_pk_init(key);
  const auto* bytes = reinterpret_cast<const unsigned char*>(pem);
  if (mbedtls_pk_parse_public_key(key, bytes, std::strlen(pem) + 1) == 0) return key;
  bench_mbedtls_free(key);
  return nullptr;
}

void bench_mbedtls_free(void* key) {
  auto* context = static_cast<mbedtls_pk_context*>(key);
  mbedtls_pk_free(context);
  delete context;
}

bool bench_mbedtls_verify(void* key, int hash_bits, bool is_pss, const unsigned char* input,
                          std::size_t input_size, const unsigned char* signature,
                          std::size_t signature_size) {
  auto* context = static_cast<mbedtls_pk_context*>(key);
  const mbedtls_md_info_t* hash = hash_of(hash_bits);
  const mbedtls_md_type_t type = mbedtls_md_get_type(hash);
  const std::size_t size = mbedtls_md_get_size(hash);
  unsigned char digest[MBEDTLS_MD_MAX_SIZE];
  if (mbedtls_md(hash, input, input_size, digest) != 0) return false;
  if (!is_pss) {
    return mbedtls_pk_verify(context, type, digest, size, signature, signature_size) == 0;
  }
  const mbedtls_pk_rsassa_pss_options options = {type, static_cast<int>(size)};
  return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &options, context, type, digest, size,
                               signature, signature_size) == 0;
}

bool bench_mbedtls_hmac(int hash_bits, const unsigned char* secret, std::size_t secret_size,
                        const unsigned char* input, std::size_t input_size,
                        const unsigned char* tag, std::size_t tag_size) {
  const mbedtls_md_info_t* hash = hash_of(hash_bits);
  unsigned char expected[MBEDTLS_MD_MAX_SIZE];
  return mbedtls_md_hmac(hash, secret, secret_size, input, input_size, expected) == 0 &&
         tag_size == mbedtls_md_get_size(hash) && std::memcmp(expected, tag, tag_size) == 0;
}

const char* bench_mbedtls_version() { return MBEDTLS_VERSION_STRING; }
