#include "key_set.hpp"
#include "verification.hpp"

namespace touchstone {
namespace {

struct StepRow {
  Step step;
  std::string_view name;
  std::string_view question;
  std::string_view section;
};

constexpr StepRow steps[] = {
    {Step::format, "format", "three segments of canonical base64url, within the size limit?",
     "RFC 7515 section 7.1"},
    {Step::header, "header", "one strict JSON object, its parameters of the right types?",
     "RFC 7515 section 5.2"},
    {Step::critical, "critical", "every critical extension understood?", "RFC 7515 section 4.1.11"},
    {Step::algorithm, "algorithm", "alg supported and allowed?", "RFC 8725 section 3.1"},
    {Step::key, "key", "exactly one usable key for this header?", "RFC 7515 section 6"},
    {Step::signature, "signature", "signature valid for that key?", "RFC 7515 section 5.2"},
    {Step::payload, "payload", "one strict JSON object, registered claims of the right types?",
     "RFC 7519 section 7.2"},
    {Step::typ, "typ", "the expected kind of token?", "RFC 8725 section 3.11"},
    {Step::required, "required", "all required claims there?", "RFC 8725 section 3.9"},
    {Step::issuer, "issuer", "iss the expected issuer?", "RFC 8725 section 3.8"},
    {Step::subject, "subject", "sub the expected subject?", "RFC 7519 section 4.1.2"},
    {Step::audience, "audience", "aud names the expected audience?", "RFC 7519 section 4.1.3"},
    {Step::lifetime, "lifetime", "within exp, nbf and the age limit?", "RFC 7519 section 4.1.4"},
    {Step::profile, "profile", "what this kind of token asks beyond that?",
     "RFC 8725 section 3.12"},
};

Explanation::Status status_of(Step step, const Trace& trace, bool is_refused,
                              const Expectations& expectations) {
  if (is_refused && step == trace.at) return Explanation::Status::failed;
  if (is_refused && step > trace.at) return Explanation::Status::not_reached;
  return is_checked(step, expectations) ? Explanation::Status::passed
                                        : Explanation::Status::unchecked;
}

/// Every element of the set, in its order, with the reason why it could not serve.
std::vector<Explanation::ConsideredKey> consider(const KeySet& keys, const KeyQuery& query) {
  std::vector<Explanation::ConsideredKey> considered;
  for_each_element(
      keys,
      [&](const Jwk& key) {
        const auto reason = passed_over(key, query);
        const auto kid = key.kid();
        considered.push_back({.index = key.index(),
                              .kid = kid ? std::optional<std::string>(*kid) : std::nullopt,
                              .kty = std::string(key.kty()),
                              .passed_over = reason ? Refusal(*reason) : Refusal()});
      },
      [&](const KeySet::Skipped& skipped) {
        considered.push_back(
            {.index = skipped.index, .kid = skipped.kid, .kty = {}, .passed_over = skipped.reason});
      });
  return considered;
}

}  // namespace

Explanation explain(std::string_view jwt, const KeySet& keys, const Expectations& expectations,
                    NumericDate now) noexcept {
  Trace trace;
  Explanation explanation;
  explanation.refusal = Verification::run(jwt, keys, expectations, now, trace);
  for (const StepRow& row : steps) {
    explanation.steps.push_back(
        {row.name, row.question, row.section,
         status_of(row.step, trace, explanation.refusal.has_value(), expectations)});
  }
  if (trace.algorithm != nullptr) {
    explanation.keys = consider(keys, query_of(trace.header->jose, *trace.algorithm, expectations));
  }
  if (trace.key) explanation.key_index = trace.key->index();
  explanation.unchecked = trace.unchecked;
  auto unverified = decode(jwt, expectations.max_token_size);
  if (unverified) explanation.unverified = *std::move(unverified);
  return explanation;
}

}  // namespace touchstone
