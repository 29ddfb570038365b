#include "json.hpp"

namespace touchstone {
namespace {

/// Builds the document from nlohmann's SAX events, and stops at the first breach of the rules.
class StrictBuilder {
 public:
  explicit StrictBuilder(const JsonRules& rules) : rules_(rules) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // not in JSON text

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& object = open_.back()->get_ref<Json::object_t&>();
    const auto [member, is_new] = object.try_emplace(std::move(name));
    member_ = &member->second;
    if (open_.size() == 1)  // "" is a name, too, and quarantines nothing
      in_quarantined_array_ = !member->first.empty() && member->first == rules_.quarantined_array;
    if (is_new) return true;
    if (!in_quarantine()) return fail(rules_.duplicate_member);
    element_has_duplicates_ = true;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    offset_ = position > 0 ? position - 1 : 0;  // nlohmann counts the bytes read
    return fail(rules_.invalid);
  }

  Result<Json> finish() {
    if (failed_) return Error(*failed_, {.member = {}, .offset = offset_, .keys = {}});
    if (!root_.is_object()) return Error(rules_.invalid);
    return std::move(root_);
  }

 private:
  bool fail(Error::Id id) {
    failed_ = id;
    return false;
  }

  bool in_quarantine() const {
    return in_quarantined_array_ && open_.size() > 2 && open_[1]->is_array();
  }

  Json* place(Json&& value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (!open_.back()->is_array()) return &(*member_ = std::move(value));
    return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
  }

  bool add(Json&& value) {
    place(std::move(value));
    return true;
  }

  bool open(Json&& container) {
    if (open_.size() == rules_.max_depth) return fail(rules_.too_deep);
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    Json* closed = open_.back();
    open_.pop_back();
    if (open_.size() == 2 && element_has_duplicates_) {
      *closed = Json(Json::value_t::discarded);
      element_has_duplicates_ = false;
    }
    return true;
  }

  const JsonRules& rules_;
  Json root_;
  std::vector<Json*>
      open_;  // the containers around the current position; stable while they are open
  Json* member_ = nullptr;  // where the value after a name goes
  bool in_quarantined_array_ = false;
  bool element_has_duplicates_ = false;
  std::optional<Error::Id> failed_;
  std::optional<std::size_t> offset_;
};

}  // namespace

Result<Json> parse_json_object(std::string_view text, const JsonRules& rules) {
  // nlohmann skips a byte-order mark and takes NUL for the end of the text; RFC 8259 section 8.1
  // and section 2 allow neither.
  if (text.starts_with("\xef\xbb\xbf"))
    return Error(rules.invalid, {.member = {}, .offset = 0, .keys = {}});
  if (const auto nul = text.find('\0'); nul != text.npos) {
    return Error(rules.invalid, {.member = {}, .offset = nul, .keys = {}});
  }
  StrictBuilder builder(rules);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.finish();
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
