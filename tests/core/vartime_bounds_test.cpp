// A proof that no word overflows in the arithmetic of fields: Field's own templates run on ranges
// in place of numbers, from the widest operands that an Element's type allows. For the primes and
// orders of all six curves, in both layouts of limbs.
#include "vartime_ranges.hpp"

#include "crypto/vartime/curves.hpp"
#include "crypto/vartime/field.hpp"
#include "vartime_support.hpp"

using namespace touchstone::crypto::vartime;
using namespace touchstone::test;

namespace {

template <class Prime, class Layout>
class Proof {
 public:
  explicit Proof(std::string name) : name_(std::move(name)) {
    for (unsigned i = 0; i < F::size; ++i)
      require(Int128{F::modulus[i].number()} == Real::modulus[i], "the same modulus");
  }

  void run() {
    prove_sums();
    prove_products();
    prove_differences_of_products();
    prove_reduce();
    prove_to_montgomery();
    prove_is_zero();
    prove_values();
  }
  unsigned runs() const { return runs_; }

 private:
  using F = Field<Prime, Ranged<Layout>>;
  using Real = Field<Prime, Layout>;
  using Limb = typename F::Limb;
  using Limbs = typename F::Limbs;
  static_assert(F::size == Real::size && F::radix == Real::radix);
  static_assert(F::max_bound == Real::max_bound);

  static constexpr Int128 half = Int128{1} << (F::radix - 1);
  static constexpr Int128 widest = half + 1;  // of a limb of an Element of bound 1
  static constexpr Int128 word_max = (Int128{1} << (8 * sizeof(Limb) - 1)) - 1;
  /// No product takes factors of a larger bound.
  static constexpr unsigned largest_factor = std::min(F::max_bound, 15u);
  static_assert(!F::fits(16));
  static constexpr unsigned top_shift = F::radix * (F::size - 1);

  void require(bool holds, const std::string& what) const {
    if (!holds) FAIL(name_ << ", limbs of " << F::radix << " bits: " << what);
  }

  /// Runs it on each of the ways that it can take.
  template <class Function>
  void prove(const std::string& what, Function function) {
    ways = {};
    do {
      places.clear();
      ++runs_;
      try {
        function();
      } catch (const std::exception& error) {
        require(false, what + ": " + error.what());
      }
    } while (ways.advance());
  }

  /// The uppermost limb of a number of at most bound * p whose other limbs are at most `widest`
  /// times bound. It is much smaller than these: R is at least 32 p.
  Int128 top_of(unsigned bound) const { return bound * top_of_one_; }
  static Int128 top_of_one() {
    Natural rest;
    for (unsigned i = 0; i + 1 < F::size; ++i)
      rest += Natural(static_cast<std::uint64_t>(widest)) << (F::radix * i);
    const Natural value = Natural::from_hex(Prime::hex) + rest;
    return static_cast<Int128>((value >> top_shift).bits_at(0, 63)) + 1;
  }
  /// Every Element of the bound.
  Limbs any(unsigned bound) const {
    Limbs limbs;
    limbs.fill(Limb(Range{-(bound * widest), bound * widest}));
    limbs[F::size - 1] = Limb(Range{-top_of(bound), top_of(bound)});
    return limbs;
  }
  void require_small(const Limbs& limbs, const std::string& what) const {
    for (const Limb& limb : limbs)
      require(limb.range().low >= -widest && limb.range().high <= widest, what + " is not small");
  }

  void prove_sums() {
    for (unsigned a = 1; a < F::max_bound; ++a) {
      prove("a sum", [&] {
        const Limbs x = any(a), y = any(F::max_bound - a);
        for (unsigned i = 0; i < F::size; ++i)
          (void)(x[i] + y[i]), (void)(x[i] - y[i]), (void)-x[i];
      });
    }
  }

  void prove_products() {
    for (unsigned a = 1; a <= largest_factor; ++a) {
      for (unsigned b = 1; b <= largest_factor && F::fits(a * b); ++b) {
        const std::string what = std::to_string(a) + " times " + std::to_string(b);
        prove(what, [&] { require_small(F::multiply(any(a), any(b)), what); });
      }
      if (!F::fits(a * a)) continue;
      const std::string what = std::to_string(a) + " squared";
      prove(what, [&] { require_small(F::square(any(a)), what); });
    }
  }

