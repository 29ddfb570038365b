// The arithmetic against OpenSSL's, case by case: random and structured inputs, valid signatures
// and what becomes of them when something is changed. All limb layouts judge each case.
//
//   differential SCHEME COUNT [SEED]     SCHEME: p256 p384 p521 secp256k1 ed25519 ed448 rsa
//
// The seed is printed; the same seed makes the same cases. Exit code 1 when a verdict differs.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "crypto/vartime/ecdsa.hpp"
#include "crypto/vartime/eddsa.hpp"
#include "crypto/vartime/eddsa_variants.hpp"
#include "crypto/vartime/rsa.hpp"

using namespace touchstone::crypto::vartime;

namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Bn = std::unique_ptr<BIGNUM, Free<BN_free>>;
using BnCtx = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using MdCtx = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// A broken set-up, as opposed to a verdict that differs.
void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "OpenSSL: %s failed\n", what);
  std::exit(2);
}

class Cases {
 public:
  explicit Cases(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::string random(std::size_t length) {
    std::string text(length, '\0');
    for (char& octet : text) octet = static_cast<char>(random_());
    return text;
  }

  /// Long runs of ones and zeros, or a power of two give or take a little.
  std::string structured(std::size_t length) {
    std::string text(length, '\0');
    if (below(2) == 0) {
      bool bit = below(2) == 0;
      for (std::size_t i = 0; i < 8 * length;) {
        const std::size_t run = 1 + below(8 * length);
        for (std::size_t j = 0; j < run && i < 8 * length; ++i, ++j)
          if (bit) text[i / 8] = static_cast<char>(text[i / 8] | 1 << i % 8);
        bit = !bit;
      }
      return text;
    }
    const std::size_t bit = below(8 * length);
    text[length - 1 - bit / 8] = static_cast<char>(1 << bit % 8);
    return plus(std::move(text), static_cast<int>(below(17)) - 8);
  }

  std::string any(std::size_t length) {
    return below(2) == 0 ? random(length) : structured(length);
  }

  /// A big-endian number and a little more or less, modulo 256^length.
  static std::string plus(std::string number, int difference) {
    int carry = difference;
    for (std::size_t i = number.size(); i-- > 0 && carry != 0;) {
      const int sum = static_cast<unsigned char>(number[i]) + carry;
      number[i] = static_cast<char>(sum & 255);
      carry = sum >> 8;
    }
    return number;
  }

  std::string flipped(std::string text) {
    const std::size_t bit = below(8 * text.size());
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
    return text;
  }

 private:
  std::mt19937_64 random_;
};

struct Tally {
  std::uint64_t valid = 0, invalid = 0, different = 0;
  void add(bool expected, bool found_64, bool found_32, const std::function<void()>& show) {
    ++(expected ? valid : invalid);
    if (expected == found_64 && expected == found_32) return;
    if (++different > 10) return;
    std::printf("OpenSSL says %d, Limbs64 %d, Limbs32 %d: ", expected, found_64, found_32);
    show();
  }
};

std::string hex(const std::string& text) {
  std::string digits;
  for (const char octet : text) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(octet));
    digits += pair;
  }
  return digits;
}

std::string from_hex(std::string_view text, std::size_t length) {
  std::string octets(length, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[text.size() - 1 - i];
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    char& octet = octets[length - 1 - i / 2];
    octet = static_cast<char>(octet | digit << (i % 2 * 4));
  }
  return octets;
}

