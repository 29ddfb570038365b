#include "cases.hpp"

#include "crypto/mbedtls/reference.hpp"

namespace touchstone::differential {
namespace {

std::string hex(std::string_view text) {
  std::string digits;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    digits += "0123456789abcdef"[value >> 4];
    digits += "0123456789abcdef"[value & 15];
  }
  return digits;
}

Verdict verdict_of(const crypto::Verifier* verifier, const Case& it) {
  if (verifier == nullptr) return Verdict::no_key;
  return verifier->verify(it.scheme, it.hash, it.message, it.signature) ? Verdict::valid
                                                                        : Verdict::invalid;
}

}  // namespace

Verdicts judge(const Case& it, bool hot) {
  const auto form = [](const auto& form_of) { return crypto::PublicKey::Form(form_of); };
  const crypto::PublicKey key(std::visit(form, it.key));
  const auto reference = crypto::reference::make_verifier(key.form());
  Verdicts verdicts{verdict_of(key.verifier(), it), verdict_of(reference.get(), it), false};
  for (int i = 0; hot && i < 17; ++i)  // tables appear with the sixteenth
    verdicts.hot_differs |= verdict_of(key.verifier(), it) != verdicts.vartime;
  return verdicts;
}

std::string describe(const Case& it) {
  std::string text = "scheme " + std::to_string(static_cast<int>(it.scheme)) + " hash " +
                     std::to_string(static_cast<int>(it.hash));
  if (const auto* ec = std::get_if<crypto::EcKey>(&it.key))
    text += " curve " + std::to_string(static_cast<int>(ec->curve)) + " x " + hex(ec->x) + " y " +
            hex(ec->y);
  if (const auto* rsa = std::get_if<crypto::RsaKey>(&it.key))
    text += " n " + hex(rsa->n) + " e " + hex(rsa->e);
  return text + " message " + hex(it.message) + " signature " + hex(it.signature) +
         (it.is_untouched ? ", which is valid" : "");
}

}  // namespace touchstone::differential
