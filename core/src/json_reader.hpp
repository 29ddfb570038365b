#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include "decimal.hpp"
#include "json.hpp"

namespace touchstone {

/// Reads the text from front to back and stops at the first breach of the rules. The grammar is
/// RFC 8259's; recursion is bounded by the rules' depth. `Document` is a basic_json: whoever reads
/// secrets chooses one that wipes its memory.
template <class Document>
class JsonReader {
  using Text = typename Document::string_t;

 public:
  JsonReader(std::string_view text, const JsonRules& rules)
      : at_(text.data()), end_(at_ + text.size()), begin_(at_), rules_(rules) {}

  Result<Document> read() {
    Document root;
    skip_space();
    if (read_value(root, 0) && is_at_end())
      return root.is_object() ? Result<Document>(std::move(root)) : Error(rules_.invalid);
    if (failed_) return Error(*failed_);
    const auto offset = static_cast<std::size_t>(at_ - begin_);
    return Error(rules_.invalid, {.member = {}, .hint = {}, .offset = offset, .keys = {}});
  }

 private:
  /// What is not JSON is told by its place alone: whoever finds it leaves it at at_.
  static constexpr bool invalid = false;

  bool fail(Error::Id id) {
    failed_ = id;
    return false;
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool is_at_end() {
    skip_space();
    return at_ == end_;
  }

  /// Steps over the character, when it is the next one.
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  /// `depth` containers are open around the value.
  bool read_value(Document& value, std::size_t depth) {
    if (at_ == end_) return invalid;
    switch (*at_) {
      case '{':
        return read_object(value, depth);
      case '[':
        return read_array(value, depth);
      case '"':
        return read_string((value = Text()).template get_ref<Text&>());
      case 't':
        return read_word("true", value, true);
      case 'f':
        return read_word("false", value, false);
      case 'n':
        return read_word("null", value, nullptr);
      default:
        return read_number(value);
    }
  }

  bool read_object(Document& value, std::size_t depth) {
    if (depth == rules_.max_depth) return fail(rules_.too_deep);
    ++at_;
    auto& members = (value = Document::object()).template get_ref<typename Document::object_t&>();
    skip_space();
    if (take('}')) return true;
    do {
      Text name;
      skip_space();
      if (at_ == end_ || *at_ != '"' || !read_string(name)) return invalid;
      const auto [member, is_new] = members.try_emplace(std::move(name));
      if (!is_new && !has_leave_to_repeat()) return fail(rules_.duplicate_member);
      if (depth == 0)  // "" is a name, too, and quarantines nothing
        in_quarantined_member_ =
            !member->first.empty() && member->first == rules_.quarantined_array;
      skip_space();
      if (!take(':')) return invalid;
      skip_space();
      if (!read_value(member->second, depth + 1)) return false;
      skip_space();
    } while (take(','));
    return take('}');
  }

  bool read_array(Document& value, std::size_t depth) {
    if (depth == rules_.max_depth) return fail(rules_.too_deep);
    ++at_;
    auto& elements = (value = Document::array()).template get_ref<typename Document::array_t&>();
    const bool is_quarantined = depth == 1 && in_quarantined_member_;
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      in_quarantined_element_ = is_quarantined || in_quarantined_element_;
      if (!read_value(elements.emplace_back(), depth + 1)) return false;
      if (is_quarantined && std::exchange(element_has_duplicates_, false))
        elements.back() = Document(Document::value_t::discarded);
      skip_space();
    } while (take(','));
    if (is_quarantined) in_quarantined_element_ = false;
    return take(']');
  }

  /// A name that stands twice spoils an element of the quarantined array, not the document.
  bool has_leave_to_repeat() {
    if (in_quarantined_element_) element_has_duplicates_ = true;
    return in_quarantined_element_;
  }

  template <class Value>
  bool read_word(std::string_view word, Document& value, Value meaning) {
    for (const char c : word)
      if (!take(c)) return invalid;
    value = meaning;
    return true;
  }

  bool read_string(Text& text) {
    ++at_;
    for (;;) {
      const char* run = at_;
      while (at_ != end_ && is_plain(*at_)) ++at_;
      text.append(run, at_);
      if (at_ == end_) return invalid;
      if (take('"')) return true;
      if (!(*at_ == '\\' ? read_escape(text) : read_multibyte(text))) return invalid;
    }
  }

