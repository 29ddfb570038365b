#include "crypto/vartime/ml_dsa.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "crypto/vartime/keccak.hpp"

namespace touchstone::crypto::vartime {
namespace {

// Coefficients are unsigned and reduced as late as their bounds allow: q < 2^23 leaves nine bits.
constexpr std::uint32_t q = 8380417;
constexpr unsigned d = 13, t1_bits = 10;
constexpr std::size_t rho_size = 32, max_l = 7;

constexpr std::size_t packed_size(unsigned bits) { return 256 * bits / 8; }

constexpr std::uint32_t negative_inverse = 0xfc7fdfff;  // -q^-1 modulo 2^32
static_assert(negative_inverse * q == 0xffffffff);

}  // namespace

/// FIPS 204 section 4, tables 1 and 2. Sizes are in bytes.
struct MlDsaParameters {
  std::size_t k, l;
  unsigned gamma1_bits;  ///< gamma1 is 2 to this
  std::uint32_t gamma2;
  unsigned tau, eta;
  std::size_t omega, c_tilde_size;

  constexpr std::uint32_t gamma1() const { return 1u << gamma1_bits; }
  constexpr std::uint32_t beta() const { return tau * eta; }
  /// How many values HighBits has: 44 or 16.
  constexpr std::uint32_t high_count() const { return (q - 1) / (2 * gamma2); }
  constexpr std::size_t z_size() const { return packed_size(gamma1_bits + 1); }
  constexpr std::size_t pub_size() const { return rho_size + k * packed_size(t1_bits); }
  constexpr std::size_t signature_size() const { return c_tilde_size + l * z_size() + omega + k; }
};

namespace {

constexpr MlDsaParameters parameter_sets[] = {
    {4, 4, 17, (q - 1) / 88, 39, 2, 80, 32},
    {6, 5, 19, (q - 1) / 32, 49, 4, 55, 48},
    {8, 7, 19, (q - 1) / 32, 60, 2, 75, 64},
};

/// a 2^-32 modulo q, below 2 q, for a < 2^32 q; below q for a < q (Montgomery's reduction).
constexpr std::uint32_t reduce(std::uint64_t a) {
  const std::uint32_t m = static_cast<std::uint32_t>(a) * negative_inverse;
  return static_cast<std::uint32_t>((a + std::uint64_t{m} * q) >> 32);
}

/// A constant below q, with its quotient floor(value 2^32 / q).
struct Factor {
  std::uint32_t value, quotient;
};
/// Both from value 2^32 modulo q, so that a table need not hold two numbers: it is the remainder
/// that belongs to the quotient, thus -quotient q modulo 2^32.
constexpr Factor make_factor(std::uint32_t remainder) {
  return {reduce(remainder), remainder * negative_inverse};
}

/// x f modulo q, below 2 q, for every x. The estimate is below the exact x f / q by less than 2: by
/// less than x / 2^32 < 1 as f's quotient was rounded, and by less than 1 as it is rounded itself.
std::uint32_t multiply(std::uint32_t x, Factor f) {
  const auto estimate = static_cast<std::uint32_t>(std::uint64_t{x} * f.quotient >> 32);
  return x * f.value - estimate * q;  // modulo 2^32, where the difference fits
}

/// zeta^BitRev8(m) 2^32 for the root of unity zeta = 1753 (FIPS 204 section 7.5, appendix B).
constexpr std::array<std::uint32_t, 256> make_zetas() {
  std::array<std::uint32_t, 256> zetas{};
  std::uint64_t power = (std::uint64_t{1} << 32) % q;
  for (unsigned exponent = 0; exponent < 256; ++exponent) {
    unsigned m = 0;
    for (unsigned bit = 0; bit < 8; ++bit) m |= (exponent >> bit & 1) << (7 - bit);
    zetas[m] = static_cast<std::uint32_t>(power);
    power = power * 1753 % q;
  }
  return zetas;
}
constexpr auto zetas = make_zetas();

const std::uint8_t* bytes(std::string_view view) {
  return reinterpret_cast<const std::uint8_t*>(view.data());
}
std::string_view view(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// SimpleBitUnpack (Algorithm 18).
void unpack(std::string_view packed, unsigned bits, Poly& w) {
  const std::uint8_t* next = bytes(packed);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (std::uint32_t& coefficient : w) {
    for (; pending_bits < bits; pending_bits += 8)
      pending |= std::uint32_t{*next++} << pending_bits;
    coefficient = pending & ((1u << bits) - 1);
    pending >>= bits;
    pending_bits -= bits;
  }
}

/// SimpleBitPack (Algorithm 16), straight into the hash. `bits` is 4 or 6.
void absorb_packed(Shake& hash, const Poly& w, unsigned bits) {
  std::array<std::uint8_t, packed_size(6)> packed;
  auto next = packed.begin();
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const std::uint32_t coefficient : w) {
    pending |= coefficient << pending_bits;
    pending_bits += bits;
    if (pending_bits < 8) continue;
    *next++ = static_cast<std::uint8_t>(pending);
    pending >>= 8;
    pending_bits -= 8;
  }
  hash.absorb(view(packed).substr(0, packed_size(bits)));
}

/// RejNTTPoly (Algorithm 30) of rho || column || row, as ExpandA (Algorithm 32) asks.
void sample_uniform(std::string_view rho, std::size_t row, std::size_t column, Poly& a) {
  const std::array<std::uint8_t, 2> place{static_cast<std::uint8_t>(column),
                                          static_cast<std::uint8_t>(row)};
  Shake g = Shake::shake128();
  g.absorb(rho).absorb(view(place));
  std::array<std::uint8_t, Shake::rate_128> block;  // a multiple of 3
  for (std::size_t count = 0; count < a.size();) {
    g.squeeze(block);
    for (std::size_t i = 0; i < block.size() && count < a.size(); i += 3) {
      const std::uint32_t candidate =
          block[i] | std::uint32_t{block[i + 1]} << 8 | (std::uint32_t{block[i + 2]} & 0x7f) << 16;
      a[count] = candidate;
      count += candidate < q;
    }
  }
}

/// SampleInBall (Algorithm 29): tau coefficients are 1 or -1, the others 0.
void sample_in_ball(std::string_view c_tilde, unsigned tau, Poly& c) {
  Shake h = Shake::shake256();
  h.absorb(c_tilde);
  std::array<std::uint8_t, 8> signs;
  h.squeeze(signs);
  c.fill(0);
  for (unsigned k = 0; k < tau; ++k) {
    const std::size_t i = 256 - tau + k;
    std::uint8_t j;
    do {
      h.squeeze({&j, 1});
    } while (j > i);
    c[i] = c[j];
    c[j] = (signs[k / 8] >> k % 8 & 1) != 0 ? q - 1 : 1;
  }
}

/// The rules of HintBitUnpack (Algorithm 21), for omega positions and k counts: a hint has one
/// encoding only.
bool is_hint(std::span<const std::uint8_t> positions, std::span<const std::uint8_t> ends) {
  std::size_t index = 0;
  for (const std::size_t end : ends) {
    if (end < index || end > positions.size()) return false;
    for (std::size_t first = index; index < end; ++index) {
      if (index > first && positions[index - 1] >= positions[index]) return false;
    }
  }
  return std::all_of(positions.begin() + static_cast<std::ptrdiff_t>(index), positions.end(),
                     [](std::uint8_t position) { return position == 0; });
}

}  // namespace

void ntt(Poly& w) {
  std::size_t m = 0;
  for (std::size_t len = 128; len > 0; len /= 2) {
    for (std::size_t start = 0; start < 256; start += 2 * len) {
      const Factor zeta = make_factor(zetas[++m]);
      for (std::size_t j = start; j < start + len; ++j) {
        const std::uint32_t t = multiply(w[j + len], zeta);
        w[j + len] = w[j] + 2 * q - t;  // each of the 8 layers adds at most 2 q
        w[j] += t;
      }
    }
  }
}

void inverse_ntt(Poly& w) {
  std::size_t m = 256;
  std::uint32_t bound = 2 * q;  // of w; no sum of the last layer reaches 512 q < 2^32
  for (std::size_t len = 1; len < 256; len *= 2, bound *= 2) {
    for (std::size_t start = 0; start < 256; start += 2 * len) {
      const Factor zeta = make_factor(zetas[--m]);
      for (std::size_t j = start; j < start + len; ++j) {
        const std::uint32_t t = w[j];
        w[j] = t + w[j + len];
        w[j + len] = multiply(w[j + len] + bound - t, zeta);
      }
    }
  }
  constexpr Factor scale = make_factor((std::uint64_t{1} << 56) % q);  // 2^32 / 256
  for (std::uint32_t& coefficient : w) {
    coefficient = multiply(coefficient, scale);
    if (coefficient >= q) coefficient -= q;
  }
}

MlDsaKey::MlDsaKey(const MlDsaParameters& parameters, std::string_view pub)
    : parameters_(&parameters), pub_(pub) {
  Shake::shake256().absorb(pub).squeeze(tr_);
}

std::optional<MlDsaKey> MlDsaKey::parse(std::string_view pub) {
  for (const MlDsaParameters& parameters : parameter_sets) {
    if (pub.size() == parameters.pub_size()) return MlDsaKey(parameters, pub);
  }
  return {};
}

/// An entry of [A | -t1 2^d] in NTT form: at most 17 q, and below q in A.
void MlDsaKey::compute_entry(std::size_t row, std::size_t column, Poly& entry) const {
  const std::string_view pub = pub_;
  if (column < parameters_->l) return sample_uniform(pub.substr(0, rho_size), row, column, entry);
  unpack(pub.substr(rho_size + row * packed_size(t1_bits)), t1_bits, entry);
  for (std::uint32_t& coefficient : entry) coefficient = q - (coefficient << d);  // t1 2^d < q
  ntt(entry);
}

std::size_t MlDsaKey::table_bytes() const {
  return sizeof(Tables) + parameters_->k * (parameters_->l + 1) * sizeof(Poly);
}

std::unique_ptr<const MlDsaKey::Tables> MlDsaKey::build_tables() const {
  const std::size_t columns = parameters_->l + 1;
  auto tables = std::make_unique<Tables>();
  const std::size_t count = parameters_->k * columns;
  tables->matrix = std::make_unique<Poly[]>(count);
  for (std::size_t i = 0; i < count; ++i)
    compute_entry(i / columns, i % columns, tables->matrix[i]);
  return tables;
}

bool MlDsaKey::verify(std::string_view message, std::string_view signature,
                      const Tables* tables) const {
  const MlDsaParameters& p = *parameters_;
  if (signature.size() != p.signature_size()) return false;
  const std::string_view c_tilde = signature.substr(0, p.c_tilde_size);
  const std::string_view hint = signature.substr(signature.size() - p.omega - p.k);
  const std::span positions(bytes(hint), p.omega), ends(bytes(hint) + p.omega, p.k);
  if (!is_hint(positions, ends)) return false;

  // NTT(z), and NTT(c) behind it, for w = [A | -t1 2^d] (z, c).
  std::array<Poly, max_l + 1> z;
  for (std::size_t j = 0; j < p.l; ++j) {
    unpack(signature.substr(p.c_tilde_size + j * p.z_size()), p.gamma1_bits + 1, z[j]);
    for (std::uint32_t& coefficient : z[j]) {
      // Packed is gamma1 - z. Its norm is to be below gamma1 - beta.
      if (coefficient <= p.beta() || coefficient >= 2 * p.gamma1() - p.beta()) return false;
      coefficient = (coefficient > p.gamma1() ? q : 0) + p.gamma1() - coefficient;
    }
    ntt(z[j]);
  }
  sample_in_ball(c_tilde, p.tau, z[p.l]);
  ntt(z[p.l]);

  std::array<std::uint8_t, 64> mu;  // of M' = 0 (pure) || 0 (bytes of context) || message
  Shake::shake256().absorb(view(tr_)).absorb({"\0\0", 2}).absorb(message).squeeze(mu);

  Shake h = Shake::shake256();
  h.absorb(view(mu));
  Poly scratch;
  std::size_t hint_index = 0;
  for (std::size_t row = 0; row < p.k; ++row) {
    // At most 7 q 17 q + 17 q 17 q = 408 q^2, below the 2^32 q that reduce() takes.
    std::array<std::uint64_t, 256> sum{};
    for (std::size_t column = 0; column <= p.l; ++column) {
      if (tables == nullptr) compute_entry(row, column, scratch);
      const Poly& entry = tables == nullptr ? scratch : tables->matrix[row * (p.l + 1) + column];
      for (std::size_t n = 0; n < sum.size(); ++n) sum[n] += std::uint64_t{entry[n]} * z[column][n];
    }
    Poly w;
    for (std::size_t n = 0; n < w.size(); ++n) w[n] = reduce(sum[n]);
    inverse_ntt(w);

    // UseHint (Algorithm 40). w1 starts as the multiple of 2 gamma2 nearest to w. Where Decompose
    // makes its exception, w1 is high_count() here: w is not above that, and it wraps to 0.
    Poly w1;
    for (std::size_t n = 0; n < w1.size(); ++n) w1[n] = (w[n] + p.gamma2 - 1) / (2 * p.gamma2);
    for (; hint_index < ends[row]; ++hint_index) {
      const std::size_t n = positions[hint_index];
      w1[n] += w[n] > w1[n] * 2 * p.gamma2 ? 1 : p.high_count() - 1;
    }
    for (std::uint32_t& high : w1) high -= high >= p.high_count() ? p.high_count() : 0;
    absorb_packed(h, w1, static_cast<unsigned>(std::bit_width(p.high_count() - 1)));
  }
  std::array<std::uint8_t, 64> expected;
  h.squeeze(std::span(expected).first(p.c_tilde_size));
  return view(expected).substr(0, p.c_tilde_size) == c_tilde;
}

}  // namespace touchstone::crypto::vartime
