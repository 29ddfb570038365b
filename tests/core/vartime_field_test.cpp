// Fields and scalars against long division, for the primes and orders of all six curves and in both
// layouts of limbs: values at the edges and at random, and limbs as large as an element's type
// allows, where UBSan would see a column overflow.
#include "crypto/vartime/field.hpp"

#include "crypto/vartime/curves.hpp"
#include "vartime_support.hpp"

using namespace touchstone::crypto::vartime;
using namespace touchstone::test;

namespace {

/// An order with the kernels that only primes have, and a prime with the loops.
template <class Order>
struct Straight {
  static constexpr std::string_view hex = Order::hex;
};
template <class Prime>
struct Looped : Prime {
  static constexpr bool in_loops = true;
};

/// Limbs of any field: what follows is compiled once, and only the kernels for each field.
using Limbs = std::vector<std::int64_t>;

/// A field by its functions on such limbs. The bounds of elements are those of the type.
struct Functions {
  std::string name;
  std::string_view hex;
  unsigned bits, size, radix, bytes;

  Limbs (*to_montgomery)(const Limbs&);
  Limbs (*canonical)(const Limbs&);
  Limbs (*plain_digits)(const Limbs&);
  Limbs (*inverse)(const Limbs&);
  Limbs (*power_of_shifted_modulus)(const Limbs&, unsigned);
  Limbs (*power_of_two)(unsigned);
  Limbs (*from_hex)(std::string_view);
  Limbs (*small)(int);
  Limbs (*digits_of)(std::string_view, bool);
  std::optional<Limbs> (*parse)(std::string_view, bool);
  unsigned (*bits_of)(const Limbs&, unsigned, unsigned);
  Limbs one, zero;
};

struct Product {
  unsigned a, b;
  Limbs (*product)(const Limbs&, const Limbs&);
};
struct Square {
  unsigned a;
  Limbs (*square)(const Limbs&);
};
struct Difference {
  unsigned a, b, c, d;
  Limbs (*difference)(const Limbs&, const Limbs&, const Limbs&, const Limbs&);
};
struct Linear {
  unsigned bound;
  Limbs (*minus)(const Limbs&);
  Limbs (*negated_if)(bool, const Limbs&);
  Limbs (*reduced)(const Limbs&);
  Limbs (*canonical)(const Limbs&);
  bool (*is_zero)(const Limbs&);
};
struct Sum {
  unsigned a, b;
  Limbs (*sum)(const Limbs&, const Limbs&);
  Limbs (*difference)(const Limbs&, const Limbs&);
  bool (*is_equal)(const Limbs&, const Limbs&);
};

class Tester {
 public:
  explicit Tester(Functions f)
      : f_(std::move(f)),
        half_(std::int64_t{1} << (f_.radix - 1)),
        ring_(Natural::from_hex(f_.hex)),
        r_(ring_.reduce(Natural::power_of_two(f_.radix * f_.size))),
        edges_(edges_of(ring_, {f_.radix})),
        random_(f_.bits + f_.radix) {}

  void test_numbers(unsigned count) {
    for (unsigned i = 0; i < count + edges_.size(); ++i) {
      const Natural x = i < edges_.size() ? edges_[i] : draw_number();
      const Limbs digits = digits_of(x);
      const Limbs a = f_.to_montgomery(digits);
      require_small(a, "to_montgomery's limbs");
      require(residue(a) == ring_.multiply(x, r_), "to_montgomery", digits);
      require(f_.canonical(a) == digits, "canonical", digits);
      require(f_.canonical(negated(a)) == digits_of(ring_.negate(x)), "canonical of -x", digits);
      const Limbs grown = digits_of(x + ring_.modulus() * Natural(random_.below(15)));
      require(f_.canonical(f_.to_montgomery(grown)) == digits, "to_montgomery below 15 p", grown);
      // Plain numbers: from the digits themselves, and from below 0.
      require(f_.plain_digits(digits) == digits, "plain_digits", digits);
      const Limbs below = negated(digits_of(ring_.negate(x)));
      require(f_.plain_digits(below) == digits, "plain_digits below 0", below);

      require(f_.parse(x.octets(f_.bytes), false) == digits &&
                  f_.parse(x.little_endian(f_.bytes), true) == digits,
              "parse", digits);
      require(f_.canonical(f_.from_hex(x.hex())) == digits, "from_hex", digits);
      for (unsigned from = 0; from < f_.bits + f_.radix + 9; from += 1 + i % 7)
        for (const unsigned width : {1u, 4u, 5u, 6u, 7u, 8u})
          if (f_.bits_of(digits, from, width) != x.bits_at(from, width))
            require(false, "bits_of", digits);
    }
    for (int value = -70; value <= 70; ++value) {
      const Natural x(static_cast<std::uint64_t>(value < 0 ? -value : value));
      require(f_.canonical(f_.small(value)) == digits_of(value < 0 ? ring_.negate(x) : x), "small");
    }
    require(f_.canonical(f_.one) == digits_of(1) && f_.canonical(f_.zero) == digits_of(0),
            "one and zero");
  }

