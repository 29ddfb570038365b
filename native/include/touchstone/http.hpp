#pragma once

#include <atomic>
#include <string>
#include <vector>

#include <touchstone/key_set_cache.hpp>

namespace touchstone {

/// How http_get() asks. Durations in seconds, each above 0 and at most 600.
struct HttpOptions {
  double connect_timeout = 5;  ///< until the connection stands, with its TLS
  double timeout = 10;         ///< until the whole response is here, after all redirects
  /// Of a body, after decoding, in bytes; at most 16 MiB. Of a larger one the first max_size + 1
  /// bytes are returned, so that its parser sees that it is too large.
  std::size_t max_size = std::size_t{1} << 20;
  /// PEM certificates of the authorities to trust instead of the system's; empty: the system's.
  std::string ca_file{};
  /// "http://proxy.example:3128" for every host; "": none; absent: what https_proxy, http_proxy,
  /// all_proxy and no_proxy in the environment say.
  std::optional<std::string> proxy{};
  /// Take http:// for hosts beyond the loopback, too. Without it http never leaves this machine:
  /// it goes through no proxy, and to a loopback address alone.
  bool allow_http = false;
  /// Connect to addresses that are not public; false when the URL came from a document. The address
  /// is judged after resolution and before a byte is sent. Through a proxy only what the URL shows
  /// is judged: the name is the proxy's to resolve. Beside names, "*" and addresses, what no_proxy
  /// may hold is then ignored, and the proxy asked.
  bool allow_private_addresses = true;
};

/// What http_get() got.
struct HttpResponse {
  int status;                     ///< of the last response: 200
  std::vector<HttpField> fields;  ///< of the last response, without trailers; at most 64 KiB
  std::string body;               ///< decoded
};

/// GETs a URL over HTTP/1.1, with TLS 1.2 or newer, certificate and host name checked. Sends no
/// cookies and no credentials. Decodes gzip and deflate. Follows at most three redirects, and these
/// within one origin. Blocks for options.timeout at most (before libcurl 7.87 a resolver that does
/// not answer may take longer); threads may call it at the same time.
///
/// fields  names and values are visible ASCII and spaces.
/// stop    when it becomes true, the call returns within 0.1 s.
/// Errors, with a word of detail().hint where it helps:
/// fetch_insecure: no URL that Url::parse() takes, http where it is not allowed ("url"), a redirect
/// to another origin ("redirect");
/// private_address;
/// fetch_timed_out;
/// fetch_failed: "name" (not resolved), "proxy" (not resolved, or it refuses), "connect", "TLS",
/// "certificate", "host name", "connection" (lost), "redirect" (too many), "fields" (malformed or
/// beyond 64 KiB or 256 of them), "encoding" (of the content, unknown or broken), "size" (a
/// Content-Length 64 KiB beyond max_size), "truncated", "response" (not HTTP), "stopped";
/// option_invalid, with the option: "connectTimeout", "timeout", "maxSize", "caFile", "fields".
TOUCHSTONE_API Result<HttpResponse> http_get(const std::string& url,
                                             const std::vector<HttpField>& fields,
                                             const HttpOptions& options,
                                             const std::atomic<bool>* stop = nullptr) noexcept;

/// What http_get() says of the URL and the options before it asks anybody: fetch_insecure,
/// private_address, option_invalid.
TOUCHSTONE_API Refusal check_http(const std::string& url, const HttpOptions& options) noexcept;

}  // namespace touchstone
