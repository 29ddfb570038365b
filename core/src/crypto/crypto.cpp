#include "crypto/crypto.hpp"

#ifdef TOUCHSTONE_VERIFY_REFERENCE
#include "crypto/mbedtls/reference.hpp"
#endif
#include "crypto/vartime/verifier.hpp"

namespace touchstone::crypto {
namespace {

// Not by the name of either: the memory is a type of vartime's, whose function every call would
// find.
std::unique_ptr<const Verifier> verifier_for(const PublicKey::Form& form,
                                             std::shared_ptr<TableMemory> memory) {
#ifdef TOUCHSTONE_VERIFY_REFERENCE
  (void)memory;
  return reference::make_verifier(form);
#else
  return vartime::make_verifier(form, std::move(memory));
#endif
}

}  // namespace

PublicKey::PublicKey(Form form, std::shared_ptr<TableMemory> memory)
    : form_(std::move(form)), verifier_(verifier_for(form_, std::move(memory))) {}

bool can_verify(Scheme scheme) {
#ifdef TOUCHSTONE_VERIFY_REFERENCE
  return scheme != Scheme::eddsa && scheme != Scheme::ml_dsa;
#else
  (void)scheme;
  return true;
#endif
}

bool verify_signature(Scheme scheme, Hash hash, const PublicKey& key, std::string_view message,
                      std::string_view signature) {
  if (const auto* secret = key.as<Secret>())
    return scheme == Scheme::hmac && verify_hmac(hash, *secret, message, signature);
  return key.verifier() != nullptr && key.verifier()->verify(scheme, hash, message, signature);
}

std::shared_ptr<TableMemory> make_table_memory(std::size_t bytes) {
  return std::make_shared<TableMemory>(bytes);
}

}  // namespace touchstone::crypto
