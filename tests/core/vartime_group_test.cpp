// The groups: exhaustively on curves so small that each pair of points can be tried, and on the
// real ones where an attacker would go: sums of equal and opposite points, keys that are multiples
// of the generator, scalars of 0, coordinates above the order. Signatures are made backwards, from
// points and scalars chosen freely, by the affine formulas of the textbook.
#include <optional>
#include <thread>

#include "crypto/vartime/ecdsa.hpp"
#include "crypto/vartime/eddsa.hpp"
#include "crypto/vartime/eddsa_variants.hpp"
#include "vartime_support.hpp"

using namespace touchstone::crypto::vartime;
using namespace touchstone::test;

namespace {

/// A point of the textbook; on a Weierstrass curve, none is the one at infinity.
struct SlowPoint {
  Natural x, y;
  friend bool operator==(const SlowPoint&, const SlowPoint&) = default;
};

template <class Curve>
class SlowWeierstrass {
 public:
  using Point = std::optional<SlowPoint>;
  const Ring p{Natural::from_hex(Curve::Prime::hex)}, n{Natural::from_hex(Curve::Order::hex)};
  const Natural a{Curve::a < 0 ? p.modulus() - Natural(3) : Natural(0)};
  const Natural b{Natural::from_hex(Curve::b)};
  const Point g{SlowPoint{Natural::from_hex(Curve::gx), Natural::from_hex(Curve::gy)}};

  static Point identity() { return std::nullopt; }
  Natural right_side(const Natural& x) const {
    return p.add(p.multiply(p.add(p.square(x), a), x), b);
  }
  bool is_on_curve(const SlowPoint& point) const {
    return p.square(point.y) == right_side(point.x);
  }
  Point negate(const Point& point) const {
    return point ? Point(SlowPoint{point->x, p.negate(point->y)}) : std::nullopt;
  }
  Point add(const Point& one, const Point& other) const {
    if (!one) return other;
    if (!other) return one;
    Natural rise, run;
    if (one->x == other->x) {
      if (one->y != other->y || one->y.is_zero()) return std::nullopt;
      rise = p.add(p.multiply(p.square(one->x), 3), a);
      run = p.add(one->y, one->y);
    } else {
      rise = p.subtract(other->y, one->y);
      run = p.subtract(other->x, one->x);
    }
    const Natural slope = p.multiply(rise, p.inverse(run));
    const Natural x = p.subtract(p.square(slope), p.add(one->x, other->x));
    return SlowPoint{x, p.subtract(p.multiply(slope, p.subtract(one->x, x)), one->y)};
  }
  /// A point with this x, if there is one. p is 3 modulo 4.
  Point lift(const Natural& x) const {
    const Natural square = right_side(x);
    const Natural y = p.power(square, (p.modulus() + Natural(1)) >> 2);
    return p.square(y) == square ? Point(SlowPoint{x, y}) : std::nullopt;
  }
};

template <class Curve>
class SlowEdwards {
 public:
  using Point = SlowPoint;
  const Ring p{Natural::from_hex(Curve::Prime::hex)}, n{Natural::from_hex(Curve::Order::hex)};
  const Natural a{Curve::a < 0 ? p.modulus() - Natural(1) : Natural(1)};
  const Natural d{Natural::from_hex(Curve::d)};
  const Point g{Natural::from_hex(Curve::gx), Natural::from_hex(Curve::gy)};

  static Point identity() { return {0, 1}; }
  bool is_on_curve(const Point& point) const {
    const Natural xx = p.square(point.x), yy = p.square(point.y);
    return p.add(p.multiply(a, xx), yy) == p.add(1, p.multiply(d, p.multiply(xx, yy)));
  }
  Point negate(const Point& point) const { return {p.negate(point.x), point.y}; }
  Point add(const Point& one, const Point& other) const {
    const Natural xx = p.multiply(one.x, other.x), yy = p.multiply(one.y, other.y);
    const Natural dxy = p.multiply(d, p.multiply(xx, yy));
    const Natural x = p.add(p.multiply(one.x, other.y), p.multiply(one.y, other.x));
    const Natural y = p.subtract(yy, p.multiply(a, xx));
    return {p.multiply(x, p.inverse(p.add(1, dxy))), p.multiply(y, p.inverse(p.subtract(1, dxy)))};
  }
  /// A point with this y, if there is one: Tonelli's way, for p = 3 modulo 4 or 5 modulo 8.
  std::optional<Point> lift(const Natural& y) const {
    const Natural yy = p.square(y);
    const Natural square =
        p.multiply(p.subtract(1, yy), p.inverse(p.subtract(a, p.multiply(d, yy))));
    Natural x;
    if (p.modulus().bit(1)) {
      x = p.power(square, (p.modulus() + Natural(1)) >> 2);
    } else {
      x = p.power(square, (p.modulus() + Natural(3)) >> 3);
      if (p.square(x) != square) x = p.multiply(x, p.power(2, (p.modulus() - Natural(1)) >> 2));
    }
    return p.square(x) == square ? std::optional(Point{x, y}) : std::nullopt;
  }
};

template <class Slow>
typename Slow::Point slow_multiply(const Slow& slow, const Natural& k,
                                   const typename Slow::Point& point) {
  auto sum = Slow::identity();
  for (std::size_t i = k.bits(); i-- > 0;) {
    sum = slow.add(sum, sum);
    if (k.bit(i)) sum = slow.add(sum, point);
  }
  return sum;
}

inline const SlowPoint& slow_point(const SlowPoint& point) { return point; }
inline const SlowPoint& slow_point(const std::optional<SlowPoint>& point) { return *point; }

/// Between the textbook's numbers and a group's.
template <class Group>
struct Convert {
  using F = typename Group::F;
  using Scalar = typename Group::Scalars::Limbs;

