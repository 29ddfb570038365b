#include "jws.hpp"

#include <algorithm>

#include "base64url.hpp"
#include "hint.hpp"

namespace touchstone {
namespace {

constexpr std::size_t max_signatures = 100;

constexpr JsonRules jws_rules{
    .max_depth = 11,  // a header may have 8, below {signatures: [{header: ...}]}
    .invalid = Error::jws_malformed,
    .duplicate_member = Error::header_duplicate_member,
    .too_deep = Error::header_too_deep};

/// Three segments, by the first and the last dot.
struct Segments {
  std::string_view header, payload, signature;
};

/// What one look over a serialization tells.
struct Outline {
  std::size_t dots = 0;
  std::size_t first_dot = 0, last_dot = 0;
  bool is_compact = true;  ///< nothing but base64url and dots
};

Outline outline_of(std::string_view jws) {
  Outline outline;
  for (std::size_t i = 0; i < jws.size(); ++i) {
    if (is_base64url(jws[i])) continue;
    if (jws[i] != '.') {
      outline.is_compact = false;
      continue;
    }
    if (outline.dots++ == 0) outline.first_dot = i;
    outline.last_dot = i;
  }
  return outline;
}

Segments segments_of(std::string_view jws, const Outline& outline) {
  const auto [dots, first, last, is_compact] = outline;
  return {jws.substr(0, first), jws.substr(first + 1, last - first - 1), jws.substr(last + 1)};
}

bool is_compact(std::string_view text) { return outline_of(text).is_compact; }

Error malformed(std::string_view token) {
  return with_hint(Error::token_malformed, hint_at_token(token));
}

Refusal check_segment_count(const Outline& outline, std::string_view token) {
  if (outline.dots == 4) return Error(Error::jwe_unsupported);
  return outline.dots == 2 ? Refusal{} : malformed(token);
}

/// The payload, given what the JWS carries, if it carries any.
Result<UnverifiedJws> with_payload(std::vector<UnverifiedSignature> signatures,
                                   std::optional<std::string_view> carried,
                                   std::optional<std::string_view> detached) {
  if (carried && detached) return Error(Error::payload_unexpected);
  if (!carried && !detached) return Error(Error::payload_missing);
  const bool is_encoded = signatures.front().header.has_encoded_payload();
  // RFC 7797 section 3: b64 is the same in all of them.
  for (const UnverifiedSignature& signature : signatures) {
    if (signature.header.has_encoded_payload() != is_encoded)
      return Error(Error::header_param_invalid, "b64");
  }
  if (detached) {
    return UnverifiedJws{std::move(signatures), std::string(*detached),
                         is_encoded ? encode_base64url(*detached) : std::string(*detached)};
  }
  if (!is_encoded)
    return UnverifiedJws{std::move(signatures), std::string(*carried), std::string(*carried)};
  auto payload = decode_base64url(*carried);
  if (!payload) return Error(Error::token_base64_invalid);
  return UnverifiedJws{std::move(signatures), *std::move(payload), std::string(*carried)};
}

/// One signature from its texts. `protected_text` is empty when there is no protected header.
Result<UnverifiedSignature> parse_signature(std::string_view protected_text,
                                            const Json* unprotected,
                                            std::string_view signature_text) {
  UnverifiedSignature parsed{
      .header = {}, .protected_text = std::string(protected_text), .signature = {}};
  if (!protected_text.empty()) {
    const auto text = decode_base64url(protected_text);
    if (!text) return Error(Error::token_base64_invalid);
    auto members = parse_header_members(*text);
    if (!members) return members.error();
    parsed.header.protected_members = *std::move(members);
  }
  if (unprotected != nullptr) parsed.header.unprotected_members = *unprotected;
  if (auto refusal = check_parameters(parsed.header)) return *refusal;
  auto signature = decode_base64url(signature_text);
  if (!signature) return Error(Error::token_base64_invalid);
  parsed.signature = *std::move(signature);
  return parsed;
}

Result<UnverifiedJws> parse_compact(std::string_view jws,
                                    std::optional<std::string_view> detached) {
  const Outline outline = outline_of(jws);
  if (outline.is_compact) {
    if (auto refusal = check_segment_count(outline, jws)) return *refusal;
  }
  if (outline.dots < 2) return malformed(jws);
  const auto [header, payload, signature_text] = segments_of(jws, outline);
  if (header.empty() || !is_compact(header) || !is_compact(signature_text)) return malformed(jws);
  auto signature = parse_signature(header, nullptr, signature_text);
  if (!signature) return signature.error();
  // RFC 7797 section 5.2: an unencoded payload has no dot and is printable.
  const bool is_printable = std::all_of(payload.begin(), payload.end(),
                                        [](char c) { return c >= ' ' && c <= '~' && c != '.'; });
  const bool is_encoded = signature->header.has_encoded_payload();
  if (is_encoded ? !is_compact(payload) : !is_printable) return malformed(jws);
  const bool is_detached = payload.empty() && detached.has_value();
  std::vector<UnverifiedSignature> signatures;
  signatures.push_back(*std::move(signature));
  return with_payload(std::move(signatures), is_detached ? std::nullopt : std::optional(payload),
                      detached);
}

/// An element of `signatures`, or the whole of a flattened JWS: at least one of protected and
/// header, and a signature.
Result<UnverifiedSignature> parse_signature_object(const Json& object) {
  const auto* protected_text = find_string(object, "protected");
  const Json* unprotected = find(object, "header");
  const auto* signature = find_string(object, "signature");
  const bool has_wrong_type = (find(object, "protected") != nullptr && protected_text == nullptr) ||
                              (unprotected != nullptr && !unprotected->is_object());
  const bool has_empty_header = protected_text != nullptr && protected_text->empty();
  if (has_wrong_type || has_empty_header || signature == nullptr ||
      (protected_text == nullptr && unprotected == nullptr)) {
    return Error(Error::jws_malformed);
  }
  return parse_signature(protected_text == nullptr ? std::string_view() : *protected_text,
                         unprotected, *signature);
}

Result<UnverifiedJws> parse_json_serialization(std::string_view jws,
                                               std::optional<std::string_view> detached) {
  const auto object = parse_json_object(jws, jws_rules);
  if (!object) return object.error();
  const std::string* payload = find_string(*object, "payload");
  if (find(*object, "payload") != nullptr && payload == nullptr)
    return Error(Error::jws_malformed, "payload");

  std::vector<UnverifiedSignature> signatures;
  const Json* elements = find(*object, "signatures");
  if (elements == nullptr) {
    auto signature = parse_signature_object(*object);
    if (!signature) return signature.error();
    signatures.push_back(*std::move(signature));
  } else {
    // RFC 7515 section 7.2.1: either the general or the flattened form, never both.
    if (!elements->is_array() || elements->empty() || elements->size() > max_signatures ||
        find(*object, "signature") != nullptr) {
      return Error(Error::jws_malformed, "signatures");
    }
    for (const Json& element : *elements) {
      if (!element.is_object()) return Error(Error::jws_malformed, "signatures");
      auto signature = parse_signature_object(element);
      if (!signature) return signature.error();
      signatures.push_back(*std::move(signature));
    }
  }
  return with_payload(std::move(signatures),
                      payload == nullptr ? std::nullopt : std::optional<std::string_view>(*payload),
                      detached);
}

}  // namespace

Result<CompactJwt> split_compact(std::string_view jwt, std::size_t max_size) {
  if (jwt.size() > max_size) return Error(Error::token_too_large);
  const Outline outline = outline_of(jwt);
  if (!outline.is_compact) return malformed(jwt);
  if (auto refusal = check_segment_count(outline, jwt)) return *refusal;
  const Segments segments = segments_of(jwt, outline);
  auto payload = decode_base64url(segments.payload);
  auto signature = decode_base64url(segments.signature);
  if (!payload || !signature) return Error(Error::token_base64_invalid);
  return CompactJwt{segments.header, *std::move(payload), *std::move(signature),
                    jwt.substr(0, outline.last_dot)};
}

Result<UnverifiedJws> parse_jws(std::string_view jws, std::size_t max_size,
                                std::optional<std::string_view> detached_payload) {
  if (jws.size() > max_size) return Error(Error::token_too_large);
  const auto start = jws.find_first_not_of(" \t\r\n");  // JSON text may begin with white space
  return start != jws.npos && jws[start] == '{' ? parse_json_serialization(jws, detached_payload)
                                                : parse_compact(jws, detached_payload);
}

}  // namespace touchstone
