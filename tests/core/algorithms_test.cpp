#include "algorithms.hpp"

#include "support.hpp"

using namespace touchstone;

TEST_CASE("algorithms: the table has the names of the registry and no other", "[algorithms]") {
  std::string names;
  for (const Algorithm& row : algorithms()) names += std::string(row.name) + " ";
  CHECK(names ==
        "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519 Ed448 "
        "ML-DSA-44 ML-DSA-65 ML-DSA-87 HS256 HS384 HS512 ");
}

TEST_CASE("algorithms: signatures have the lengths of their RFCs", "[algorithms]") {
  const std::pair<const char*, std::size_t> lengths[] = {
      {"ES256", 64},       {"ES384", 96},  {"ES512", 132},      {"ES256K", 64},
      {"Ed25519", 64},     {"Ed448", 114}, {"ML-DSA-44", 2420}, {"ML-DSA-65", 3309},
      {"ML-DSA-87", 4627}, {"HS256", 32},  {"HS384", 48},       {"HS512", 64},
  };
  for (const auto& [name, length] : lengths)
    CHECK(find_algorithm(name)->signature_length == length);
}

TEST_CASE("J7: a name is found in its own spelling only", "[algorithms]") {
  CHECK(find_algorithm("RS256") != nullptr);
  for (const char* name :
       {"rs256", "RS256 ", "", "none", "RS1", "HS1", "ES256k", "A128KW", "dir"}) {
    CHECK(find_algorithm(name) == nullptr);
  }
}

TEST_CASE("algorithms: only HS is symmetric", "[algorithms]") {
  for (const Algorithm& row : algorithms()) {
    CHECK(row.is_symmetric() == row.name.starts_with("HS"));
    CHECK(row.is_symmetric() == (row.kty == "oct"));
  }
}

TEST_CASE("K10: EdDSA is the algorithm of the key's curve, and of no other", "[algorithms]") {
  const auto same = [](const char* a, const char* b, const char* crv) {
    return is_same_algorithm(*find_algorithm(a), *find_algorithm(b), crv);
  };
  CHECK(same("EdDSA", "Ed25519", "Ed25519"));
  CHECK(same("Ed25519", "EdDSA", "Ed25519"));
  CHECK(same("EdDSA", "Ed448", "Ed448"));
  CHECK(same("RS256", "RS256", ""));
  CHECK_FALSE(same("EdDSA", "Ed448", "Ed25519"));
  CHECK_FALSE(same("Ed25519", "Ed448", "Ed25519"));
  CHECK_FALSE(same("RS256", "PS256", ""));
  CHECK_FALSE(same("ES256", "ES256K", "P-256"));
}
