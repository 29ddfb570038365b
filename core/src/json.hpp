#pragma once

#include <nlohmann/json.hpp>
#include <touchstone/result.hpp>

namespace touchstone {

using Json = nlohmann::json;

/// What one kind of document may be, and what it is called when it is not.
struct JsonRules {
  std::size_t max_depth;  ///< the outermost object is depth 1
  Error::Id invalid;
  Error::Id duplicate_member;
  Error::Id too_deep;
  /// A member of the outermost object whose elements may hold duplicate names without spoiling the
  /// document: such an element becomes `Json::value_t::discarded`. Empty: none.
  std::string_view quarantined_array = {};
};

/// Parses one JSON object (RFC 8259) strictly: UTF-8 without a byte-order mark, no name twice in
/// one object at any depth (compared after unescaping), no lone surrogates, no numbers beyond a
/// double, nothing after the end. Errors carry the offset.
Result<Json> parse_json_object(std::string_view text, const JsonRules& rules);

/// The member's value, or null when the object does not have it.
const Json* find(const Json& object, std::string_view name);

/// The member as a string; null when it is absent or something else.
const std::string* find_string(const Json& object, std::string_view name);

/// Writes JSON text from front to back and sets the commas. Building each answer as a document
/// first, by initializer lists, would make the WASM module larger.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// In an object: the name, which a value must follow.
  JsonWriter& name(std::string_view name);

  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::size_t value);
  JsonWriter& boolean(bool value);
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json);
  JsonWriter& value(const Json& value);

  /// A whole member.
  JsonWriter& member(std::string_view member_name, std::string_view value);
  JsonWriter& member(std::string_view member_name, std::size_t value);
  /// The same, when there is a value.
  JsonWriter& member(std::string_view member_name, const std::optional<std::string>& value);

  std::string take() { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  std::string text_;
};

}  // namespace touchstone
