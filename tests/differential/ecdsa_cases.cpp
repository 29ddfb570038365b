// Signatures without a signer: for any R, s and message there is the key Q = (s R - e G) / r for
// which (r, s) is valid, r being R's x modulo n. So R, and what the verifier multiplies by, can be
// chosen.
#include <mbedtls/ecp.h>

#include <algorithm>

#include "cases.hpp"
#include "numbers.hpp"

namespace touchstone::differential {
namespace {

struct Point {
  mbedtls_ecp_point ecp;
  Point() { mbedtls_ecp_point_init(&ecp); }
  ~Point() { mbedtls_ecp_point_free(&ecp); }
  Point(const Point&) = delete;
};

class Curve {
 public:
  explicit Curve(crypto::CurveId curve)
      : length(curve == crypto::CurveId::p384   ? 48
               : curve == crypto::CurveId::p521 ? 66
                                                : 32) {
    mbedtls_ecp_group_init(&group_);
    must(mbedtls_ecp_group_load(&group_, curve == crypto::CurveId::p256   ? MBEDTLS_ECP_DP_SECP256R1
                                         : curve == crypto::CurveId::p384 ? MBEDTLS_ECP_DP_SECP384R1
                                         : curve == crypto::CurveId::p521
                                             ? MBEDTLS_ECP_DP_SECP521R1
                                             : MBEDTLS_ECP_DP_SECP256K1));
    n = Number(group_.N);
    p = Number(group_.P);
  }
  ~Curve() { mbedtls_ecp_group_free(&group_); }
  Curve(const Curve&) = delete;

  /// a P + b G.
  void combine(Point& sum, const Number& a, const Point& point, const Number& b) {
    must(mbedtls_ecp_muladd(&group_, &sum.ecp, a.get(), &point.ecp, b.get(), &group_.G));
  }
  void multiple_of_generator(Point& point, const Number& k) {
    must(mbedtls_ecp_muladd(&group_, &point.ecp, k.get(), &group_.G, Number(0).get(), &group_.G));
  }
  /// The point with this x, if there is one, and with an even or odd y.
  bool lift(Point& point, const Number& x, bool is_odd) {
    if (!(x < p)) return false;
    const std::string compressed = (is_odd ? '\3' : '\2') + x.octets(length);
    return mbedtls_ecp_point_read_binary(&group_, &point.ecp,
                                         reinterpret_cast<const unsigned char*>(compressed.data()),
                                         compressed.size()) == 0 &&
           mbedtls_ecp_check_pubkey(&group_, &point.ecp) == 0;
  }
  bool is_zero(Point& point) const { return mbedtls_ecp_is_zero(&point.ecp) != 0; }
  std::pair<std::string, std::string> coordinates(const Point& point) {
    std::string text(1 + 2 * length, '\0');
    std::size_t size = 0;
    must(mbedtls_ecp_point_write_binary(&group_, &point.ecp, MBEDTLS_ECP_PF_UNCOMPRESSED, &size,
                                        reinterpret_cast<unsigned char*>(text.data()),
                                        text.size()));
    return {text.substr(1, length), text.substr(1 + length)};
  }

  const std::size_t length;
  Number n, p;

 private:
  mbedtls_ecp_group group_;
};

/// From 1 to n - 1.
Number scalar(const Curve& curve, Choices& choices) {
  const Number number = Number(choices.number(curve.length)) % curve.n;
  return number.is_zero() ? Number(1) : number;
}

/// What a verifier may stumble over.
std::string edge(const Curve& curve, Choices& choices) {
  const Number zero, edges[] = {zero, curve.n, curve.p, curve.p - curve.n};
  return plus(edges[choices.below(4)].octets(curve.length), choices.between(-3, 3));
}

}  // namespace

Case make_ecdsa_case(crypto::CurveId id, Choices& choices) {
  Curve curve(id);
  const Number& n = curve.n;
  constexpr crypto::Hash hashes[] = {crypto::Hash::sha256, crypto::Hash::sha384,
                                     crypto::Hash::sha512};
  Case it{crypto::Scheme::ecdsa,
          hashes[choices.below(3)],
          crypto::EcKey{id, "", ""},
          choices.octets(choices.below(32)),
          "",
          true};

  // FIPS 186-5 section 6.4.2: the leftmost bits, of which a digest of 512 has fewer than P-521's n.
  const std::string digest = crypto::digest(it.hash, it.message);
  const Number e = Number(digest.substr(0, curve.length)) % n;
  Number s = scalar(curve, choices), r;
  Point big_r, key;
  const auto way = choices.below(4);
  if (way == 0) {  // an x of our choice, also one that is not below n
    Number x = Number(choices.below(4) == 0 ? plus(n.octets(curve.length), choices.between(-2, 9))
                                            : choices.number(curve.length));
    const bool is_odd = choices.below(2) == 0;
    for (x = x % curve.p; !curve.lift(big_r, x, is_odd);) x = (x + 1) % curve.p;
  } else {
    Number k = scalar(curve, choices);
    if (way == 1) k = (e + e) * Number::inverse(s, n) % n;  // u1 G = u2 Q: their sum is a doubling
    if (k.is_zero()) k = 1;
    curve.multiple_of_generator(big_r, k);
    if (way == 2) {  // a key of our choice, near G or its opposite
      const int d = choices.between(-8, 8);
      const Number r_of_k = Number(curve.coordinates(big_r).first) % n;
      const Number chosen = d == 0 ? scalar(curve, choices) : Number(d) % n;
      s = (e + r_of_k * chosen) * Number::inverse(k, n) % n;
      if (s.is_zero()) s = 1;
    }
  }
  r = Number(curve.coordinates(big_r).first) % n;
  if (r.is_zero()) {
    r = 1;
    it.is_untouched = false;
  }
  const Number r_inverse = Number::inverse(r, n);
  curve.combine(key, s * r_inverse % n, big_r, (n - e) * r_inverse % n);
  if (way == 3 && choices.below(4) == 0) {  // u1 G + u2 Q = 0, so it is not valid
    curve.multiple_of_generator(key, (n - e) * r_inverse % n);
    it.is_untouched = false;
  }
  if (curve.is_zero(key)) {
    curve.multiple_of_generator(key, 1);
    it.is_untouched = false;
  }

  auto [x, y] = curve.coordinates(key);
  std::string first = r.octets(curve.length), second = s.octets(curve.length);
  const auto change = choices.below(16);
  if (change > 0 && change != 7) it.is_untouched = it.is_untouched && change > 11;
  if (change == 1) first = edge(curve, choices);
  if (change == 2) second = edge(curve, choices);
  if (change == 3) first = choices.flipped(first);
  if (change == 4) second = choices.flipped(second);
  if (change == 5) it.message = choices.flipped(it.message + 'x');
  if (change == 6) std::swap(first, second);
  if (change == 7) second = (n - s).octets(curve.length);  // as valid as s
  if (change == 8) first = (r + n).octets(curve.length);
  if (change == 9) second = (s + n).octets(curve.length);
  if (change == 10) x = choices.flipped(x);
  if (change == 11)
    y = choices.below(2) == 0 ? choices.flipped(y) : (curve.p - Number(y)).octets(curve.length);
  it.signature = first + second;
  it.key = crypto::EcKey{id, x, y};
  return it;
}

}  // namespace touchstone::differential
