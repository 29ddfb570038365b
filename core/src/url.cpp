#include <touchstone/url.hpp>

#include <algorithm>
#include <cstddef>

namespace touchstone {
namespace {

constexpr std::size_t max_url_size = 2048;
constexpr std::size_t max_host_size = 253, max_label_size = 63;  // RFC 1035 section 2.3.4

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_hex_digit(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

template <class Predicate>
bool all_of(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool is_label(std::string_view label) {
  const auto may_stand = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= max_label_size && all_of(label, may_stand);
}

/// What the URL Standard and inet_aton() read as a number: decimal, octal or hexadecimal.
bool is_number(std::string_view label) {
  const bool is_hexadecimal = label.size() >= 2 && label[0] == '0' && lower(label[1]) == 'x';
  return is_hexadecimal ? all_of(label.substr(2), is_hex_digit) : all_of(label, is_digit);
}

bool is_name(std::string_view host) {
  if (host.size() > max_host_size) return false;
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == host.npos) return !is_number(label);
    host.remove_prefix(dot + 1);
  }
}

/// RFC 3986 section 3.3 and 3.4: the characters of pchar, "/" and "?".
bool has_path_characters(std::string_view text) {
  constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_letter(c) || is_digit(c) || marks.find(c) != marks.npos) continue;
    const bool is_encoded = c == '%' && text.size() - at > 2 && is_hex_digit(text[at + 1]) &&
                            is_hex_digit(text[at + 2]);
    if (!is_encoded) return false;
    at += 2;
  }
  return true;
}

/// "." or "..", which a client would resolve before it asks, also when they are percent-encoded.
bool is_dot_segment(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    const bool is_encoded =
        segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && lower(segment[2]) == 'e';
    if (!is_encoded && segment[0] != '.') return false;
    segment.remove_prefix(is_encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // its "/"
    const std::size_t end = std::min(path.find('/'), path.size());
    if (is_dot_segment(path.substr(0, end))) return true;
    path.remove_prefix(end);
  }
  return false;
}

/// What stands after the host: nothing, or ":" and 1 to 65535.
bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.empty()) return true;
  const std::string_view digits = text.substr(1);
  if (text[0] != ':' || digits.empty() || digits.size() > 5 || !all_of(digits, is_digit) ||
      digits[0] == '0')
    return false;
  unsigned value = 0;
  for (const char c : digits) value = 10 * value + static_cast<unsigned>(c - '0');
  port = static_cast<std::uint16_t>(value);
  return value <= 65535;
}

/// Reads host and port (RFC 3986 section 3.2).
bool read_authority(std::string_view authority, Url& url) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) return false;
    url.host = authority.substr(1, end - 1);
    url.address = IpAddress::parse(url.host);
    return url.address && url.address->is_v6 && read_port(authority.substr(end + 1), url.port);
  }
  const std::size_t end = std::min(authority.find(':'), authority.size());
  url.host = authority.substr(0, end);
  url.address = IpAddress::parse(url.host);
  return (url.address || is_name(url.host)) && read_port(authority.substr(end), url.port);
}

bool is_localhost(std::string_view host) {
  constexpr std::string_view localhost = "localhost";
  if (host.size() < localhost.size()) return false;
  const std::string_view end = host.substr(host.size() - localhost.size());
  const bool is_below = host.size() == end.size() || host[host.size() - end.size() - 1] == '.';
  return is_below && std::equal(end.begin(), end.end(), localhost.begin(),
                                [](char a, char b) { return lower(a) == b; });
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) noexcept {
  constexpr std::string_view http = "http://", https = "https://";
  if (text.size() > max_url_size) return {};
  const bool is_https = text.starts_with(https);
  if (!is_https && !text.starts_with(http)) return {};
  const std::size_t host_at = is_https ? https.size() : http.size();
  const std::size_t path_at = std::min(text.find_first_of("/?", host_at), text.size());
  const std::size_t query_at = std::min(text.find('?', path_at), text.size());
  Url url{.is_https = is_https,
          .origin = text.substr(0, path_at),
          .host = {},
          .port = static_cast<std::uint16_t>(is_https ? 443 : 80),
          .path = text.substr(path_at, query_at - path_at),
          .has_query = query_at < text.size()};
  if (!read_authority(text.substr(host_at, path_at - host_at), url)) return {};
  if (!has_path_characters(text.substr(path_at)) || has_dot_segment(url.path)) return {};
  return url;
}

bool Url::is_loopback() const noexcept {
  return address ? address->is_loopback() : is_localhost(host);
}

bool Url::is_private() const noexcept {
  return address ? address->is_private() : is_localhost(host);
}

}  // namespace touchstone
