// RSA: the public operation against long division, and the encodings octet by octet.
#include "crypto/vartime/rsa.hpp"

#include "vartime_support.hpp"

using namespace touchstone::crypto;
using namespace touchstone::crypto::vartime;
using namespace touchstone::test;

namespace {

/// What is wrong ends the test case, with what it was found in.
void require(bool condition, const std::string& what) {
  if (!condition) FAIL(what << ", seed " << Random::seed);
}

/// Odd numbers of so many bits: at random, of runs, all ones, 2^k + 1 and so on.
std::vector<Natural> moduli_of(std::size_t bits, Random& random) {
  const Natural top = Natural::power_of_two(bits - 1), all = top + top - Natural(1);
  const auto odd = [&](const Natural& x) { return x.bit(0) ? x : x + Natural(1); };
  return {odd(top + random.natural(bits - 1)),
          odd(top + random.runs(bits - 1)),
          all,
          top + Natural(1),
          all - Natural::power_of_two(bits / 2),
          odd(top + (top >> 1) + random.natural(bits / 3))};
}

/// All that this machine can count in.
template <class Test>
void for_each_radix(Test test) {
  test.template operator()<Radix60>();
  test.template operator()<Radix13>();
#ifdef TOUCHSTONE_RSA_RADIX52
  if (Radix52::is_supported()) test.template operator()<Radix52>();
#endif
}

template <class Radix>
void test_power(const Ring& n, const Natural& s, std::uint64_t e, const Natural& expected) {
  const std::size_t size = (n.modulus().bits() + 7) / 8;
  const RsaModulus<Radix> modulus(n.modulus().octets(size));
  require(modulus.power(s.octets(size), e) == expected.octets(size),
          "s^" + std::to_string(e) + " for " + n.modulus().hex() + " and " + s.hex());
}

void test_power(const Ring& n, const Natural& s, std::uint64_t e) {
  const Natural expected = n.power(s, e);
  for_each_radix([&]<class Radix>() { test_power<Radix>(n, s, e, expected); });
}

template <class Radix>
void test_refused(const Natural& n) {
  const std::size_t size = (n.bits() + 7) / 8;
  const RsaModulus<Radix> modulus(n.octets(size));
  const auto refuses = [&](const std::string& s) { return !modulus.power(s, 3); };
  require(refuses(n.octets(size)), "s = n");
  if ((n + Natural(1)).bits() <= 8 * size) require(refuses((n + Natural(1)).octets(size)), "n + 1");
  require(refuses((n + n).octets(size + 1)), "s = 2 n");
  require(refuses(std::string(size, '\xff')) || n.bits() % 8 == 0, "s of ones");
  require(refuses(""), "no s");
  require(refuses(std::string(size - 1, '\0')), "a shorter s");
  require(refuses(std::string(size + 1, '\0')), "a longer s");
  require(refuses('\0' + (n - Natural(1)).octets(size)), "a zero before s");
  require(!refuses((n - Natural(1)).octets(size)), "s = n - 1");
}

/// Two products of as many digits as there may be, all alike, against their sums word by word.
template <class Radix>
void test_columns(typename Radix::Digit left, typename Radix::Digit right) {
  using Wide = typename Radix::Wide;
  constexpr std::size_t width = Radix::width, size = Radix::Digits::max_size;
  typename Radix::Digits a, b;
  a.enclose(size);
  b.enclose(size);
  std::fill_n(a.digits(), size, left);
  std::fill_n(b.digits(), size, right);
  const typename Radix::Factor& factor = Radix::factor(b, size);
  typename Radix::Columns columns(a.digits(), factor.digits() + (size - width), size);
  columns.add(a.digits(), factor.digits() + (size - width), size);
  std::array<typename Radix::Digit, width> digits;
  const Wide carry = columns.carry_into(digits.data(), 0);
  // Radix 52 counts the upper half of a product in the next column.
  const Wide product = Wide{left} * right;
  const Wide lower = Radix::half == 0 ? product & Radix::mask : product;
  const Wide upper = (product - lower) >> Radix::radix;
  Wide rest = 0;
  for (std::size_t j = 0; j < width; ++j) {
    const auto below = static_cast<Wide>(size - width + j);
    rest += 2 * (lower * (below + 1) + upper * below) - digits[j];
    require((rest & Radix::mask) == 0, "a digit");
    rest >>= Radix::radix;
    require(digits[j] >= -Radix::half - 1 && digits[j] <= Radix::mask - Radix::half + 2,
            "its size");
  }
  require(rest == carry, "the carry");
}

}  // namespace

