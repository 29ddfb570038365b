// ML-DSA verification: Wycheproof, and what a forger can build. A key whose t1 is 0 lets anyone
// sign: w is A z for any small z, so every rule on z and on the hint meets a signature that breaks
// this rule alone.
#include "crypto/vartime/ml_dsa.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "crypto/vartime/keccak.hpp"
#include "support.hpp"

using namespace touchstone;
using namespace touchstone::test;
using crypto::vartime::MlDsaKey;
using crypto::vartime::Poly;
using crypto::vartime::Shake;

namespace {

constexpr std::uint64_t q = 8380417, zeta = 1753;

/// FIPS 204 tables 1 and 2, as numbers.
struct Set {
  int name;
  std::size_t k, l;
  int gamma1, gamma2, beta;
  std::size_t omega, c_tilde_size, pub_size, signature_size;
  unsigned z_bits, w1_bits;

  std::size_t hint_at() const { return signature_size - omega - k; }
  int high_count() const { return static_cast<int>(q - 1) / (2 * gamma2); }
};
constexpr Set sets[] = {
    {44, 4, 4, 131072, 95232, 78, 80, 32, 1312, 2420, 18, 6},
    {65, 6, 5, 524288, 261888, 196, 55, 48, 1952, 3309, 20, 4},
    {87, 8, 7, 524288, 261888, 120, 75, 64, 2592, 4627, 20, 4},
};

std::uint64_t power(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0; exponent /= 2, base = base * base % q)
    if (exponent % 2 == 1) result = result * base % q;
  return result;
}

/// Numbers that look random, the same ones in each run.
struct Generator {
  std::uint64_t state = 1;
  std::uint32_t below(std::uint64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>((state >> 33) % bound);
  }
};

Poly random_poly(Generator& random, std::uint64_t bound) {
  Poly poly;
  for (auto& coefficient : poly) coefficient = random.below(bound);
  return poly;
}
Poly constant_poly(std::uint64_t value) {
  Poly poly;
  poly.fill(static_cast<std::uint32_t>(value));
  return poly;
}

/// a b modulo X^256 + 1, times 2^32.
Poly schoolbook(const Poly& a, const Poly& b) {
  std::array<std::uint64_t, 256> sum{};
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::size_t j = 0; j < 256; ++j) {
      const std::uint64_t product = std::uint64_t{a[i]} * b[j] % q;
      sum[(i + j) % 256] += i + j < 256 ? product : q - product;
    }
  }
  Poly result;
  for (std::size_t i = 0; i < 256; ++i)
    result[i] = static_cast<std::uint32_t>((sum[i] % q << 32) % q);
  return result;
}

std::string shake256(std::string_view message, std::size_t size) {
  std::vector<std::uint8_t> output(size);
  Shake::shake256().absorb(message).squeeze(output);
  return {output.begin(), output.end()};
}

/// The lowest bits of these numbers, low ones first.
std::string pack(const Poly& numbers, unsigned bits) {
  std::vector<unsigned> octets(256 * bits / 8);
  for (std::size_t at = 0; at < 256 * bits; ++at)
    octets[at / 8] |= (numbers[at / bits] >> at % bits & 1) << at % 8;
  return {octets.begin(), octets.end()};
}

int modulo_q(std::uint64_t value) { return static_cast<int>(value % q); }

/// UseHint and Decompose (Algorithms 40 and 36), to the letter; but a hint may be given twice.
std::uint32_t use_hint(const Set& set, int hints, int r) {
  const int alpha = 2 * set.gamma2, m = set.high_count();
  int r0 = r % alpha;
  if (r0 > set.gamma2) r0 -= alpha;
  int r1 = (r - r0) / alpha;
  if (r - r0 == static_cast<int>(q) - 1) {
    r1 = 0;
    --r0;
  }
  for (; hints > 0; --hints) r1 = (r1 + (r0 > 0 ? 1 : m - 1)) % m;
  return static_cast<std::uint32_t>(r1);
}

struct Place {
  std::size_t row, n;
};