  /// ASCII that stands for itself.
  static bool is_plain(char c) {
    return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\';
  }

  /// One character beyond ASCII: shortest form, no surrogate, at most U+10FFFF (RFC 3629).
  bool read_multibyte(Text& text) {
    const auto lead = static_cast<unsigned char>(*at_);
    const std::ptrdiff_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || end_ - at_ < length) return invalid;
    const auto second = static_cast<unsigned char>(at_[1]);
    const unsigned lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) return invalid;
    for (std::ptrdiff_t i = 2; i < length; ++i)
      if ((at_[i] & 0xc0) != 0x80) return invalid;
    text.append(at_, static_cast<std::size_t>(length));
    at_ += length;
    return true;
  }

  bool read_escape(Text& text) {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (take('u')) return read_code_point(text);
    const auto which = at_ == end_ ? letters.npos : letters.find(*at_);
    if (which == letters.npos) return invalid;
    text += meanings[which];
    ++at_;
    return true;
  }

  bool read_code_point(Text& text) {
    std::uint32_t code = 0;
    if (!read_four_digits(code) || is_surrogate(code, 0xdc00)) return invalid;
    if (is_surrogate(code, 0xd800)) {
      std::uint32_t low = 0;
      if (!take('\\') || !take('u') || !read_four_digits(low) || !is_surrogate(low, 0xdc00))
        return invalid;
      code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
    }
    append_utf8(text, code);
    return true;
  }

  static bool is_surrogate(std::uint32_t code, std::uint32_t first) {
    return (code & ~std::uint32_t{0x3ff}) == first;
  }

  bool read_four_digits(std::uint32_t& code) {
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return invalid;
      const char c = *at_;
      const char letter = static_cast<char>(c | 0x20);
      const bool is_letter = letter >= 'a' && letter <= 'f';
      if (!is_letter && !is_digit(c)) return invalid;
      code = code << 4 | static_cast<std::uint32_t>(is_letter ? letter - 'a' + 10 : c - '0');
    }
    return true;
  }

  static void append_utf8(Text& text, std::uint32_t code) {
    const auto append = [&](std::uint32_t octet) { text += static_cast<char>(octet); };
    if (code < 0x80) return append(code);
    if (code < 0x800) {
      append(0xc0 | code >> 6);
    } else if (code < 0x10000) {
      append(0xe0 | code >> 12);
      append(0x80 | (code >> 6 & 0x3f));
    } else {
      append(0xf0 | code >> 18);
      append(0x80 | (code >> 12 & 0x3f));
      append(0x80 | (code >> 6 & 0x3f));
    }
    append(0x80 | (code & 0x3f));
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  bool read_digits() {
    const char* start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }

  /// An integer of 64 bits as one, any other number as the nearest double.
  bool read_number(Document& value) {
    const char* start = at_;
    const bool is_negative = take('-');
    if (!take('0') && !read_digits()) return invalid;
    const char* integer_end = at_;
    if (take('.') && !read_digits()) return invalid;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!read_digits()) return invalid;
    }
    const std::string_view text(start, static_cast<std::size_t>(at_ - start));
    if (at_ == integer_end && read_integer(text, is_negative, value)) return true;
    const double number = nearest_double(text);
    if (std::isinf(number)) {
      at_ = start;
      return invalid;
    }
    value = number;
    return true;
  }

  static bool read_integer(std::string_view text, bool is_negative, Document& value) {
    std::uint64_t magnitude = 0;
    for (const char c : text.substr(is_negative ? 1 : 0)) {
      const auto digit = static_cast<std::uint64_t>(c - '0');
      if (magnitude > (UINT64_MAX - digit) / 10) return false;
      magnitude = 10 * magnitude + digit;
    }
    if (is_negative && magnitude > std::uint64_t{1} << 63) return false;
    if (is_negative)
      value = static_cast<std::int64_t>(0 - magnitude);
    else
      value = magnitude;
    return true;
  }

  const char* at_;
  const char* end_;
  const char* begin_;
  const JsonRules& rules_;
  bool in_quarantined_member_ = false;
  bool in_quarantined_element_ = false;
  bool element_has_duplicates_ = false;
  std::optional<Error::Id> failed_;
};

}  // namespace touchstone
