// Ed25519 and Ed448: our own verification and OpenSSL's agree, where RFC 8032 leaves no choice.
// Input: the curve, a secret's choices and what is changed, then the message.
#include <openssl/evp.h>

#include <memory>

#include "crypto/crypto.hpp"
#include "differential/choices.hpp"
#include "require.hpp"

using namespace touchstone;

namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

struct Signed {
  std::string key, signature;
};

Signed sign(const char* name, const std::string& secret, const std::string& message) {
  const Key key(
      EVP_PKEY_new_raw_private_key_ex(nullptr, name, nullptr, bytes(secret), secret.size()));
  Signed it{std::string(secret.size(), '\0'), std::string(2 * secret.size(), '\0')};
  std::size_t key_size = it.key.size(), size = it.signature.size();
  const Context context(EVP_MD_CTX_new());
  require(key && EVP_PKEY_get_raw_public_key(key.get(), bytes(it.key), &key_size) == 1);
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  require(EVP_DigestSign(context.get(), bytes(it.signature), &size, bytes(message),
                         message.size()) == 1);
  return it;
}

bool openssl_verifies(const char* name, const Signed& it, const std::string& message) {
  const Key key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, name, nullptr, bytes(it.key), it.key.size()));
  const Context context(EVP_MD_CTX_new());
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
    return false;
  return EVP_DigestVerify(context.get(), bytes(it.signature), it.signature.size(), bytes(message),
                          message.size()) == 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_448 = data[0] % 2 != 0;
  const char* name = is_448 ? "ED448" : "ED25519";
  const std::size_t length = is_448 ? 57 : 32;
  differential::GivenChoices choices(data + 1, size - 1);

  std::string message = choices.octets(choices.below(64));
  Signed it = sign(name, choices.number(length), message);
  const auto change = choices.below(12);
  std::string r = it.signature.substr(0, length), s = it.signature.substr(length);
  if (change == 1) r = choices.number(length);
  if (change == 2) s = choices.number(length);
  if (change == 3) r = choices.flipped(r);
  if (change == 4) s = choices.flipped(s);
  if (change == 5) message = choices.flipped(message + 'x');
  if (change == 6) it.key = choices.flipped(it.key);
  if (change == 7) it.key = choices.number(length);
  if (change == 8) it.key = sign(name, choices.number(length), message).key;
  if (change == 9) r = it.key;
  it.signature = r + s;

  const crypto::CurveId curve = is_448 ? crypto::CurveId::ed448 : crypto::CurveId::ed25519;
  const crypto::PublicKey key(crypto::OkpKey{curve, it.key});
  const auto verifies = [&] {
    return crypto::verify_signature(crypto::Scheme::eddsa, crypto::Hash::none, key, message,
                                    it.signature);
  };
  const bool is_valid = verifies();
  if (change == 0 || change > 9) require(is_valid);
  // The known difference: OpenSSL takes keys of small order, which sign anything for anyone, and
  // for Ed25519 such as encode y + p for y. We refuse both, as a key; then it is free to say what
  // it likes.
  if (key.is_valid()) require(is_valid == openssl_verifies(name, it, message));
  require(key.is_valid() || !is_valid);
  for (int i = 0; data[0] >= 0xfe && i < 17; ++i) require(verifies() == is_valid);
  return 0;
}
