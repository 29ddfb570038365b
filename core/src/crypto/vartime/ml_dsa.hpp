// Verification of ML-DSA-44, ML-DSA-65 and ML-DSA-87 (FIPS 204), pure and with an empty context, as
// RFC 9964 has it. Its time depends on what it is given, which is all public.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace touchstone::crypto::vartime {

/// A polynomial modulo q = 8380417, or its NTT: 256 coefficients.
using Poly = std::array<std::uint32_t, 256>;

/// NTT (FIPS 204 Algorithm 41). Takes coefficients of at most q, gives such of at most 17 q.
void ntt(Poly& w);
/// NTT^-1 (Algorithm 42), times 2^32. Takes coefficients below 2 q, gives such below q.
void inverse_ntt(Poly& w);

struct MlDsaParameters;

class MlDsaKey {
 public:
  /// Which parameter set it is follows from the length: 1312, 1952 or 2592 bytes. Empty for any
  /// other length; of a right length every string is a key.
  static std::optional<MlDsaKey> parse(std::string_view pub);

  /// What follows from the key alone, for a key that is used more than once: row by row the matrix
  /// [A | -t1 2^d] of k rows and l + 1 columns, in NTT form.
  struct Tables {
    std::unique_ptr<Poly[]> matrix;
  };
  std::size_t table_bytes() const;
  std::unique_ptr<const Tables> build_tables() const;

  /// ML-DSA.Verify (Algorithm 3). The tables are this key's own, or null: then the matrix is
  /// computed again, one polynomial at a time.
  bool verify(std::string_view message, std::string_view signature, const Tables* tables) const;

 private:
  MlDsaKey(const MlDsaParameters& parameters, std::string_view pub);
  void compute_entry(std::size_t row, std::size_t column, Poly& entry) const;

  const MlDsaParameters* parameters_;
  std::string pub_;                    ///< rho, 32 bytes, and t1, 320 bytes a row
  std::array<std::uint8_t, 64> tr_{};  ///< H(pub, 64)
};

}  // namespace touchstone::crypto::vartime
