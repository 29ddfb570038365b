// Mbed TLS behind five functions, the only ones that its library shows.
#pragma once

#include <cstddef>

#define BENCH_MBEDTLS_API __attribute__((visibility("default")))

extern "C" {
/// A public key of PEM, or nullptr.
BENCH_MBEDTLS_API void* bench_mbedtls_key(const char* pem);
BENCH_MBEDTLS_API void bench_mbedtls_free(void* key);
BENCH_MBEDTLS_API bool bench_mbedtls_verify(void* key, int hash_bits, bool is_pss,
                                            const unsigned char* input, std::size_t input_size,
                                            const unsigned char* signature,
                                            std::size_t signature_size);
BENCH_MBEDTLS_API bool bench_mbedtls_hmac(int hash_bits, const unsigned char* secret,
                                          std::size_t secret_size, const unsigned char* input,
                                          std::size_t input_size, const unsigned char* tag,
                                          std::size_t tag_size);
BENCH_MBEDTLS_API const char* bench_mbedtls_version();
}
