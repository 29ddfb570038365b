// Judges cases by the C++ interface: see read_block() for what standard input holds; one reason a
// line comes out. verdicts.c is the same for C, builds.mjs the one who asks.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <touchstone/touchstone.hpp>

namespace {

using namespace touchstone;

/// A block is a letter, a space, a length in digits, a line end, that many bytes, a line end.
/// 'k' sets the JWK Set, 'o' the options (JSON), 'n' the time; 't' is a token to judge by them.
bool read_block(char& letter, std::string& bytes) {
  std::size_t length = 0;
  if (std::scanf(" %c %zu", &letter, &length) != 2) return false;
  std::getchar();
  bytes.resize(length);
  return std::fread(bytes.data(), 1, length, stdin) == length;
}

/// The first refusal of the three calls that a user makes.
std::string_view verdict(const std::string& token, const Result<KeySet>& keys,
                         const Result<Expectations>& expectations, NumericDate now) {
  if (!keys) return keys.error().reason();
  if (!expectations) return expectations.error().reason();
  const auto verified = verify(token, *keys, *expectations, now);
  return verified ? "valid" : verified.error().reason();
}

}  // namespace

int main() {
  auto keys = KeySet::parse("");
  auto expectations = Expectations::parse("{}");
  NumericDate now = 0;
  char letter;
  for (std::string bytes; read_block(letter, bytes);) {
    if (letter == 'k') keys = KeySet::parse(bytes);
    if (letter == 'o') expectations = Expectations::parse(bytes);
    if (letter == 'n') now = std::strtod(bytes.c_str(), nullptr);
    if (letter != 't') continue;
    const std::string_view reason = verdict(bytes, keys, expectations, now);
    std::printf("%.*s\n", static_cast<int>(reason.size()), reason.data());
  }
}
