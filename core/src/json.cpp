#include "json.hpp"

#include "json_reader.hpp"

namespace touchstone {

Result<Json> parse_json_object(std::string_view text, const JsonRules& rules) {
  return JsonReader<Json>(text, rules).read();
}

const Json* find(const Json& object, std::string_view name) {
  const auto& members = object.get_ref<const Json::object_t&>();
  const auto member = members.find(name);
  return member == members.end() ? nullptr : &member->second;
}

const std::string* find_string(const Json& object, std::string_view name) {
  const Json* value = find(object, name);
  return value == nullptr ? nullptr : value->get_ptr<const std::string*>();
}

JsonWriter& JsonWriter::name(std::string_view name) {
  string(name);
  text_ += ':';
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  constexpr std::string_view hex = "0123456789abcdef";
  separate();
  text_ += '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20) {
      text_ += "\\u00";
      text_ += hex[octet >> 4];
      text_ += hex[octet & 0xf];
      continue;
    }
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(std::size_t value) { return raw(std::to_string(value)); }

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      begin_object();
      for (const auto& [member_name, element] : value.get_ref<const Json::object_t&>()) {
        name(member_name).value(element);
      }
      return end_object();
    case Json::value_t::array:
      begin_array();
      for (const Json& element : value) this->value(element);
      return end_array();
    case Json::value_t::string:
      return string(value.get_ref<const std::string&>());
    case Json::value_t::boolean:
      return boolean(value.get<bool>());
    case Json::value_t::number_integer:
      return raw(std::to_string(value.get<std::int64_t>()));
    case Json::value_t::number_unsigned:
      return raw(std::to_string(value.get<std::uint64_t>()));
    case Json::value_t::number_float: {
      char digits[64];
      const char* end =
          nlohmann::detail::to_chars(digits, digits + sizeof digits, value.get<double>());
      return raw({digits, static_cast<std::size_t>(end - digits)});
    }
    default:
      return raw("null");
  }
}

JsonWriter& JsonWriter::member(std::string_view member_name, std::string_view value) {
  return name(member_name).string(value);
}

JsonWriter& JsonWriter::member(std::string_view member_name, std::size_t value) {
  return name(member_name).number(value);
}

JsonWriter& JsonWriter::member(std::string_view member_name,
                               const std::optional<std::string>& value) {
  return value ? member(member_name, std::string_view(*value)) : *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  return *this;
}

void JsonWriter::separate() {
  const bool follows_a_value =
      !text_.empty() && text_.back() != '{' && text_.back() != '[' && text_.back() != ':';
  if (follows_a_value) text_ += ',';
}

}  // namespace touchstone