TEST_CASE("rsa: columns of the largest digits", "[crypto]") {
  const auto test_signs = []<class Radix>(typename Radix::Digit largest) {
    const auto negative = static_cast<typename Radix::Digit>(-largest);
    test_columns<Radix>(largest, largest);
    test_columns<Radix>(largest, negative);
    test_columns<Radix>(negative, negative);
  };
  test_signs.operator()<Radix60>(Radix60::half);
  for (std::int16_t less = 0; less < 64; ++less)
    test_signs.operator()<Radix13>(static_cast<std::int16_t>(Radix13::half + 1 - less));
#ifdef TOUCHSTONE_RSA_RADIX52
  if (Radix52::is_supported()) test_columns<Radix52>(Radix52::mask, Radix52::mask);
#endif
  SUCCEED();
}

TEST_CASE("rsa: s^e modulo n for moduli of all lengths", "[crypto]") {
  Random random;
  for (const std::size_t bits :
       {1024u, 1025u, 1026u, 1031u, 1032u, 1033u, 1040u, 1049u, 1077u, 1078u, 1079u, 1080u,
        1081u, 1138u, 1139u, 1140u, 1500u, 2048u, 2049u, 2055u, 2056u, 2057u, 3071u, 3072u}) {
    for (const Natural& modulus : moduli_of(bits, random)) {
      const Ring n(modulus);
      const bool is_long = bits > 1100;
      const std::vector<Natural> numbers{
          random.below(n), 0, 1, modulus - Natural(1), n.reduce(random.runs(bits)), modulus >> 1};
      for (std::size_t i = 0; i < numbers.size(); i += is_long ? 5 : 1) {
        test_power(n, numbers[i], 3);
        if (i < 2 || !is_long) test_power(n, numbers[i], 17);
      }
      if (!is_long) test_power(n, numbers[0], 65537);
      for_each_radix([&]<class Radix>() { test_refused<Radix>(modulus); });
    }
  }
  SUCCEED();
}

TEST_CASE("rsa: the longest moduli", "[crypto]") {
  Random random(1);
  for (const std::size_t bits : {4096u, 8185u, 8191u, 8192u}) {
    for (const Natural& modulus : moduli_of(bits, random)) {
      const Ring n(modulus);
      test_power(n, random.below(n), 3);
      test_power(n, modulus - Natural(1), 3);
    }
  }
  SUCCEED();
}

TEST_CASE("rsa: exponents", "[crypto]") {
  Random random(2);
  const Ring n(moduli_of(1024, random)[0]);
  for (const std::uint64_t e :
       {3ull, 5ull, 7ull, 9ull, 15ull, 17ull, 257ull, 65537ull, 4294967295ull, 4294967297ull,
        0x8000000000000001ull, 0xaaaaaaaaaaaaaaabull, 0xffffffffffffffffull})
    test_power(n, random.below(n), e);
  SUCCEED();
}

namespace {

constexpr Hash hashes[] = {Hash::sha256, Hash::sha384, Hash::sha512};

std::string octets(std::string_view hex) { return Natural::from_hex(hex).octets(hex.size() / 2); }

/// DigestInfo's octets before the digest, as RFC 8017 section 9.2 prints them.
std::string digest_info(Hash hash) {
  return octets(hash == Hash::sha256   ? "3031300d060960864801650304020105000420"
                : hash == Hash::sha384 ? "3041300d060960864801650304020205000430"
                                       : "3051300d060960864801650304020305000440");
}

std::string pkcs1(std::size_t size, const std::string& info, std::string_view digest) {
  const std::string end = info + std::string(digest);
  return std::string("\0\1", 2) + std::string(size - 3 - end.size(), '\xff') + '\0' + end;
}

std::string mgf1(Hash hash, const std::string& seed, std::size_t size) {
  std::string mask;
  for (unsigned counter = 0; mask.size() < size; ++counter)
    mask += digest(hash, seed + Natural(counter).octets(4));
  return mask.substr(0, size);
}

/// EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) with what it takes for granted left open; as many
/// octets as the modulus has.
struct Pss {
  Hash hash;
  std::size_t modulus_bits;
  std::string salt{};
  std::string trailer = "\xbc";
  std::string separator = "\1";
  std::string padding_end = "";
  Hash mask_hash = hash;

