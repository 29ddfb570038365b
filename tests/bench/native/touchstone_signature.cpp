// The one file of the bench that looks behind Touchstone's public headers: a signature, and nothing
// around it.
#include <memory>
#include <touchstone/key_set.hpp>

#include "algorithms.hpp"
#include "crypto/crypto.hpp"

namespace bench {

bool seam_can_verify(std::string_view alg) {
  const touchstone::Algorithm* row = touchstone::find_algorithm(alg);
  return row != nullptr && touchstone::crypto::can_verify(row->scheme);
}

bool seam_verify(const void* algorithm, const touchstone::Jwk& key, std::string_view input,
                 std::string_view signature) {
  const auto* row = static_cast<const touchstone::Algorithm*>(algorithm);
  return touchstone::crypto::verify_signature(row->scheme, row->hash, key.public_key(), input,
                                              signature);
}

const void* seam_algorithm(std::string_view alg) { return touchstone::find_algorithm(alg); }

}  // namespace bench
