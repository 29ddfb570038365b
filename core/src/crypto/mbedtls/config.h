/* The part of Mbed TLS 3.6 that Touchstone needs: hashes, HMAC and ASN.1 reading. No entropy, no
 * randomness, no files, no clock, no PSA: a verify-only module then imports nothing. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_ASN1_PARSE_C

#ifdef TOUCHSTONE_REFERENCE
/* And its verification, RSA and ECDSA on four curves. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_OID_C
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
#ifndef __wasm__
#define MBEDTLS_HAVE_ASM
#endif
#endif

#ifdef TOUCHSTONE_ISSUER
/* What signing needs beyond that. None of it changes a structure, so objects with and without it
 * fit. */
#define MBEDTLS_GENPRIME
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_ECDSA_DETERMINISTIC
/* The ring at rest. With the processor's AES where it has one, at a time that tells nothing; else
 * by tables, as in WASM. */
#define MBEDTLS_AES_C
#define MBEDTLS_GCM_C
#ifndef __wasm__
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
#endif
#endif
