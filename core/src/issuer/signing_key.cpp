#include "issuer/signing_key.hpp"

#include <algorithm>
#include <touchstone/key_set.hpp>
#include <utility>

#include "base64url.hpp"
#include "json_reader.hpp"

namespace touchstone {
namespace {

using crypto::WipedString;

constexpr std::size_t max_jwk_size = 64 * 1024;
constexpr std::size_t min_rsa_bits = 2048, max_rsa_bits = 8192;
constexpr JsonRules jwk_rules{.max_depth = 8,
                              .invalid = Error::jwk_malformed,
                              .duplicate_member = Error::jwk_malformed,
                              .too_deep = Error::jwk_malformed};

/// Of the names for EdDSA one leaves the curve open; Ed25519 is the one that we sign on.
std::string_view curve_name(const Algorithm& algorithm) {
  return algorithm.kty == "OKP" && algorithm.crv.empty() ? "Ed25519" : algorithm.crv;
}

// Reading.

/// A member that may be absent, but not something else than a string.
Result<std::optional<std::string_view>> text_of(const SecretJson& jwk, std::string_view name) {
  const SecretJson* value = find(jwk, name);
  if (value == nullptr) return std::optional<std::string_view>();
  const auto* text = value->get_ptr<const WipedString*>();
  if (text == nullptr) return Error(Error::member_invalid, name);
  return std::optional<std::string_view>(*text);
}

/// Reads the members of one key, and keeps the first fault.
class Members {
 public:
  explicit Members(const SecretJson& jwk) : jwk_(jwk) {}

  template <class Octets>
  Members& secret(std::string_view name, Octets& octets) {
    if (const auto text = required(name)) keep(name, crypto::decode_secret(*text), octets);
    return *this;
  }
  Members& open(std::string_view name, std::string& octets) {
    if (const auto text = required(name)) keep(name, decode_base64url(*text), octets);
    return *this;
  }
  /// Base64urlUInt has no leading zero octets (RFC 7518 section 2).
  Members& secret_number(std::string_view name, WipedString& octets) {
    return secret(name, octets).check(name, octets);
  }
  Members& open_number(std::string_view name, std::string& octets) {
    return open(name, octets).check(name, octets);
  }
  const Refusal& refusal() const { return refusal_; }

