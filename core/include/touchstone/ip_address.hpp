#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <touchstone/export.h>

namespace touchstone {

/// An IPv4 or IPv6 address in network byte order.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< of an IPv4 address the first 4; the rest are 0
  bool is_v6 = false;                    ///< whether all 16 bytes count

  /// `bytes` are 4 or 16 in network byte order, as in in_addr and in6_addr; empty for any other
  /// number.
  TOUCHSTONE_API static std::optional<IpAddress> from_bytes(std::string_view bytes) noexcept;

  /// Reads "192.0.2.1" (four decimal numbers without leading zeros, RFC 6943 section 3.1.1) or
  /// "2001:db8::1" (RFC 4291 section 2.2) without brackets and zone. Empty for anything else.
  TOUCHSTONE_API static std::optional<IpAddress> parse(std::string_view text) noexcept;

  /// 127.0.0.0/8 or ::1, also when it is mapped into IPv6.
  TOUCHSTONE_API bool is_loopback() const noexcept;

  /// Whether it is anything but an address on the public Internet by IANA's registries of special
  /// addresses (RFC 6890): private, shared, link-local, loopback, unspecified, multicast,
  /// broadcast, for documentation or benchmarks, reserved. An IPv4 address in IPv6 (mapped, or
  /// through NAT64's well-known prefix) is judged as what it carries; of IPv6 only 2000::/3 is
  /// public, and of that neither Teredo nor 6to4.
  TOUCHSTONE_API bool is_private() const noexcept;
};

}  // namespace touchstone
