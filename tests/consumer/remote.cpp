// A remote set without a provider: the fetch fails, a snapshot helps.
#include <touchstone/remote_key_set.hpp>

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

  const auto remote = touchstone::RemoteKeySet::create("http://127.0.0.1:1/jwks");
  if (!remote) return std::cerr << remote.error().message() << '\n', 1;
  const auto early = touchstone::verify(token, *remote, {.issuer = "https://id.example"});
  if (early || early.error().detail().hint != "connect") return std::cerr << "connected\n", 1;

  const nlohmann::json snapshot = {
      {"version", 1}, {"fetchedAt", std::time(nullptr)}, {"age", 0}, {"jwks", read(argv[2])}};
  if (const auto refusal = remote->restore(snapshot.dump()))
    return std::cerr << refusal->message() << '\n', 1;
  const auto jwt = touchstone::verify(token, *remote, {.issuer = "https://id.example"});
  if (!jwt) return std::cerr << jwt.error().message() << '\n', 1;
  std::cout << "valid for " << jwt->claims()["sub"] << '\n';
}
