#include "report.hpp"

namespace touchstone {
namespace {

std::string_view name_of(Explanation::Status status) {
  switch (status) {
    case Explanation::Status::passed:
      return "passed";
    case Explanation::Status::unchecked:
      return "unchecked";
    case Explanation::Status::failed:
      return "failed";
    case Explanation::Status::not_reached:
      break;
  }
  return "not_reached";
}

std::string_view name_of(Audit::Severity severity) {
  switch (severity) {
    case Audit::Severity::note:
      return "note";
    case Audit::Severity::warning:
      return "warning";
    case Audit::Severity::error:
      break;
  }
  return "error";
}

void write_optional(JsonWriter& json, std::string_view name,
                    const std::optional<std::string_view>& text) {
  if (text) json.member(name, *text);
}

void write(JsonWriter& json, const Jwk& key) {
  json.begin_object().member("index", key.index()).member("kty", key.kty());
  if (!key.crv().empty()) json.member("crv", key.crv());
  write_optional(json, "kid", key.kid());
  write_optional(json, "alg", key.alg());
  write_optional(json, "use", key.use());
  json.member("bits", key.bits()).member("thumbprint", key.thumbprint()).end_object();
}

void write(JsonWriter& json, const KeySet::Skipped& skipped) {
  json.begin_object().member("index", skipped.index).member("kid", skipped.kid);
  write_members(json, skipped.reason);
  json.end_object();
}

void write(JsonWriter& json, const Explanation::Step& step) {
  json.begin_object().member("step", step.name).member("question", step.question);
  json.member("section", step.section).member("status", name_of(step.status)).end_object();
}

void write(JsonWriter& json, const Explanation::ConsideredKey& key) {
  json.begin_object().member("index", key.index).member("kid", key.kid);
  if (!key.kty.empty()) json.member("kty", std::string_view(key.kty));
  json.member("status", std::string_view(key.passed_over ? "passed_over" : "matching"));
  if (key.passed_over) json.member("reason", key.passed_over->reason());
  json.end_object();
}

void write(JsonWriter& json, const Audit::Finding& finding) {
  json.begin_object().member("id", finding.id).member("severity", name_of(finding.severity));
  if (finding.key) json.member("key", *finding.key);
  json.member("kid", finding.kid);
  if (!finding.member.empty()) json.member("member", std::string_view(finding.member));
  json.member("section", finding.section)
      .member("message", finding.message)
      .member("advice", finding.advice);
  json.end_object();
}

void write(JsonWriter& json, const JwsSignature& signature) {
  json.begin_object();
  json.name("protected").value(signature.protected_header);
  json.name("header").value(signature.unprotected_header);
  if (signature.key) json.member("key", signature.key->index());
  if (signature.refusal) write(json.name("error"), *signature.refusal);
  json.end_object();
}

template <class Elements>
void write_array(JsonWriter& json, std::string_view name, const Elements& elements) {
  json.name(name).begin_array();
  for (const auto& element : elements) write(json, element);
  json.end_array();
}

}  // namespace

std::vector<std::string_view> names(const Unchecked& unchecked) {
  std::vector<std::string_view> names;
  if (unchecked.issuer) names.push_back("iss");
  if (unchecked.audience) names.push_back("aud");
  if (unchecked.expiry) names.push_back("exp");
  return names;
}

void write(JsonWriter& json, const KeySet& keys) {
  json.begin_object();
  write_array(json, "keys", keys.keys());
  write_array(json, "skipped", keys.skipped());
  json.end_object();
}

void write(JsonWriter& json, const Explanation& explanation) {
  json.begin_object();
  json.name("valid").boolean(!explanation.refusal);
  if (explanation.refusal) write(json.name("error"), *explanation.refusal);
  write_array(json, "steps", explanation.steps);
  write_array(json, "keys", explanation.keys);
  if (explanation.key_index) json.member("key", *explanation.key_index);
  if (!explanation.refusal) {
    json.name("unchecked").begin_array();
    for (const std::string_view claim : names(explanation.unchecked)) json.string(claim);
    json.end_array();
  }
  if (explanation.unverified) {
    json.name("unverified").begin_object();
    json.name("header").raw(explanation.unverified->header_text);
    json.name("payload").raw(explanation.unverified->payload_text).end_object();
  }
  json.end_object();
}

void write(JsonWriter& json, const Audit& audit) {
  json.begin_object().member("keys", audit.key_count).member("usable", audit.usable_count);
  write_array(json, "findings", audit.findings);
  json.end_object();
}

void write(JsonWriter& json, const VerifiedJws& verified) {
  json.begin_object();
  write_array(json, "signatures", verified.signatures());
  json.end_object();
}

Json to_json(const Error& error) { return Json::parse(json_text(error)); }
Json to_json(const KeySet& keys) { return Json::parse(json_text(keys)); }
Json to_json(const Explanation& explanation) { return Json::parse(json_text(explanation)); }
Json to_json(const Audit& audit) { return Json::parse(json_text(audit)); }

}  // namespace touchstone