  void test_parse() {
    const Natural& p = ring_.modulus();
    const auto parse = [&](const Natural& x, std::size_t size) {
      const auto big = f_.parse(x.octets(size), false);
      require(big == f_.parse(x.little_endian(size), true), "parse from both ends", digits_of(x));
      return big;
    };
    // As many octets as the number has, and one more where a sign would stand.
    const std::size_t longest = std::min<std::size_t>(f_.bytes + 1, f_.radix * f_.size / 8);
    for (std::size_t size = f_.bytes; size <= longest; ++size) {
      const Natural end = Natural::power_of_two(8 * size);
      for (unsigned offset = 0; offset < 300; ++offset) {
        if (p + Natural(offset) < end) require(!parse(p + Natural(offset), size), "parse from p");
        if (end - Natural(1 + offset) >= p)
          require(!parse(end - Natural(1 + offset), size), "parse of ones");
      }
      for (std::size_t bit = 0; bit < 8 * size; ++bit) {
        const Natural power = Natural::power_of_two(bit);
        if (p + power < end) require(!parse(p + power, size), "parse of p and a bit");
        if (p > power) require(parse(p - power, size) == digits_of(p - power), "parse below p");
      }
    }
    for (std::size_t size = 0; size <= longest; ++size) {
      for (int i = 0; i < 8; ++i) {
        const Natural x = i == 0   ? Natural::power_of_two(8 * size) - Natural(1)
                          : i == 1 ? Natural(0)
                          : i < 5  ? random_.runs(8 * size)
                                   : random_.natural(8 * size);
        require(f_.digits_of(x.octets(size), false) == digits_of(x) &&
                    f_.digits_of(x.little_endian(size), true) == digits_of(x),
                "digits_of", digits_of(x));
      }
    }
  }

  void test_inverse(unsigned count) {
    for (unsigned i = 0; i < count + edges_.size(); ++i) {
      const Limbs a = i >= edges_.size() ? draw(1)
                      : i % 2 == 0       ? f_.to_montgomery(digits_of(edges_[i]))
                                         : digits_of(edges_[i]);
      const Limbs b = f_.inverse(a);
      require_small(b, "inverse's limbs");
      const Natural value = residue(a);
      require(value.is_zero() ? residue(b).is_zero()
                              : ring_.multiply(residue(b), value) == ring_.square(r_),
              "inverse", a);
    }
  }

  void test_powers() {
    for (unsigned shift = 0; shift < 9; ++shift) {
      const Natural x = shift == 0 ? ring_.modulus() - Natural(2) : draw_number();
      const Limbs power = f_.power_of_shifted_modulus(f_.to_montgomery(digits_of(x)), shift);
      require(f_.canonical(power) == digits_of(ring_.power(x, ring_.modulus() >> shift)),
              "power_of_shifted_modulus", digits_of(x));
    }
    for (unsigned k = 0; k <= 2 * f_.radix * f_.size + 3; k += k < 9 ? 1 : 13)
      require(f_.power_of_two(k) == digits_of(ring_.reduce(Natural::power_of_two(k))),
              "power_of_two");
  }