  static typename F::One element(const Natural& x) {
    return F::to_montgomery(F::digits_of(x.octets(F::bytes), false));
  }
  static Natural natural(const typename F::One& x) {
    const auto digits = F::canonical(x);
    Natural value;
    for (unsigned j = F::size; j-- > 0;)
      value = (value << F::radix) + Natural(static_cast<std::uint64_t>(digits[j]));
    return value;
  }
  static Scalar scalar(const Natural& k) {
    return Group::Scalars::digits_of(k.octets(Group::Scalars::bytes), false);
  }
  static typename Group::Affine affine(const SlowPoint& point) {
    if constexpr (requires(typename Group::Affine it) { it.dxy; }) {
      return Group::affine(element(point.x), element(point.y));
    } else {
      return {element(point.x), element(point.y)};
    }
  }
  static SlowPoint slow(const typename Group::Affine& point) {
    return {natural(point.x), natural(point.y)};
  }
};

/// The same point with another denominator.
template <class Group>
typename Group::Point scaled(const typename Group::Point& p, const typename Group::E& z) {
  if constexpr (requires { p.is_infinity; }) {
    const auto zz = square(z), zzz = zz * z;
    return {p.x * zz, p.y * zzz, p.zz * zz, p.zzz * zzz, p.is_infinity};
  } else {
    return {p.x * z, p.y * z, p.z * z, p.t * z};
  }
}

// Curves of a few hundred points, found by trying primes and coefficients. In 64 bits a field wants
// 28 bits at least: zeros before the prime lengthen its one limb.

template <class Layout>
constexpr std::string_view padded(std::string_view hex_of_8) {
  return sizeof(typename Layout::Limb) == 8 ? hex_of_8
                                            : hex_of_8.substr(hex_of_8.find_first_not_of('0'));
}

/// y^2 = x^3 - 3 x + 19 modulo 151; the generator has x = 0.
template <class Layout>
struct TinyMinus3 {
  static constexpr unsigned window = 4;
  struct Prime {
    static constexpr std::string_view hex = padded<Layout>("00000097");
  };
  struct Order {
    static constexpr std::string_view hex = padded<Layout>("00000089");
  };
  static constexpr int a = -3;
  static constexpr std::string_view b = "13", gx = "0", gy = "40";
};
/// y^2 = x^3 + 2 modulo 163.
template <class Layout>
struct TinyZero {
  static constexpr unsigned window = 5;
  struct Prime {
    static constexpr std::string_view hex = padded<Layout>("000000a3");
  };
  struct Order {
    static constexpr bool in_loops = true;
    static constexpr std::string_view hex = padded<Layout>("0000008b");
  };
  static constexpr int a = 0;
  static constexpr std::string_view b = "2", gx = "2", gy = "46";
};
/// -x^2 + y^2 = 1 + 88 x^2 y^2 modulo 509.
template <class Layout>
struct TinyTwisted {
  static constexpr unsigned window = 4;
  struct Prime {
    static constexpr std::string_view hex = padded<Layout>("000001fd");
  };
  struct Order {
    static constexpr std::string_view hex = padded<Layout>("00000043");
  };
  static constexpr int a = -1;
  static constexpr std::string_view d = "58", gx = "7d", gy = "19";
  static constexpr unsigned cofactor_bits = 3;
};
/// x^2 + y^2 = 1 + 37 x^2 y^2 modulo 239.
template <class Layout>
struct TinyEdwards {
  static constexpr unsigned window = 3;
  struct Prime {
    static constexpr std::string_view hex = padded<Layout>("000000ef");
  };
  struct Order {
    static constexpr std::string_view hex = padded<Layout>("00000043");
  };
  static constexpr int a = 1;
  static constexpr std::string_view d = "25", gx = "c", gy = "3";
  static constexpr unsigned cofactor_bits = 2;
};

/// What is wrong ends the test case, with what it was found in.
void require(bool condition, const std::string& what) {
  if (!condition) FAIL(what << ", seed " << Random::seed);
}

/// A tiny group by numbers of its points, and the table of all their sums.
template <class Slow>
struct AllPoints {
  std::vector<typename Slow::Point> points;
  std::vector<std::vector<std::size_t>> sums;
  Slow slow;

  explicit AllPoints(std::size_t expected) {
    const std::uint64_t p = slow.p.modulus().bits_at(0, 32);
    points.push_back(Slow::identity());
    for (std::uint64_t x = 0; x < p; ++x) {
      for (std::uint64_t y = 0; y < p; ++y) {
        const SlowPoint point{x, y};
        if (slow.is_on_curve(point) && typename Slow::Point(point) != points[0])
          points.push_back(point);
      }
    }
    REQUIRE(points.size() == expected);
    sums.assign(points.size(), std::vector<std::size_t>(points.size()));
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t j = 0; j <= i; ++j)
        sums[i][j] = sums[j][i] = index_of(slow.add(points[i], points[j]));
  }
  std::size_t index_of(const typename Slow::Point& point) const {
    return static_cast<std::size_t>(std::find(points.begin(), points.end(), point) -
                                    points.begin());
  }
  std::size_t multiple(std::size_t k, std::size_t of) const {
    std::size_t sum = 0;
    for (; k > 0; --k) sum = sums[sum][of];
    return sum;
  }
};

