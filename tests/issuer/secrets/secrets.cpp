// Whether what handles secrets branches on them or looks up by them. Memcheck is told that the
// secret is not initialised, and then complains of each jump and each address that depends on it
// (the way of A. Langley's ctgrind). For valgrind: `valgrind -q touchstone_secrets [--all]`.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstring>

#include "crypto/signing.hpp"

using namespace touchstone::crypto;

namespace {

const std::string entropy(48, 'e');

void hide(WipedString& secret) { VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size()); }
template <class Text>
void reveal(Text& text) {
  VALGRIND_MAKE_MEM_DEFINED(text.data(), text.size());
}

bool hmac(Hash hash) {
  SymmetricKey key{WipedString(64, 'k')};
  hide(key.k);
  auto tag = sign(Scheme::hmac, hash, key, "message", entropy);
  if (tag) reveal(*tag);
  return tag.has_value();
}

bool ed25519() {
  auto key = *generate_ed25519(entropy);
  hide(key.d);
  auto signature = sign(Scheme::eddsa, Hash::none, key, "message", entropy);
  if (signature) reveal(*signature);
  return signature.has_value();
}

bool ecdsa(CurveId curve, std::size_t length) {
  auto key = *generate_ec(curve, length, entropy);
  hide(key.d);
  auto signature = sign(Scheme::ecdsa, Hash::sha256, key, "message", entropy);
  if (signature) reveal(*signature);
  return true;
}

bool base64url() {
  WipedString secret(48, 's');
  hide(secret);
  WipedString text = encode_secret(secret);
  reveal(text);
  return text.size() == 64;
}

/// By the processor's AES, which valgrind knows; without one it is done by tables. Sealing alone:
/// whether a tag is right is no secret.
bool aes_gcm() {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("aes")) return true;
  WipedString key(32, 'k'), secret(100, 's');
  hide(key);
  hide(secret);
  auto sealed = seal_aes_gcm(key, secret, "header", entropy);
  if (sealed) reveal(sealed->tag);
  return sealed.has_value();
#else
  return true;
#endif
}

bool comparison() {
  WipedString secret(32, 's');
  hide(secret);
  bool is_equal = is_equal_secret(secret, std::string(32, 'x'));
  VALGRIND_MAKE_MEM_DEFINED(&is_equal, sizeof is_equal);
  return !is_equal;
}

/// That the tool sees what it is for.
bool leak() {
  WipedString secret(32, 's');
  hide(secret);
  volatile bool is_equal = std::memcmp(secret.data(), std::string(32, 's').data(), 32) == 0;
  if (is_equal) return true;
  return true;
}

struct Operation {
  const char* name;
  bool (*run)();
  enum { clean, leaks, told } expected;  // `told`: what Mbed TLS leaves open, for --all alone
};

constexpr Operation operations[] = {
    {"a comparison that leaks", leak, Operation::leaks},
    {"HMAC with SHA-256", [] { return hmac(Hash::sha256); }, Operation::clean},
    {"HMAC with SHA-384", [] { return hmac(Hash::sha384); }, Operation::clean},
    {"HMAC with SHA-512", [] { return hmac(Hash::sha512); }, Operation::clean},
    {"Ed25519", ed25519, Operation::clean},
    {"base64url", base64url, Operation::clean},
    {"AES-256-GCM", aes_gcm, Operation::clean},
    {"comparison", comparison, Operation::clean},
    {"ECDSA on P-256", [] { return ecdsa(CurveId::p256, 32); }, Operation::told},
    {"ECDSA on P-384", [] { return ecdsa(CurveId::p384, 48); }, Operation::told},
};

}  // namespace

int main(int count, char** arguments) {
  if (!RUNNING_ON_VALGRIND) {
    std::puts("not under valgrind: nothing to see");
    return 1;
  }
  const bool is_all = count > 1 && std::strcmp(arguments[1], "--all") == 0;
  int failed = 0;
  for (const Operation& operation : operations) {
    if (operation.expected == Operation::told && !is_all) continue;
    const auto before = VALGRIND_COUNT_ERRORS;
    const bool is_done = operation.run();
    const auto errors = VALGRIND_COUNT_ERRORS - before;
    const bool is_well = operation.expected == Operation::told ||
                         (is_done && (errors == 0) == (operation.expected == Operation::clean));
    std::printf("%s: %s, %u places depend on the secret\n", is_well ? "ok" : "NOT OK",
                operation.name, static_cast<unsigned>(errors));
    failed += !is_well;
  }
  return failed == 0 ? 0 : 1;
}