  void test(const Product& it, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Limbs a = draw(it.a), b = draw(it.b);
      const Limbs c = it.product(a, b);
      require_small(c, "product's limbs");
      require(ring_.multiply(residue(c), r_) == ring_.multiply(residue(a), residue(b)), "product",
              a, b);
    }
  }
  void test(const Square& it, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Limbs a = draw(it.a);
      const Limbs b = it.square(a);
      require_small(b, "square's limbs");
      require(ring_.multiply(residue(b), r_) == ring_.square(residue(a)), "square", a);
    }
  }
  void test(const Difference& it, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Limbs a = draw(it.a), b = draw(it.b);
      Limbs c = draw(it.c), d = draw(it.d);
      if (it.a == it.c && it.b == it.d && i % 4 == 0) {  // a b - (-a) b, the largest columns
        c = negated(a);
        d = b;
      }
      const Limbs e = it.difference(a, b, c, d);
      require_small(e, "difference's limbs");
      require(
          ring_.multiply(residue(e), r_) == ring_.subtract(ring_.multiply(residue(a), residue(b)),
                                                           ring_.multiply(residue(c), residue(d))),
          "difference of products", a, b);
    }
  }
  void test(const Sum& it, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Limbs a = draw(it.a), b = draw(it.b);
      Limbs sum = a, difference = a;
      for (unsigned j = 0; j < f_.size; ++j) {
        sum[j] += b[j];
        difference[j] -= b[j];
      }
      require(it.sum(a, b) == sum, "sum", a, b);
      require(it.difference(a, b) == difference, "difference", a, b);
      if (it.is_equal != nullptr)
        require(it.is_equal(a, b) == (residue(a) == residue(b)), "is_equal", a, b);
    }
  }
  void test(const Linear& it, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const Limbs a = draw(it.bound), minus = negated(a);
      require(it.minus(a) == minus && it.negated_if(true, a) == minus, "negation", a);
      require(it.negated_if(false, a) == a, "no negation", a);
      const Limbs less = it.reduced(a);
      require_small(less, "reduced's limbs");
      require(residue(less) == residue(a), "reduced", a);
      require(magnitude(less) * Natural(100) <= ring_.modulus() * Natural(51), "to p / 2", a);
      if (it.canonical == nullptr) continue;
      const Limbs plain = it.canonical(a);
      const Natural value = parts_of(plain).first;
      require(plain == digits_of(value) && value < ring_.modulus() &&
                  ring_.multiply(value, r_) == residue(a),
              "canonical", a);
      require(it.is_zero(a) == residue(a).is_zero(), "is_zero", a);
    }
    if (it.is_zero != nullptr) test_zeros(it, count);
  }

 private:
  /// Digits from 0 to 2^radix - 1, bit by bit; the uppermost limb takes what remains.
  Limbs digits_of(const Natural& x) const {
    Limbs digits(f_.size);
    for (unsigned j = 0; j < f_.size; ++j)
      digits[j] = static_cast<std::int64_t>(
          x.bits_at(j * f_.radix, j + 1 < f_.size ? f_.radix : f_.radix + 3));
    return digits;
  }
  static Limbs negated(Limbs limbs) {
    for (auto& limb : limbs) limb = -limb;
    return limbs;
  }

  /// What is positive of the value of these limbs, and what is negative.
  std::pair<Natural, Natural> parts_of(const Limbs& limbs) const {
    std::pair<Natural, Natural> parts;
    for (unsigned j = f_.size; j-- > 0;) {
      parts.first = parts.first << f_.radix;
      parts.second = parts.second << f_.radix;
      if (limbs[j] > 0) parts.first += Natural(static_cast<std::uint64_t>(limbs[j]));
      if (limbs[j] < 0) parts.second += Natural(0 - static_cast<std::uint64_t>(limbs[j]));
    }
    return parts;
  }
  Natural magnitude(const Limbs& limbs) const {
    const auto [positive, negative] = parts_of(limbs);
    return positive > negative ? positive - negative : negative - positive;
  }
  Natural residue(const Limbs& limbs) const {
    const auto [positive, negative] = parts_of(limbs);
    return ring_.subtract(ring_.reduce(positive), ring_.reduce(negative));
  }

  /// Ends the test case: thousands of numbers more would say the same.
  void require(bool condition, const char* what, const Limbs& a = {}, const Limbs& b = {}) const {
    if (condition) return;
    std::string text = f_.name + ": " + what + ", seed " + std::to_string(Random::seed);
    for (const Limbs& limbs : {a, b}) {
      text += "\n ";
      for (const auto limb : limbs) text += " " + std::to_string(limb);
    }
    FAIL(text);
  }
  void require_small(const Limbs& a, const char* what) const {
    for (const auto limb : a) require(limb <= half_ + 1 && limb >= -half_ - 1, what, a);
    require(magnitude(a) < ring_.modulus(), what, a);
  }

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low +
           static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low) + 1));
  }

  /// Limbs of all kinds that an Element of this bound may have.
  Limbs draw(unsigned bound) {
    const std::int64_t widest = bound * (half_ + 1);
    Limbs limbs(f_.size);
    const std::uint64_t kind = random_.below(7);
    for (unsigned j = 0; j < f_.size; ++j) {
      const bool coin = random_.below(2) == 0;
      limbs[j] = kind == 0             ? widest
                 : kind == 1           ? -widest
                 : kind == 2           ? (j % 2 == 0 ? widest : -widest)
                 : kind == 3           ? (coin ? widest : -widest)
                 : (kind == 4 && coin) ? 0
                                       : between(-widest, widest);
    }
    // The uppermost limb decides whether the value is below bound * p.
    const Natural limit = (ring_.modulus() * Natural(bound)) >> (f_.radix * (f_.size - 1));
    const std::int64_t top = static_cast<std::int64_t>(limit.bits_at(0, 63)) - bound - 1;
    auto& last = limbs.back();
    last = kind == 0 ? top : kind == 1 ? -top : between(-top, top);
    require(magnitude(limbs) < ring_.modulus() * Natural(bound), "the test's own number", limbs);
    return limbs;
  }
  /// A number below p: at the edges, of long runs, at random.
  Natural draw_number() {
    switch (random_.below(4)) {
      case 0:
        return edges_[random_.below(edges_.size())];
      case 1:
        return ring_.reduce(random_.runs(f_.bits));
      default:
        return random_.below(ring_);
    }
  }

  /// Multiples of p, in as many ways as limbs can write them, and numbers beside them.
  void test_zeros(const Linear& it, unsigned count) {
    const std::int64_t widest = it.bound * (half_ + 1), base = 2 * half_;
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t multiple = random_.below(it.bound + 1);
      Limbs limbs = digits_of(ring_.modulus() * Natural(multiple));
      for (unsigned j = 0; j + 1 < f_.size; ++j) {
        while (limbs[j] > widest || (limbs[j] - base >= -widest && random_.below(2) == 0)) {
          limbs[j] -= base;
          ++limbs[j + 1];
        }
        while (limbs[j] + base <= widest && random_.below(2) == 0) {
          limbs[j] += base;
          --limbs[j + 1];
        }
      }
      require(residue(limbs).is_zero(), "the test's own multiple of p", limbs);
      const Limbs none(f_.size);
      for (const Limbs& zero : {limbs, negated(limbs)}) {
        require(it.is_zero(zero), "is_zero of a multiple of p", zero);
        require(it.canonical(zero) == none, "canonical 0", zero);
      }
      limbs[random_.below(f_.size)] += multiple == 0 ? 1 : -1;
      require(!it.is_zero(limbs) || residue(limbs).is_zero(), "is_zero beside a multiple", limbs);
    }
  }

  Functions f_;
  std::int64_t half_;
  Ring ring_;
  Natural r_;
  std::vector<Natural> edges_;
  Random random_;
};

