#include <touchstone/sealed_ring.hpp>

#include <touchstone/digest.hpp>

#include <array>

#include "base64url.hpp"
#include "issuer/ring_document.hpp"
#include "json.hpp"

namespace touchstone {
namespace {

using crypto::WipedString;

constexpr std::size_t max_sealed_size = std::size_t{11} << 20;  // a ring's 8 MiB in base64url
constexpr JsonRules header_rules{.max_depth = 1,
                                 .invalid = Error::sealed_ring_corrupt,
                                 .duplicate_member = Error::sealed_ring_corrupt,
                                 .too_deep = Error::sealed_ring_corrupt};

WipedString write_kept(const KeptRing& kept) {
  WipedString text("{\"policy\":");
  text += kept.policy.json();
  text += ",\"ring\":";
  text += kept.ring.json().view();
  text += '}';
  return text;
}

Result<KeptRing> read_kept(std::string_view text) {
  const auto object = RingDocument::parse(text);
  if (!object) return object.error();
  const SecretJson* policy_json = find(*object, "policy");
  const SecretJson* ring_json = find(*object, "ring");
  if (policy_json == nullptr || !policy_json->is_object())
    return Error(Error::ring_malformed, "policy");
  if (ring_json == nullptr || !ring_json->is_object()) return Error(Error::ring_malformed, "ring");
  if (object->size() != 2)
    return Error(Error::ring_malformed, "", "has a member that is not known");
  auto policy = RotationPolicy::parse(policy_json->dump());
  if (!policy) return policy.error();
  auto ring = RingDocument::read(*ring_json);
  if (!ring) return ring.error();
  return KeptRing{*std::move(ring), *std::move(policy)};
}

std::string write_header(std::string_view kid) {
  JsonWriter json;
  json.begin_object().name("alg").string("dir").name("enc").string("A256GCM").name("kid").string(
      kid);
  return json.end_object().take();
}

/// RFC 7516 section 7.1, of what seal() writes: without an encrypted key.
struct Jwe {
  std::string_view header;  // as it is authenticated
  std::string kid;
  crypto::SealedOctets sealed;
};

Result<Jwe> split(std::string_view text) {
  if (text.size() > max_sealed_size) return Error::ring_too_large;
  std::array<std::string_view, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = text.find('.');
    if ((end == text.npos) != (i + 1 == parts.size())) return Error::sealed_ring_corrupt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  const auto header_text = decode_base64url(parts[0]);
  auto nonce = decode_base64url(parts[2]);
  auto ciphertext = decode_base64url(parts[3]);
  auto tag = decode_base64url(parts[4]);
  if (!header_text || !parts[1].empty() || !nonce || !ciphertext || !tag)
    return Error::sealed_ring_corrupt;
  const auto header = parse_json_object(*header_text, header_rules);
  if (!header) return header.error();
  const std::string* kid = find_string(*header, "kid");
  // So that nothing is in it that seal() did not write.
  if (kid == nullptr || *header_text != write_header(*kid)) return Error::sealed_ring_corrupt;
  return Jwe{parts[0], *kid, {*std::move(nonce), *std::move(ciphertext), *std::move(tag)}};
}

bool is_in_the_clear(std::string_view text) { return text.starts_with('{'); }

constexpr std::string_view white_space = " \t\r\n";

/// RFC 7638 section 3.2.
Result<std::string> thumbprint_of(std::string_view octets) {
  auto key = SigningKey::parse(WipedString(R"({"kty":"oct","alg":"HS256","k":")") +
                               crypto::encode_secret(octets) + R"("})");
  if (!key) return Error::sealing_key_malformed;
  return std::string(key->thumbprint());
}

}  // namespace

Result<SealingKey> SealingKey::parse(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(white_space);
  if (begin == text.npos) return Error::sealing_key_malformed;
  text = text.substr(begin, text.find_last_not_of(white_space) + 1 - begin);
  const auto octets = crypto::decode_secret_key(text);
  if (!octets) return Error::sealing_key_malformed;
  auto kid = thumbprint_of(*octets);
  if (!kid) return kid.error();
  return SealingKey(SecretText(*octets), *std::move(kid));
}

Result<SealingKey> SealingKey::generate(std::string_view entropy) noexcept {
  const auto octets = crypto::random_secret(32, entropy, "touchstone sealing key");
  if (!octets) return Error::entropy_too_short;
  return parse(crypto::encode_secret(*octets));
}

SecretText SealingKey::text() const { return SecretText(crypto::encode_secret(octets())); }

Result<SecretText> seal(const KeptRing& kept, const SealingKey* key,
                        std::string_view entropy) noexcept {
  const WipedString text = write_kept(kept);
  if (key == nullptr) return SecretText(text);
  if (entropy.size() < crypto::min_entropy) return Error::entropy_too_short;
  std::string jwe = encode_base64url(write_header(key->kid()));
  const auto sealed = crypto::seal_aes_gcm(key->octets(), text, jwe, entropy);
  if (!sealed) return Error::out_of_memory;
  jwe += "..";
  jwe += encode_base64url(sealed->nonce) + '.';
  jwe += encode_base64url(sealed->ciphertext) + '.';
  jwe += encode_base64url(sealed->tag);
  return SecretText(jwe);
}

Result<KeptRing> unseal(std::string_view text, const SealingKey* key) noexcept {
  if (is_in_the_clear(text)) {
    if (key != nullptr) return Error::ring_not_sealed;
    return read_kept(text);
  }
  const auto jwe = split(text);
  if (!jwe) return jwe.error();
  if (key == nullptr) return Error::sealing_key_missing;
  if (jwe->kid != key->kid()) return Error::sealing_key_mismatch;
  const auto octets = crypto::unseal_aes_gcm(key->octets(), jwe->sealed, jwe->header);
  if (!octets) return Error::sealed_ring_corrupt;
  return read_kept(*octets);
}

std::optional<std::string> sealing_kid(std::string_view text) noexcept {
  if (is_in_the_clear(text)) return {};
  auto jwe = split(text);
  if (!jwe) return {};
  return std::move(jwe->kid);
}

}  // namespace touchstone
