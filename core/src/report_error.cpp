#include "report.hpp"

namespace touchstone {

void write_members(JsonWriter& json, const Error& error) {
  json.member("reason", error.reason()).member("code", error.code());
  json.member("number", static_cast<std::size_t>(error.id()));
  json.member("section", error.section()).member("message", error.message());
  const Error::Detail& detail = error.detail();
  if (!detail.member.empty()) json.member("member", std::string_view(detail.member));
  if (!detail.hint.empty()) json.member("hint", detail.hint);
  if (detail.offset) json.member("offset", *detail.offset);
  if (detail.keys.empty()) return;
  json.name("keys").begin_array();
  for (const Error::PassedOver& key : detail.keys) {
    json.begin_object()
        .member("index", key.index)
        .member("reason", Error::reason(key.reason))
        .end_object();
  }
  json.end_array();
}

void write(JsonWriter& json, const Error& error) {
  json.begin_object();
  write_members(json, error);
  json.end_object();
}

}  // namespace touchstone
