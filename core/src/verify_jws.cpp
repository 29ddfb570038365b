#include "verification.hpp"

namespace touchstone {

struct JwsVerification {
  static Result<VerifiedJws> run(UnverifiedJws jws, const KeySet& keys,
                                 const Expectations& expectations) {
    VerifiedJws verified;
    std::size_t valid = 0;
    for (UnverifiedSignature& signature : jws.signatures) {
      const std::string signing_input = signature.protected_text + '.' + jws.payload_text;
      Trace trace;
      auto key = verify_signature_of(signature.header, signing_input, signature.signature, keys,
                                     expectations, trace);
      JwsSignature outcome{.protected_header = std::move(signature.header.protected_members),
                           .unprotected_header = std::move(signature.header.unprotected_members)};
      if (key) {
        outcome.key = *std::move(key);
        ++valid;
      } else {
        outcome.refusal = key.error();
      }
      verified.signatures_.push_back(std::move(outcome));
    }
    const bool all_needed = expectations.signatures == Expectations::Signatures::all;
    if (valid == 0 || (all_needed && valid < verified.signatures_.size())) {
      return first_refusal(verified.signatures_);
    }
    verified.payload_ = std::move(jws.payload);
    return verified;
  }

  static Error first_refusal(const std::vector<JwsSignature>& signatures) {
    for (const JwsSignature& signature : signatures) {
      if (signature.refusal) return *signature.refusal;
    }
    return Error::signature_invalid;
  }
};

Result<VerifiedJws> verify_jws(std::string_view jws, const KeySet& keys,
                               const Expectations& expectations,
                               std::optional<std::string_view> detached_payload) noexcept {
  if (auto refusal = check_expectations(expectations)) return *refusal;
  auto parsed = parse_jws(jws, expectations.max_token_size, detached_payload);
  if (!parsed) return parsed.error();
  return JwsVerification::run(*std::move(parsed), keys, expectations);
}

}  // namespace touchstone