template <class Curve>
void compare_ecdsa(const char* group_name, Cases& cases, std::uint64_t count, Tally& tally) {
  using Key64 = EcdsaKey<Curve, Limbs64>;
  using Key32 = EcdsaKey<Curve, Limbs32>;
  constexpr std::size_t length = Key64::F::bytes;
  const std::string n = from_hex(Curve::Order::hex, length),
                    p = from_hex(Curve::Prime::hex, length);
  const std::size_t digest_length = Key64::Scalars::bits / 8;

  struct Pair {
    Pkey key;
    std::unique_ptr<Key64> key_64;
    std::unique_ptr<Key32> key_32;
  };
  std::vector<Pair> pairs;
  const auto make_pair = [&](const std::string& secret) {
    std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>> group(
        EC_GROUP_new_by_curve_name(OBJ_sn2nid(group_name)));
    std::unique_ptr<EC_POINT, Free<EC_POINT_free>> point(EC_POINT_new(group.get()));
    const Bn d(BN_bin2bn(bytes(secret), static_cast<int>(secret.size()), nullptr));
    if (BN_is_zero(d.get()) || BN_cmp(d.get(), EC_GROUP_get0_order(group.get())) >= 0) return;
    require(EC_POINT_mul(group.get(), point.get(), d.get(), nullptr, nullptr, nullptr) == 1, "mul");
    std::string encoded(1 + 2 * length, '\0');
    require(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                               bytes(encoded), encoded.size(), nullptr) == encoded.size(),
            "point2oct");
    std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group_name, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                     encoded.size());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d.get());
    std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(
        OSSL_PARAM_BLD_to_param(builder.get()));
    const PkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()) == 1 &&
                EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
            "fromdata");
    const std::string x = encoded.substr(1, length), y = encoded.substr(1 + length);
    const auto point_64 = Key64::parse(x, y);
    const auto point_32 = Key32::parse(x, y);
    require(point_64 && point_32, "a point on the curve");
    pairs.push_back({Pkey(key), std::make_unique<Key64>(*point_64, nullptr),
                     std::make_unique<Key32>(*point_32, nullptr)});
  };
  for (int d = 1; d <= 4; ++d) make_pair(Cases::plus(std::string(length, '\0'), d));
  for (int d = 1; d <= 4; ++d) make_pair(Cases::plus(n, -d));
  while (pairs.size() < 40) make_pair(cases.any(length));

  const auto number = [&]() -> std::string {
    switch (cases.below(5)) {
      case 0:
        return Cases::plus(n, static_cast<int>(cases.below(9)) - 4);
      case 1:
        return Cases::plus(p, static_cast<int>(cases.below(9)) - 4);
      case 2:
        return Cases::plus(std::string(length, '\0'), static_cast<int>(cases.below(5)));
      default:
        return cases.any(length);
    }
  };
  std::string digest, r(length, '\0'), s(length, '\0');
  std::size_t signer_index = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % 4 == 0) signer_index = cases.below(pairs.size());
    const Pair& pair = pairs[signer_index];
    if (i % 4 == 0) {  // a new signature; the cases after it change it
      digest = cases.any(digest_length);
      const PkeyCtx signer(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.key.get(), nullptr));
      std::size_t size = 200;
      std::string der(size, '\0');
      require(EVP_PKEY_sign_init(signer.get()) == 1 &&
                  EVP_PKEY_sign(signer.get(), bytes(der), &size, bytes(digest), digest.size()) == 1,
              "sign");
      const unsigned char* at = bytes(der);
      const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes(r), static_cast<int>(length));
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes(s), static_cast<int>(length));
    }
    std::string some_r = r, some_s = s, some_digest = digest;
    const auto change = i % 4 == 0 ? 0 : cases.below(8);
    if (change == 1) some_r = number();
    if (change == 2) some_s = number();
    if (change == 3) some_digest = cases.any(digest_length);
    if (change == 4) some_r = cases.flipped(r);
    if (change == 5) some_s = cases.flipped(s);
    if (change == 6) {  // n - s verifies, too
      const Bn order(BN_bin2bn(bytes(n), static_cast<int>(length), nullptr));
      const Bn value(BN_bin2bn(bytes(s), static_cast<int>(length), nullptr));
      BN_sub(value.get(), order.get(), value.get());
      BN_bn2binpad(value.get(), bytes(some_s), static_cast<int>(length));
    }
    if (change == 7) std::swap(some_r, some_s);

    const Signature signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes(some_r), static_cast<int>(length), nullptr),
                   BN_bin2bn(bytes(some_s), static_cast<int>(length), nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    const PkeyCtx verifier(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.key.get(), nullptr));
    require(EVP_PKEY_verify_init(verifier.get()) == 1, "verify_init");
    const bool expected = EVP_PKEY_verify(verifier.get(), der, static_cast<std::size_t>(size),
                                          bytes(some_digest), some_digest.size()) == 1;
    OPENSSL_free(der);
    tally.add(expected, pair.key_64->verify(some_digest, some_r + some_s),
              pair.key_32->verify(some_digest, some_r + some_s), [&] {
                std::printf("r %s s %s digest %s\n", hex(some_r).c_str(), hex(some_s).c_str(),
                            hex(some_digest).c_str());
              });
  }
}

