// k P + l Q, for verification only: in variable time, for any group with an addition of an affine
// point, a doubling and a way back to affine points (Weierstrass, Edwards).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "crypto/vartime/hot.hpp"

namespace touchstone::crypto::vartime {

/// As many as a row of the largest table needs.
inline constexpr std::size_t max_normalized = 65;

/// Brings points that are not at infinity, at most max_normalized of them, to affine form with one
/// inversion for all (Montgomery's trick).
template <class Group>
void normalize(std::span<const typename Group::Point> points, typename Group::Affine* affine) {
  using E = typename Group::E;
  const std::size_t count = points.size();
  std::array<E, max_normalized> products;  // of the denominators up to this one
  products[0] = Group::denominator(points[0]);
  for (std::size_t i = 1; i < count; ++i)
    products[i] = products[i - 1] * Group::denominator(points[i]);
  E inverse = Group::F::inverse(products[count - 1]);
  for (std::size_t i = count; i-- > 1;) {
    affine[i] = Group::affine(points[i], inverse * products[i - 1]);
    inverse = inverse * Group::denominator(points[i]);
  }
  affine[0] = Group::affine(points[0], inverse);
}

/// A point that many scalars will multiply. Cold, it is only the point; hot, it has a table that
/// makes doublings needless: j * 2^(window i) P for every i and j = 1 to 2^(window-1).
template <class Group>
class Base {
 public:
  using Affine = typename Group::Affine;
  using Point = typename Group::Point;
  using Scalar = typename Group::Scalars::Limbs;  ///< canonical digits

  static constexpr unsigned window = Group::window;
  /// One more bit than the scalar has, since the last digit may carry.
  static constexpr unsigned window_count = Group::Scalars::bits / window + 1;
  static constexpr std::size_t multiples = std::size_t{1} << (window - 1);
  static_assert(multiples + 1 <= max_normalized);
  using Table = std::array<std::array<Affine, multiples>, window_count>;

  explicit Base(const Affine& point, std::shared_ptr<TableMemory> memory = {})
      : point_(point), table_(std::move(memory)) {}

  const Affine& point() const { return point_; }

  /// The table, which the call that finds the point hot builds; null while there is none.
  const Table* table() const {
    return table_.get([this] { return build(); });
  }

  std::unique_ptr<const Table> build() const {
    std::unique_ptr<Table> table(new (std::nothrow) Table);
    if (!table) return nullptr;
    Affine first = point_;  // 2^(window i) P
    std::array<Point, multiples + 1> points;
    std::array<Affine, multiples + 1> row;
    for (auto& out : *table) {
      points[0] = Group::from(first);
      points[1] = Group::twice(points[0]);
      for (std::size_t j = 2; j < multiples; ++j) points[j] = Group::add(points[j - 1], first);
      points[multiples] = Group::twice(points[multiples - 1]);
      normalize<Group>(points, row.data());
      std::copy_n(row.begin(), multiples, out.begin());
      first = row[multiples];
    }
    return table;
  }

 private:
  Affine point_;
  Hot<Table> table_;
};

/// The curve's generator, hot after some verifications with any key. The table is a constant that
/// is not worth its place in the program.
template <class Group>
const Base<Group>& generator() {
  static const Base<Group> base(Group::generator());
  return base;
}

/// sum + k P by P's table: a window of k is a digit from -2^(window-1) + 1 to 2^(window-1).
template <class Group>
void add_multiple(typename Group::Point& sum, const typename Base<Group>::Table& table,
                  const typename Base<Group>::Scalar& k) {
  using B = Base<Group>;
  unsigned carry = 0;
  for (unsigned i = 0; i < B::window_count; ++i) {
    const unsigned digit = Group::Scalars::bits_of(k, i * B::window, B::window) + carry;
    const bool is_negative = digit > B::multiples;
    carry = is_negative ? 1 : 0;
    const unsigned magnitude = is_negative ? (1u << B::window) - digit : digit;
    if (magnitude != 0)
      sum = Group::add(sum, Group::negated_if(is_negative, table[i][magnitude - 1]));
  }
}

/// The odd multiples of a cold point, and the scalar in width-5 non-adjacent form over them.
template <class Group>
class ColdTerm {
 public:
  ColdTerm(const typename Group::Affine& point, const typename Base<Group>::Scalar& k) {
    using Point = typename Group::Point;
    std::array<Point, 2> pair{Group::from(point), Group::twice(Group::from(point))};
    std::array<typename Group::Affine, 2> twice;
    normalize<Group>(pair, twice.data());
    std::array<Point, 8> points{pair[0]};
    for (std::size_t j = 1; j < points.size(); ++j) points[j] = Group::add(points[j - 1], twice[1]);
    normalize<Group>(points, odd_multiples_.data());

    unsigned carry = 0;
    for (unsigned i = 0; i < length;) {
      if (Group::Scalars::bits_of(k, i, 1) == carry) {
        ++i;
        continue;
      }
      const auto digit = static_cast<int>(Group::Scalars::bits_of(k, i, width) + carry);
      carry = digit > 16 ? 1 : 0;
      digits_[i] = static_cast<std::int8_t>(digit - (carry != 0 ? 32 : 0));
      i += width;
    }
  }

  static constexpr unsigned width = 5;
  static constexpr unsigned length = Group::Scalars::bits + 1;

  void add(typename Group::Point& sum, unsigned position) const {
    const int digit = digits_[position];
    if (digit == 0) return;
    const auto& multiple = odd_multiples_[static_cast<std::size_t>(digit < 0 ? -digit : digit) / 2];
    sum = Group::add(sum, Group::negated_if(digit < 0, multiple));
  }

 private:
  std::array<typename Group::Affine, 8> odd_multiples_;
  std::array<std::int8_t, length> digits_{};
};

/// k P + l Q. Cold points share their doublings (Straus); a hot one needs none. The scalars are
/// below the group's order; the points are not at infinity, and P + P and 2^i P are not either.
template <class Group>
typename Group::Point sum_of_products(const Base<Group>& p, const typename Base<Group>::Scalar& k,
                                      const Base<Group>& q, const typename Base<Group>::Scalar& l) {
  const auto* p_table = p.table();
  const auto* q_table = q.table();
  auto sum = Group::identity();
  if (p_table == nullptr || q_table == nullptr) {
    std::optional<ColdTerm<Group>> p_term, q_term;
    if (p_table == nullptr) p_term.emplace(p.point(), k);
    if (q_table == nullptr) q_term.emplace(q.point(), l);
    for (unsigned i = ColdTerm<Group>::length; i-- > 0;) {
      sum = Group::twice(sum);
      if (p_term) p_term->add(sum, i);
      if (q_term) q_term->add(sum, i);
    }
  }
  if (p_table != nullptr) add_multiple<Group>(sum, *p_table, k);
  if (q_table != nullptr) add_multiple<Group>(sum, *q_table, l);
  return sum;
}

}  // namespace touchstone::crypto::vartime
