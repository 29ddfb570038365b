// Verification by Mbed TLS: what the verifier of vartime is compared with. Builds that choose it
// (TOUCHSTONE_VERIFY=reference) lack EdDSA and ML-DSA, which Mbed TLS does not have.
#pragma once

#include "crypto/crypto.hpp"

namespace touchstone::crypto::reference {

/// Null for a key that is not valid or not RSA or EC.
std::unique_ptr<const Verifier> make_verifier(const PublicKey::Form& form);

}  // namespace touchstone::crypto::reference
