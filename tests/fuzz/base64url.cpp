// base64url: what is accepted is the one spelling of its bytes, and every bytes have one.
#include "base64url.hpp"

#include "require.hpp"

using namespace touchstone;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string text = encode_base64url(input);
  require(decode_base64url(text) == input);
  if (const auto bytes = decode_base64url(input)) require(encode_base64url(*bytes) == input);
  if (const auto bytes = decode_base64(input)) {
    std::string padded = encode_base64url(*bytes);
    for (char& c : padded) c = c == '-' ? '+' : c == '_' ? '/' : c;
    padded.append((4 - padded.size() % 4) % 4, '=');
    require(padded == input);
  }
  return 0;
}
