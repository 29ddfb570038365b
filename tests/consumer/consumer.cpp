// Verifies the token in one file against the JWK Set in another, then sees a changed token refused.
#include <touchstone/touchstone.hpp>

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

static std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::string token = read(argv[1]);
  token.erase(token.find_last_not_of("\r\n") + 1);

  auto keys = touchstone::KeySet::parse(read(argv[2]));
  if (!keys) return std::cerr << keys.error().message() << '\n', 1;
  const touchstone::Expectations expected{.issuer = "https://id.example", .audience = "api"};
  const auto now = static_cast<double>(std::time(nullptr));

  auto jwt = touchstone::verify(token, *keys, expected, now);
  if (!jwt) return std::cerr << jwt.error().message() << '\n', 1;
  std::cout << "valid for " << jwt->claims()["sub"] << '\n';

  auto& last = token[token.size() - 20];
  last = last == 'A' ? 'B' : 'A';
  auto forged = touchstone::verify(token, *keys, expected, now);
  return !forged && forged.error().reason() == "signature_invalid" ? 0 : 1;
}