/// Makes a field's functions those of a Tester.
template <class F>
struct Adapter {
  static typename F::Limbs in(const Limbs& limbs) {
    typename F::Limbs result;
    for (unsigned j = 0; j < F::size; ++j) result[j] = static_cast<typename F::Limb>(limbs[j]);
    return result;
  }
  static Limbs out(const typename F::Limbs& limbs) { return {limbs.begin(), limbs.end()}; }
  template <unsigned bound>
  static Element<F, bound> element(const Limbs& limbs) {
    return {in(limbs)};
  }

  static Functions functions(const std::string& name, std::string_view hex) {
    return {name,
            hex,
            F::bits,
            F::size,
            F::radix,
            F::bytes,
            [](const Limbs& a) { return out(F::to_montgomery(in(a)).limb); },
            [](const Limbs& a) { return out(F::canonical(element<1>(a))); },
            [](const Limbs& a) { return out(F::plain_digits(element<1>(a))); },
            [](const Limbs& a) { return out(F::inverse(element<1>(a)).limb); },
            [](const Limbs& a, unsigned shift) {
              return out(F::power_of_shifted_modulus(element<1>(a), shift).limb);
            },
            [](unsigned power) { return out(F::power_of_two(power)); },
            [](std::string_view text) { return out(F::from_hex(text).limb); },
            [](int value) { return out(F::small(value).limb); },
            [](std::string_view octets, bool is_little_endian) {
              return out(F::digits_of(octets, is_little_endian));
            },
            [](std::string_view octets, bool is_little_endian) {
              const auto parsed = F::parse(octets, is_little_endian);
              return parsed ? std::optional(out(*parsed)) : std::nullopt;
            },
            [](const Limbs& a, unsigned from, unsigned count) {
              return F::bits_of(in(a), from, count);
            },
            out(F::one().limb),
            out(F::zero().limb)};
  }