/// Which of the points it is, by trying them; the denominator may be any.
template <class Group, class Slow>
bool is_point(const typename Group::Point& it, const typename Slow::Point& point) {
  using F = typename Group::F;
  using C = Convert<Group>;
  if constexpr (requires { it.is_infinity; }) {
    if (!point) return it.is_infinity;
    return !it.is_infinity && F::is_equal(C::element(point->x) * it.zz, it.x) &&
           F::is_equal(C::element(point->y) * it.zzz, it.y) && !F::is_zero(it.zz) &&
           F::is_equal(square(it.zz) * it.zz, square(it.zzz));
  } else {
    return F::is_equal(C::element(point.x) * it.z, it.x) &&
           F::is_equal(C::element(point.y) * it.z, it.y) && !F::is_zero(it.z) &&
           F::is_equal(it.x * it.y, it.t * it.z);
  }
}

template <class Group>
void test_table(const Base<Group>& base) {
  using B = Base<Group>;
  const auto table = base.build();
  auto power = Group::from(base.point());  // 2^(window i) P, by doublings alone
  for (std::size_t i = 0; i < B::window_count; ++i) {
    auto multiple = Group::identity();
    std::array<typename Group::Affine, 1> first;
    normalize<Group>(std::array{power}, first.data());
    for (std::size_t j = 0; j < B::multiples; ++j) {
      multiple = Group::add(multiple, first[0]);
      std::array<typename Group::Affine, 1> expected;
      normalize<Group>(std::array{multiple}, expected.data());
      require(Convert<Group>::slow(expected[0]) == Convert<Group>::slow((*table)[i][j]), "a table");
    }
    for (unsigned j = 0; j < B::window; ++j) power = Group::twice(power);
  }
}

template <class Group>
void heat(const Base<Group>& base) {
  for (unsigned i = 0; i < hot_threshold; ++i) (void)base.table();
  REQUIRE(base.table() != nullptr);
}
/// Cold for ever: there is no memory for its table.
template <class Group>
Base<Group> cold(const typename Group::Affine& point) {
  return Base<Group>(point, std::make_shared<TableMemory>(0));
}

template <class Group, class Slow>
void test_all_points(const AllPoints<Slow>& all, std::size_t order) {
  using C = Convert<Group>;
  const std::size_t count = all.points.size();
  const bool has_infinity = all.points[0] == typename Slow::Point();
  const std::size_t first = has_infinity ? 1u : 0u;
  std::vector<typename Group::Affine> points(count);
  for (std::size_t i = first; i < count; ++i) points[i] = C::affine(slow_point(all.points[i]));

  for (std::size_t i = 0; i < count; ++i) {
    for (const int z : {1, 77}) {
      auto p = Group::identity();
      if (i >= first) p = Group::from(points[i]);
      p = scaled<Group>(p, Group::F::small(z));
      require(is_point<Group, Slow>(p, all.points[i]), "a point");
      require(is_point<Group, Slow>(Group::twice(p), all.points[all.sums[i][i]]), "twice");
      for (std::size_t j = first; j < count; ++j)
        require(is_point<Group, Slow>(Group::add(p, points[j]), all.points[all.sums[i][j]]), "add");
    }
  }
  // Normalize: points of many denominators at once.
  for (std::size_t i = first; i + 5 <= count; ++i) {
    std::array<typename Group::Point, 5> several;
    std::array<typename Group::Affine, 5> normalized;
    for (std::size_t j = 0; j < 5; ++j)
      several[j] =
          scaled<Group>(Group::from(points[i + j]), Group::F::small(static_cast<int>(3 + j)));
    normalize<Group>(several, normalized.data());
    for (std::size_t j = 0; j < 5; ++j)
      require(typename Slow::Point(C::slow(normalized[j])) == all.points[i + j], "normalize");
  }

  // k P + l Q for all k and l, where P is the generator and Q is any, each of them cold and hot.
  const std::size_t g = all.index_of(all.slow.g);
  require(all.multiple(order, g) == 0, "the generator's order");
  const auto cold_p = cold<Group>(Group::generator()), hot_p = Base<Group>(Group::generator());
  heat(hot_p);
  test_table(hot_p);
  std::vector<typename Base<Group>::Scalar> scalars;
  for (std::size_t k = 0; k < order; ++k) scalars.push_back(C::scalar(k));
  for (std::size_t i = 1; i < count; i += i < 3 ? 1 : count / 4) {
    // What is added up must not be at infinity: on Edwards curves nothing is.
    const auto cold_q = cold<Group>(points[i]), hot_q = Base<Group>(points[i]);
    heat(hot_q);
    test_table(hot_q);
    std::size_t k_times = 0;
    for (std::size_t k = 0; k < order; ++k, k_times = all.sums[k_times][g]) {
      std::size_t sum = k_times;
      for (std::size_t l = 0; l < order; ++l, sum = all.sums[sum][i]) {
        const auto& expected = all.points[sum];
        for (const auto* p : {&cold_p, &hot_p})
          for (const auto* q : {&cold_q, &hot_q})
            if ((k + 3 * l + i) % 5 == 0 || (p == &hot_p && q == &hot_q) || k <= 1 || l <= 1 ||
                k == l)
              require(is_point<Group, Slow>(sum_of_products<Group>(*p, scalars[k], *q, scalars[l]),
                                            expected),
                      "k P + l Q");
      }
    }
  }
}

template <template <class> class Curve>
void test_tiny_weierstrass(std::size_t order) {
  const AllPoints<SlowWeierstrass<Curve<Limbs32>>> all(order);
  test_all_points<Weierstrass<Curve<Limbs64>, Limbs64>>(all, order);
  test_all_points<Weierstrass<Curve<Limbs32>, Limbs32>>(all, order);
}