  std::string encode(const std::string& hashed) const {
    const std::size_t em_bits = modulus_bits - 1, size = (em_bits + 7) / 8;
    const std::string h = digest(hash, std::string(8, '\0') + hashed + salt);
    const std::string end = padding_end + separator + salt;
    const std::size_t db_size = size - h.size() - 1;
    std::string db = std::string(db_size - end.size(), '\0') + end;
    const std::string mask = mgf1(mask_hash, h, db_size);
    for (std::size_t i = 0; i < db_size; ++i) db[i] = static_cast<char>(db[i] ^ mask[i]);
    if (em_bits % 8 != 0) db[0] = static_cast<char>(db[0] & ((1 << em_bits % 8) - 1));
    const std::string em = db + h + trailer;
    return std::string((modulus_bits + 7) / 8 - em.size(), '\0') + em;
  }
};

std::string salt_of(std::size_t size) {
  std::string salt;
  for (std::size_t i = 0; i < size; ++i) salt += static_cast<char>(i * 37 + 1);
  return salt;
}

}  // namespace

TEST_CASE("rsa: an encoding of PKCS #1 v1.5, and each octet of it changed", "[crypto]") {
  for (const Hash hash : hashes) {
    const std::string hashed = digest(hash, "message");
    for (const std::size_t size : {128u, 129u, 256u}) {
      const std::string em = pkcs1(size, digest_info(hash), hashed);
      REQUIRE(em.size() == size);
      CHECK(is_pkcs1_encoding(em, hash, hashed));
      for (std::size_t i = 0; i < size; ++i) {
        for (const int change : {0x01, 0x80, 0xff}) {
          std::string wrong = em;
          wrong[i] = static_cast<char>(wrong[i] ^ change);
          require(!is_pkcs1_encoding(wrong, hash, hashed), "octet " + std::to_string(i));
        }
      }
      CHECK_FALSE(is_pkcs1_encoding(em, hash, digest(hash, "another")));
      // The algorithm without NULL, and other forms that a parser would take.
      std::string info = digest_info(hash);
      info.erase(info.find("\5\0", 0, 2), 2);
      info[1] = static_cast<char>(info[1] - 2);
      info[3] = static_cast<char>(info[3] - 2);
      CHECK_FALSE(is_pkcs1_encoding(pkcs1(size, info, hashed), hash, hashed));
      CHECK_FALSE(is_pkcs1_encoding(pkcs1(size, "", hashed), hash, hashed));
      for (const Hash other : hashes) {
        if (other == hash) continue;
        CHECK_FALSE(is_pkcs1_encoding(pkcs1(size, digest_info(other), hashed), hash, hashed));
        CHECK_FALSE(is_pkcs1_encoding(pkcs1(size, digest_info(other), digest(other, "message")),
                                      hash, hashed));
      }
      // Less padding, and something behind (Bleichenbacher's forgery).
      const std::string shorter = pkcs1(size - 9, digest_info(hash), hashed);
      CHECK_FALSE(is_pkcs1_encoding(shorter + std::string(9, '\0'), hash, hashed));
      CHECK_FALSE(is_pkcs1_encoding(std::string(9, '\0') + shorter, hash, hashed));
      CHECK_FALSE(is_pkcs1_encoding(std::string(size, '\0'), hash, hashed));
    }
  }
}