  /// Of the last factor the widest alone: it takes in the narrower ones.
  void prove_differences_of_products() {
    for (unsigned a = 1; a <= largest_factor; ++a) {
      for (unsigned b = 1; b <= a && F::fits(a * b + 1); ++b) {
        for (unsigned c = 1; c <= largest_factor && F::fits(a * b + c); ++c) {
          unsigned d = largest_factor;
          while (!F::fits(a * b + c * d)) --d;
          prove("a difference of products", [&] {
            require_small(F::multiply_subtract(any(a), any(b), any(c), any(d)),
                          "a difference of products");
          });
        }
      }
    }
  }

  /// By slices of the uppermost limb, which decides how many times p is taken away: the limb and
  /// that multiple would else count as if they had nothing to do with each other.
  void prove_reduce() {
    const Int128 top = top_of(F::max_bound), slice = top / (4 * F::max_bound) + 1;
    for (Int128 low = -top; low <= top; low += slice) {
      prove("reduce", [&] {
        Limbs a = any(F::max_bound);
        a[F::size - 1] = Limb(Range{low, low + slice < top ? low + slice : top});
        require_small(F::reduce(a), "reduce");
      });
    }
  }

  /// From digits, and a value below 15 p.
  void prove_to_montgomery() {
    const Natural value = Natural::from_hex(Prime::hex) * Natural(15);
    prove("to_montgomery", [&] {
      Limbs digits;
      digits.fill(Limb(Range{0, 2 * half - 1}));
      const auto top = static_cast<Int128>((value >> top_shift).bits_at(0, 63));
      require(top < 2 * half, "15 p has no more digits than p");
      digits[F::size - 1] = Limb(Range{0, top});
      require_small(F::to_montgomery(digits).limb, "to_montgomery");
    });
  }

  /// What is_zero computes of the lowest limb; only curves ask for it, of sums of at most 4.
  void prove_is_zero() {
    const Int128 first = F::modulus[0].number();
    const Int128 nearest = first < half ? first : 2 * half - first;
    if constexpr (!requires { Prime::in_loops; })
      require(4 * widest + 4 * nearest <= word_max, "is_zero");
  }

  /// That values are as small as limbs: |a b + m p| / R < p for |a b| <= products * p^2, where the
  /// digits of m are at most 2^(radix - 1); and what reduce leaves is below p.
  void prove_values() {
    const Natural p = Natural::from_hex(Prime::hex), r = Natural::power_of_two(F::radix * F::size);
    unsigned products = 1;
    while (F::fits(products + 1)) ++products;
    Natural m;
    for (unsigned i = 0; i < F::size; ++i) m += Natural::power_of_two(F::radix * (i + 1) - 1);
    require(Natural(products) * p + m < r, "the value of a product");

    // It takes away `multiple` p, where |multiple| <= bound + 1, and the uppermost limb of what is
    // left is at most half of p's.
    const Natural unit = Natural::power_of_two(top_shift);
    const Natural top = (p + (unit >> 1)) >> top_shift;  // p's uppermost signed digit, or 1 less
    Natural rest;
    for (unsigned i = 0; i + 1 < F::size; ++i)
      rest += Natural(static_cast<std::uint64_t>(widest)) << (F::radix * i);
    const Natural left = ((top + Natural(2)) >> 1) * unit + rest * Natural(2 * F::max_bound + 1);
    require(left < p, "the value of what reduce leaves");
  }

  std::string name_;
  const Int128 top_of_one_ = top_of_one();
  unsigned runs_ = 0;
};

template <class Curve>
void prove_all(const std::string& name) {
  const auto prove = [&]<class Prime, class Layout>(const std::string& what) {
    Proof<Prime, Layout> proof(name + what);
    proof.run();
    CHECK(proof.runs() > 30);
  };
  prove.template operator()<typename Curve::Prime, Limbs64>("'s prime");
  prove.template operator()<typename Curve::Prime, Limbs32>("'s prime");
  prove.template operator()<typename Curve::Order, Limbs64>("'s order");
  prove.template operator()<typename Curve::Order, Limbs32>("'s order");
}

}  // namespace

TEST_CASE("bounds: no word overflows, and what comes out is small again", "[crypto]") {
  prove_all<P256>("P-256");
#ifndef TOUCHSTONE_TEST_FEW_FIELDS
  prove_all<P384>("P-384");
  prove_all<P521>("P-521");
  prove_all<Secp256k1>("secp256k1");
  prove_all<Edwards25519>("edwards25519");
  prove_all<Edwards448>("edwards448");
#endif
}