template <class Variant>
void compare_eddsa(const char* name, std::size_t length, Cases& cases, std::uint64_t count,
                   Tally& tally) {
  using Key64 = EddsaKey<Variant, Limbs64>;
  using Key32 = EddsaKey<Variant, Limbs32>;
  std::string order = from_hex(Variant::Curve::Order::hex, length);

  struct Pair {
    Pkey key;
    std::unique_ptr<Key64> key_64;
    std::unique_ptr<Key32> key_32;
  };
  std::vector<Pair> pairs;
  while (pairs.size() < 40) {
    const std::string secret = cases.any(length);
    Pkey key(EVP_PKEY_new_raw_private_key_ex(nullptr, name, nullptr, bytes(secret), secret.size()));
    std::string encoded(length, '\0');
    std::size_t size = length;
    require(key && EVP_PKEY_get_raw_public_key(key.get(), bytes(encoded), &size) == 1, "key");
    const auto point_64 = Key64::parse(encoded);
    const auto point_32 = Key32::parse(encoded);
    require(point_64 && point_32, "a point on the curve");
    pairs.push_back({std::move(key), std::make_unique<Key64>(*point_64, encoded, nullptr),
                     std::make_unique<Key32>(*point_32, encoded, nullptr)});
  }
  std::string message, signature(2 * length, '\0');
  std::size_t signer = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % 4 == 0) {
      signer = cases.below(pairs.size());
      message = cases.any(1 + cases.below(200));
      const MdCtx context(EVP_MD_CTX_new());
      std::size_t size = signature.size();
      require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                 pairs[signer].key.get()) == 1 &&
                  EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message),
                                 message.size()) == 1,
              "sign");
    }
    std::size_t verifier = signer;
    std::string some = signature, some_message = message;
    const auto change = i % 4 == 0 ? 0 : cases.below(7);
    const std::string r = signature.substr(0, length), s = signature.substr(length);
    if (change == 1) some = cases.any(length) + s;
    if (change == 2) some = r + cases.any(length);
    if (change == 3) some_message = cases.flipped(message);
    if (change == 4) some = cases.flipped(signature);
    if (change == 5) verifier = cases.below(pairs.size());
    if (change == 6) {  // S + L, little-endian
      int carry = 0;
      for (std::size_t j = 0; j < length; ++j) {
        const int sum = static_cast<unsigned char>(s[j]) +
                        static_cast<unsigned char>(order[length - 1 - j]) + carry;
        some[length + j] = static_cast<char>(sum & 255);
        carry = sum >> 8;
      }
    }
    const MdCtx context(EVP_MD_CTX_new());
    require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                 pairs[verifier].key.get()) == 1,
            "verify_init");
    const bool expected = EVP_DigestVerify(context.get(), bytes(some), some.size(),
                                           bytes(some_message), some_message.size()) == 1;
    tally.add(expected, pairs[verifier].key_64->verify(some_message, some),
              pairs[verifier].key_32->verify(some_message, some), [&] {
                std::printf("signature %s message %s\n", hex(some).c_str(),
                            hex(some_message).c_str());
              });
  }
}

