#include "decimal.hpp"

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "support.hpp"

using touchstone::nearest_double;

namespace {

/// Bit for bit what the C library reads (in the C locale, which tests run in).
bool agrees(const std::string& text) {
  INFO(text);
  const auto read = std::bit_cast<std::uint64_t>(nearest_double(text));
  const auto expected = std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr));
  CHECK(read == expected);
  return read == expected;
}

template <class Float>
std::string printed(const char* format, int digits, Float value) {
  std::string text(12'500, '\0');
  text.resize(
      static_cast<std::size_t>(std::snprintf(text.data(), text.size(), format, digits, value)));
  return text;
}

}  // namespace

TEST_CASE("decimal: the ends of the doubles", "[json]") {
  for (const char* text : {"0",
                           "-0",
                           "0.0",
                           "0e9999999999",
                           "5e-324",
                           "4.9e-324",
                           "2.4703282292062327e-324",
                           "2.4703282292062328e-324",
                           "1e-400",
                           "1e-99999999999",
                           "2.2250738585072011e-308",
                           "2.2250738585072014e-308",
                           "1.7976931348623157e308",
                           "1.7976931348623158e308",
                           "1.797693134862315807e308",
                           "1.797693134862315808e308",
                           "1.7976931348623159e308",
                           "-1.7976931348623159e308",
                           "1e309",
                           "1e999999999999",
                           "9007199254740993",
                           "9007199254740992.5",
                           "18446744073709551616",
                           "123456789012345678901234567890",
                           "0.000000000000000000000000000000000001e36",
                           "1E+3",
                           "1e-0003"}) {
    agrees(text);
  }
}

TEST_CASE("decimal: long runs of digits, with and without an exponent", "[json]") {
  for (int count = 1; count < 900; count += 7) {
    const std::string nines(static_cast<std::size_t>(count), '9');
    agrees(nines + "e-" + std::to_string(count));
    agrees(nines + "e" + std::to_string(300 - count));
    agrees("0." + std::string(static_cast<std::size_t>(count), '0') + nines);
    agrees(nines + ".5e-3");
  }
}

TEST_CASE("decimal: random doubles, and the points halfway between two", "[json]") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  // All digits of the middle, then a hair more; neither has a shorter form.
  const auto agrees_above = [](double value) {
    const long double middle =
        (static_cast<long double>(value) + static_cast<long double>(std::nextafter(value, 0))) / 2;
    std::string digits = printed("%.*Le", 1'100, middle);
    return agrees(digits) && agrees(digits.insert(digits.find('e'), "0001"));
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    if (!agrees(printed("%.*e", static_cast<int>(random() % 20), value))) return;
    if (i % 20 == 0 && !agrees_above(value)) return;
  }
  // Around the least normal number, where a middle has the most digits.
  for (std::uint64_t bits = 0x0010'0000'0000'0000 - 500; bits < 0x0010'0000'0000'0000 + 500; ++bits)
    if (!agrees_above(std::bit_cast<double>(bits))) return;
}
