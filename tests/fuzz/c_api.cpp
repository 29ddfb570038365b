// The C ABI on three texts: a set, options and a token, parted by a zero byte.
#include <touchstone/touchstone.h>

#include <cstring>
#include <string_view>

#include "require.hpp"

namespace {

std::string_view take(std::string_view& rest) {
  const auto end = rest.find('\0');
  const std::string_view text = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return text;
}

/// What holds for a result after every call.
void check(const touchstone_result* result, touchstone_error error) {
  require(touchstone_result_error(result) == error);
  const touchstone_view text = touchstone_result_text(result);
  if (error == TOUCHSTONE_OK) return;
  require(std::strlen(touchstone_error_reason(error)) > 0);
  const std::string_view json(text.data, text.length);
  require(json.find(touchstone_error_reason(error)) != json.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view set = take(rest), options = take(rest), token = rest;

  touchstone_result* result = touchstone_result_new();
  touchstone_key_set* keys = nullptr;
  touchstone_expectations* expectations = nullptr;
  require(result != nullptr);

  touchstone_error error =
      touchstone_expectations_parse(result, &expectations, options.data(), options.size());
  check(result, error);
  require((expectations == nullptr) == (error != TOUCHSTONE_OK));

  check(result, touchstone_decode(result, token.data(), token.size()));
  check(result, touchstone_audit(result, set.data(), set.size(), 1e9));
  check(result, touchstone_thumbprint(result, set.data(), set.size(), "sha-256", 7));
  error = touchstone_thumbprint_uri(result, set.data(), set.size(), options.data(), options.size());
  check(result, error);

  error = touchstone_key_set_parse(result, &keys, set.data(), set.size());
  check(result, error);
  require((keys == nullptr) == (error != TOUCHSTONE_OK));
  if (keys != nullptr) {
    check(result, touchstone_key_set_describe(result, keys));
    check(result, touchstone_explain(result, keys, expectations, token.data(), token.size(), 1e9));
    error = touchstone_verify_signature(result, keys, "HS256", 5, token.data(), token.size(),
                                        token.data(), token.size());
    check(result, error);
    error = touchstone_verify_jws(result, keys, expectations, token.data(), token.size(),
                                  options.data(), options.size());
    check(result, error);
    error = touchstone_verify(result, keys, expectations, token.data(), token.size(), 1e9);
    check(result, error);
    if (error == TOUCHSTONE_OK) require(touchstone_result_payload(result).data != nullptr);
    if (error != TOUCHSTONE_OK && error < TOUCHSTONE_PAYLOAD_JSON_INVALID)
      require(touchstone_result_payload(result).data == nullptr);
  }
  touchstone_expectations_free(expectations);
  touchstone_key_set_free(keys);
  touchstone_result_free(result);
  return 0;
}
