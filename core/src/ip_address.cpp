#include <touchstone/ip_address.hpp>

#include <algorithm>
#include <cstddef>

namespace touchstone {
namespace {

constexpr std::size_t v4_size = 4, v6_size = 16;

struct Network {
  std::array<std::uint8_t, v6_size> prefix;
  std::size_t bits;
};

// What is not global in IANA's IPv4 Special-Purpose Address Registry, and multicast.
constexpr Network private_v4[] = {
    {{0}, 8},              // "this network": RFC 791 section 3.2
    {{10}, 8},             // private: RFC 1918
    {{100, 64}, 10},       // shared, of carrier-grade NAT: RFC 6598
    {{127}, 8},            // loopback: RFC 1122 section 3.2.1.3
    {{169, 254}, 16},      // link-local: RFC 3927; there the metadata services of clouds are
    {{172, 16}, 12},       // private: RFC 1918
    {{192, 0, 0}, 24},     // protocol assignments: RFC 6890 section 2.1
    {{192, 0, 2}, 24},     // documentation: RFC 5737
    {{192, 88, 99}, 24},   // relays of 6to4, no more: RFC 7526
    {{192, 168}, 16},      // private: RFC 1918
    {{198, 18}, 15},       // benchmarks: RFC 2544
    {{198, 51, 100}, 24},  // documentation: RFC 5737
    {{203, 0, 113}, 24},   // documentation: RFC 5737
    {{224}, 4},            // multicast: RFC 5771
    {{240}, 4},            // reserved, and broadcast: RFC 1112 section 4, RFC 919
};

// All of IPv6 that is given out for global unicast (RFC 4291 section 2.4), and what is not global
// in it.
constexpr Network global_v6 = {{0x20}, 3};
constexpr Network private_v6[] = {
    {{0x20, 0x01}, 23},              // protocol assignments, among them Teredo: RFC 2928, RFC 4380
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation: RFC 3849
    {{0x20, 0x02}, 16},              // 6to4, which carries any IPv4 address: RFC 3056, RFC 7526
    {{0x3f, 0xff}, 20},              // documentation: RFC 9637
};

// An IPv4 address in the last four bytes.
constexpr Network mapped_v4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
                               96};                     // RFC 4291 section 2.5.5.2
constexpr Network nat64 = {{0, 0x64, 0xff, 0x9b}, 96};  // RFC 6052 section 2.1

bool is_in(const IpAddress& address, const Network& network) {
  for (std::size_t bit = 0; bit < network.bits; bit += 8) {
    const std::size_t unused = network.bits - bit < 8 ? 8 - (network.bits - bit) : 0;
    const int difference = address.bytes[bit / 8] ^ network.prefix[bit / 8];
    if (difference >> unused != 0) return false;
  }
  return true;
}

template <std::size_t count>
bool is_in_any(const IpAddress& address, const Network (&networks)[count]) {
  return std::any_of(networks, networks + count,
                     [&](const Network& network) { return is_in(address, network); });
}

/// The IPv4 address that an IPv6 address stands for; any other address is itself.
IpAddress carried_by(const IpAddress& address) {
  if (!address.is_v6 || !(is_in(address, mapped_v4) || is_in(address, nat64))) return address;
  IpAddress v4;
  std::copy_n(address.bytes.end() - v4_size, v4_size, v4.bytes.begin());
  return v4;
}

/// Takes a number of at most `max_digits` digits off the front; empty when there is none or the
/// next character is a digit, too.
std::optional<unsigned> take_number(std::string_view& text, unsigned base, std::size_t max_digits) {
  unsigned value = 0;
  std::size_t length = 0;
  for (; length < text.size(); ++length) {
    const char c = text[length];
    const char letter = static_cast<char>(c | 0x20);
    unsigned digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (letter >= 'a' && letter <= 'f') digit = static_cast<unsigned>(letter - 'a') + 10;
    if (digit >= base) break;
    if (length == max_digits) return {};
    value = value * base + digit;
  }
  if (length == 0) return {};
  text.remove_prefix(length);
  return value;
}

bool take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

/// Reads four numbers into `bytes`; more would be octal to some and decimal to others.
bool read_v4(std::string_view text, std::uint8_t* bytes) {
  for (std::size_t i = 0; i < v4_size; ++i) {
    if (i > 0 && !take(text, ".")) return false;
    const bool has_leading_zero = text.size() > 1 && text[0] == '0' && text[1] != '.';
    const auto number = take_number(text, 10, 3);
    if (!number || *number > 255 || has_leading_zero) return false;
    bytes[i] = static_cast<std::uint8_t>(*number);
  }
  return text.empty();
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  IpAddress address;
  if (!read_v4(text, address.bytes.data())) return {};
  return address;
}

/// Groups before "::" stay where they are, those after it move to the end.
std::optional<IpAddress> parse_v6(std::string_view text) {
  IpAddress address{.bytes = {}, .is_v6 = true};
  auto& bytes = address.bytes;
  std::optional<std::size_t> gap;
  std::size_t at = 0;
  if (take(text, "::")) gap = 0;
  while (!text.empty()) {
    if (at == v6_size) return {};
    const std::size_t group_length = std::min(text.find(':'), text.size());
    if (text.substr(0, group_length).find('.') != text.npos) {
      if (at + v4_size > v6_size || !read_v4(text, bytes.data() + at)) return {};
      at += v4_size;
      break;
    }
    const auto group = take_number(text, 16, 4);
    if (!group) return {};
    bytes[at++] = static_cast<std::uint8_t>(*group >> 8);
    bytes[at++] = static_cast<std::uint8_t>(*group & 0xff);
    if (text.empty()) break;
    if (take(text, "::")) {
      if (gap) return {};
      gap = at;
    } else if (!take(text, ":") || text.empty()) {
      return {};
    }
  }
  if (!gap) return at == v6_size ? std::optional(address) : std::nullopt;
  if (at == v6_size) return {};  // "::" stands for one group or more
  const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(*gap);
  const auto to = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  std::fill(from, std::move_backward(from, to, bytes.end()), std::uint8_t{0});
  return address;
}

}  // namespace

std::optional<IpAddress> IpAddress::from_bytes(std::string_view octets) noexcept {
  if (octets.size() != v4_size && octets.size() != v6_size) return {};
  IpAddress address{.bytes = {}, .is_v6 = octets.size() == v6_size};
  std::transform(octets.begin(), octets.end(), address.bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  return text.find(':') == text.npos ? parse_v4(text) : parse_v6(text);
}

bool IpAddress::is_loopback() const noexcept {
  constexpr Network loopback_v4 = {{127}, 8};
  constexpr Network loopback_v6 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
  const IpAddress address = carried_by(*this);
  return is_in(address, address.is_v6 ? loopback_v6 : loopback_v4);
}

bool IpAddress::is_private() const noexcept {
  const IpAddress address = carried_by(*this);
  if (!address.is_v6) return is_in_any(address, private_v4);
  return !is_in(address, global_v6) || is_in_any(address, private_v6);
}

}  // namespace touchstone