template <class Group, class Slow>
void test_small_order(const AllPoints<Slow>& all, std::size_t cofactor) {
  std::size_t small = 0;
  for (std::size_t i = 0; i < all.points.size(); ++i) {
    const bool is_small = all.multiple(cofactor, i) == 0;
    small += is_small ? 1u : 0u;
    require(Group::has_small_order(Convert<Group>::affine(all.points[i])) == is_small,
            "has_small_order");
  }
  CHECK(small == cofactor);
}
template <template <class> class Curve>
void test_tiny_edwards(std::size_t order) {
  const std::size_t cofactor = std::size_t{1} << Curve<Limbs32>::cofactor_bits;
  const AllPoints<SlowEdwards<Curve<Limbs32>>> all(order * cofactor);
  test_all_points<Edwards<Curve<Limbs64>, Limbs64>>(all, order);
  test_all_points<Edwards<Curve<Limbs32>, Limbs32>>(all, order);
  test_small_order<Edwards<Curve<Limbs64>, Limbs64>>(all, cofactor);
  test_small_order<Edwards<Curve<Limbs32>, Limbs32>>(all, cofactor);
}

}  // namespace

TEST_CASE("group: all sums on a tiny curve with a = -3", "[crypto]") {
  test_tiny_weierstrass<TinyMinus3>(137);
}
TEST_CASE("group: all sums on a tiny curve with a = 0", "[crypto]") {
  test_tiny_weierstrass<TinyZero>(139);
}
TEST_CASE("group: all sums on a tiny twisted Edwards curve", "[crypto]") {
  test_tiny_edwards<TinyTwisted>(67);
}
TEST_CASE("group: all sums on a tiny Edwards curve", "[crypto]") {
  test_tiny_edwards<TinyEdwards>(67);
}

TEST_CASE("ecdsa: all signatures on a tiny curve", "[crypto]") {
  using Curve = TinyMinus3<Limbs32>;
  using Key = EcdsaKey<Curve, Limbs32>;
  const AllPoints<SlowWeierstrass<Curve>> all(137);
  const Ring& n = all.slow.n;
  const auto octet = [](std::size_t value) { return std::string(1, static_cast<char>(value)); };
  std::size_t valid = 0, above = 0, infinite = 0;
  const std::size_t g = all.index_of(all.slow.g);
  const auto multiples_of = [&](std::size_t point) {
    std::vector<std::size_t> multiples{0};
    while (multiples.size() < 137) multiples.push_back(all.sums[multiples.back()][point]);
    return multiples;
  };
  const auto of_g = multiples_of(g);
  std::vector<std::size_t> inverses;
  for (std::size_t s = 0; s < 137; ++s) inverses.push_back(n.inverse(s).bits_at(0, 8));
  for (std::size_t i = 1; i < all.points.size(); i += 55) {
    const auto of_q = multiples_of(i);
    const SlowPoint q = *all.points[i];
    const auto point = Key::parse(q.x.octets(1), q.y.octets(1));
    REQUIRE(point);
    const Key key(*point, i % 2 == 0 ? std::make_shared<TableMemory>(0) : nullptr);
    for (const std::size_t e : {0u, 57u, 137u, 255u}) {
      for (std::size_t r = 0; r < 160; ++r) {
        for (std::size_t s = 0; s < 256; s += s < 140 ? 1 : 23) {
          bool expected = false;
          if (r > 0 && r < 137 && s > 0 && s < 137) {
            const std::size_t u1 = e * inverses[s] % 137, u2 = r * inverses[s] % 137;
            const auto sum = all.sums[of_g[u1]][of_q[u2]];
            infinite += sum == 0 ? 1u : 0u;
            expected = sum != 0 && all.points[sum]->x.bits_at(0, 8) % 137 == r;
            above += expected && all.points[sum]->x != Natural(r) ? 1u : 0u;
          }
          valid += expected ? 1u : 0u;
          if (key.verify(octet(e), octet(r) + octet(s)) != expected)
            require(false, "e, r, s = " + std::to_string(e) + ", " + std::to_string(r) + ", " +
                               std::to_string(s));
        }
      }
    }
  }
  CHECK(valid > 1000);
  CHECK(above > 10);
  CHECK(infinite > 100);
}

namespace {

/// What u1 G + u2 Q is to be, and the signature that says so.
struct EcdsaCase {
  std::string name;
  SlowPoint q;
  Natural u1, u2;
  std::optional<SlowPoint> sum;
  std::string digest, signature;
  bool is_valid;
};

template <class Curve>
class EcdsaCases {
 public:
  std::vector<EcdsaCase> cases;
  SlowWeierstrass<Curve> slow;