/// The public operation: any odd modulus, any base, some exponents.
void compare_rsa(Cases& cases, std::uint64_t count, Tally& tally) {
  const BnCtx context(BN_CTX_new());
  constexpr std::size_t lengths[] = {128, 129, 255, 256, 257, 384, 512, 1024};
  constexpr std::uint64_t exponents[] = {3, 17, 257, 65537};
  std::string n;
  std::vector<std::unique_ptr<RsaPower>> moduli;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % 8 == 0) {
      // The longest cost the most: they come less often.
      n = cases.any(lengths[cases.below(cases.below(8) + 1)]);
      n.back() = static_cast<char>(n.back() | 1);
      if (n.front() == 0) n.front() = static_cast<char>(1 + cases.below(255));
      moduli.clear();
      moduli.push_back(std::make_unique<RsaModulus<Radix60>>(n));
      moduli.push_back(std::make_unique<RsaModulus<Radix13>>(n));
#ifdef TOUCHSTONE_RSA_RADIX52
      if (Radix52::is_supported()) moduli.push_back(std::make_unique<RsaModulus<Radix52>>(n));
#endif
    }
    const std::uint64_t e = exponents[cases.below(4)];
    const std::string s = cases.below(8) == 0 ? Cases::plus(n, static_cast<int>(cases.below(9)) - 4)
                                              : cases.any(n.size());
    const Bn base(BN_bin2bn(bytes(s), static_cast<int>(s.size()), nullptr));
    const Bn modulus(BN_bin2bn(bytes(n), static_cast<int>(n.size()), nullptr));
    const Bn exponent(BN_new()), power(BN_new());
    BN_set_word(exponent.get(), e);
    const bool is_below = BN_cmp(base.get(), modulus.get()) < 0;
    std::string expected(n.size(), '\0');
    if (is_below) {
      require(
          BN_mod_exp(power.get(), base.get(), exponent.get(), modulus.get(), context.get()) == 1,
          "mod_exp");
      BN_bn2binpad(power.get(), bytes(expected), static_cast<int>(expected.size()));
    }
    const auto is_right = [&](const std::unique_ptr<RsaPower>& modulus) {
      const auto found = modulus->power(s, e);
      return is_below ? found == expected : !found;
    };
    ++(is_below ? tally.valid : tally.invalid);
    if (std::all_of(moduli.begin(), moduli.end(), is_right)) continue;
    if (++tally.different <= 10)
      std::printf("n %s s %s e %llu\n", hex(n).c_str(), hex(s).c_str(),
                  static_cast<unsigned long long>(e));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string scheme = argc > 1 ? argv[1] : "";
  const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  const std::uint64_t seed =
      argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
  Cases cases(seed);
  Tally tally;
  const std::map<std::string, std::function<void()>> schemes = {
      {"p256", [&] { compare_ecdsa<P256>("prime256v1", cases, count, tally); }},
      {"p384", [&] { compare_ecdsa<P384>("secp384r1", cases, count, tally); }},
      {"p521", [&] { compare_ecdsa<P521>("secp521r1", cases, count, tally); }},
      {"secp256k1", [&] { compare_ecdsa<Secp256k1>("secp256k1", cases, count, tally); }},
      {"ed25519", [&] { compare_eddsa<Ed25519>("ED25519", 32, cases, count, tally); }},
      {"ed448", [&] { compare_eddsa<Ed448>("ED448", 57, cases, count, tally); }},
      {"rsa", [&] { compare_rsa(cases, count, tally); }},
  };
  const auto found = schemes.find(scheme);
  if (found == schemes.end() || count == 0) {
    std::fprintf(stderr, "differential SCHEME COUNT [SEED]; SCHEME is one of");
    for (const auto& [name, compare] : schemes) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::printf("%s, seed %llu\n", scheme.c_str(), static_cast<unsigned long long>(seed));
  found->second();
  std::printf("%s: %llu valid, %llu invalid, %llu judged otherwise by OpenSSL\n", scheme.c_str(),
              static_cast<unsigned long long>(tally.valid),
              static_cast<unsigned long long>(tally.invalid),
              static_cast<unsigned long long>(tally.different));
  return tally.different == 0 ? 0 : 1;
}
