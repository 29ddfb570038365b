#include "crypto/vartime/verifier.hpp"

#include "crypto/vartime/ecdsa.hpp"
#include "crypto/vartime/eddsa.hpp"
#include "crypto/vartime/eddsa_variants.hpp"
#include "crypto/vartime/ml_dsa.hpp"
#include "crypto/vartime/rsa.hpp"

namespace touchstone::crypto::vartime {
namespace {

template <class Curve>
class EcdsaVerifier : public Verifier {
 public:
  using Key = EcdsaKey<Curve>;

  static std::unique_ptr<const Verifier> make(const EcKey& key,
                                              std::shared_ptr<TableMemory> memory) {
    const auto point = Key::parse(key.x, key.y);
    if (!point) return nullptr;
    return std::make_unique<EcdsaVerifier>(*point, std::move(memory));
  }

  EcdsaVerifier(const typename Key::Affine& point, std::shared_ptr<TableMemory> memory)
      : key_(point, std::move(memory)) {}

  bool verify(Scheme scheme, Hash hash, std::string_view message,
              std::string_view signature) const override {
    return scheme == Scheme::ecdsa && hash != Hash::none &&
           key_.verify(digest(hash, message), signature);
  }

 private:
  Key key_;
};

template <class Variant>
class EddsaVerifier : public Verifier {
 public:
  using Key = EddsaKey<Variant>;

  static std::unique_ptr<const Verifier> make(const OkpKey& key,
                                              std::shared_ptr<TableMemory> memory) {
    const auto point = Key::parse(key.x);
    if (!point) return nullptr;
    return std::make_unique<EddsaVerifier>(*point, key.x, std::move(memory));
  }

  EddsaVerifier(const typename Key::Affine& point, std::string_view encoded,
                std::shared_ptr<TableMemory> memory)
      : key_(point, encoded, std::move(memory)) {}

  bool verify(Scheme scheme, Hash, std::string_view message,
              std::string_view signature) const override {
    return scheme == Scheme::eddsa && key_.verify(message, signature);
  }

 private:
  Key key_;
};

class RsaVerifier : public Verifier {
 public:
  static std::unique_ptr<const Verifier> make(const RsaKey& key) {
    const bool is_sound = key.n.size() >= 128 && key.n.size() <= rsa_max_bits / 8 &&
                          key.n.front() != 0 && (key.n.back() & 1) != 0 && !key.e.empty() &&
                          key.e.front() != 0 && key.e.size() <= 8 && (key.e.back() & 1) != 0 &&
                          key.e != "\1";
    return is_sound ? std::make_unique<RsaVerifier>(key) : nullptr;
  }

  explicit RsaVerifier(const RsaKey& key) : n_(key.n) {
    for (const char octet : key.e) e_ = e_ << 8 | static_cast<unsigned char>(octet);
  }

  bool verify(Scheme scheme, Hash hash, std::string_view message,
              std::string_view signature) const override {
    if ((scheme != Scheme::rsa_pkcs1 && scheme != Scheme::rsa_pss) || hash == Hash::none)
      return false;
    // The first to verify prepares the modulus for all; who comes meanwhile prepares it for itself.
    const auto* hot = hot_.get([this] { return make_rsa_power(n_); });
    const auto em =
        hot != nullptr ? hot->power(signature, e_) : make_rsa_power(n_)->power(signature, e_);
    if (!em) return false;
    const auto hashed = digest(hash, message);
    return scheme == Scheme::rsa_pkcs1 ? is_pkcs1_encoding(*em, hash, hashed)
                                       : is_pss_encoding(*em, bit_length(n_), hash, hashed);
  }

 private:
  std::string n_;
  std::uint64_t e_ = 0;
  Hot<RsaPower, 1> hot_{nullptr};
};

class MlDsaVerifier : public Verifier {
 public:
  static std::unique_ptr<const Verifier> make(const AkpKey& key,
                                              std::shared_ptr<TableMemory> memory) {
    auto parsed = MlDsaKey::parse(key.pub);
    if (!parsed) return nullptr;
    return std::make_unique<MlDsaVerifier>(*std::move(parsed), std::move(memory));
  }

  MlDsaVerifier(MlDsaKey key, std::shared_ptr<TableMemory> memory)
      : key_(std::move(key)), tables_(std::move(memory)) {}

  bool verify(Scheme scheme, Hash, std::string_view message,
              std::string_view signature) const override {
    const auto* tables = tables_.get([this] { return key_.build_tables(); }, key_.table_bytes());
    return scheme == Scheme::ml_dsa && key_.verify(message, signature, tables);
  }

 private:
  MlDsaKey key_;
  Hot<MlDsaKey::Tables> tables_;
};

struct Make {
  std::shared_ptr<TableMemory> memory;

  std::unique_ptr<const Verifier> operator()(const RsaKey& key) { return RsaVerifier::make(key); }
  std::unique_ptr<const Verifier> operator()(const EcKey& key) {
    switch (key.curve) {
      case CurveId::p256:
        return EcdsaVerifier<P256>::make(key, memory);
      case CurveId::p384:
        return EcdsaVerifier<P384>::make(key, memory);
      case CurveId::p521:
        return EcdsaVerifier<P521>::make(key, memory);
      case CurveId::secp256k1:
        return EcdsaVerifier<Secp256k1>::make(key, memory);
      case CurveId::ed25519:
      case CurveId::ed448:
        break;
    }
    return nullptr;
  }
  std::unique_ptr<const Verifier> operator()(const OkpKey& key) {
    return key.curve == CurveId::ed25519 ? EddsaVerifier<Ed25519>::make(key, memory)
           : key.curve == CurveId::ed448 ? EddsaVerifier<Ed448>::make(key, memory)
                                         : nullptr;
  }
  std::unique_ptr<const Verifier> operator()(const AkpKey& key) {
    return MlDsaVerifier::make(key, memory);
  }
  std::unique_ptr<const Verifier> operator()(const Secret&) { return nullptr; }
};

}  // namespace

std::unique_ptr<const Verifier> make_verifier(const PublicKey::Form& form,
                                              std::shared_ptr<TableMemory> memory) {
  return std::visit(Make{std::move(memory)}, form);
}

}  // namespace touchstone::crypto::vartime