/// A key whose t1 is 0, and signatures that hold or would hold but for the rule they break.
class Forger {
 public:
  explicit Forger(const Set& set)
      : set_(set),
        pub_(std::string(32, 'r') + std::string(set.pub_size - 32, '\0')),
        key_(*MlDsaKey::parse(pub_)),
        tables_(key_.build_tables()) {}

  /// Row `row` of A, column 0, as coefficients.
  Poly first_column(std::size_t row) const { return entry(row, 0); }

  /// c-tilde || z || hint. z is `value` X^exponent in one of its polynomials and 0 in the others.
  /// `hinted` is what the octets of the hint mean, or would mean to a decoder that is not strict.
  std::string sign(std::size_t column, std::size_t exponent, int value,
                   const std::vector<Place>& hinted, const std::string& hint) const {
    std::string w1, z;
    for (std::size_t row = 0; row < set_.k; ++row) {
      const Poly a = entry(row, column);
      Poly high;
      for (std::size_t n = 0; n < 256; ++n) {
        const bool wraps = n < exponent;
        const std::uint64_t product = std::uint64_t{a[(n + 256 - exponent) % 256]} *
                                      (value < 0 ? q - static_cast<std::uint64_t>(-value)
                                                 : static_cast<std::uint64_t>(value));
        const auto hints = std::count_if(hinted.begin(), hinted.end(), [&](const Place& place) {
          return place.row == row && place.n == n;
        });
        high[n] =
            use_hint(set_, static_cast<int>(hints), modulo_q(wraps ? q - product % q : product));
      }
      w1 += pack(high, set_.w1_bits);
    }
    for (std::size_t j = 0; j < set_.l; ++j) {
      Poly packed = constant_poly(static_cast<std::uint64_t>(set_.gamma1));
      if (j == column) packed[exponent] = static_cast<std::uint32_t>(set_.gamma1 - value);
      z += pack(packed, set_.z_bits);
    }
    const std::string mu = shake256(shake256(pub_, 64) + std::string(2, '\0') + message, 64);
    return shake256(mu + w1, set_.c_tilde_size) + z + hint;
  }

  /// With z = 0, where w is 0 and a hint makes it -1.
  std::string sign_hint(const std::vector<Place>& hinted, const std::string& hint) const {
    return sign(0, 0, 0, hinted, hint);
  }

  /// HintBitPack (Algorithm 20), for places in order.
  std::string pack_hint(const std::vector<Place>& places) const {
    std::string hint(set_.omega + set_.k, '\0');
    for (std::size_t i = 0; i < places.size(); ++i) {
      hint[i] = static_cast<char>(places[i].n);
      for (std::size_t row = places[i].row; row < set_.k; ++row) ++hint[set_.omega + row];
    }
    return hint;
  }

  bool verify(const std::string& signature) const {
    const bool is_valid = key_.verify(message, signature, tables_.get());
    if (key_.verify(message, signature, nullptr) != is_valid) FAIL("the tables make a difference");
    return is_valid;
  }

 private:
  Poly entry(std::size_t row, std::size_t column) const {
    Poly a = tables_->matrix[row * (set_.l + 1) + column];
    crypto::vartime::inverse_ntt(a);
    const std::uint64_t scale = power(power(2, 32), q - 2);
    for (auto& coefficient : a) coefficient = static_cast<std::uint32_t>(coefficient * scale % q);
    return a;
  }

  static constexpr const char* message = "signed by nobody";
  const Set& set_;
  std::string pub_;
  MlDsaKey key_;
  std::unique_ptr<const MlDsaKey::Tables> tables_;
};

}  // namespace

TEST_CASE("ml_dsa: NTT is evaluation at the odd powers of zeta, in bit-reversed order",
          "[crypto]") {
  Generator random;
  for (const Poly& w : {random_poly(random, q), constant_poly(q), constant_poly(q - 1)}) {
    Poly transformed = w;
    crypto::vartime::ntt(transformed);
    for (unsigned i = 0; i < 256; ++i) {
      unsigned reversed = 0;
      for (unsigned bit = 0; bit < 8; ++bit) reversed |= (i >> bit & 1) << (7 - bit);
      const std::uint64_t root = power(zeta, 2 * reversed + 1);
      std::uint64_t value = 0;
      for (std::size_t n = 256; n-- > 0;) value = (value * root + w[n]) % q;
      if (transformed[i] % q != value || transformed[i] > 17 * q) CHECK(transformed[i] == value);
    }
  }
}

