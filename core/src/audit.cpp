#include <touchstone/audit.hpp>

#include <algorithm>
#include <set>

#include "base64url.hpp"
#include "jwk.hpp"
#include "key_set.hpp"

namespace touchstone {
namespace {

struct Row {
  Audit::Severity severity;
  std::string_view id, section, message, advice;
};

using enum Audit::Severity;

#define FINDING(id, severity, section, message, advice) \
  constexpr Row id{severity, #id, section, message, advice};
#define SKIPPED(id, advice)
#include "findings.def"
#undef SKIPPED
#undef FINDING

Row row_of_skipped(Error::Id id) {
  switch (id) {
#define FINDING(id, severity, section, message, advice)
#define SKIPPED(id, advice)                                                                        \
  case Error::id:                                                                                  \
    return {error, Error::reason(Error::id), Error::section(Error::id), Error::message(Error::id), \
            advice};
#include "findings.def"
#undef SKIPPED
#undef FINDING
    default:
      return {error, Error::reason(id), Error::section(id), Error::message(id), ""};
  }
}

/// Members that RFC 7517, 7518, 8037 and 9964 register for public keys, and the two of OpenID
/// Federation.
constexpr std::string_view known_members[] = {
    "kty", "use", "key_ops", "alg", "kid", "x5u", "x5c", "x5t", "x5t#S256", "n",
    "e",   "crv", "x",       "y",   "k",   "pub", "iat", "nbf", "exp",      "revoked"};

/// One element of the set, its key if it is usable, and where to put what is found.
struct Auditor {
  Audit& audit;
  const Json& element;
  std::size_t index;

  void add(const Row& row, std::string_view member = {}) const {
    const std::string* kid = element.is_object() ? find_string(element, "kid") : nullptr;
    audit.findings.push_back({.id = row.id,
                              .severity = row.severity,
                              .key = index,
                              .kid = kid == nullptr ? std::nullopt : std::optional(*kid),
                              .member = std::string(member),
                              .section = row.section,
                              .message = row.message,
                              .advice = row.advice});
  }

  void check_names() const {
    if (find(element, "alg") == nullptr) add(alg_absent, "alg");
    if (find(element, "use") == nullptr && find(element, "key_ops") == nullptr)
      add(use_absent, "use");
    const std::string* alg = find_string(element, "alg");
    if (alg != nullptr && *alg == "EdDSA") add(alg_deprecated, "alg");
    for (const auto& [name, value] : element.items()) {
      const bool is_known = std::find(std::begin(known_members), std::end(known_members), name) !=
                            std::end(known_members);
      if (!is_known) add(member_unknown, name);
    }
  }

  void check_material(const Jwk& key) const {
    if (key.public_key().as<crypto::Secret>() != nullptr) add(symmetric_key, "k");
    const auto* rsa = key.public_key().as<crypto::RsaKey>();
    if (rsa == nullptr) return;
    for (const auto& [name, stripped] : {std::pair("n", &rsa->n), std::pair("e", &rsa->e)}) {
      if (decode_base64url(*find_string(element, name)) != *stripped) add(rsa_leading_zero, name);
    }
    if (rsa->e != std::string_view("\1\0\1", 3)) add(rsa_exponent_unusual, "e");
  }

  // RFC 7517 section 4.7: the first certificate holds the key. Its path is not judged.
  void check_certificate(const Jwk& key, NumericDate now) const {
    const Json* x5c = find(element, "x5c");
    if (x5c == nullptr) return;
    const bool has_first = x5c->is_array() && !x5c->empty() && x5c->front().is_string();
    const auto der =
        has_first ? decode_base64(x5c->front().get_ref<const std::string&>()) : std::nullopt;
    const auto facts = der ? crypto::read_certificate(*der) : std::nullopt;
    if (!facts) return add(x5c_invalid, "x5c");
    if (facts->subject_public_key != crypto::subject_public_key(key.public_key()))
      add(x5c_mismatch, "x5c");
    if (now > facts->not_after) add(x5c_expired, "x5c");
    if (now < facts->not_before) add(x5c_not_yet_valid, "x5c");
  }
};

/// What only a look at all keys tells.
class BetweenKeys {
 public:
  explicit BetweenKeys(const KeySet& keys) : keys_(keys) {}

  void check(const Auditor& auditor, const Jwk& key) {
    const bool is_new = thumbprints_.insert(key.thumbprint()).second;
    if (!is_new) auditor.add(key_repeated);
    if (!key.kid() && keys_.keys().size() > 1) auditor.add(kid_absent, "kid");
    if (!key.kid()) return;
    bool is_repeated = false, is_shared = false;
    for (const Jwk* other : keys_.keys_with_kid(*key.kid())) {
      if (other->index() == key.index()) continue;
      (other->kty() == key.kty() ? is_repeated : is_shared) = true;
    }
    if (is_repeated) auditor.add(kid_repeated, "kid");
    if (is_shared) auditor.add(kid_shared_by_types, "kid");
  }

 private:
  const KeySet& keys_;
  std::set<std::string_view> thumbprints_;
};

void add_for_set(Audit& audit, const Row& row) {
  audit.findings.push_back({.id = row.id,
                            .severity = row.severity,
                            .key = {},
                            .kid = {},
                            .member = {},
                            .section = row.section,
                            .message = row.message,
                            .advice = row.advice});
}

void check_set(Audit& audit, const KeySet& keys) {
  const auto is_symmetric = [](const Jwk& key) { return key.kty() == "oct"; };
  const bool has_symmetric = std::any_of(keys.keys().begin(), keys.keys().end(), is_symmetric);
  if (audit.key_count == 0) add_for_set(audit, set_empty);
  if (audit.key_count > 0 && audit.usable_count == 0) add_for_set(audit, set_without_usable_key);
  if (has_symmetric && keys.has_asymmetric_key()) add_for_set(audit, set_mixes_symmetric);
}

/// For an encryption key, or a type of tomorrow, being skipped is in order.
bool is_in_order(Error::Id reason) {
  return reason == Error::use_mismatch || reason == Error::kty_unsupported;
}

}  // namespace

bool Audit::has(Severity severity) const noexcept {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.severity >= severity; });
}

Result<Audit> audit(std::string_view jwks, NumericDate now) noexcept {
  auto document = parse_key_set_elements(jwks, KeySet::Limits{});
  if (!document) return document.error();
  const Json::array_t& elements = *document;
  const auto keys = KeySet::parse(jwks);
  if (!keys) return keys.error();

  Audit audit;
  audit.key_count = elements.size();
  audit.usable_count = keys->keys().size();
  check_set(audit, *keys);
  BetweenKeys between(*keys);
  for_each_element(
      *keys,
      [&](const Jwk& key) {
        const Auditor auditor{audit, elements[key.index()], key.index()};
        auditor.check_names();
        auditor.check_material(key);
        auditor.check_certificate(key, now);
        between.check(auditor, key);
      },
      [&](const KeySet::Skipped& skipped) {
        Row row = row_of_skipped(skipped.reason.id());
        if (is_in_order(skipped.reason.id())) row.severity = note;
        Auditor{audit, elements[skipped.index], skipped.index}.add(row,
                                                                   skipped.reason.detail().member);
      });
  return audit;
}

}  // namespace touchstone
