#include "jwk.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "base64url.hpp"
#include "table.hpp"
#include "thumbprint.hpp"

namespace touchstone {
namespace {

constexpr std::size_t min_modulus_bits = 2048;  // RFC 7518 section 3.3
constexpr std::size_t max_modulus_bits = 8192;  // larger ones only cost time

using Tables = std::shared_ptr<crypto::TableMemory>;

/// What the type-specific half of the parser found out.
struct Material {
  std::string crv;
  std::size_t bits;
  crypto::PublicKey key;
};

/// Undoes the leading zero octets that some issuers write though RFC 7518 section 2 forbids them.
std::string strip_leading_zeros(const std::string& octets) {
  const auto first = octets.find_first_not_of('\0');
  return first == octets.npos ? std::string() : octets.substr(first);
}

std::size_t bit_length(const std::string& magnitude) {
  return (magnitude.size() - 1) * 8 +
         static_cast<std::size_t>(std::bit_width(static_cast<unsigned char>(magnitude.front())));
}

bool is_odd(const std::string& magnitude) { return (magnitude.back() & 1) != 0; }

/// Whether the modulus has the form that the flawed generator of CVE-2017-15361 gives to its
/// primes: modulo each of these small primes it is then a power of 65537. A random modulus passes
/// as such once in 2^27.
bool has_roca_fingerprint(const std::string& modulus) {
  constexpr unsigned primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                 79, 97, 103, 107, 109, 127, 151, 157};
  return std::all_of(std::begin(primes), std::end(primes), [&](unsigned prime) {
    unsigned remainder = 0;
    for (const char octet : modulus)
      remainder = (remainder * 256 + static_cast<unsigned char>(octet)) % prime;
    unsigned power = 1;
    do {
      if (power == remainder) return true;
      power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
  });
}

/// A required member's bytes.
Result<std::string> octets_of(const Json& jwk, std::string_view name) {
  const Json* value = find(jwk, name);
  if (value == nullptr) return Error(Error::member_missing, name);
  const auto* text = value->get_ptr<const std::string*>();
  auto octets = text == nullptr ? std::nullopt : decode_base64url(*text);
  if (!octets || octets->empty()) return Error(Error::member_invalid, name);
  return std::move(*octets);
}

/// The row of the key's curve, which must be one of its type and able to verify.
Result<const Curve*> curve_of(const Json& jwk, std::string_view kty) {
  const std::string* crv = find_string(jwk, "crv");
  if (crv == nullptr)
    return Error(find(jwk, "crv") ? Error::member_invalid : Error::member_missing, "crv");
  const Curve* curve = find_curve(*crv);
  if (curve == nullptr || curve->kty != kty) return Error(Error::crv_unsupported, "crv");
  return curve;
}

// RFC 7518 section 6.3.1
Result<Material> parse_rsa(const Json& jwk, const Tables&) {
  const auto n_octets = octets_of(jwk, "n");
  if (!n_octets) return n_octets.error();
  const auto e_octets = octets_of(jwk, "e");
  if (!e_octets) return e_octets.error();
  const std::string n = strip_leading_zeros(*n_octets);
  const std::string e = strip_leading_zeros(*e_octets);
  if (n.empty() || bit_length(n) < min_modulus_bits)
    return Error(Error::rsa_modulus_too_small, "n");
  if (bit_length(n) > max_modulus_bits) return Error(Error::rsa_modulus_too_large, "n");
  if (!is_odd(n)) return Error(Error::rsa_modulus_invalid, "n");
  const bool is_one = e == "\1";
  if (e.empty() || !is_odd(e) || is_one || bit_length(e) > 64)
    return Error(Error::rsa_exponent_invalid, "e");
  if (has_roca_fingerprint(n)) return Error(Error::rsa_weak_roca, "n");
  return Material{{}, bit_length(n), crypto::PublicKey(crypto::RsaKey{n, e})};
}

// RFC 7518 section 6.2.1
Result<Material> parse_ec(const Json& jwk, const Tables& tables) {
  const auto curve = curve_of(jwk, "EC");
  if (!curve) return curve.error();
  const auto x = octets_of(jwk, "x");
  if (!x) return x.error();
  const auto y = octets_of(jwk, "y");
  if (!y) return y.error();
  const std::size_t length = (*curve)->length;
  if (x->size() != length) return Error(Error::ec_coordinate_length, "x");
  if (y->size() != length) return Error(Error::ec_coordinate_length, "y");
  crypto::PublicKey key(crypto::EcKey{(*curve)->id, *x, *y}, tables);
  if (!key.is_valid()) return Error(Error::ec_point_invalid);
  return Material{std::string((*curve)->name), (*curve)->bits, std::move(key)};
}

// RFC 8037 section 2
Result<Material> parse_okp(const Json& jwk, const Tables& tables) {
  const auto curve = curve_of(jwk, "OKP");
  if (!curve) return curve.error();
  const auto x = octets_of(jwk, "x");
  if (!x) return x.error();
  if (x->size() != (*curve)->length) return Error(Error::okp_length, "x");
  crypto::PublicKey key(crypto::OkpKey{(*curve)->id, *x}, tables);
  if (!key.is_valid()) return Error(Error::okp_point_invalid, "x");
  return Material{std::string((*curve)->name), (*curve)->bits, std::move(key)};
}

// RFC 9964: alg is required and says how long pub is
Result<Material> parse_akp(const Json& jwk, const Tables& tables) {
  const std::string* alg = find_string(jwk, "alg");
  if (alg == nullptr) return Error(Error::member_missing, "alg");
  const auto pub = octets_of(jwk, "pub");
  if (!pub) return pub.error();
  const Algorithm* algorithm = find_algorithm(*alg);
  if (algorithm == nullptr || algorithm->kty != "AKP")
    return Error(Error::alg_kty_inconsistent, "alg");
  if (pub->size() != algorithm->key_length) return Error(Error::akp_length, "pub");
  return Material{{}, pub->size() * 8, crypto::PublicKey(crypto::AkpKey{*pub}, tables)};
}

// RFC 7518 section 6.4; section 3.2 asks for a key at least as long as the hash, and SHA-256 is the
// shortest
Result<Material> parse_oct(const Json& jwk, const Tables&) {
  auto k = octets_of(jwk, "k");
  if (!k) return k.error();
  crypto::Secret secret(*std::move(k));
  const std::size_t length = secret.bytes().size();
  if (length < digest_size(crypto::Hash::sha256)) return Error(Error::hmac_key_too_short, "k");
  return Material{{}, length * 8, crypto::PublicKey(std::move(secret))};
}

struct KeyType {
  std::string_view name;
  Result<Material> (*parse)(const Json& jwk, const Tables& tables);
  std::array<std::string_view, 7> private_members;
};

constexpr KeyType key_types[] = {
    {"RSA", parse_rsa, {"d", "p", "q", "dp", "dq", "qi", "oth"}},
    {"EC", parse_ec, {"d"}},
    {"OKP", parse_okp, {"d"}},
    {"AKP", parse_akp, {"priv"}},
    {"oct", parse_oct, {}},  // its k is all it has
};

Result<const KeyType*> key_type_of(const Json& jwk) {
  const std::string* kty = find_string(jwk, "kty");
  if (kty == nullptr)
    return Error(find(jwk, "kty") ? Error::member_invalid : Error::member_missing, "kty");
  const KeyType* type = find_row(key_types, *kty);
  if (type == nullptr) return Error(Error::kty_unsupported, "kty");
  return type;
}

Refusal check_text_members(const Json& jwk) {
  for (const std::string_view name : {"kid", "alg", "use"}) {
    if (find(jwk, name) != nullptr && find_string(jwk, name) == nullptr) {
      return Error(Error::member_invalid, name);
    }
  }
  return {};
}

// OpenID Connect Discovery section 3: a published set holds no private key. The member is not even
// decoded.
Refusal check_no_private_member(const Json& jwk, const KeyType& type) {
  for (const std::string_view name : type.private_members) {
    if (!name.empty() && find(jwk, name) != nullptr) return Error(Error::private_member, name);
  }
  return {};
}

constexpr std::string_view encryption_operations[] = {"encrypt",   "decrypt",   "wrapKey",
                                                      "unwrapKey", "deriveKey", "deriveBits"};

bool is_encryption(std::string_view operation) {
  return std::find(std::begin(encryption_operations), std::end(encryption_operations), operation) !=
         std::end(encryption_operations);
}

// RFC 7517 section 4.3: distinct strings, "verify" among them, none that contradicts use
Refusal check_key_ops(const Json& key_ops, bool has_use) {
  const auto* operations = key_ops.get_ptr<const Json::array_t*>();
  if (operations == nullptr) return Error(Error::key_ops_invalid, "key_ops");
  std::set<std::string_view> names;
  bool encrypts = false;
  for (const Json& operation : *operations) {
    const auto* name = operation.get_ptr<const std::string*>();
    if (name == nullptr || !names.insert(*name).second)
      return Error(Error::key_ops_invalid, "key_ops");
    encrypts = encrypts || is_encryption(*name);
  }
  if (!names.contains("verify")) return Error(Error::key_ops_mismatch, "key_ops");
  if (has_use && encrypts) return Error(Error::use_key_ops_inconsistent, "key_ops");
  return {};
}

Refusal check_purpose(const Json& jwk) {
  const std::string* use = find_string(jwk, "use");
  if (use != nullptr && *use != "sig") return Error(Error::use_mismatch, "use");
  const Json* key_ops = find(jwk, "key_ops");
  return key_ops == nullptr ? Refusal{} : check_key_ops(*key_ops, use != nullptr);
}

/// The key's own alg, if it has one, must be for keys of this type and curve.
Refusal check_alg(const Json& jwk, std::string_view kty, const Material& material) {
  const std::string* alg = find_string(jwk, "alg");
  if (alg == nullptr) return {};
  const Algorithm* algorithm = find_algorithm(*alg);
  if (algorithm == nullptr || algorithm->kty != kty ||
      (!algorithm->crv.empty() && algorithm->crv != material.crv)) {
    return Error(Error::alg_kty_inconsistent, "alg");
  }
  if (algorithm->is_symmetric() && material.bits < algorithm->key_length * 8) {
    return Error(Error::hmac_key_too_short, "k");
  }
  return {};
}

std::optional<std::string> text_member(const Json& jwk, std::string_view name) {
  const std::string* text = find_string(jwk, name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

}  // namespace

Result<Jwk> parse_jwk(const Json& jwk, std::size_t index,
                      std::shared_ptr<crypto::TableMemory> tables) {
  if (jwk.is_discarded()) return Error(Error::duplicate_member);
  if (!jwk.is_object()) return Error(Error::not_an_object);
  const auto type = key_type_of(jwk);
  if (!type) return type.error();
  if (auto refusal = check_no_private_member(jwk, **type)) return *refusal;
  if (auto refusal = check_text_members(jwk)) return *refusal;
  if (auto refusal = check_purpose(jwk)) return *refusal;
  auto material = (*type)->parse(jwk, tables);
  if (!material) return material.error();
  if (auto refusal = check_alg(jwk, (*type)->name, *material)) return *refusal;
  auto thumbprint = thumbprint_of(jwk, crypto::Hash::sha256);
  if (!thumbprint) return thumbprint.error();
  return Jwk(std::make_shared<const Jwk::Data>(Jwk::Data{
      .index = index,
      .kty = std::string((*type)->name),
      .crv = std::move(material->crv),
      .kid = text_member(jwk, "kid"),
      .alg = text_member(jwk, "alg"),
      .use = text_member(jwk, "use"),
      .bits = material->bits,
      .thumbprint = *std::move(thumbprint),
      .key = std::move(material->key),
  }));
}

std::optional<Error::Id> unfit_for(const Jwk& key, const Algorithm& algorithm) {
  if (key.kty() != algorithm.kty) return Error::kty_mismatch;
  if (!algorithm.crv.empty() && key.crv() != algorithm.crv) return Error::crv_mismatch;
  const Algorithm* own = key.alg() ? find_algorithm(*key.alg()) : nullptr;
  if (own != nullptr && !is_same_algorithm(*own, algorithm, key.crv()))
    return Error::key_alg_mismatch;
  if (algorithm.is_symmetric() && key.bits() < algorithm.key_length * 8)
    return Error::hmac_key_too_short;
  return {};
}

std::size_t signature_length(const Jwk& key, const Algorithm& algorithm) {
  if (algorithm.signature_length != 0) return algorithm.signature_length;
  if (const Curve* curve = find_curve(key.crv())) return curve->eddsa_signature_length;
  return (key.bits() + 7) / 8;
}

namespace {
std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}
}  // namespace

std::string_view Jwk::kty() const noexcept { return data_->kty; }
std::string_view Jwk::crv() const noexcept { return data_->crv; }
std::optional<std::string_view> Jwk::kid() const noexcept { return view(data_->kid); }
std::optional<std::string_view> Jwk::alg() const noexcept { return view(data_->alg); }
std::optional<std::string_view> Jwk::use() const noexcept { return view(data_->use); }
std::size_t Jwk::bits() const noexcept { return data_->bits; }
std::size_t Jwk::index() const noexcept { return data_->index; }
std::string_view Jwk::thumbprint() const noexcept { return data_->thumbprint; }
const crypto::PublicKey& Jwk::public_key() const noexcept { return data_->key; }

}  // namespace touchstone
