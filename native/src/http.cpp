#include <touchstone/touchstone.h>
#include <touchstone/http.hpp>

#include <curl/curl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <touchstone/url.hpp>

#include "deadline.hpp"

namespace touchstone {
namespace {

constexpr double max_timeout = 600;
constexpr std::size_t size_ceiling = std::size_t{16} << 20;
constexpr std::size_t max_head_size = std::size_t{64} << 10;
constexpr std::size_t max_fields = 256;
constexpr int max_redirects = 3;
/// A little too much is left to the parser to refuse; for more there is no need to wait.
constexpr curl_off_t size_slack = 64 << 10;
constexpr int stop_check_ms = 50;

using Clock = std::chrono::steady_clock;

template <auto function>
struct Deleter {
  template <class T>
  void operator()(T* handle) const {
    function(handle);
  }
};
using Easy = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;

/// The addresses that a connection may be made to.
enum class Reach { any, public_only, loopback_only };

/// How to get to a host: through which proxy, and to which addresses. Without a proxy here, curl
/// asks the environment.
struct Route {
  std::optional<std::string> proxy;
  Reach reach;
};

/// What one exchange has brought, and why it was ended if we ended it.
struct Exchange {
  std::size_t max_size;
  Reach reach;
  std::vector<HttpField> fields{};
  std::string body{};
  std::size_t head_size = 0;  // with interim responses and trailers
  bool is_interim = false;
  bool has_head = false;
  bool has_refused_address = false;
  Refusal refusal{};
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// What the environment says of proxies. curl knows more, but tells nobody whether an address is a
// proxy's: where addresses are judged, the choice must be ours.

std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

/// Whether it is the entry of a no_proxy list: the name itself, or one below it.
bool is_below(const std::string& host, std::string entry) {
  if (entry.starts_with('.')) entry.erase(0, 1);
  if (entry.empty() || host.size() < entry.size()) return false;
  const std::size_t start = host.size() - entry.size();
  return curl_strequal(host.c_str() + start, entry.c_str()) != 0 &&
         (start == 0 || host[start - 1] == '.');
}

/// Empty: none.
std::string proxy_of_environment(const Url& url) {
  std::string without = environment({"no_proxy", "NO_PROXY"});
  std::replace(without.begin(), without.end(), ',', ' ');
  const std::string host(url.host);
  for (std::size_t at = 0; at < without.size();) {
    const std::size_t end = std::min(without.find(' ', at), without.size());
    const std::string entry = without.substr(at, end - at);
    if (entry == "*" || is_below(host, entry)) return "";
    at = end + 1;
  }
  // HTTP_PROXY is not asked: in CGI it is a field of the request.
  return url.is_https ? environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                      : environment({"http_proxy", "all_proxy", "ALL_PROXY"});
}

Result<Route> route_to(const Url& url, const HttpOptions& options) {
  if (!options.allow_private_addresses && url.is_private()) return Error(Error::private_address);
  if (!url.is_https && !options.allow_http) {
    if (!url.is_loopback()) return Error(Error::fetch_insecure, {}, "url");
    return Route{"", Reach::loopback_only};
  }
  if (options.allow_private_addresses) return Route{options.proxy, Reach::any};
  std::string proxy = options.proxy ? *options.proxy : proxy_of_environment(url);
  const Reach reach = proxy.empty() ? Reach::public_only : Reach::any;
  return Route{std::move(proxy), reach};
}

// What curl calls. Nothing may be thrown through it.

std::optional<IpAddress> address_of(const curl_sockaddr& given) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  if (given.family == AF_INET) {
    std::memcpy(&v4, &given.addr, sizeof v4);
    return IpAddress::from_bytes({reinterpret_cast<const char*>(&v4.sin_addr), 4});
  }
  if (given.family != AF_INET6) return {};
  std::memcpy(&v6, &given.addr, sizeof v6);
  return IpAddress::from_bytes({reinterpret_cast<const char*>(&v6.sin6_addr), 16});
}

bool is_within(Reach reach, const std::optional<IpAddress>& address) {
  if (reach == Reach::any) return true;
  if (!address) return false;
  return reach == Reach::loopback_only ? address->is_loopback() : !address->is_private();
}

curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) noexcept {
  auto& exchange = *static_cast<Exchange*>(context);
  if (is_within(exchange.reach, address_of(*address)))
    return socket(address->family, address->socktype, address->protocol);
  exchange.has_refused_address = true;
  return CURL_SOCKET_BAD;
}

/// gzip or deflate, once: curl would decode whatever it was built with, layer by layer.
bool has_known_encoding(const std::vector<HttpField>& fields) {
  std::size_t layers = 0;
  for (const HttpField& field : fields) {
    if (curl_strequal(field.name.c_str(), "Content-Encoding") == 0) continue;
    if (curl_strequal(field.value.c_str(), "identity") != 0) continue;
    const bool is_known = curl_strequal(field.value.c_str(), "gzip") != 0 ||
                          curl_strequal(field.value.c_str(), "deflate") != 0;
    if (!is_known || ++layers > 1) return false;
  }
  return true;
}

/// One line of a head: a status line, a field, or the empty line after the last.
Refusal take_line(Exchange& exchange, std::string_view line) {
  const Error malformed(Error::fetch_failed, {}, "fields");
  exchange.head_size += line.size();
  if (exchange.head_size > max_head_size) return malformed;
  if (exchange.has_head) return {};  // a trailer, which nobody may merge (RFC 9110 section 6.5.1)
  if (line.starts_with("HTTP/")) {
    exchange.is_interim = line.substr(std::min(line.find(' '), line.size())).starts_with(" 1");
    exchange.fields.clear();
    return {};
  }
  if (trimmed(line).empty()) {
    exchange.has_head = !exchange.is_interim;
    const bool is_readable = exchange.is_interim || has_known_encoding(exchange.fields);
    return is_readable ? Refusal{} : Error(Error::fetch_failed, {}, "encoding");
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == line.npos || name.empty() || !is_visible(name)) return malformed;
  if (exchange.fields.size() == max_fields) return malformed;
  exchange.fields.push_back({std::string(name), std::string(trimmed(line.substr(colon + 1)))});
  return {};
}

std::size_t on_line(char* data, std::size_t, std::size_t size, void* context) noexcept {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.refusal = take_line(exchange, {data, size});
  return exchange.refusal ? 0 : size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) noexcept {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::size_t room = exchange.max_size + 1 - exchange.body.size();
  exchange.body.append(data, std::min(size, room));
  return size < room ? size : 0;
}

/// While it lives, a connection that the peer has closed does not end the process. curl leaves that
/// to us where it must not touch signal handlers, and OpenSSL to curl.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    was_pending_ = is_pending();
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    int signal = 0;
    if (!was_pending_ && is_pending()) sigwait(&sigpipe_, &signal);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  static bool is_pending() {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
  }
  sigset_t sigpipe_, before_;
  bool was_pending_;
};

