#pragma once

#include <mbedtls/ecp.h>

#include "crypto/crypto.hpp"

namespace touchstone::crypto {

/// MBEDTLS_ECP_DP_NONE for what Mbed TLS does not have.
inline mbedtls_ecp_group_id group_id(CurveId curve) {
  switch (curve) {
    case CurveId::p256:
      return MBEDTLS_ECP_DP_SECP256R1;
    case CurveId::p384:
      return MBEDTLS_ECP_DP_SECP384R1;
    case CurveId::p521:
      return MBEDTLS_ECP_DP_SECP521R1;
    case CurveId::secp256k1:
      return MBEDTLS_ECP_DP_SECP256K1;
    case CurveId::ed25519:
    case CurveId::ed448:
      break;
  }
  return MBEDTLS_ECP_DP_NONE;
}

}  // namespace touchstone::crypto
