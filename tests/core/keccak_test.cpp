// SHAKE128 and SHAKE256 against known answers. Those over many lengths are kept as one SHA-256 of
// all outputs; they were computed with Python's hashlib.
#include "crypto/vartime/keccak.hpp"

#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;
using crypto::vartime::Shake;

namespace {

struct Variant {
  Shake (*make)();
  std::size_t rate;
  const char* empty;           ///< 32 bytes of output for ""
  const char* abc;             ///< for "abc"
  const char* a3;              ///< for 200 octets a3, the example message of 1600 bits
  const char* input_lengths;   ///< over 16 bytes each for the first 0 to 699 octets of counting()
  const char* output_lengths;  ///< over 0 to 699 bytes of output for "touchstone"
};

constexpr Variant variants[] = {
    {Shake::shake128, 168, "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
     "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8",
     "131ab8d2b594946b9c81333f9bb6e0ce75c3b93104fa3469d3917457385da037",
     "14bd299e1652b8fd116968cc892ae63fa13a444b4d31576c4d3e0dbeeb167950",
     "a9c4e7744371dee6e827d68be9769bf8e39567f520c8e01df84eaf19248e6c55"},
    {Shake::shake256, 136, "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f",
     "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739",
     "cd8a920ed141aa0407a22d59288652e9d9f1a7ee0c1e7c1ca699424da84a904d",
     "24dd799ea96a21e7aa912375e53339a04bb3a31113309b4a8d797c92ed47d097",
     "e27f14d57188ea1c0bfc41784ea713d079904e082f446f64176882677c6fd056"},
};

std::string squeeze(Shake& shake, std::size_t size) {
  std::vector<std::uint8_t> output(size);
  shake.squeeze(output);
  return {output.begin(), output.end()};
}

std::string hash(const Variant& variant, std::string_view message, std::size_t size) {
  Shake shake = variant.make();
  return squeeze(shake.absorb(message), size);
}

/// Octet i is 7 i modulo 256.
std::string counting(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(7 * i);
  return text;
}

}  // namespace

TEST_CASE("keccak: known answers", "[crypto]") {
  for (const Variant& variant : variants) {
    CHECK(hash(variant, "", 32) == from_hex(variant.empty));
    CHECK(hash(variant, "abc", 32) == from_hex(variant.abc));
    CHECK(hash(variant, std::string(200, '\xa3'), 32) == from_hex(variant.a3));
  }
}

TEST_CASE("keccak: every length of input and output up to five blocks", "[crypto]") {
  for (const Variant& variant : variants) {
    const std::string message = counting(700);
    std::string by_input, by_output;
    for (std::size_t size = 0; size < message.size(); ++size) {
      by_input += hash(variant, std::string_view(message).substr(0, size), 16);
      by_output += hash(variant, "touchstone", size);
    }
    CHECK(crypto::digest(crypto::Hash::sha256, by_input) == from_hex(variant.input_lengths));
    CHECK(crypto::digest(crypto::Hash::sha256, by_output) == from_hex(variant.output_lengths));
  }
}

TEST_CASE("keccak: pieces make no difference, where the block ends least of all", "[crypto]") {
  for (const Variant& variant : variants) {
    for (const std::size_t size : {variant.rate - 1, variant.rate, variant.rate + 1,
                                   2 * variant.rate - 1, 2 * variant.rate, 2 * variant.rate + 9}) {
      const std::string message = counting(size), expected = hash(variant, message, size);
      for (std::size_t split = 0; split <= size; ++split) {
        Shake shake = variant.make();
        shake.absorb(std::string_view(message).substr(0, split));
        shake.absorb("").absorb(std::string_view(message).substr(split));
        const std::string first = squeeze(shake, split);
        const std::string second = squeeze(shake, size - split);
        if (first + second != expected) CHECK(std::pair(size, split) == std::pair(0ul, 0ul));
      }
      Shake octet_by_octet = variant.make();
      std::string found;
      for (const char octet : message) octet_by_octet.absorb({&octet, 1});
      for (std::size_t i = 0; i < size; ++i) found += squeeze(octet_by_octet, 1);
      CHECK(found == expected);
    }
  }
}
