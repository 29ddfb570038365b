// Our own verification against Mbed TLS's, on cases from tests/differential. A run has a seed of
// its own, unless TOUCHSTONE_SEED has one.
#include "differential/cases.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::differential;

namespace {

std::uint64_t seed() {
  static const std::uint64_t chosen = [] {
    const char* given = std::getenv("TOUCHSTONE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10)
                            : std::uint64_t{std::random_device{}()};
  }();
  return chosen;
}

void compare(const char* name, unsigned count, const std::function<Case(Choices&)>& make) {
  SeededChoices choices(seed());
  std::printf("differential: %s, seed %llu", name, static_cast<unsigned long long>(seed()));
  std::fflush(stdout);
  unsigned valid = 0, untouched = 0;
  for (unsigned i = 0; i < count; ++i) {
    const Case it = make(choices);
    const Verdicts verdicts = judge(it, i % 32 == 0);
    valid += verdicts.vartime == Verdict::valid ? 1 : 0;
    untouched += it.is_untouched ? 1 : 0;
    if (verdicts.agree(it)) continue;
    FAIL("TOUCHSTONE_SEED=" << seed() << ", case " << i << ": vartime "
                            << static_cast<int>(verdicts.vartime) << ", Mbed TLS "
                            << static_cast<int>(verdicts.reference) << ", hot differs "
                            << verdicts.hot_differs << "; " << describe(it));
  }
  std::printf(", %u valid, %u invalid\n", valid, count - valid);
  CHECK(untouched > count / 8);
  CHECK(valid < count * 9 / 10);
}

}  // namespace

TEST_CASE("differential: ECDSA on P-256", "[crypto][differential]") {
  compare("P-256", 600, [](Choices& it) { return make_ecdsa_case(crypto::CurveId::p256, it); });
}
TEST_CASE("differential: ECDSA on P-384", "[crypto][differential]") {
  compare("P-384", 400, [](Choices& it) { return make_ecdsa_case(crypto::CurveId::p384, it); });
}
TEST_CASE("differential: ECDSA on P-521", "[crypto][differential]") {
  compare("P-521", 300, [](Choices& it) { return make_ecdsa_case(crypto::CurveId::p521, it); });
}
TEST_CASE("differential: ECDSA on secp256k1", "[crypto][differential]") {
  compare("secp256k1", 600,
          [](Choices& it) { return make_ecdsa_case(crypto::CurveId::secp256k1, it); });
}
TEST_CASE("differential: RSASSA-PKCS1-v1_5", "[crypto][differential]") {
  compare("RSASSA-PKCS1-v1_5", 300,
          [](Choices& it) { return make_rsa_case(crypto::Scheme::rsa_pkcs1, it); });
}
TEST_CASE("differential: RSASSA-PSS", "[crypto][differential]") {
  compare("RSASSA-PSS", 300,
          [](Choices& it) { return make_rsa_case(crypto::Scheme::rsa_pss, it); });
}
