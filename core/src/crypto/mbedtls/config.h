/* The part of Mbed TLS 3.6 that Touchstone needs: hashes, HMAC, RSA and ECDSA on four curves, ASN.1
 * reading. No entropy, no randomness, no files, no clock, no PSA: a verify-only module then imports
 * nothing. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_DP_SECP521R1_ENABLED
#define MBEDTLS_ECP_DP_SECP256K1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM

/* 8192-bit moduli are accepted (policy of jwk.cpp). */
#define MBEDTLS_MPI_MAX_SIZE 1024

#if defined(__wasm__)
/* Tables for the base points would make the module 10 KB larger. */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#else
#define MBEDTLS_HAVE_ASM
#endif
