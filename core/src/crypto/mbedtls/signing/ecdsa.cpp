// ECDSA. Mbed TLS's numbers know their own length, so neither its field arithmetic nor the
// inversion of the nonce takes the same time for all: what hides d and the nonce there is blinding,
// by fresh random bits for each call. tests/issuer/secrets shows how much depends on them.
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>

#include <algorithm>

#include "crypto/mbedtls/curves.hpp"
#include "crypto/mbedtls/signing/signing.hpp"

namespace touchstone::crypto {
namespace {

struct Group : mbedtls_ecp_group {
  explicit Group(CurveId curve) {
    mbedtls_ecp_group_init(this);
    is_loaded = mbedtls_ecp_group_load(this, group_id(curve)) == 0;
  }
  ~Group() { mbedtls_ecp_group_free(this); }
  Group(const Group&) = delete;
  bool is_loaded;
};

struct Point : mbedtls_ecp_point {
  Point() { mbedtls_ecp_point_init(this); }
  ~Point() { mbedtls_ecp_point_free(this); }
  Point(const Point&) = delete;
};

/// The point that belongs to d, which must be in its range: 1 to the order less 1.
bool multiply(Group& group, const Mpi& d, Drbg& drbg, EcKey& key, std::size_t length) {
  Point q;
  std::string uncompressed(1 + 2 * length, '\0');
  std::size_t written = 0;
  if (mbedtls_ecp_check_privkey(&group, &d) != 0 ||
      mbedtls_ecp_mul(&group, &q, &d, &group.G, Drbg::next, &drbg) != 0 ||
      mbedtls_ecp_point_write_binary(&group, &q, MBEDTLS_ECP_PF_UNCOMPRESSED, &written,
                                     bytes(uncompressed), uncompressed.size()) != 0 ||
      written != uncompressed.size()) {
    return false;
  }
  key.x = uncompressed.substr(1, length);
  key.y = uncompressed.substr(1 + length);
  return true;
}

}  // namespace

std::optional<EcPrivateKey> generate_ec(CurveId curve, std::size_t length,
                                        std::string_view entropy) {
  Drbg drbg(entropy, "touchstone EC");
  Group group(curve);
  Mpi d;
  EcPrivateKey key{{curve, {}, {}}, {}};
  if (!drbg.is_ready() || !group.is_loaded ||
      mbedtls_ecp_gen_privkey(&group, &d, Drbg::next, &drbg) != 0 || !write(d, key.d, length) ||
      !multiply(group, d, drbg, key.public_key, length)) {
    return {};
  }
  return key;
}

bool is_consistent(const EcPrivateKey& key) {
  const EcKey& expected = key.public_key;
  const std::size_t length = expected.x.size();
  // What blinds this one multiplication comes from the key itself, which nobody else knows either.
  WipedString seed(key.d);
  seed.resize(std::max(seed.size(), min_entropy));
  Drbg drbg(seed, "touchstone EC check");
  Group group(expected.curve);
  Mpi d;
  EcKey actual{expected.curve, {}, {}};
  return drbg.is_ready() && group.is_loaded && key.d.size() == length && d.read(key.d) &&
         multiply(group, d, drbg, actual, length) && actual.x == expected.x &&
         actual.y == expected.y;
}

std::optional<std::string> sign(Scheme, Hash hash, const EcPrivateKey& key,
                                std::string_view message, std::string_view entropy) {
  Drbg drbg(entropy, "touchstone ECDSA signature");
  Group group(key.public_key.curve);
  Mpi d, r, s;
  const std::string hashed = digest(hash, message);
  if (!drbg.is_ready() || !group.is_loaded || !d.read(key.d) ||
      mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, bytes(hashed), hashed.size(),
                                 mbedtls_md_get_type(md_info(hash)), Drbg::next, &drbg) != 0) {
    return {};
  }
  std::string first, second;
  const std::size_t length = key.public_key.x.size();
  if (!write(r, first, length) || !write(s, second, length)) return {};
  return first + second;
}

}  // namespace touchstone::crypto
