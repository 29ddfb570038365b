// What only those see that speak to GnuTLS.
#pragma once

#include <gnutls/x509.h>

#include "tls_certificate.hpp"

namespace touchstone::server {

struct TlsCertificate::Chain {
  gnutls_x509_crt_t* certificates = nullptr;
  unsigned size = 0;
  gnutls_x509_privkey_t key = nullptr;

  Chain() = default;
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
};

}  // namespace touchstone::server
