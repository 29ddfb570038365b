// ML-DSA: a key that has grown its tables says what it said without. Input: the set, then the key,
// the signature and the message, whose lengths follow from it.
#include "crypto/crypto.hpp"
#include "require.hpp"

using namespace touchstone;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  struct Set {
    std::size_t key, signature;
  };
  constexpr Set sets[] = {{1312, 2420}, {1952, 3309}, {2592, 4627}};
  if (size == 0) return 0;
  const Set& set = sets[data[0] % 3];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (rest.size() < set.key) return 0;
  const crypto::PublicKey key(crypto::AkpKey{std::string(rest.substr(0, set.key))});
  const std::string_view signature = rest.substr(set.key, set.signature);
  const std::string_view message = rest.substr(set.key + signature.size());
  require(key.is_valid());
  const auto verifies = [&] {
    return crypto::verify_signature(crypto::Scheme::ml_dsa, crypto::Hash::none, key, message,
                                    signature);
  };
  const bool is_valid = verifies();
  require(!is_valid || signature.size() == set.signature);
  for (int i = 0; i < 17; ++i) require(verifies() == is_valid);
  return 0;
}
