// JSON: what our reader accepts, nlohmann's parser accepts as the same value; what ours does not
// take for JSON, nlohmann's refuses, too.
#include "json.hpp"

#include "require.hpp"

using namespace touchstone;

namespace {

constexpr JsonRules rules{.max_depth = 32,
                          .invalid = Error::payload_json_invalid,
                          .duplicate_member = Error::payload_duplicate_member,
                          .too_deep = Error::payload_too_deep};

constexpr JsonRules quarantine{.max_depth = 32,
                               .invalid = Error::jwks_malformed,
                               .duplicate_member = Error::jwks_malformed,
                               .too_deep = Error::jwks_too_deep,
                               .quarantined_array = "keys"};

bool is_json_error(Error::Id id) {
  return id == Error::payload_json_invalid || id == Error::payload_duplicate_member ||
         id == Error::payload_too_deep;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = parse_json_object(text, rules);
  const auto lenient = parse_json_object(text, quarantine);
  if (!json) {
    require(is_json_error(json.error().id()));
    const auto offset = json.error().detail().offset;
    require(!offset || *offset <= size);
    // nlohmann's skips a byte-order mark and takes NUL for the end.
    const bool is_stricter = text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos;
    if (json.error().id() == Error::payload_json_invalid && !is_stricter)
      require(!Json::parse(text.begin(), text.end(), nullptr, false).is_object());
    return 0;
  }
  require(json->is_object());
  const Json reference = Json::parse(text.begin(), text.end(), nullptr, false);
  require(!reference.is_discarded() && reference == *json);
  require(lenient && *lenient == *json);
  // Its text is again what the rules accept, and means the same.
  const std::string written = json->dump();
  const auto again = parse_json_object(written, rules);
  require(again && *again == *json);
  return 0;
}