  EcdsaCases() {
    // Q = d G; of the sum, k G, only k is short, so that the textbook soon finds it.
    const Natural n = slow.n.modulus();
    for (const Natural& d : {Natural(1), Natural(2), Natural(3), Natural(16), n - Natural(1),
                             n - Natural(2), Natural(random_.below(1 << 20))}) {
      const bool is_negative = d > (n >> 1);
      auto q = slow_multiply(slow, is_negative ? n - d : d, slow.g);
      if (is_negative) q = slow.negate(q);
      const std::string name = "Q = " + d.hex() + " G, ";
      const Natural inverse = slow.n.inverse(d);
      until_short([&](const Natural& k, const Natural& u2) {
        return add(name + "random", *q, slow.n.subtract(k, slow.n.multiply(d, u2)), u2, k);
      });
      until_short([&](const Natural& k, const Natural&) {
        const Natural half = slow.n.multiply(k, slow.n.inverse(2));
        return add(name + "u1 G = u2 Q", *q, half, slow.n.multiply(half, inverse), k);
      });
      until_short([&](const Natural&, const Natural& u2) {
        return add(name + "u1 G = -u2 Q", *q, slow.n.negate(slow.n.multiply(u2, d)), u2, 0);
      });
      until_short([&](const Natural& k, const Natural&) {
        return add(name + "u1 = 0", *q, 0, slow.n.multiply(k, inverse), k);
      });
    }
    // x from n to p: r is x - n.
    std::size_t found = 0;
    for (unsigned j = 1; j < 60 && found < 3; ++j) {
      const auto sum = slow.lift(n + Natural(j));
      if (!sum) continue;
      ++found;
      until_short([&](const Natural& t, const Natural&) {  // u1 = t / v and u2 = 1 / v
        const Natural v(1 + random_.below(1 << 20)), u2 = slow.n.inverse(v);
        const auto q =
            slow.add(slow_multiply(slow, v, sum), slow.negate(slow_multiply(slow, t, slow.g)));
        return add_sum("x = n + " + std::to_string(j), *q, slow.n.multiply(t, u2), u2, sum);
      });
    }
    REQUIRE(found == 3);
    // r + n, where it is not below p, is no x: not even less p.
    for (unsigned x = 1;; ++x) {
      const auto sum = slow.lift(x);
      if (!sum) continue;
      until_short([&](const Natural& t, const Natural&) {
        const Natural v(1 + random_.below(1 << 20)), u2 = slow.n.inverse(v);
        const auto q =
            slow.add(slow_multiply(slow, v, sum), slow.negate(slow_multiply(slow, t, slow.g)));
        return add_sum("x = r + n - p", *q, slow.n.multiply(t, u2), u2, sum,
                       slow.p.modulus() - n + Natural(x));
      });
      break;
    }
    // A key with x = 0, where there is one, or else with a small x.
    for (unsigned x = 0;; ++x) {
      const auto q = slow.lift(x);
      if (!q) continue;
      until_short([&](const Natural& k, const Natural&) {
        const Natural u2(1 + random_.below(1 << 20));
        return add_sum("a small x", *q, k, u2,
                       slow.add(slow_multiply(slow, k, slow.g), slow_multiply(slow, u2, q)));
      });
      break;
    }
  }

 private:
  static constexpr std::size_t digest_bits = 8 * (Field<typename Curve::Order>::bits / 8);

  template <class Add>
  void until_short(Add add) {
    while (!add(Natural(1 + random_.below(1 << 20)), random_.below(slow.n))) {
    }
  }
  bool add(const std::string& name, const SlowPoint& q, const Natural& u1, const Natural& u2,
           const Natural& k) {
    return add_sum(name, q, u1, u2, slow_multiply(slow, k, slow.g));
  }
  /// False when no digest is as long as this one would be. A signature with another r than the
  /// sum's is not valid.
  bool add_sum(const std::string& name, const SlowPoint& q, const Natural& u1, const Natural& u2,
               const std::optional<SlowPoint>& sum, const std::optional<Natural>& other_r = {}) {
    const Ring& n = slow.n;
    const Natural r = other_r ? *other_r : sum ? n.reduce(sum->x) : random_.below(n);
    const Natural s = n.multiply(r, n.inverse(u2)), e = n.multiply(u1, s);
    if (e.bits() > digest_bits) return false;
    const std::size_t size = (slow.p.modulus().bits() + 7) / 8;
    cases.push_back({name, q, u1, u2, sum, e.octets(digest_bits / 8),
                     r.octets(size) + s.octets(size), sum.has_value() && !other_r});
    return true;
  }