// One exchange.

Error error_of(CURLcode code, CURL* easy) {
  const auto failed = [](std::string_view word) { return Error(Error::fetch_failed, {}, word); };
  long chain = 0, tunnel = 0;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Error::fetch_timed_out;
    case CURLE_ABORTED_BY_CALLBACK:
      return failed("stopped");
    case CURLE_COULDNT_RESOLVE_HOST:
      return failed("name");
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return failed("proxy");
    case CURLE_COULDNT_CONNECT:
      return failed("connect");
    case CURLE_PEER_FAILED_VERIFICATION:
      // A chain that is bad leaves its own reason; a name that is wrong none, or "unspecified".
      curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &chain);
      return failed(chain == 0 || chain == 1 ? "host name" : "certificate");
    case CURLE_SSL_CACERT_BADFILE:
      return Error(Error::option_invalid, "caFile");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return failed("TLS");
    case CURLE_PARTIAL_FILE:
      return failed("truncated");
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      // Also what curl makes of a proxy that refuses.
      curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
      return failed(tunnel >= 300 ? "proxy" : "connection");
    case CURLE_BAD_CONTENT_ENCODING:
      return failed("encoding");
    case CURLE_FILESIZE_EXCEEDED:
      return failed("size");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return failed("response");
    case CURLE_OUT_OF_MEMORY:
      return Error::out_of_memory;
    default:
      return Error::fetch_failed;
  }
}

List list_of(const std::vector<HttpField>& fields) {
  List list;
  for (const HttpField& field : fields) {
    // A field without a value is told from one to leave out by its semicolon.
    const std::string line = field.name + (field.value.empty() ? ";" : ": " + field.value);
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return {};
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

void set_up(CURL* easy, const HttpOptions& options, const Url& url, curl_slist* fields) {
  const auto milliseconds = [](double seconds) {
    return std::max(1L, static_cast<long>(seconds * 1000));
  };
  const auto set = [easy](auto option, auto value) { curl_easy_setopt(easy, option, value); };
  const char* scheme = url.is_https ? "https" : "http";
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, scheme);
#else
  set(CURLOPT_PROTOCOLS, url.is_https ? CURLPROTO_HTTPS : CURLPROTO_HTTP);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  // A resolver that does not answer would hold us up beyond the time-out.
  set(CURLOPT_QUICK_EXIT, 1L);
#endif
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options.max_size) + size_slack);
  set(CURLOPT_HTTPHEADER, fields);
  set(CURLOPT_USERAGENT, "touchstone/" TOUCHSTONE_VERSION);
  set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));  // or the system's would be trusted as well
  }
  set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(CURLOPT_HEADERFUNCTION, on_line);
  set(CURLOPT_WRITEFUNCTION, on_body);
}

void direct(CURL* easy, const std::string& url, const Route& route, Exchange& exchange) {
  const auto set = [easy](auto option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_OPENSOCKETDATA, &exchange);
  set(CURLOPT_HEADERDATA, &exchange);
  set(CURLOPT_WRITEDATA, &exchange);
  if (!route.proxy) return;
  set(CURLOPT_PROXY, route.proxy->c_str());
  set(CURLOPT_NOPROXY, "");
}