TEST_CASE("ml_dsa: a product of NTTs is the negacyclic product", "[crypto]") {
  Generator random;
  std::vector<Poly> polys{constant_poly(q - 1), constant_poly(q), constant_poly(0)};
  for (int i = 0; i < 5; ++i) polys.push_back(random_poly(random, q));
  for (const Poly& a : polys) {
    for (const Poly& b : polys) {
      Poly x = a, y = b, low;
      crypto::vartime::ntt(x);
      crypto::vartime::ntt(y);
      for (std::size_t i = 0; i < 256; ++i)
        low[i] = static_cast<std::uint32_t>(std::uint64_t{x[i]} * y[i] % q);
      Poly high = low;  // the same, as far up as the inverse takes it
      for (auto& coefficient : high) coefficient += static_cast<std::uint32_t>(q);
      crypto::vartime::inverse_ntt(low);
      crypto::vartime::inverse_ntt(high);
      CHECK(low == schoolbook(a, b));
      CHECK(high == low);
    }
  }
  Poly highest = constant_poly(2 * q - 1), highest_reduced = constant_poly(q - 1);
  crypto::vartime::inverse_ntt(highest);
  crypto::vartime::inverse_ntt(highest_reduced);
  CHECK(highest == highest_reduced);
}

TEST_CASE("ml_dsa: Wycheproof, with tables and without", "[crypto][wycheproof]") {
  int ran = 0, valid = 0, keyless = 0, with_context = 0;
  for (const Set& set : sets) {
    const Json file =
        read_vector_json("wycheproof/mldsa_" + std::to_string(set.name) + "_verify_test.json");
    for (const Json& group : file.at("testGroups")) {
      const std::string pub = from_hex(group["publicKey"]);
      const auto key = MlDsaKey::parse(pub);
      CHECK(key.has_value() == (pub.size() == set.pub_size));
      const auto tables = key ? key->build_tables() : nullptr;
      for (const Json& test : group["tests"]) {
        // The one rule for what is left out: JOSE has no context (RFC 9964).
        if (!test.value("ctx", "").empty()) {
          ++with_context;
          continue;
        }
        const bool expected = test["result"] == "valid";
        ++ran;
        valid += expected;
        keyless += !key;
        const std::string message = from_hex(test["msg"]), signature = from_hex(test["sig"]);
        const bool hot = key && key->verify(message, signature, tables.get());
        const bool cold = key && key->verify(message, signature, nullptr);
        INFO("ML-DSA-" << set.name << " test " << test["tcId"]);
        if (hot != expected) CHECK(hot == expected);
        if (cold != expected) CHECK(cold == expected);
      }
    }
  }
  std::printf("ML-DSA: %d cases, each twice, %d valid, %d with a key of a wrong length\n", ran,
              valid, keyless);
  CHECK(ran == 610);
  CHECK(valid == 221);
  CHECK(keyless == 12);
  CHECK(with_context == 21);
}

TEST_CASE("ml_dsa: the length decides what a key is", "[crypto]") {
  for (std::size_t size = 0; size < 2700; ++size) {
    const bool is_key = size == 1312 || size == 1952 || size == 2592;
    if (MlDsaKey::parse(std::string(size, '\1')).has_value() != is_key) CHECK(size == 0);
  }
}

TEST_CASE("ml_dsa: tables take the room that is announced", "[crypto]") {
  for (const Set& set : sets) {
    const MlDsaKey key = *MlDsaKey::parse(std::string(set.pub_size, '\1'));
    CHECK(key.table_bytes() == sizeof(MlDsaKey::Tables) + 1024 * set.k * (set.l + 1));
  }
}

