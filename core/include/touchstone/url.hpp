#pragma once

#include <touchstone/ip_address.hpp>

namespace touchstone {

/// The parts of an http or https URL that every parser of URLs takes apart alike: what is left out
/// of RFC 3986 is what clients have been led astray by. Views live as long as the text does.
struct Url {
  bool is_https;            ///< or else http
  std::string_view origin;  ///< up to the path, as written: "https://id.example:8443"
  std::string_view host;  ///< as written, an IPv6 address without its brackets: "id.example", "::1"
  std::optional<IpAddress> address{};  ///< of a host that is an address
  std::uint16_t port;                  ///< when none is written, 443 or 80
  std::string_view path;               ///< empty, or from the first "/" on
  bool has_query;                      ///< whether a "?" follows

  /// At most 2048 bytes, printable ASCII: "http://" or "https://" in small letters; a host of
  /// labels of letters, digits, "-" and "_", or an address as IpAddress::parse() reads it; a port
  /// without leading zeros; a path without dot segments; a query. Percent-encoding is well-formed,
  /// and not decoded. Refused are user information, fragments, an empty host or port, a dot at the
  /// host's end, and a host whose last label is a number ("127.1", "0x7f000001"), which some take
  /// for an address.
  TOUCHSTONE_API static std::optional<Url> parse(std::string_view text) noexcept;

  /// A loopback address, "localhost" or a name below it (RFC 6761 section 6.3), in any case of
  /// letters.
  TOUCHSTONE_API bool is_loopback() const noexcept;

  /// An address that is private, or a loopback host. Whether another name leads to such an address
  /// only its resolution shows.
  TOUCHSTONE_API bool is_private() const noexcept;
};

}  // namespace touchstone
