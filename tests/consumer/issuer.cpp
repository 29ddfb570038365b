// Makes a ring, signs a token and verifies it by what is published, as an issuer's first lines
// would.
#include <touchstone/issuer.hpp>
#include <touchstone/touchstone.hpp>

#include <ctime>
#include <iostream>
#include <random>

static std::string entropy() {
  std::random_device source;
  std::string bytes;
  while (bytes.size() < 48) bytes += static_cast<char>(source());
  return bytes;
}

int main() {
  const double now = static_cast<double>(std::time(nullptr));
  auto rotated = touchstone::rotate({}, {.alg = "Ed25519"}, now, entropy());
  if (!rotated) return std::cerr << rotated.error().message() << '\n', 1;
  touchstone::KeyRing ring = rotated->ring;
  auto signed_jwt = touchstone::sign(R"({"sub":"ada"})", ring, now, entropy());
  if (!signed_jwt) return std::cerr << signed_jwt.error().message() << '\n', 1;
  auto keys = touchstone::KeySet::parse(touchstone::publish_jwks(ring, now).body);
  if (!keys) return std::cerr << keys.error().message() << '\n', 1;
  auto jwt = touchstone::verify(signed_jwt->token, *keys, {}, now);
  if (!jwt) return std::cerr << jwt.error().message() << '\n', 1;
  std::cout << jwt->claims()["sub"] << '\n';
}
