// ECDSA: our own verification and Mbed TLS's agree. Input: the curve, then the choices that make a
// case, valid unless it is changed.
#include "differential/cases.hpp"
#include "require.hpp"

using namespace touchstone;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr crypto::CurveId curves[] = {crypto::CurveId::p256, crypto::CurveId::p384,
                                        crypto::CurveId::p521, crypto::CurveId::secp256k1};
  if (size == 0) return 0;
  differential::GivenChoices choices(data + 1, size - 1);
  const auto it = differential::make_ecdsa_case(curves[data[0] % 4], choices);
  require(differential::judge(it, data[0] >= 0xfc).agree(it));
  return 0;
}
