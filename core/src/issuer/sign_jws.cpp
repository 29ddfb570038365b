#include "base64url.hpp"
#include "issuer/signing_key.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

constexpr std::size_t max_header_size = 8 * 1024;  // what verifiers take
constexpr JsonRules header_rules{.max_depth = 8,
                                 .invalid = Error::option_invalid,
                                 .duplicate_member = Error::option_invalid,
                                 .too_deep = Error::option_invalid};

Result<std::string> write_header(const SigningKey& key, std::string_view additions) {
  if (additions.size() > max_header_size)
    return Error(Error::option_invalid, "header", "is larger than 8 KiB");
  auto header = parse_json_object(additions, header_rules);
  if (!header) return Error(Error::option_invalid, "header", "is not one strict JSON object");
  for (const std::string_view name : {"alg", "kid", "crit", "b64"})
    if (find(*header, name) != nullptr)
      return Error(Error::option_invalid, name, "is not for the caller to set");
  // RFC 7515 section 4.1: what verifiers check the type of
  for (const std::string_view name : {"typ", "cty", "jku", "x5u", "x5t", "x5t#S256"})
    if (find(*header, name) != nullptr && find_string(*header, name) == nullptr)
      return Error(Error::option_invalid, name, "is no string");
  (*header)["alg"] = std::string(key.alg());
  (*header)["kid"] = std::string(key.kid());
  std::string text = JsonWriter().value(*header).take();
  if (text.size() > max_header_size)
    return Error(Error::option_invalid, "header", "is larger than 8 KiB");
  return text;
}

}  // namespace

Result<std::string> sign_jws(std::string_view payload, const SigningKey& key,
                             std::string_view header, std::string_view entropy) noexcept {
  if (entropy.size() < crypto::min_entropy) return Error::entropy_too_short;
  const auto header_text = write_header(key, header);
  if (!header_text) return header_text.error();
  std::string jws = encode_base64url(*header_text) + '.' + encode_base64url(payload);
  const Algorithm& algorithm = *key.data().algorithm;
  const auto signature = std::visit(
      [&](const auto& private_key) {
        return crypto::sign(algorithm.scheme, algorithm.hash, private_key, jws, entropy);
      },
      key.data().key);
  if (!signature) return Error::signing_failed;
  return jws += '.' + encode_base64url(*signature);
}

}  // namespace touchstone
