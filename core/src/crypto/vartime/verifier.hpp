// From a key's bytes to what verifies with them, in variable time: none of it may ever see a
// secret.
#pragma once

#include "crypto/crypto.hpp"
#include "crypto/vartime/hot.hpp"

namespace touchstone::crypto::vartime {

/// Null for a secret and for a key that is not valid, see PublicKey::is_valid().
std::unique_ptr<const Verifier> make_verifier(const PublicKey::Form& form,
                                              std::shared_ptr<TableMemory> memory);

}  // namespace touchstone::crypto::vartime