  Random random_;
};

template <class Curve, class Layout>
void test_ecdsa(const EcdsaCases<Curve>& all) {
  using Key = EcdsaKey<Curve, Layout>;
  using Group = typename Key::Group;
  using C = Convert<Group>;
  const std::size_t size = Key::F::bytes;
  const Natural p = all.slow.p.modulus(), n = all.slow.n.modulus();
  const auto cold_g = cold<Group>(Group::generator());
  const Base<Group> hot_g(Group::generator());
  heat(hot_g);
  for (const EcdsaCase& it : all.cases) {
    const std::string name = it.name;
    const auto point = Key::parse(it.q.x.octets(size), it.q.y.octets(size));
    require(point.has_value(), name);
    const auto cold_q = cold<Group>(*point);
    const Base<Group> hot_q(*point);
    heat(hot_q);
    for (const auto* g : {&cold_g, &hot_g}) {
      for (const auto* q : {&cold_q, &hot_q}) {
        const auto sum = sum_of_products<Group>(*g, C::scalar(it.u1), *q, C::scalar(it.u2));
        require(is_point<Group, SlowWeierstrass<Curve>>(sum, it.sum), name + ", the sum");
      }
    }

    const Key key(*point, std::make_shared<TableMemory>(0));
    require(key.verify(it.digest, it.signature) == it.is_valid, name);
    const std::string r = it.signature.substr(0, size), s = it.signature.substr(size);
    std::string other_digest = it.digest;
    other_digest.back() = static_cast<char>(other_digest.back() ^ 1);
    require(!key.verify(other_digest, it.signature), name + ", another digest");
    // Of a digest that is too long only the left part counts; n - s is as good as s.
    require(key.verify(it.digest + "more", it.signature) == it.is_valid,
            name + ", a longer digest");
    const Natural minus_s = n - Natural::from_octets(s);
    require(key.verify(it.digest, r + minus_s.octets(size)) == it.is_valid, name + ", -s");
    require(!key.verify(it.digest, s + r), name + ", r and s exchanged");
    for (const Natural& bad : {Natural(0), n, n + Natural(1), p, p - Natural(1), p + Natural(1),
                               Natural::power_of_two(8 * size) - Natural(1),
                               n + Natural::from_octets(r), n + Natural::from_octets(s)}) {
      if (bad < n && !bad.is_zero()) continue;
      if (bad >= Natural::power_of_two(8 * size)) continue;
      require(!key.verify(it.digest, bad.octets(size) + s), name + ", r = " + bad.hex());
      require(!key.verify(it.digest, r + bad.octets(size)), name + ", s = " + bad.hex());
    }
    require(!key.verify(it.digest, it.signature + '\0'), name + ", a longer signature");
    require(!key.verify(it.digest, r + '\0' + s), name + ", a longer s");
    require(!key.verify(it.digest, it.signature.substr(1)), name + ", a shorter signature");
    require(!key.verify(it.digest, ""), name + ", no signature");
  }
  // What is no key: other lengths, coordinates not below p, points beside the curve.
  const SlowPoint q = all.cases[0].q;
  const std::string x = q.x.octets(size), y = q.y.octets(size);
  CHECK(Key::parse(x, all.slow.p.negate(q.y).octets(size)));
  CHECK_FALSE(Key::parse(x, y + '\0'));
  CHECK_FALSE(Key::parse('\0' + x, y));
  CHECK_FALSE(Key::parse(x.substr(1), y));
  CHECK_FALSE(Key::parse(x, ""));
  CHECK_FALSE(Key::parse(y, x));
  CHECK_FALSE(Key::parse(std::string(size, '\0'), std::string(size, '\0')));
  CHECK_FALSE(Key::parse(p.octets(size), y));
  CHECK_FALSE(Key::parse(x, p.octets(size)));
  CHECK_FALSE(Key::parse(std::string(size, '\xff'), y));
  const SlowPoint small = all.cases.back().q;
  CHECK(Key::parse(small.x.octets(size), small.y.octets(size)));
  CHECK_FALSE(Key::parse(small.x.octets(size).substr(1), small.y.octets(size)));
  const Natural above = small.x + p;
  if (above.bits() <= 8 * size) CHECK_FALSE(Key::parse(above.octets(size), small.y.octets(size)));
  for (std::size_t bit = 0; bit < p.bits(); ++bit) {
    std::string wrong = y;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
    require(!Key::parse(x, wrong), "a point beside the curve");
  }
}

template <class Curve>
void test_ecdsa() {
  const EcdsaCases<Curve> all;
  test_ecdsa<Curve, Limbs64>(all);
  test_ecdsa<Curve, Limbs32>(all);
}

}  // namespace

TEST_CASE("ecdsa: P-256, signatures made backwards", "[crypto]") { test_ecdsa<P256>(); }
TEST_CASE("ecdsa: secp256k1, signatures made backwards", "[crypto]") { test_ecdsa<Secp256k1>(); }
#ifndef TOUCHSTONE_TEST_FEW_FIELDS
TEST_CASE("ecdsa: P-384, signatures made backwards", "[crypto]") { test_ecdsa<P384>(); }
TEST_CASE("ecdsa: P-521, signatures made backwards", "[crypto]") { test_ecdsa<P521>(); }
#endif

namespace {

/// The message is the hash: then the scalar can be chosen, and a signature made for it.
template <class Variant>
struct Chosen : Variant {
  static std::string hash(std::string_view, std::string_view, std::string_view message) {
    return std::string(message);
  }
};

template <class Variant>
class EddsaTest {
 public:
  using Slow = SlowEdwards<typename Variant::Curve>;
  static constexpr std::size_t length = Variant::length;

  struct Case {
    std::string key, hash, signature;
    bool is_valid;
  };
  struct Encoding {
    std::string octets;
    std::optional<SlowPoint> point;
  };
  Slow slow;
  std::vector<Case> cases;
  std::vector<Encoding> encodings;

  EddsaTest() {
    const Natural order = slow.n.modulus();
    find_torsion();
    // Hashes around the multiples of the order and of what is cut into pieces.
    std::vector<Natural> hashes{0,
                                1,
                                order - Natural(1),
                                order,
                                order + Natural(1),
                                order + order,
                                Natural::power_of_two(16 * length) - Natural(1)};
    const std::size_t piece = (order.bits() - 1) / 8 * 8;
    for (std::size_t bits = piece; bits < 16 * length; bits += piece) {
      hashes.push_back(Natural::power_of_two(bits));
      hashes.push_back(Natural::power_of_two(bits) - Natural(1));
      hashes.push_back((order << (16 * length - order.bits())) - Natural::power_of_two(bits));
    }
    for (int i = 0; i < 5; ++i) hashes.push_back(random_.natural(16 * length));
    for (int i = 0; i < 5; ++i) hashes.push_back(random_.runs(16 * length));
    std::size_t i = 0;
    for (const Natural& hash : hashes) {
      // 8 T = 0, A = a B + T and R = r B - h T; T is often 0, and so is r.
      const std::size_t t = i % 3 == 2 ? 1 + i / 3 % (torsion_.size() - 1) : 0;
      const Natural a(i < 3 ? i + 1 : random_.below(1 << 20)), h = slow.n.reduce(hash);
      const Natural r(i % 5 == 0 ? 0 : random_.below(1 << 20));
      const SlowPoint point = slow.add(slow_multiply(slow, a, slow.g), torsion_[t]);
      const SlowPoint rest = slow.negate(slow_multiply(slow, h.bits_at(0, 3), torsion_[t]));
      const SlowPoint commitment = slow.add(slow_multiply(slow, r, slow.g), rest);
      const Natural s = slow.n.add(r, slow.n.multiply(h, a));
      const std::string octets = hash.little_endian(2 * length), key = encode(point);
      cases.push_back({key, octets, encode(commitment) + encode(s), true});
      cases.push_back({key, octets, encode(slow.negate(commitment)) + encode(s),
                       slow.negate(commitment) == commitment});
      cases.push_back({key, octets, encode(commitment) + encode(slow.n.add(s, 1)), false});
      const Natural above = s + order;
      if (above.bits() <= 8 * length)
        cases.push_back({key, octets, encode(commitment) + encode(above), false});
      // What only the equation with the cofactor would forgive.
      for (std::size_t j = 1; j < torsion_.size(); ++j)
        cases.push_back(
            {key, octets, encode(slow.add(commitment, torsion_[j])) + encode(s), false});
      // 0 encoded as p + 1, or with a sign.
      if (commitment == Slow::identity()) {
        const std::string zero = encode(slow.p.modulus() + Natural(1));
        cases.push_back({key, octets, zero + encode(s), false});
        std::string minus = encode(Natural(1));
        minus.back() = '\x80';
        cases.push_back({key, octets, minus + encode(s), false});
      }
      ++i;
    }
    find_encodings();
  }

