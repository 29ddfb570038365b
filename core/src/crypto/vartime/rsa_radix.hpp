// In which digits RsaModulus counts, and what each kind of machine multiplies fastest: a radix, and
// the kernel that adds up the columns of a product.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace touchstone::crypto::vartime {

/// Moduli have at most so many bits; digits have room for `slack` more: RsaModulus asks for 6, and
/// with 7 it is at least as many as octets have.
inline constexpr unsigned rsa_max_bits = 8192;
inline constexpr unsigned rsa_slack = 7;

/// Digits, or what is made of them, with zeros for a whole tile on both sides: a kernel may read
/// over the ends.
template <class Item, unsigned radix, unsigned width>
class RsaRow {
 public:
  static constexpr unsigned tile_bits = radix * width;
  static constexpr unsigned max_size =
      (rsa_max_bits + rsa_slack + tile_bits - 1) / tile_bits * width;

  Item* digits() { return &items_[width]; }
  const Item* digits() const { return &items_[width]; }

  /// Sets the zeros around so many digits.
  void enclose(std::size_t size) {
    for (std::size_t j = 0; j < width; ++j) items_[j] = items_[width + size + j] = 0;
  }

 private:
  std::array<Item, width + max_size + width> items_;
};

// A radix is a struct with
//   Digit, Wide   the word of a digit, and one in which products of digits add up
//   radix, half   digits are from -half up to 2^radix - half - 1
//   width         columns of a product are computed in tiles of so many
//   Digits        a row of digits
//   Factor        a row as the right factor of products
//   factor(a)     a row of so many digits in that form
//   lowest(item)  of a factor, without any digit below
//   Columns       a tile: columns[k] = sum of left[i] * right[k - i] for i < count, to which more
//                 is added (add), doubled (twice), and reduced to digits with a carry from tile to
//                 tile (carry_into); what a product has above 2^radix may count further up

/// For any 64-bit machine. A column adds up two products of at most 137 digits and one more,
/// 275 * 2^118: that is below 2^127.
struct Radix60 {
  using Digit = std::int64_t;
  __extension__ typedef __int128 Wide;
  static constexpr unsigned radix = 60, width = 1;
  static constexpr Digit half = Digit{1} << (radix - 1);
  static constexpr Digit mask = half - 1 + half;
  using Digits = RsaRow<Digit, radix, width>;
  using Factor = Digits;
  static const Factor& factor(const Digits& a, std::size_t) { return a; }
  static Digit lowest(Digit item) { return item; }

  class Columns {
   public:
    Columns(const Digit* left, const Digit* right, std::size_t count) { add(left, right, count); }
    void add(const Digit* left, const Digit* right, std::size_t count) {
      Wide sum = 0;
      std::size_t i = 0;
      for (; i + 4 <= count; i += 4, right -= 4) {
        sum += Wide{left[i]} * right[0] + Wide{left[i + 1]} * right[-1];
        sum += Wide{left[i + 2]} * right[-2] + Wide{left[i + 3]} * right[-3];
      }
      for (; i < count; ++i, --right) sum += Wide{left[i]} * *right;
      sum_ += sum;
    }
    void twice() { sum_ += sum_; }
    Wide carry_into(Digit* digit, Wide carry) const {
      const Wide sum = sum_ + carry + half;
      *digit = (static_cast<Digit>(sum) & mask) - half;
      return sum >> radix;
    }

   private:
    Wide sum_ = 0;
  };
};

/// For WebAssembly, whose one vector instruction that multiplies without first moving words about
/// is i32x4.dot_i16x8: eight products of 16-bit words, added up in pairs.
struct Radix13 {
  using Digit = std::int16_t;
  using Wide = std::int64_t;
  static constexpr unsigned radix = 13, width = 16;
  static constexpr std::int32_t half = 1 << (radix - 1), mask = 2 * half - 1;
  using Digits = RsaRow<Digit, radix, width>;
  /// Each digit with the one below it in the upper half.
  using Factor = RsaRow<std::int32_t, radix, width>;
  static Factor factor(const Digits& a, std::size_t size);
  static std::int32_t lowest(std::int32_t item) { return item & 0xffff; }

  class Columns {
   public:
    Columns(const Digit* left, const std::int32_t* right, std::size_t count);
    void add(const Digit* left, const std::int32_t* right, std::size_t count);
    void twice() {
      for (std::size_t q = 0; q < quads; ++q) {
        sums_.low[q] += sums_.low[q];
        sums_.high[q] += sums_.high[q];
      }
    }
    Wide carry_into(Digit* digits, Wide carry) const;

   private:
    static constexpr std::size_t quads = width / 4;
    typedef std::int32_t Quad __attribute__((vector_size(16)));
    static Quad dot(const Digit* pair, const std::int32_t* right);
    static std::int32_t move_up(Quad* columns, const Quad* carries, std::int32_t lowest);

    /// A column is low + 2^radix * high.
    struct Sums {
      Quad low[quads], high[quads];
      void add(const Digit* left, const std::int32_t* right, std::size_t count);
    };
    Sums sums_;
  };
};

#if defined(__x86_64__)
#define TOUCHSTONE_RSA_RADIX52
/// For x86-64 with AVX-512 IFMA: eight products at once, their lower or their upper 52 bits. A
/// column adds up both of two products of at most 160 digits and of 8 more, 656 * 2^52.
struct Radix52 {
  using Digit = std::int64_t;
  __extension__ typedef __int128 Wide;
  static constexpr unsigned radix = 52, width = 8;
  static constexpr Digit half = 0;
  static constexpr Digit mask = (Digit{1} << radix) - 1;
  using Digits = RsaRow<Digit, radix, width>;
  using Factor = Digits;
  static const Factor& factor(const Digits& a, std::size_t) { return a; }
  static Digit lowest(Digit item) { return item; }
  static bool is_supported();

  class Columns {
   public:
    Columns(const Digit* left, const Digit* right, std::size_t count) { add(left, right, count); }
    void add(const Digit* left, const Digit* right, std::size_t count);
    void twice() {
      for (Digit& sum : sums_) sum += sum;
    }
    Wide carry_into(Digit* digits, Wide carry) const {
      auto sum = static_cast<Digit>(carry);
      for (std::size_t j = 0; j < width; ++j) {
        sum += sums_[j];
        digits[j] = sum & mask;
        sum >>= radix;
      }
      return sum;
    }

   private:
    alignas(64) std::array<Digit, width> sums_{};
  };
};
#endif

#ifdef __wasm__
using NativeRadix = Radix13;
#else
using NativeRadix = Radix60;
#endif

}  // namespace touchstone::crypto::vartime
