// Signatures by known primes, of encodings that are changed before they are signed, or after.
#include <algorithm>
#include <array>

#include "cases.hpp"
#include "numbers.hpp"

namespace touchstone::differential {
namespace {

// At random, of 512, 513, 520, 768, 1024 and 1031 bits; and two Mersenne primes, of ones alone.
constexpr const char* primes[] = {
    "dece3deeae07cc4023ecc63f74593718c83f4e6824968b94aae8a3788daf350b34863d16d144ed1d0623b971618f3f"
    "aabb0b708cea415d76224f5f233a52414d",
    "1fd301373fc529da5603a7610babde464faeb30ab298f6331214f6ac6b619b04b4c4384a4d9c63dd1bbd502dc2289c"
    "4af85c6c6eee809318b9e6653d4088a57fb",
    "ec7eec5846781070331d485fd7f537679fc03eb87cfd39395aef5193a1b3b76267c89bc58ea9c7bf2a7f0584d12e9b"
    "b9b3a4d5cfd4ba50781a8eda0397b0e97383",
    "e3628d80b3dd2ced7468454728c7a0af7dab0a34653a462becd5d95cf4f246f885592f2fb000a9d24078943c168e29"
    "b27b06f2fdcae1481ad297fb21c9312a0f0f0b352009147f7cd9a58a5a5c4c83538f836b925887c1676ce030bd5645"
    "40cf",
    "df44314d8058343dd1ee0e2cd38cf1a391911d231e80b9e37e8e1b5a79b7fcc211e80cfb21fbd81c9226c19c598935"
    "f1e9f9e9aca774a2be28f0bc700bda693d54cad24808f579f91663cad14e7930f72cad58e38345bf6ebafffb67a1fe"
    "6b2e6bc12ecf0f1ec2dd7adcf9796a151f87bcb18cb46689b02a888223622a3d7ccf",
    "6cae1fcd38636956426f2fb543d387b95d23f6ce99d106e511610db01c6224d1138fdd4ba0cdc924978ba630d40e97"
    "ad67d6e03bb02cbe5733ab84dd6cc3b46297a9ab4fb28b48ca1f13446be1f686cb424cbe7dfa00afd6cc3b4105eab3"
    "6d7a69b6f3c667c614b074b867e15caab5d15c45f14e80853af31eb619512aef6e4b83",
};
constexpr unsigned mersenne[] = {521, 607};
constexpr std::size_t prime_count = std::size(primes) + std::size(mersenne);

Number prime(std::size_t index) {
  if (index < std::size(primes)) return Number::from_hex(primes[index]);
  const unsigned bits = mersenne[index - std::size(primes)];
  return Number::from_hex(
      ((bits % 4 == 1 ? "1" : "7f") + std::string(bits / 4 - (bits % 4 == 1 ? 0 : 1), 'f'))
          .c_str());
}

std::string xored(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

std::string mgf1(crypto::Hash hash, const std::string& seed, std::size_t size) {
  std::string mask;
  for (char counter = 0; mask.size() < size; ++counter)
    mask += crypto::digest(hash, seed + std::string(3, '\0') + counter);
  return mask.substr(0, size);
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).
std::string pkcs1(crypto::Hash hash, const std::string& digest, std::size_t size) {
  const auto octet = [](std::size_t value) { return static_cast<char>(value); };
  const char id = hash == crypto::Hash::sha256 ? 1 : hash == crypto::Hash::sha384 ? 2 : 3;
  std::string info{0x30, octet(17 + digest.size()), 0x30, 13, 6, 9};
  info += std::string("\x60\x86\x48\x01\x65\x03\x04\x02") + id;
  info += std::string{5, 0, 4, octet(digest.size())} + digest;
  return std::string{0, 1} + std::string(size - 3 - info.size(), '\xff') + '\0' + info;
}

/// EMSA-PSS (section 9.1.1), in as many octets as the modulus has; empty when there is no room.
std::string pss(crypto::Hash hash, const std::string& digest, const std::string& salt,
                std::size_t modulus_bits) {
  const std::size_t bits = modulus_bits - 1, size = (bits + 7) / 8;
  if (size < digest.size() + salt.size() + 2) return "";
  const std::string h = crypto::digest(hash, std::string(8, '\0') + digest + salt);
  const std::string block = std::string(size - digest.size() - salt.size() - 2, '\0') + '\1' + salt;
  std::string em = xored(block, mgf1(hash, h, block.size())) + h + '\xbc';
  em[0] = static_cast<char>(em[0] & (0xff >> (8 * size - bits)));
  return std::string((modulus_bits + 7) / 8 - size, '\0') + em;
}

}  // namespace

Case make_rsa_case(crypto::Scheme scheme, Choices& choices) {
  constexpr crypto::Hash hashes[] = {crypto::Hash::sha256, crypto::Hash::sha384,
                                     crypto::Hash::sha512};
  constexpr long exponents[] = {65537, 3, 17, 257, 5, 0x7fffffff};
  const std::size_t first = choices.below(prime_count);
  std::size_t second = choices.below(prime_count - 1);
  if (second >= first) ++second;
  const Number p = prime(first), q = prime(second), n = p * q, phi = (p - 1) * (q - 1);
  std::size_t choice = choices.below(std::size(exponents));
  while ((phi % exponents[choice]).is_zero()) choice = (choice + 1) % std::size(exponents);
  const Number e(exponents[choice]), d = Number::inverse(e, phi);

  const std::size_t size = n.size();
  Case it{scheme,
          hashes[choices.below(3)],
          crypto::RsaKey{n.octets(size), e.octets(e.size())},
          choices.octets(choices.below(32)),
          "",
          true};
  const std::string digest = crypto::digest(it.hash, it.message);
  std::string em;
  if (scheme == crypto::Scheme::rsa_pkcs1) {
    em = pkcs1(it.hash, digest, size);
  } else {
    const bool is_usual = choices.below(8) != 0;
    em = pss(it.hash, digest, choices.number(is_usual ? digest.size() : choices.below(80)),
             n.bits());
    it.is_untouched = is_usual && !em.empty();
  }
  const auto change = choices.below(20);
  if (change == 1 || em.empty()) em = choices.number(size);
  if (change == 2) em = choices.flipped(em);
  if (change == 3) em[choices.below(em.size())] = static_cast<char>(choices.octet());
  if (change == 4)  // Bleichenbacher's forgery: less padding, more behind
    em = em.substr(0, 2) + em.substr(10) + choices.octets(8);
  Number s = Number::power(Number(em) % n, d, n);
  if (change == 5) s = n - s;
  if (change == 6) s = s + n;
  if (change == 7) s = Number(plus(n.octets(size), choices.between(-3, 3)));
  if (change == 8) s = Number(choices.number(size));
  it.signature = s.octets(size);
  if (change == 9) it.signature = choices.flipped(it.signature);
  if (change == 10) it.message = choices.flipped(it.message + 'x');
  it.is_untouched = it.is_untouched && (change == 0 || change > 10);
  return it;
}

}  // namespace touchstone::differential