  template <class Layout>
  void test() const {
    using Key = EddsaKey<Chosen<Variant>, Layout>;
    for (const Encoding& it : encodings) {
      const auto parsed = Key::parse(it.octets);
      require(parsed.has_value() == it.point.has_value(), "parse");
      if (it.point) require(Convert<typename Key::Group>::slow(*parsed) == *it.point, "the point");
    }
    std::size_t valid = 0;
    for (const Case& it : cases) {
      const auto point = Key::parse(it.key);
      require(point.has_value(), "a key");
      const Key key(*point, it.key, std::make_shared<TableMemory>(0));
      require(key.verify(it.hash, it.signature) == it.is_valid,
              "case " + std::to_string(&it - cases.data()));
      valid += it.is_valid ? 1u : 0u;
      if (!it.is_valid || valid % 4 != 0) continue;
      const Key hot(*point, it.key, nullptr);
      for (unsigned i = 0; i < hot_threshold + 2; ++i)
        require(hot.verify(it.hash, it.signature), "a hot key");
      require(!hot.verify(it.hash, it.signature + '\0'), "a longer signature");
      require(!hot.verify(it.hash, it.signature.substr(0, 2 * length - 1)), "a shorter one");
      require(!hot.verify(it.hash, ""), "none");
    }
    CHECK(valid > 16);
    CHECK_FALSE(Key::parse(""));
    CHECK_FALSE(Key::parse(cases[0].key + '\0'));
    CHECK_FALSE(Key::parse(cases[0].key.substr(1)));
  }

 private:
  static std::string encode(const Natural& x) { return x.little_endian(length); }
  static std::string encode(const SlowPoint& point) {
    std::string octets = encode(point.y);
    if (point.x.bit(0)) octets.back() = static_cast<char>(octets.back() | 0x80);
    return octets;
  }
  bool has_small_order(const SlowPoint& point) const {
    return slow_multiply(slow, 1u << Variant::Curve::cofactor_bits, point) == Slow::identity();
  }

  void find_torsion() {
    const std::size_t count = 1u << Variant::Curve::cofactor_bits;
    for (unsigned y = 2;; ++y) {
      const auto point = slow.lift(y);
      if (!point) continue;
      const SlowPoint one = slow_multiply(slow, slow.n.modulus(), *point);
      torsion_.clear();
      SlowPoint sum = Slow::identity();
      do {
        torsion_.push_back(sum);
        sum = slow.add(sum, one);
      } while (sum != Slow::identity());
      if (torsion_.size() == count) return;
    }
  }

  void add_encoding(const Natural& y) {
    const auto lifted = y < slow.p.modulus() ? slow.lift(y) : std::nullopt;
    for (const bool is_odd : {false, true}) {
      std::string octets = encode(y);
      if (is_odd) octets.back() = static_cast<char>(octets.back() | 0x80);
      std::optional<SlowPoint> point = lifted;
      if (point && point->x.bit(0) != is_odd) point = slow.negate(*point);
      if (point && (point->x.bit(0) != is_odd || has_small_order(*point))) point.reset();
      encodings.push_back({octets, point});
    }
  }
  void find_encodings() {
    const Natural p = slow.p.modulus();
    for (const SlowPoint& point : torsion_) {
      add_encoding(point.y);
      if ((point.y + p).bits() < 8 * length) add_encoding(point.y + p);
    }
    for (unsigned i = 0; i < 20; ++i) {
      add_encoding(i);
      add_encoding(p - Natural(1 + i));
      if ((p + Natural(i)).bits() < 8 * length) add_encoding(p + Natural(i));
      add_encoding(Natural::power_of_two(8 * length - 1) - Natural(1 + i));
      add_encoding(random_.below(slow.p));
    }
  }

  std::vector<SlowPoint> torsion_;  // from 0 on
  Random random_;
};

/// The key, message and signature of one of the RFC's examples.
template <class Variant, class Layout>
void test_example(std::string_view key, std::string_view message, std::string_view signature) {
  const auto octets = [](std::string_view hex) {
    return Natural::from_hex(hex).octets(hex.size() / 2);
  };
  using Key = EddsaKey<Variant, Layout>;
  const auto point = Key::parse(octets(key));
  REQUIRE(point);
  const Key it(*point, octets(key), nullptr);
  CHECK(it.verify(octets(message), octets(signature)));
  CHECK_FALSE(it.verify(octets(message) + '\0', octets(signature)));
}

}  // namespace