TEST_CASE("ml_dsa: a signature of another length is invalid", "[crypto]") {
  for (const Set& set : sets) {
    const Forger forger(set);
    const std::string signature = forger.sign_hint({}, forger.pack_hint({}));
    CHECK(signature.size() == set.signature_size);
    CHECK(forger.verify(signature));
    for (std::size_t size = 0; size < signature.size(); ++size)
      if (forger.verify(signature.substr(0, size))) CHECK(size == signature.size());
    CHECK_FALSE(forger.verify(signature + '\0'));
    for (const Set& other : sets) {
      const std::string longer = signature + std::string(other.signature_size, '\0');
      CHECK(forger.verify(longer.substr(0, other.signature_size)) == (&other == &set));
    }
  }
}

TEST_CASE("ml_dsa: every octet of c-tilde counts", "[crypto]") {
  for (const Set& set : sets) {
    const Forger forger(set);
    const std::string signature = forger.sign_hint({}, forger.pack_hint({}));
    for (std::size_t i = 0; i < set.c_tilde_size; ++i) {
      std::string other = signature;
      other[i] = static_cast<char>(other[i] ^ 1);
      CHECK_FALSE(forger.verify(other));
    }
  }
}

TEST_CASE("ml_dsa: hints that are as they should be", "[crypto]") {
  for (const Set& set : sets) {
    const Forger forger(set);
    std::vector<Place> all_over, all_in_last_row;
    for (std::size_t i = 0; i < set.omega; ++i) {
      all_over.push_back({i * set.k / set.omega, i});
      all_in_last_row.push_back({set.k - 1, 256 - set.omega + i});
    }
    for (const std::vector<Place>& places : {std::vector<Place>{},
                                             {{0, 0}},
                                             {{0, 255}},
                                             {{0, 0}, {0, 255}, {1, 0}},
                                             {{0, 9}, {2, 9}},
                                             all_over,
                                             all_in_last_row}) {
      const std::string hint = forger.pack_hint(places);
      CHECK(forger.verify(forger.sign_hint(places, hint)));
      // That is, the places are what the hint says, and no others.
      if (!places.empty()) CHECK_FALSE(forger.verify(forger.sign_hint({}, hint)));
      CHECK_FALSE(forger.verify(forger.sign_hint({{3, 77}}, hint)));
    }
  }
}

TEST_CASE("ml_dsa: a hint has one encoding (FIPS 204 Algorithm 21)", "[crypto]") {
  for (const Set& set : sets) {
    INFO("ML-DSA-" << set.name);
    const Forger forger(set);
    const std::size_t omega = set.omega, k = set.k;
    const std::vector<Place> places{{0, 3}, {0, 4}, {0, 200}, {2, 7}};
    const std::string hint = forger.pack_hint(places);
    const auto is_taken = [&](const std::vector<Place>& meant, const std::string& encoded) {
      return forger.verify(forger.sign_hint(meant, encoded));
    };
    CHECK(is_taken(places, hint));

    // Positions rise within a row. Between rows they may fall.
    std::string swapped = hint;
    std::swap(swapped[0], swapped[1]);
    CHECK_FALSE(is_taken(places, swapped));
    swapped = hint;
    std::swap(swapped[1], swapped[2]);
    CHECK_FALSE(is_taken(places, swapped));

    // And never repeat themselves, whether a repeated one would count once, twice or not at all.
    std::string repeated = hint;
    repeated[1] = 3;
    CHECK_FALSE(is_taken({{0, 3}, {0, 3}, {0, 200}, {2, 7}}, repeated));
    CHECK_FALSE(is_taken({{0, 3}, {0, 200}, {2, 7}}, repeated));
    CHECK_FALSE(is_taken({{0, 200}, {2, 7}}, repeated));
    repeated = hint;
    repeated[1] = static_cast<char>(200);
    CHECK_FALSE(is_taken({{0, 3}, {0, 200}, {0, 200}, {2, 7}}, repeated));
    CHECK_FALSE(is_taken({{0, 3}, {0, 200}, {2, 7}}, repeated));
    CHECK_FALSE(is_taken({{0, 3}, {2, 7}}, repeated));

    // The counts do not fall ...
    std::string falling = forger.pack_hint({{0, 3}, {0, 4}, {0, 200}});
    for (std::size_t row = 1; row < k; ++row) {
      falling[omega + row] = 2;
      CHECK_FALSE(is_taken({{0, 3}, {0, 4}, {0, 200}}, falling));
    }
    falling[omega + k - 1] = 3;
    CHECK_FALSE(is_taken({{0, 3}, {0, 4}, {0, 200}}, falling));
    CHECK_FALSE(is_taken({{0, 3}, {0, 4}, {0, 200}, {k - 1, 200}}, falling));

    // ... nor pass omega, where the first count would be the next position.
    std::vector<Place> one_too_many;
    for (std::size_t n = 0; n < omega; ++n) one_too_many.push_back({0, n});
    std::string beyond = forger.pack_hint(one_too_many);
    CHECK(is_taken(one_too_many, beyond));
    beyond[omega + k - 1] = static_cast<char>(omega + 1);
    CHECK_FALSE(is_taken(one_too_many, beyond));
    one_too_many.push_back({k - 1, omega});
    CHECK_FALSE(is_taken(one_too_many, beyond));
    beyond[omega + k - 1] = static_cast<char>(255);
    CHECK_FALSE(is_taken(one_too_many, beyond));

    // What no count claims is 0.
    for (std::size_t i = places.size(); i < omega; ++i) {
      std::string padded = hint;
      padded[i] = 1;
      if (is_taken(places, padded)) CHECK(i == 0);
    }
  }
}