  /// The largest sum of bounds that products may have, and the largest bound.
  static constexpr unsigned most_products() {
    unsigned sum = 1;
    while (F::fits(sum + 1)) ++sum;
    return sum;
  }
  static constexpr unsigned most = most_products();
  static constexpr unsigned widest = most < F::max_bound ? most : F::max_bound;
  static constexpr unsigned at_most(unsigned bound) { return bound < widest ? bound : widest; }

  template <unsigned a, unsigned b>
  static Product product() {
    return {a, b, [](const Limbs& x, const Limbs& y) {
              return out((element<a>(x) * element<b>(y)).limb);
            }};
  }
  template <unsigned a>
  static Square square_of() {
    return {a, [](const Limbs& x) { return out(square(element<a>(x)).limb); }};
  }
  template <unsigned a, unsigned b, unsigned c, unsigned d>
  static Difference difference() {
    return {a, b, c, d, [](const Limbs& x, const Limbs& y, const Limbs& z, const Limbs& w) {
              return out(
                  difference_of_products(element<a>(x), element<b>(y), element<c>(z), element<d>(w))
                      .limb);
            }};
  }
  template <unsigned a, unsigned b>
  static Sum sum() {
    Sum it{a, b,
           [](const Limbs& x, const Limbs& y) { return out((element<a>(x) + element<b>(y)).limb); },
           [](const Limbs& x, const Limbs& y) { return out((element<a>(x) - element<b>(y)).limb); },
           nullptr};
    if constexpr (F::fits(a + b))
      it.is_equal = [](const Limbs& x, const Limbs& y) {
        return F::is_equal(element<a>(x), element<b>(y));
      };
    return it;
  }
  template <unsigned bound>
  static Linear linear() {
    Linear it{bound,
              [](const Limbs& x) { return out((-element<bound>(x)).limb); },
              [](bool condition, const Limbs& x) {
                return out(negated_if(condition, element<bound>(x)).limb);
              },
              [](const Limbs& x) { return out(reduced(element<bound>(x)).limb); },
              nullptr,
              nullptr};
    if constexpr (F::fits(bound)) {
      it.canonical = [](const Limbs& x) { return out(F::canonical(element<bound>(x))); };
      it.is_zero = [](const Limbs& x) { return F::is_zero(element<bound>(x)); };
    }
    return it;
  }

