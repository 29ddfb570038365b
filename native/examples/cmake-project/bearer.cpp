// Who is behind an Authorization field, and may they? `bearer jwks.json SCOPE < authorization`
#include <touchstone/touchstone.hpp>

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace {

const touchstone::Expectations kExpectations{.issuer = "https://id.example", .audience = "api"};

/// The token of `Bearer TOKEN` (RFC 6750 section 2.1); empty when there is none.
std::string_view bearer_token(std::string_view field) {
  const std::string_view scheme = "bearer ";
  if (field.size() < scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = field[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return {};
  }
  return field.substr(scheme.size());
}

/// Whether the claim `scope` (RFC 8693 section 4.2) has the word.
bool has_scope(const touchstone::VerifiedJwt& jwt, const std::string& wanted) {
  const auto& scope = jwt.claims()["scope"];
  if (!scope.is_string()) return false;
  std::istringstream words(scope.get<std::string>());
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "bearer JWKS SCOPE < AUTHORIZATION\n", 2;
  std::ifstream file(argv[1]);
  const auto keys =
      touchstone::KeySet::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!keys) return std::cerr << keys.error().message() << '\n', 2;

  std::string field;
  std::getline(std::cin, field);
  const auto jwt = touchstone::verify(bearer_token(field), *keys, kExpectations,
                                      static_cast<double>(std::time(nullptr)));
  if (!jwt) return std::cout << "401 " << jwt.error().reason() << '\n', 1;
  if (!has_scope(*jwt, argv[2])) return std::cout << "403 insufficient_scope\n", 1;
  std::cout << "200 " << jwt->claims()["sub"] << '\n';
}
