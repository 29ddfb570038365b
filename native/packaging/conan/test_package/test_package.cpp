// That headers, library and what it stands on have arrived: a set is parsed, a token refused.
#include <touchstone/touchstone.hpp>

#include <iostream>

int main() {
  const auto keys = touchstone::KeySet::parse(R"({"keys": []})");
  if (!keys) return 1;
  const auto jwt = touchstone::verify("not a token", *keys, {}, 0);
  if (jwt) return 1;
  std::cout << jwt.error().reason() << '\n';
  return jwt.error().id() == touchstone::Error::token_malformed ? 0 : 1;
}
