// What can hold a secret does not go into a JWK Set, whatever it is tried as. The test sees the
// compiler refuse each of these, and take the last one.
#include <touchstone/issuer.hpp>

std::string leak(const touchstone::SigningKey& key, const touchstone::SecretText& secret) {
#if LEAK == 1
  return touchstone::jwk_set({key});
#elif LEAK == 2
  return touchstone::jwk_set({secret});
#elif LEAK == 3
  return touchstone::jwk_set({secret.view()});
#elif LEAK == 4
  return touchstone::PublicJwk(key).json();
#elif LEAK == 5
  touchstone::PublicJwk jwk;
  return jwk.json();
#else
  (void)secret;
  return touchstone::jwk_set({*key.public_jwk()});
#endif
}
