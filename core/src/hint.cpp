#include "hint.hpp"

#include <span>
#include <utility>

namespace touchstone {
namespace {

struct Hint {
  std::string_view start;
  std::string_view words;
};

constexpr std::string_view a_url =
    "it is a URL, and nothing is fetched here: give a remote key set of this URL, or the JWK Set "
    "that is there";
constexpr std::string_view in_quotation_marks = "leave out the quotation marks around it";
constexpr std::string_view has_bearer =
    "leave out \"Bearer \": it belongs to the HTTP header, not to the token";

constexpr Hint at_keys[] = {
    {"-----BEGIN", "it is PEM; a JWK or JWK Set is JSON: export the key as a JWK"},
    {"https://", a_url},
    {"http://", a_url},
    {"\"https://", a_url},  // as JSON text has it
    {"\"http://", a_url},
    {"[", "it is an array; a JWK Set is an object: {\"keys\": [...]}"},
};
constexpr Hint at_token[] = {
    {"Bearer ", has_bearer},
    {"bearer ", has_bearer},
    {"{", "it is JSON; a JWT is three base64url segments joined by dots"},
};
constexpr Hint at_any[] = {
    {"\xef\xbb\xbf", "it begins with a byte-order mark; save it as UTF-8 without one"},
    {"\xff\xfe", "it is UTF-16; save it as UTF-8"},
    {"\xfe\xff", "it is UTF-16; save it as UTF-8"},
    {"\"", in_quotation_marks},
    {"'", in_quotation_marks},
};

constexpr std::string_view white_space = " \t\r\n";

std::string_view hint_at(std::string_view text, std::span<const Hint> special) {
  const auto start = text.find_first_not_of(white_space);
  if (start == text.npos) return "there is nothing in it: it is empty";
  for (const std::span<const Hint> table : {special, std::span<const Hint>(at_any)}) {
    for (const Hint& hint : table) {
      if (text.substr(start).starts_with(hint.start)) return hint.words;
    }
  }
  return "";
}

}  // namespace

std::string_view hint_at_key_set(std::string_view text) { return hint_at(text, at_keys); }

std::string_view hint_at_token(std::string_view text) {
  if (const auto hint = hint_at(text, at_token); !hint.empty()) return hint;
  const bool is_bare = white_space.find(text.front()) == white_space.npos &&
                       white_space.find(text.back()) == white_space.npos;
  return is_bare ? "" : "leave out the white space around it";
}

Error with_hint(const Error& error, std::string_view hint) {
  if (hint.empty()) return error;
  Error::Detail detail = error.detail();
  detail.hint = hint;
  return Error(error.id(), std::move(detail));
}

}  // namespace touchstone
