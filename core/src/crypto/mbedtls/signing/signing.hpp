// What the signing half of this folder shares.
#pragma once

#include <mbedtls/bignum.h>
#include <mbedtls/hmac_drbg.h>

#include "crypto/mbedtls/mbedtls.hpp"
#include "crypto/signing.hpp"

namespace touchstone::crypto {

inline unsigned char* bytes(WipedString& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// HMAC_DRBG with SHA-256 for one call.
class Drbg : mbedtls_hmac_drbg_context {
 public:
  Drbg(std::string_view entropy, std::string_view purpose);
  ~Drbg() { mbedtls_hmac_drbg_free(this); }
  Drbg(const Drbg&) = delete;

  bool is_ready() const { return is_ready_; }
  bool fill(WipedString& bytes);

  /// For Mbed TLS: f_rng and its p_rng.
  static int next(void* drbg, unsigned char* out, std::size_t length);

 private:
  bool is_ready_;
};

/// A number, wiped when it goes.
struct Mpi : mbedtls_mpi {
  Mpi() { mbedtls_mpi_init(this); }
  ~Mpi() { mbedtls_mpi_free(this); }
  Mpi(const Mpi&) = delete;

  bool read(std::string_view magnitude) {
    return mbedtls_mpi_read_binary(this, crypto::bytes(magnitude), magnitude.size()) == 0;
  }
};

/// At the length that is asked for, or without leading zero octets. False when it does not fit.
template <class Text>
bool write(const mbedtls_mpi& number, Text& out, std::size_t length) {
  out.resize(length);
  return mbedtls_mpi_write_binary(&number, bytes(out), length) == 0;
}
template <class Text>
bool write(const mbedtls_mpi& number, Text& out) {
  return write(number, out, mbedtls_mpi_size(&number));
}

}  // namespace touchstone::crypto
