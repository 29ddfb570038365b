#include "crypto/crypto.hpp"

#ifdef TOUCHSTONE_VERIFY_REFERENCE
#include "crypto/mbedtls/reference.hpp"
#endif
#include "crypto/vartime/verifier.hpp"

namespace touchstone::crypto {
namespace {

#ifdef TOUCHSTONE_VERIFY_REFERENCE
std::unique_ptr<const Verifier> make_verifier(const PublicKey::Form& form,
                                              std::shared_ptr<TableMemory>) {
  return reference::make_verifier(form);
}
#else
using vartime::make_verifier;
#endif

}  // namespace

PublicKey::PublicKey(Form form, std::shared_ptr<TableMemory> memory)
    : form_(std::move(form)), verifier_(make_verifier(form_, std::move(memory))) {}

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