TEST_CASE("ml_dsa: z stays below gamma1 - beta", "[crypto]") {
  for (const Set& set : sets) {
    INFO("ML-DSA-" << set.name);
    const Forger forger(set);
    const std::string hint = forger.pack_hint({});
    const int bound = set.gamma1 - set.beta;
    for (std::size_t column = 0; column < set.l; ++column) {
      for (const std::size_t exponent : {0u, 1u, 100u, 254u, 255u}) {
        const auto is_taken = [&](int value) {
          return forger.verify(forger.sign(column, exponent, value, {}, hint));
        };
        INFO("z[" << column << "][" << exponent << "]");
        for (const int value : {1, bound - 2, bound - 1}) {
          CHECK(is_taken(value));
          CHECK(is_taken(-value));
        }
        for (const int value : {bound, bound + 1, set.gamma1 - 1}) {
          CHECK_FALSE(is_taken(value));
          CHECK_FALSE(is_taken(-value));
        }
        CHECK_FALSE(is_taken(set.gamma1));
      }
    }
  }
}

TEST_CASE("ml_dsa: UseHint at every edge of its intervals", "[crypto]") {
  for (const Set& set : sets) {
    const Forger forger(set);
    // w[0][n] is `value` a[n]: for a wanted w, some n has a small value.
    const Poly a = forger.first_column(0);
    int edges = 0, missed = 0;
    for (int multiple = 0; multiple <= set.high_count(); ++multiple) {
      for (const int offset : {-set.gamma2, 1 - set.gamma2, -1, 0, 1, set.gamma2, set.gamma2 + 1}) {
        const int r = multiple * 2 * set.gamma2 + offset;
        if (r < 0 || r >= static_cast<int>(q)) continue;
        ++edges;
        std::size_t n = 0;
        int value = 0;
        for (; n < 256; ++n) {
          value = modulo_q(static_cast<std::uint64_t>(r) * power(a[n], q - 2));
          if (value > static_cast<int>(q / 2)) value -= static_cast<int>(q);
          if (std::abs(value) < set.gamma1 - set.beta) break;
        }
        if (n == 256) {
          ++missed;
          continue;
        }
        const std::string with_hint = forger.pack_hint({{0, n}}), without = forger.pack_hint({});
        INFO("ML-DSA-" << set.name << " w is " << r);
        if (!forger.verify(forger.sign(0, 0, value, {}, without))) CHECK(r < 0);
        if (!forger.verify(forger.sign(0, 0, value, {{0, n}}, with_hint))) CHECK(r < 0);
        if (forger.verify(forger.sign(0, 0, value, {{0, n}}, without))) CHECK(r < 0);
      }
    }
    std::printf("ML-DSA-%d: UseHint at %d edges, %d out of reach\n", set.name, edges, missed);
    CHECK(missed == 0);
  }
}