TEST_CASE("rsa: an encoding of PSS, and each octet of it changed", "[crypto]") {
  for (const Hash hash : hashes) {
    const std::string hashed = digest(hash, "message");
    const std::string salt = salt_of(digest_size(hash));
    for (unsigned bits = 2040; bits <= 2058; ++bits) {
      const std::string em = Pss{.hash = hash, .modulus_bits = bits, .salt = salt}.encode(hashed);
      const auto is_encoding = [&](const std::string& it) {
        return is_pss_encoding(it, bits, hash, hashed);
      };
      const std::string name = "a modulus of " + std::to_string(bits) + " bits";
      require(is_encoding(em), name);
      require(!is_pss_encoding(em, bits, hash, digest(hash, "another")), name);
      for (std::size_t i = 0; i < em.size(); ++i) {
        for (unsigned bit = 0; bit < 8; bit += bits % 8 < 2 ? 1 : 7) {
          std::string wrong = em;
          wrong[i] = static_cast<char>(wrong[i] ^ (1 << bit));
          require(!is_encoding(wrong), name + ", octet " + std::to_string(i));
        }
      }
      for (unsigned bit = 0; bit < 8; ++bit) {  // unused ones, too
        std::string wrong = em;
        wrong[0] = static_cast<char>(wrong[0] ^ (1 << bit));
        require(!is_encoding(wrong), name + ", the first octet");
      }
    }
  }
}

TEST_CASE("rsa: encodings of PSS that others would take", "[crypto]") {
  for (const Hash hash : hashes) {
    const std::string hashed = digest(hash, "message");
    const std::size_t size = digest_size(hash);
    for (const unsigned bits : {2047u, 2048u, 2049u}) {
      const auto accepts = [&](const Pss& pss) {
        return is_pss_encoding(pss.encode(hashed), bits, hash, hashed);
      };
      const Pss right{.hash = hash, .modulus_bits = bits, .salt = salt_of(size)};
      CHECK(accepts(right));
      CHECK(accepts({.hash = hash, .modulus_bits = bits, .salt = std::string(size, '\0')}));
      CHECK(accepts({.hash = hash, .modulus_bits = bits, .salt = std::string(size, '\1')}));
      for (std::size_t other = 0; other < 110; ++other) {
        for (const std::string& salt :
             {salt_of(other), std::string(other, '\0'), std::string(other, '\1')})
          require(accepts({.hash = hash, .modulus_bits = bits, .salt = salt}) == (other == size),
                  "a salt of " + std::to_string(other));
      }
      for (const char* trailer : {"\xbb", "\xcc", "\x3c", "\xff"}) {
        Pss wrong = right;
        wrong.trailer = trailer;
        CHECK_FALSE(accepts(wrong));
      }
      for (const char* separator : {"\2", "\x81", "\xff", "\1\1"}) {
        Pss wrong = right;
        wrong.separator = separator;
        CHECK_FALSE(accepts(wrong));
        wrong.separator = std::string(1, '\0');
        CHECK_FALSE(accepts(wrong));
        wrong.separator = "\1";
        wrong.padding_end = separator;
        CHECK_FALSE(accepts(wrong));
      }
      for (const Hash other : hashes) {
        Pss wrong = right;
        wrong.mask_hash = other;
        CHECK(accepts(wrong) == (other == hash));
      }
    }
  }
}

TEST_CASE("rsa: a modulus too short for PSS refuses everything", "[crypto]") {
  // EM must have room for hash, salt and two octets more: with SHA-512 that is 1034 bits.
  const Hash hash = Hash::sha512;
  const std::string hashed = digest(hash, "message");
  for (unsigned bits = 1024; bits <= 1050; ++bits) {
    const std::size_t em_size = (bits + 6) / 8, room = em_size - 66;
    for (std::size_t size = 0; size <= std::min<std::size_t>(room, 64); ++size) {
      const std::string em =
          Pss{.hash = hash, .modulus_bits = bits, .salt = salt_of(size)}.encode(hashed);
      require(is_pss_encoding(em, bits, hash, hashed) == (size == 64), std::to_string(bits));
    }
    // A data block of zeros alone, without a 1 anywhere.
    const std::string zeros =
        Pss{.hash = hash, .modulus_bits = bits, .separator = ""}.encode(hashed);
    require(!is_pss_encoding(zeros, bits, hash, hashed), "zeros, " + std::to_string(bits));
  }
}
