// What our own verification and Mbed TLS's judge alike: keys, messages and signatures, often valid
// or nearly so.
#pragma once

#include <string>
#include <variant>

#include "choices.hpp"
#include "crypto/crypto.hpp"

namespace touchstone::differential {

struct Case {
  crypto::Scheme scheme;
  crypto::Hash hash;
  std::variant<crypto::RsaKey, crypto::EcKey> key;
  std::string message, signature;
  bool is_untouched;  ///< nothing was changed after signing, so it is valid
};

/// Of a curve that has ECDSA.
Case make_ecdsa_case(crypto::CurveId curve, Choices& choices);
Case make_rsa_case(crypto::Scheme scheme, Choices& choices);

enum class Verdict { valid, invalid, no_key };
struct Verdicts {
  Verdict vartime, reference;
  bool hot_differs;
  bool agree(const Case& it) const {
    return vartime == reference && !hot_differs && (!it.is_untouched || vartime == Verdict::valid);
  }
};
/// With `hot`, so often that the key grows its tables, which must say the same.
Verdicts judge(const Case& it, bool hot);

/// The case for a person who looks for what went wrong.
std::string describe(const Case& it);

}  // namespace touchstone::differential
