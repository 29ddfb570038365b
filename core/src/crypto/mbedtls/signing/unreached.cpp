// What Mbed TLS's RSA and ECDSA refer to in functions that nobody calls here: readers of DER, and
// decryption. The files that define it are in the verifier's library already, compiled without it,
// and a second copy of them would clash where both libraries are linked.
#include <mbedtls/bignum.h>

#include <cstddef>

extern "C" {
int mbedtls_asn1_get_mpi(unsigned char** p, const unsigned char* end, mbedtls_mpi* X);
void mbedtls_ct_memmove_left(void* start, std::size_t total, std::size_t offset);
void mbedtls_ct_zeroize_if(std::size_t condition, void* buf, std::size_t len);

int mbedtls_asn1_get_mpi(unsigned char**, const unsigned char*, mbedtls_mpi*) { __builtin_trap(); }
void mbedtls_ct_memmove_left(void*, std::size_t, std::size_t) { __builtin_trap(); }
void mbedtls_ct_zeroize_if(std::size_t, void*, std::size_t) { __builtin_trap(); }
}