TEST_CASE("eddsa: Ed25519, signatures for chosen hashes", "[crypto]") {
  const EddsaTest<Ed25519> all;
  all.test<Limbs64>();
  all.test<Limbs32>();
}
#ifndef TOUCHSTONE_TEST_FEW_FIELDS
TEST_CASE("eddsa: Ed448, signatures for chosen hashes", "[crypto]") {
  const EddsaTest<Ed448> all;
  all.test<Limbs64>();
  all.test<Limbs32>();
}
TEST_CASE("eddsa: an example of Ed448 (RFC 8032 section 7.4)", "[crypto]") {
  constexpr std::string_view key =
      "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e5"
      "0f6cd1fa1abeafe8256180";
  constexpr std::string_view signature =
      "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd4"
      "7d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a1"
      "13a0f4dbb61149f05a7363268c71d95808ff2e652600";
  test_example<Ed448, Limbs64>(key, "", signature);
  test_example<Ed448, Limbs32>(key, "", signature);
}
#endif
TEST_CASE("eddsa: an example of Ed25519 (RFC 8032 section 7.1)", "[crypto]") {
  constexpr std::string_view key =
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  constexpr std::string_view signature =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
      "1d8c387b2eaeb4302aeeb00d291612bb0c00";
  test_example<Ed25519, Limbs64>(key, "72", signature);
  test_example<Ed25519, Limbs32>(key, "72", signature);
}

TEST_CASE("hot: built once, by the call that reaches the threshold", "[crypto]") {
  const Hot<int, 3> hot(nullptr);
  int built = 0;
  const auto build = [&] {
    ++built;
    return std::make_unique<const int>(42);
  };
  CHECK(hot.get(build) == nullptr);
  CHECK(hot.get(build) == nullptr);
  CHECK(built == 0);
  const int* table = hot.get(build);
  REQUIRE(table != nullptr);
  CHECK(*table == 42);
  for (int i = 0; i < 5; ++i) CHECK(hot.get(build) == table);
  CHECK(built == 1);
  CHECK(hot_threshold == 16);
}

TEST_CASE("hot: no memory, no table", "[crypto]") {
  const auto memory = std::make_shared<TableMemory>(10);
  const auto build = [] { return std::make_unique<const int>(42); };
  const auto is_built = [&](std::size_t size) {
    const Hot<int, 1> hot(memory);
    const bool first = hot.get(build, size) != nullptr;
    CHECK((hot.get(build, 0) != nullptr) == first);  // it is not asked for again
    return first;
  };
  CHECK_FALSE(is_built(11));
  CHECK(is_built(4));
  CHECK_FALSE(is_built(7));
  CHECK(is_built(6));
  CHECK(is_built(0));
  CHECK_FALSE(is_built(1));
  CHECK(memory->take(0));
  CHECK_FALSE(memory->take(1));

  // The default is the size of the table.
  const auto enough = std::make_shared<TableMemory>(sizeof(int));
  const Hot<int, 1> fits(enough), too_large(std::make_shared<TableMemory>(sizeof(int) - 1));
  CHECK(fits.get(build) != nullptr);
  CHECK_FALSE(enough->take(1));
  CHECK(too_large.get(build) == nullptr);
  // A build that finds no memory is not tried again either.
  const Hot<int, 1> fails(nullptr);
  const auto nothing = [] { return std::unique_ptr<const int>(); };
  CHECK(fails.get(nothing) == nullptr);
  CHECK(fails.get(build) == nullptr);
}

TEST_CASE("hot: a key takes the memory of its table and no more", "[crypto]") {
  using Key = EcdsaKey<P256, Limbs64>;
  using Table = Base<Key::Group>::Table;
  const auto memory = std::make_shared<TableMemory>(2 * sizeof(Table) + 1);
  const Base<Key::Group> first(Key::Group::generator(), memory),
      second(Key::Group::generator(), memory), third(Key::Group::generator(), memory);
  for (unsigned i = 1; i < hot_threshold; ++i) {
    CHECK(first.table() == nullptr);
    CHECK(second.table() == nullptr);
    CHECK(third.table() == nullptr);
  }
  CHECK(first.table() != nullptr);
  CHECK(second.table() != nullptr);
  CHECK(third.table() == nullptr);
  CHECK(third.table() == nullptr);
  CHECK(memory->take(1));
  CHECK_FALSE(memory->take(1));
}

TEST_CASE("hot: threads that share a key agree while its table appears", "[crypto]") {
  using Key = EcdsaKey<P256, Limbs64>;
  const EcdsaCases<P256> all;
  const EcdsaCase& it = all.cases[0];
  for (int round = 0; round < 20; ++round) {
    const Key key(*Key::parse(it.q.x.octets(32), it.q.y.octets(32)), nullptr);
    std::array<unsigned, 4> right{};
    std::vector<std::thread> threads;
    for (unsigned& count : right) {
      threads.emplace_back([&] {
        for (unsigned i = 0; i < 12; ++i) {
          count += key.verify(it.digest, it.signature) ? 1u : 0u;
          count += key.verify(it.digest + 'x', it.signature) ? 1u : 0u;
          count += key.verify('x' + it.digest, it.signature) ? 0u : 1u;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    for (const unsigned count : right) CHECK(count == 36);
  }
}