 private:
  std::optional<std::string_view> required(std::string_view name) {
    const auto text = text_of(jwk_, name);
    if (!text) return refuse(text.error());
    if (!*text) return refuse(Error(Error::member_missing, name));
    return *text;
  }
  template <class Octets>
  void keep(std::string_view name, std::optional<Octets> decoded, Octets& octets) {
    if (decoded && !decoded->empty())
      octets = *std::move(decoded);
    else
      refuse(Error(Error::member_invalid, name));
  }
  template <class Octets>
  Members& check(std::string_view name, const Octets& octets) {
    if (!octets.empty() && octets.front() == 0) refuse(Error(Error::member_invalid, name));
    return *this;
  }
  std::optional<std::string_view> refuse(Error error) {
    if (!refusal_) refusal_ = std::move(error);
    return {};
  }
  const SecretJson& jwk_;
  Refusal refusal_;
};

/// RFC 7517 sections 4.2 and 4.3: a key that is for something else does not sign.
Refusal check_purpose(const SecretJson& jwk) {
  const auto use = text_of(jwk, "use");
  if (!use) return use.error();
  if (*use && *use != "sig") return Error(Error::use_mismatch, "use");
  const SecretJson* key_ops = find(jwk, "key_ops");
  if (key_ops == nullptr) return {};
  if (!key_ops->is_array()) return Error(Error::key_ops_invalid, "key_ops");
  const bool may_sign = std::any_of(key_ops->begin(), key_ops->end(), [](const SecretJson& name) {
    return name.is_string() && name.get_ref<const WipedString&>() == "sign";
  });
  if (!may_sign) return Error(Error::key_ops_mismatch, "key_ops");
  return {};
}

/// The key's own algorithm, or the one that the caller names.
Result<const Algorithm*> algorithm_of(const SecretJson& jwk, std::string_view alg) {
  const auto own = text_of(jwk, "alg");
  if (!own) return own.error();
  if (!*own && alg.empty()) return Error(Error::member_missing, "alg");
  if (*own && !alg.empty() && *own != alg) return Error(Error::member_invalid, "alg");
  const Algorithm* algorithm = find_signing_algorithm(own->value_or(alg));
  if (algorithm == nullptr) return Error(Error::signing_alg_unsupported, "alg");
  return algorithm;
}

Result<crypto::PrivateKey> read_material(const SecretJson& jwk, const Algorithm& algorithm) {
  Members members(jwk);
  crypto::PrivateKey key;
  if (algorithm.kty == "RSA") {
    if (find(jwk, "oth") != nullptr) return Error(Error::member_invalid, "oth");
    auto& rsa = key.emplace<crypto::RsaPrivateKey>();
    members.open_number("n", rsa.public_key.n).open_number("e", rsa.public_key.e);
    members.secret_number("d", rsa.d).secret_number("p", rsa.p).secret_number("q", rsa.q);
    members.secret_number("dp", rsa.dp).secret_number("dq", rsa.dq).secret_number("qi", rsa.qi);
  } else if (algorithm.kty == "EC") {
    auto& ec = key.emplace<crypto::EcPrivateKey>();
    ec.public_key.curve = find_curve(curve_name(algorithm))->id;
    members.open("x", ec.public_key.x).open("y", ec.public_key.y).secret("d", ec.d);
  } else if (algorithm.kty == "OKP") {
    auto& okp = key.emplace<crypto::Ed25519PrivateKey>();
    okp.public_key.curve = crypto::CurveId::ed25519;
    members.open("x", okp.public_key.x).secret("d", okp.d);
  } else {
    members.secret("k", key.emplace<crypto::SymmetricKey>().k);
  }
  if (members.refusal()) return *members.refusal();
  return key;
}

// Checking.

std::string thumbprint_of(const crypto::SymmetricKey& key) {
  WipedString members = "{\"k\":\"";  // RFC 7638 section 3.2
  members += crypto::encode_secret(key.k);
  members += "\",\"kty\":\"oct\"}";
  return encode_base64url(crypto::digest(crypto::Hash::sha256, members));
}

/// By the verifier's own judgement of what will be published: what it would skip is refused here.
Result<std::string> thumbprint_of_usable(const PublicJwk& jwk) {
  const auto keys = KeySet::parse(jwk.json());
  if (!keys) return keys.error();
  if (!keys->skipped().empty()) return keys->skipped().front().reason;
  return std::string(keys->keys().front().thumbprint());
}

struct Consistency {
  bool operator()(const crypto::SymmetricKey&) const { return true; }
  template <class Key>
  bool operator()(const Key& key) const {
    return crypto::is_consistent(key);
  }
};

Result<SigningKey> assemble(const Algorithm& algorithm, crypto::PrivateKey private_key,
                            std::optional<std::string_view> kid) {
  auto data = std::make_shared<SigningKey::Data>(
      SigningKey::Data{&algorithm, std::string(), std::string(), std::move(private_key)});
  const SigningKey key(data);
  if (const auto* symmetric = std::get_if<crypto::SymmetricKey>(&data->key)) {
    if (symmetric->k.size() < algorithm.key_length) return Error(Error::hmac_key_too_short, "k");
    data->thumbprint = thumbprint_of(*symmetric);
  } else {
    auto thumbprint = thumbprint_of_usable(*key.public_jwk());
    if (!thumbprint) return thumbprint.error();
    data->thumbprint = *std::move(thumbprint);
  }
  data->kid = kid.value_or(data->thumbprint);
  return key;
}

// Making.

template <class Key>
std::optional<crypto::PrivateKey> as_private_key(std::optional<Key> key) {
  if (!key) return {};
  return crypto::PrivateKey(*std::move(key));
}

std::optional<crypto::PrivateKey> make_key(const Algorithm& algorithm, std::size_t rsa_bits,
                                           std::string_view entropy) {
  if (algorithm.kty == "RSA") return as_private_key(crypto::generate_rsa(rsa_bits, entropy));
  if (algorithm.kty == "OKP") return as_private_key(crypto::generate_ed25519(entropy));
  if (algorithm.kty == "EC") {
    const Curve& curve = *find_curve(algorithm.crv);
    return as_private_key(crypto::generate_ec(curve.id, curve.length, entropy));
  }
  auto k = crypto::random_secret(algorithm.key_length, entropy, "touchstone oct");
  if (!k) return {};
  return crypto::PrivateKey(crypto::SymmetricKey{*std::move(k)});
}

// Writing.

void append(WipedString& json, std::string_view name, std::string_view octets) {
  ((json += ",\"") += name) += "\":\"";
  (json += crypto::encode_secret(octets)) += '"';
}

struct PrivateMembers {
  WipedString& json;
  void operator()(const crypto::RsaPrivateKey& key) const {
    append(json, "d", key.d);
    append(json, "p", key.p);
    append(json, "q", key.q);
    append(json, "dp", key.dp);
    append(json, "dq", key.dq);
    append(json, "qi", key.qi);
  }
  void operator()(const crypto::EcPrivateKey& key) const { append(json, "d", key.d); }
  void operator()(const crypto::Ed25519PrivateKey& key) const { append(json, "d", key.d); }
  void operator()(const crypto::SymmetricKey& key) const { append(json, "k", key.k); }
};

}  // namespace

// PublicJwk

std::string PublicJwk::json() const {
  JsonWriter json;
  json.begin_object();
  if (const auto* rsa = std::get_if<Rsa>(&key_)) {
    json.name("kty").string("RSA").member("n", std::string_view(rsa->n));
    json.member("e", std::string_view(rsa->e));
  } else if (const auto* ec = std::get_if<Ec>(&key_)) {
    json.name("kty").string("EC").member("crv", std::string_view(ec->crv));
    json.member("x", std::string_view(ec->x)).member("y", std::string_view(ec->y));
  } else {
    const Okp& okp = std::get<Okp>(key_);
    json.name("kty").string("OKP").member("crv", std::string_view(okp.crv));
    json.member("x", std::string_view(okp.x));
  }
  json.member("alg", std::string_view(alg_)).name("use").string("sig");
  return json.member("kid", std::string_view(kid_)).end_object().take();
}

// SigningKey

Result<SigningKey> SigningKey::generate(std::string_view alg, std::string_view entropy,
                                        const Options& options) noexcept {
  if (entropy.size() < crypto::min_entropy) return Error::entropy_too_short;
  const Algorithm* algorithm = find_signing_algorithm(alg);
  if (algorithm == nullptr) return Error(Error::signing_alg_unsupported, "alg");
  if (options.rsa_bits < min_rsa_bits || options.rsa_bits > max_rsa_bits || options.rsa_bits % 8)
    return Error(Error::option_invalid, "rsaBits", "is not from 2048 to 8192 and a multiple of 8");
  if (options.kid && !is_valid_kid(*options.kid))
    return Error(Error::option_invalid, "kid", "is not 1 to 256 printable ASCII characters");
  auto key = make_key(*algorithm, options.rsa_bits, entropy);
  if (!key) return Error::key_generation_failed;
  // One modulus in 2^27 looks as if CVE-2017-15361 had made it, and no verifier of ours takes it.
  auto assembled = assemble(*algorithm, *std::move(key), options.kid);
  if (!assembled) return Error::key_generation_failed;
  return assembled;
}

Result<SigningKey> SigningKey::parse(std::string_view jwk, std::string_view alg) noexcept {
  if (jwk.size() > max_jwk_size) return Error::jwk_malformed;
  const auto object = JsonReader<SecretJson>(jwk, jwk_rules).read();
  if (!object) return object.error();
  return parse_signing_key(*object, alg);
}

Result<SigningKey> parse_signing_key(const SecretJson& jwk, std::string_view alg) {
  if (!jwk.is_object()) return Error::jwk_malformed;
  const auto kty = text_of(jwk, "kty");
  if (!kty) return kty.error();
  if (!*kty) return Error(Error::member_missing, "kty");
  const auto algorithm = algorithm_of(jwk, alg);
  if (!algorithm) return algorithm.error();
  if (*kty != (*algorithm)->kty) return Error(Error::alg_kty_inconsistent, "kty");
  const auto crv = text_of(jwk, "crv");
  if (!crv) return crv.error();
  if (crv->value_or("") != curve_name(**algorithm)) {
    const bool is_missing = !*crv && !curve_name(**algorithm).empty();
    return Error(is_missing ? Error::member_missing : Error::alg_kty_inconsistent, "crv");
  }
  if (auto refusal = check_purpose(jwk)) return *refusal;
  const auto kid = text_of(jwk, "kid");
  if (!kid) return kid.error();
  if (*kid && !is_valid_kid(**kid)) return Error(Error::member_invalid, "kid");
  auto material = read_material(jwk, **algorithm);
  if (!material) return material.error();
  auto key = assemble(**algorithm, *std::move(material), *kid);
  if (!key) return key;
  if (!std::visit(Consistency{}, key->data().key)) return Error::private_key_mismatch;
  return key;
}

std::string_view SigningKey::alg() const noexcept { return data_->algorithm->name; }
std::string_view SigningKey::kid() const noexcept { return data_->kid; }
std::string_view SigningKey::thumbprint() const noexcept { return data_->thumbprint; }
bool SigningKey::is_symmetric() const noexcept { return data_->algorithm->is_symmetric(); }

std::optional<PublicJwk> SigningKey::public_jwk() const {
  if (is_symmetric()) return {};
  PublicJwk jwk;
  jwk.kid_ = data_->kid;
  jwk.alg_ = alg();
  const std::string crv(curve_name(*data_->algorithm));
  if (const auto* rsa = std::get_if<crypto::RsaPrivateKey>(&data_->key)) {
    jwk.key_ =
        PublicJwk::Rsa{encode_base64url(rsa->public_key.n), encode_base64url(rsa->public_key.e)};
  } else if (const auto* ec = std::get_if<crypto::EcPrivateKey>(&data_->key)) {
    jwk.key_ =
        PublicJwk::Ec{crv, encode_base64url(ec->public_key.x), encode_base64url(ec->public_key.y)};
  } else {
    const auto& okp = std::get<crypto::Ed25519PrivateKey>(data_->key);
    jwk.key_ = PublicJwk::Okp{crv, encode_base64url(okp.public_key.x)};
  }
  return jwk;
}

SecretText SigningKey::private_jwk() const { return SecretText(write_private_jwk(*this)); }

WipedString write_private_jwk(const SigningKey& key) {
  std::string open;
  if (const auto public_jwk = key.public_jwk()) {
    open = public_jwk->json();
  } else {
    JsonWriter json;
    json.begin_object()
        .name("kty")
        .string("oct")
        .member("alg", key.alg())
        .name("use")
        .string("sig");
    open = json.member("kid", key.kid()).end_object().take();
  }
  open.pop_back();
  WipedString json(open);
  std::visit(PrivateMembers{json}, key.data().key);
  json += '}';
  return json;
}

const SecretJson* find(const SecretJson& object, std::string_view name) {
  const auto& members = object.get_ref<const SecretJson::object_t&>();
  const auto member = members.find(name);
  return member == members.end() ? nullptr : &member->second;
}

const Algorithm* find_signing_algorithm(std::string_view name) {
  const Algorithm* algorithm = find_algorithm(name);
  const bool can_sign = algorithm != nullptr && algorithm->scheme != crypto::Scheme::ml_dsa &&
                        algorithm->crv != "Ed448";
  return can_sign ? algorithm : nullptr;
}

bool is_valid_kid(std::string_view kid) {
  return !kid.empty() && kid.size() <= 256 &&
         std::all_of(kid.begin(), kid.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace touchstone
