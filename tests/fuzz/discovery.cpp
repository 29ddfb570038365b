// Discovery: what is accepted is what every client reads alike, and leads nowhere else.
// Input: an issuer, a newline, and a metadata document; each is also taken for an URL and an
// address.
#include <arpa/inet.h>
#include <touchstone/touchstone.hpp>

#include <algorithm>

#include "require.hpp"

using namespace touchstone;

namespace {

/// The C library's reading of an address, as bytes.
std::optional<std::string> read_by_system(int family, const std::string& text) {
  std::string bytes(family == AF_INET ? 4 : 16, '\0');
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) return {};
  return bytes;
}

void check_address(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (text.find('\0') != text.npos) return require(!address);  // the C library stops there
  const auto bytes = read_by_system(text.find(':') == text.npos ? AF_INET : AF_INET6, text);
  require(address.has_value() == bytes.has_value());
  if (!address) return;
  const auto again = IpAddress::from_bytes(*bytes);
  require(again && again->bytes == address->bytes && again->is_v6 == address->is_v6);
  require(!address->is_loopback() || address->is_private());
  if (address->is_v6) return;
  const auto mapped = IpAddress::parse("::ffff:" + text);
  require(mapped && mapped->is_private() == address->is_private());
}

void check_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return;
  require(text.size() <= 2048 && !url->host.empty() && url->port != 0);
  require(std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }));
  require(text.find_first_of("#\\\"<>^`{|}") == text.npos);
  require(url->origin.find('@') == url->origin.npos);
  require(!url->is_loopback() || url->is_private());
  // Its parts are all of it.
  const bool is_v6 = url->address && url->address->is_v6;
  const std::string host = is_v6 ? "[" + std::string(url->host) + "]" : std::string(url->host);
  const std::string start = (url->is_https ? "https://" : "http://") + host;
  const std::string with_port = start + ":" + std::to_string(url->port);
  const bool is_default_port = url->port == (url->is_https ? 443 : 80);
  require(url->origin == with_port || (is_default_port && url->origin == start));
  const std::string front = std::string(url->origin) + std::string(url->path);
  require(text.starts_with(front) && (text == front) == !url->has_query);
  require(text == front || text[front.size()] == '?');
  // What is not an address to us is none to the C library's lenient reader either.
  in_addr lenient;
  if (!url->address) require(inet_aton(host.c_str(), &lenient) == 0);
}

void check_discovery(std::string_view text, const std::string& issuer,
                     const DiscoveryOptions& options) {
  const auto urls = well_known_urls(issuer, options);
  const auto metadata = parse_metadata(text, issuer, options);
  require(urls.has_value() == !check_issuer(issuer, options));
  if (!urls) return require(!metadata && metadata.error().id() == urls.error().id());
  const Url from = *Url::parse(issuer);
  require(from.is_https || (options.allow_http_on_loopback && from.is_loopback()));
  for (const std::string& url : *urls) {
    const auto parsed = Url::parse(url);
    require(parsed && parsed->origin == from.origin && !parsed->has_query);
  }
  if (!metadata) return require(!metadata.error().reason().empty());
  require(metadata->issuer == issuer);
  const auto to = Url::parse(metadata->jwks_uri);
  require(to && (to->is_https || (!from.is_https && to->is_loopback())));
  require(!to->is_private() || from.is_private() || options.allow_private_addresses);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), size);
  const std::string issuer(input.substr(0, end));
  const std::string_view text = input.substr(std::min(end + 1, size));
  for (const std::string_view part : {std::string_view(issuer), text}) {
    check_address(std::string(part));
    check_url(part);
  }
  for (const bool is_allowed : {false, true}) {
    check_discovery(text, issuer, {.allow_http_on_loopback = is_allowed});
    check_discovery(text, issuer, {.allow_private_addresses = is_allowed});
  }
  return 0;
}
