// RSA: our own verification and Mbed TLS's agree. Input: the scheme, then the choices that make a
// case, valid unless it is changed.
#include "differential/cases.hpp"
#include "require.hpp"

using namespace touchstone;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  differential::GivenChoices choices(data + 1, size - 1);
  const auto scheme = data[0] % 2 == 0 ? crypto::Scheme::rsa_pkcs1 : crypto::Scheme::rsa_pss;
  const auto it = differential::make_rsa_case(scheme, choices);
  require(differential::judge(it, data[0] >= 0xfe).agree(it));
  return 0;
}
