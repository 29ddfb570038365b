// A store in a directory, and one in a database that is not there.
#include <touchstone/store.hpp>

#include <filesystem>
#include <iostream>

int main() {
  const std::string place = "consumer-store";
  std::filesystem::remove_all(place);
  const auto store = touchstone::open_store(place);
  if (!store) return std::cerr << store.error().message() << '\n', 1;
  if (const auto refusal = (*store)->create()) return std::cerr << refusal->message() << '\n', 1;
  const auto version = (*store)->compare_and_swap("", "a secret");
  if (!version) return std::cerr << version.error().message() << '\n', 1;
  const auto stored = (*store)->load();
  if (!stored || !*stored || (*stored)->version != *version) return std::cerr << "lost\n", 1;

  const auto database = touchstone::open_store("postgres://127.0.0.1:1/keys");
  if (!database) return std::cerr << database.error().message() << '\n', 1;
  const auto early = (*database)->load();
  if (early || early.error().detail().hint != "connect") return std::cerr << "connected\n", 1;
  std::cout << "stored " << (*stored)->text.view() << '\n';
}