CURLcode perform(CURLM* multi, CURL* easy, Clock::time_point end, const std::atomic<bool>* stop) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  if (left.count() <= 0) return CURLE_OPERATION_TIMEDOUT;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
  CURLcode code = CURLE_OK;
  for (int running = 1; running != 0;) {
    if (stop != nullptr && stop->load()) code = CURLE_ABORTED_BY_CALLBACK;
    if (code == CURLE_OK && curl_multi_perform(multi, &running) != CURLM_OK)
      code = CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK) break;
    if (running != 0) curl_multi_poll(multi, nullptr, 0, stop_check_ms, nullptr);
  }
  int waiting = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &waiting))
    if (message->msg == CURLMSG_DONE && code == CURLE_OK) code = message->data.result;
  curl_multi_remove_handle(multi, easy);
  return code;
}

/// Why an exchange brought no response; empty when it did.
Refusal judge(CURLcode code, CURL* easy, const Exchange& exchange) {
  if (exchange.refusal) return exchange.refusal;
  if (code == CURLE_OK || exchange.body.size() > exchange.max_size) return {};
  if (code != CURLE_COULDNT_CONNECT || !exchange.has_refused_address) return error_of(code, easy);
  if (exchange.reach == Reach::loopback_only) return Error(Error::fetch_insecure, {}, "url");
  return Error(Error::private_address);
}

bool is_same_origin(const Url& a, const Url& b) {
  const std::string one(a.host), other(b.host);
  return a.is_https == b.is_https && a.port == b.port &&
         curl_strequal(one.c_str(), other.c_str()) != 0;
}

/// Where the response sends us; empty when it does not.
Result<std::string> redirect_of(CURL* easy, const Url& from) {
  const char* target = nullptr;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &target);
  if (target == nullptr) return std::string();
  const auto url = Url::parse(target);
  if (!url || !is_same_origin(*url, from)) return Error(Error::fetch_insecure, {}, "redirect");
  return std::string(target);
}

Refusal check(const HttpOptions& options) {
  const auto invalid = [](std::string_view option) { return Error(Error::option_invalid, option); };
  // False for NaN, too.
  const auto is_timeout = [](double value) { return value > 0 && value <= max_timeout; };
  if (!is_timeout(options.connect_timeout)) return invalid("connectTimeout");
  if (!is_timeout(options.timeout)) return invalid("timeout");
  if (options.max_size > size_ceiling) return invalid("maxSize");
  return {};
}

/// One line each, whatever they hold.
bool are_fields(const std::vector<HttpField>& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const HttpField& field) {
    return !field.name.empty() && is_visible(field.name) &&
           field.name.find_first_of(":;") == std::string::npos && is_printable(field.value);
  });
}

/// Once in a process, and never undone: other libraries may use curl, too.
bool is_curl_ready() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK;
}

}  // namespace

Refusal check_http(const std::string& text, const HttpOptions& options) noexcept {
  if (auto refusal = check(options)) return refusal;
  const auto url = Url::parse(text);
  if (!url) return Error(Error::fetch_insecure, {}, "url");
  const auto route = route_to(*url, options);
  return route ? Refusal{} : route.error();
}

Result<HttpResponse> http_get(const std::string& given, const std::vector<HttpField>& fields,
                              const HttpOptions& options, const std::atomic<bool>* stop) noexcept {
  if (const auto refusal = check(options)) return *refusal;
  if (!are_fields(fields)) return Error(Error::option_invalid, "fields");
  const Deadline deadline(options.timeout);
  std::string text = given;
  auto url = Url::parse(text);
  if (!url) return Error(Error::fetch_insecure, {}, "url");
  const auto route = route_to(*url, options);
  if (!route) return route.error();

  const NoSigpipe no_sigpipe;
  const List list = list_of(fields);
  const Multi multi(is_curl_ready() ? curl_multi_init() : nullptr);
  const Easy easy(multi ? curl_easy_init() : nullptr);  // goes before the multi handle does
  if (!easy || (!list && !fields.empty())) return Error(Error::out_of_memory);
  set_up(easy.get(), options, *url, list.get());
  for (int redirects = 0; redirects <= max_redirects; ++redirects) {
    Exchange exchange{.max_size = options.max_size, .reach = route->reach};
    direct(easy.get(), text, *route, exchange);
    const CURLcode code = perform(multi.get(), easy.get(), deadline.end(), stop);
    if (const auto refusal = judge(code, easy.get(), exchange)) return *refusal;
    auto target = redirect_of(easy.get(), *url);
    if (!target) return target.error();
    if (target->empty()) {
      long status = 0;
      curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
      return HttpResponse{static_cast<int>(status), std::move(exchange.fields),
                          std::move(exchange.body)};
    }
    text = *std::move(target);
    url = Url::parse(text);
  }
  return Error(Error::fetch_failed, {}, "redirect");
}

}  // namespace touchstone