  static void test(const std::string& name, std::string_view hex, unsigned count) {
    Tester tester(functions(name, hex));
    tester.test_numbers(count);
    tester.test_parse();
    tester.test_inverse(count);
    tester.test_powers();
    // Bounds as large as the type allows, and some between.
    tester.test(product<1, 1>(), 3 * count);
    tester.test(product<1, widest>(), count);
    tester.test(product<widest, 1>(), count);
    tester.test(product<3, at_most(most / 3)>(), 2 * count);
    tester.test(square_of<1>(), 2 * count);
    tester.test(square_of < most >= 9 && widest >= 3 ? 3 : 2 > (), 2 * count);
    tester.test(difference<1, 1, 1, 1>(), 2 * count);
    tester.test(difference<2, at_most(most / 4), 2, at_most(most / 4)>(), 2 * count);
    tester.test(difference<at_most((most - 1) / 2), 2, 1, 1>(), count);
    tester.test(sum<1, 1>(), count);
    tester.test(sum<1, 3>(), count);
    tester.test(linear<1>(), count);
    tester.test(linear<2>(), count);
    tester.test(linear<4>(), count);
    tester.test(linear<widest>(), count);
  }
};

template <class Prime>
void test_modulus(const std::string& name, unsigned count = 80) {
  Adapter<Field<Prime, Limbs64>>::test(name + " in 64 bits", Prime::hex, count);
  Adapter<Field<Prime, Limbs32>>::test(name + " in 32 bits", Prime::hex, count);
  SUCCEED(name);
}

}  // namespace

// What takes long to compile can be left out where the rest is to be compiled often.
#ifndef TOUCHSTONE_TEST_FEW_FIELDS
TEST_CASE("field: the primes of the other curves", "[crypto]") {
  test_modulus<P384::Prime>("P-384");
  test_modulus<Secp256k1::Prime>("secp256k1");
  test_modulus<Edwards25519::Prime>("edwards25519");
  test_modulus<Edwards448::Prime>("edwards448");
}

TEST_CASE("field: the orders of the other curves", "[crypto]") {
  test_modulus<P384::Order>("P-384's order");
  test_modulus<P521::Order>("P-521's order");
  test_modulus<Secp256k1::Order>("secp256k1's order");
  test_modulus<Edwards25519::Order>("edwards25519's order");
  test_modulus<Edwards448::Order>("edwards448's order");
}

TEST_CASE("field: a prime by loops, orders by straight code", "[crypto]") {
  test_modulus<Looped<P521::Prime>>("P-521 in loops", 40);

  test_modulus<Straight<Edwards25519::Order>>("edwards25519's order straight", 40);
}
#endif

TEST_CASE("field: P-256, P-521 and a scalar", "[crypto]") {
  test_modulus<P256::Prime>("P-256");
  test_modulus<P521::Prime>("P-521");
  test_modulus<P256::Order>("P-256's order");
}

namespace {

/// So short that one limb holds it, and each pair of numbers can be tried.
struct Prime151 {
  static constexpr std::string_view hex = "97";
};

}  // namespace

TEST_CASE("field: each pair of numbers modulo 151", "[crypto]") {
  using F = Field<Prime151, Limbs32>;
  constexpr int p = 151, r = (1 << F::radix * F::size) % p;
  const auto residue = [](int x) { return (x % p + p) % p; };
  int wrong = 0;
  for (int a = -2 * p; a <= 2 * p; ++a) {
    const Element<F, 2> x{{a}};
    wrong += F::is_zero(x) != (residue(a) == 0);
    wrong += residue(reduced(x).limb[0]) != residue(a);
    wrong += residue(F::canonical(x)[0] * r) != residue(a);
    wrong += residue(square(x).limb[0] * r) != residue(a * a);
    for (int b = -2 * p; b <= 2 * p; ++b) {
      const Element<F, 2> y{{b}};
      wrong += residue((x * y).limb[0] * r) != residue(a * b);
      wrong += std::abs((x * y).limb[0]) >= p;
      wrong += residue(difference_of_products(x, y, y, y).limb[0] * r) != residue(a * b - b * b);
      wrong += F::is_equal(x, y) != (residue(a) == residue(b));
    }
    if (std::abs(a) < p) {
      const auto inverse = F::inverse(Element<F>{{a}});
      wrong += residue(inverse.limb[0] * a) != (a == 0 ? 0 : residue(r * r));
    }
  }
  CHECK(wrong == 0);
}
