// Mbed TLS's numbers, as what makes the cases uses them: by value, and a failure throws.
#pragma once

#include <mbedtls/bignum.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace touchstone::differential {

inline void must(int code) {
  if (code != 0) throw std::runtime_error("Mbed TLS: " + std::to_string(code));
}

class Number {
 public:
  Number() { mbedtls_mpi_init(&mpi_); }
  Number(mbedtls_mpi_sint value) : Number() { must(mbedtls_mpi_lset(&mpi_, value)); }
  explicit Number(const mbedtls_mpi& mpi) : Number() { must(mbedtls_mpi_copy(&mpi_, &mpi)); }
  explicit Number(std::string_view octets) : Number() {
    must(mbedtls_mpi_read_binary(&mpi_, reinterpret_cast<const unsigned char*>(octets.data()),
                                 octets.size()));
  }
  static Number from_hex(const char* digits) {
    Number number;
    must(mbedtls_mpi_read_string(&number.mpi_, 16, digits));
    return number;
  }
  Number(const Number& other) : Number(other.mpi_) {}
  Number& operator=(Number other) {
    mbedtls_mpi_swap(&mpi_, &other.mpi_);
    return *this;
  }
  ~Number() { mbedtls_mpi_free(&mpi_); }

  const mbedtls_mpi* get() const { return &mpi_; }
  mbedtls_mpi* get() { return &mpi_; }
  bool is_zero() const { return mbedtls_mpi_cmp_int(&mpi_, 0) == 0; }
  std::size_t size() const { return mbedtls_mpi_size(&mpi_); }
  std::size_t bits() const { return mbedtls_mpi_bitlen(&mpi_); }
  /// Modulo 256^length.
  std::string octets(std::size_t length) const {
    std::string text(std::max(length, size()), '\0');
    must(mbedtls_mpi_write_binary(&mpi_, reinterpret_cast<unsigned char*>(text.data()),
                                  text.size()));
    return text.substr(text.size() - length);
  }

  friend bool operator<(const Number& a, const Number& b) {
    return mbedtls_mpi_cmp_mpi(&a.mpi_, &b.mpi_) < 0;
  }
  friend Number operator+(const Number& a, const Number& b) {
    return made(mbedtls_mpi_add_mpi, a, b);
  }
  friend Number operator-(const Number& a, const Number& b) {
    return made(mbedtls_mpi_sub_mpi, a, b);
  }
  friend Number operator*(const Number& a, const Number& b) {
    return made(mbedtls_mpi_mul_mpi, a, b);
  }
  friend Number operator%(const Number& a, const Number& b) {
    return made(mbedtls_mpi_mod_mpi, a, b);
  }
  /// 1/a modulo m; throws where there is none.
  static Number inverse(const Number& a, const Number& m) {
    return made(mbedtls_mpi_inv_mod, a, m);
  }
  static Number power(const Number& a, const Number& exponent, const Number& m) {
    Number result;
    must(mbedtls_mpi_exp_mod(&result.mpi_, &a.mpi_, &exponent.mpi_, &m.mpi_, nullptr));
    return result;
  }

 private:
  template <class Function>
  static Number made(Function function, const Number& a, const Number& b) {
    Number result;
    must(function(&result.mpi_, &a.mpi_, &b.mpi_));
    return result;
  }

  mbedtls_mpi mpi_;
};

}  // namespace touchstone::differential
