#include "http_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "moment.hpp"
#include "text.hpp"
#include "tls_chain.hpp"

namespace touchstone::server {
namespace {

// A client has so many seconds for its first request, the handshake with it; and from then on for
// each that follows, with the time until it comes. Proxies keep idle connections for a minute.
constexpr double first_deadline = 20, later_deadline = 120;
constexpr unsigned idle_timeout = 75;
constexpr unsigned max_connections = 1000, max_blocking_connections = 64,
                   max_connections_of_peer = 100;
constexpr std::size_t memory_of_connection =
    16 * 1024;  // a request's line and fields, and as much of its body
constexpr const char* tls_versions = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

std::string words_of(int number) { return std::strerror(number); }

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) != 0;
}

/// Files that a process may have open, as many as it is allowed to ask for.
std::size_t raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, 4096);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 4096));
}

struct Request {
  std::string body;
};

// GnuTLS's callback brings no pointer of ours, so there is one for the process.
const TlsCertificate* certificate_in_use = nullptr;

/// Copies for this handshake, which frees them: the certificate may be replaced meanwhile.
int retrieve(gnutls_session_t, const gnutls_cert_retr_st*, gnutls_pcert_st** certificates,
             unsigned* size, gnutls_ocsp_data_st** ocsp, unsigned* ocsp_size, gnutls_privkey_t* key,
             unsigned* flags) {
  const auto chain = certificate_in_use->chain();
  auto* list = static_cast<gnutls_pcert_st*>(gnutls_calloc(chain->size, sizeof(gnutls_pcert_st)));
  if (list == nullptr) return -1;
  unsigned copied = 0;
  gnutls_privkey_t copy = nullptr;
  bool is_done = gnutls_privkey_init(&copy) == 0 &&
                 gnutls_privkey_import_x509(copy, chain->key, GNUTLS_PRIVKEY_IMPORT_COPY) == 0;
  for (; is_done && copied < chain->size; copied += is_done ? 1 : 0)
    is_done = gnutls_pcert_import_x509(&list[copied], chain->certificates[copied], 0) == 0;
  if (!is_done) {
    for (unsigned i = 0; i < copied; ++i) gnutls_pcert_deinit(&list[i]);
    gnutls_free(list);
    gnutls_privkey_deinit(copy);
    return -1;
  }
  *certificates = list;
  *size = copied;
  *ocsp = nullptr;
  *ocsp_size = 0;
  *key = copy;
  *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
  return 0;
}

std::optional<std::string_view> value_of(MHD_Connection* connection, MHD_ValueKind kind,
                                         const char* name) {
  const char* value = MHD_lookup_connection_value(connection, kind, name);
  if (value == nullptr) return {};
  return value;
}

/// Whether it is clear where the request ends: libmicrohttpd takes the first of two lengths, and a
/// proxy before it may have taken the other (RFC 9112 section 6.3).
bool is_length_clear(MHD_Connection* connection) {
  const auto count = [&](const char* name) {
    struct Search {
      const char* name;
      int found;
    } search{name, 0};
    MHD_get_connection_values(
        connection, MHD_HEADER_KIND,
        [](void* pointer, MHD_ValueKind, const char* field, const char*) {
          auto* sought = static_cast<Search*>(pointer);
          if (strcasecmp(field, sought->name) == 0) sought->found += 1;
          return MHD_YES;
        },
        &search);
    return search.found;
  };
  return count("Content-Length") + count("Transfer-Encoding") <= 1;
}

MHD_Result answer(MHD_Connection* connection, const HttpResponse& response, bool is_last) {
  // It copies the body, in spite of its type.
  MHD_Response* mhd = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (mhd == nullptr) return MHD_NO;
  bool is_complete = true;
  for (const auto& [name, value] : response.fields)
    is_complete = is_complete && MHD_add_response_header(mhd, name, value.c_str()) == MHD_YES;
  if (is_last)
    is_complete = is_complete && MHD_add_response_header(mhd, "Connection", "close") == MHD_YES;
  const MHD_Result result =
      is_complete ? MHD_queue_response(connection, response.status, mhd) : MHD_NO;
  MHD_destroy_response(mhd);
  return result;
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  ListenAddress listen{};
  if (text.starts_with("unix:")) {
    text.remove_prefix(5);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    if (text.empty() || text.size() >= sizeof local.sun_path) return {};
    text.copy(local.sun_path, text.size());
    std::memcpy(&listen.address, &local, sizeof local);
    listen.size = sizeof local;
    listen.is_local = true;
    return listen;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string host(text.substr(0, colon));
  const std::string port(text.substr(colon + 1));
  const bool is_number = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoi(port) > 65535) return {};
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (!is_bracketed && host.find(':') != std::string::npos) return {};
  if (host == "localhost") host = "127.0.0.1";

  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty()) host = "::";
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return {};
  std::memcpy(&listen.address, found->ai_addr, found->ai_addrlen);
  listen.size = found->ai_addrlen;
  freeaddrinfo(found);
  listen.is_local = is_loopback(listen.address);
  return listen;
}

std::optional<std::string_view> HttpRequest::field(const char* name) const {
  return value_of(connection, MHD_HEADER_KIND, name);
}

std::optional<std::string_view> HttpRequest::parameter(const char* name) const {
  return value_of(connection, MHD_GET_ARGUMENT_KIND, name);
}

/// What libmicrohttpd calls. No exception may reach it.
struct HttpServer::Callbacks {
  static HttpServer& server(void* pointer) { return *static_cast<HttpServer*>(pointer); }

  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    HttpServer& server = Callbacks::server(self);
    const std::lock_guard lock(server.mutex_);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {  // its descriptor is still open
      server.peers_.erase(connection);
      return;
    }
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    try {
      if (info != nullptr)
        server.peers_[connection] = {info->connect_fd, Moment::now().elapsed + first_deadline};
    } catch (const std::bad_alloc&) {  // then libmicrohttpd's own time-out must do
    }
  }

  static void on_completed(void* self, MHD_Connection* connection, void** request,
                           MHD_RequestTerminationCode) {
    HttpServer& server = Callbacks::server(self);
    const std::lock_guard lock(server.mutex_);
    if (*request == nullptr) return;
    delete static_cast<Request*>(*request);
    *request = nullptr;
    server.active_ -= 1;
    if (const auto peer = server.peers_.find(connection); peer != server.peers_.end())
      peer->second.deadline = Moment::now().elapsed + later_deadline;
  }

  /// Once for a request's fields, then for each part of its body, then for its end.
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path,
                               const char* method, const char*, const char* data, std::size_t* size,
                               void** pointer) {
    HttpServer& server = Callbacks::server(self);
    if (*pointer == nullptr) {
      if (!is_length_clear(connection)) return MHD_NO;
      auto* request = new (std::nothrow) Request;
      if (request == nullptr) return MHD_NO;
      *pointer = request;
      const std::lock_guard lock(server.mutex_);
      server.active_ += 1;
      return MHD_YES;
    }
    try {
      auto& request = *static_cast<Request*>(*pointer);
      if (*size != 0) {
        if (request.body.size() + *size > server.options_.max_body) return MHD_NO;
        request.body.append(data, *size);
        *size = 0;
        return MHD_YES;
      }
      const HttpResponse response = server.handler_({method, path, request.body, connection});
      return answer(connection, response, server.is_quiescing());
    } catch (const std::bad_alloc&) {
      return MHD_NO;
    }
  }
};

HttpServer::HttpServer(Options options, Handler handler)
    : options_(options), handler_(std::move(handler)) {}

HttpServer::~HttpServer() { stop(); }

std::optional<std::string> HttpServer::start(const ListenAddress& listen) {
  const auto complain = [&](const char* what) {
    const std::string complaint = std::string(what) + ": " + words_of(errno);
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
    return complaint;
  };
  const auto* address = reinterpret_cast<const sockaddr*>(&listen.address);
  const int family = listen.address.ss_family;
  socket_ = socket(family, SOCK_STREAM, 0);
  if (socket_ < 0) return complain("no socket");
  (void)fcntl(socket_, F_SETFD, FD_CLOEXEC);
  (void)fcntl(socket_, F_SETFL, O_NONBLOCK);
  const int on = 1, off = 0;
  if (family == AF_UNIX) {
    sockaddr_un local;
    std::memcpy(&local, address, sizeof local);
    // One that nobody listens at any more was left by a process that died.
    const int probe = socket(AF_UNIX, SOCK_STREAM, 0);
    const bool is_dead = connect(probe, address, listen.size) != 0 && errno == ECONNREFUSED;
    close(probe);
    if (is_dead) unlink(local.sun_path);
    const mode_t before =
        umask(0177);  // for its owner alone; there are no other threads yet that make files
    const int status = bind(socket_, address, listen.size);
    umask(before);
    if (status != 0) return complain("cannot listen there");
    unix_path_ = local.sun_path;
  } else {
    (void)setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) (void)setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(socket_, address, listen.size) != 0) return complain("cannot listen there");
  }
  if (::listen(socket_, 512) != 0) return complain("cannot listen there");

  // Half of the files that may be open are for others: the store, another server.
  const auto connections = static_cast<unsigned>(std::min<std::size_t>(
      options_.may_block ? max_blocking_connections : max_connections, raise_file_limit() / 2));
  std::vector<MHD_OptionItem> more{
      {MHD_OPTION_LISTEN_SOCKET, socket_, nullptr},
      {MHD_OPTION_CONNECTION_LIMIT, static_cast<intptr_t>(connections), nullptr},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<intptr_t>(memory_of_connection), nullptr},
      {MHD_OPTION_CONNECTION_TIMEOUT, static_cast<intptr_t>(idle_timeout), nullptr},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
      {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<intptr_t>(&Callbacks::on_completed), this},
      {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<intptr_t>(&Callbacks::on_connection), this},
  };
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC;
  if (options_.may_block) {
    flags |= MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
  } else {
    const bool has_epoll = MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES;
    flags |= static_cast<unsigned>(has_epoll ? MHD_USE_EPOLL : MHD_USE_POLL);
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 2U, 8U);
    more.push_back({MHD_OPTION_THREAD_POOL_SIZE, static_cast<intptr_t>(threads), nullptr});
  }
  if (options_.limits_peers)
    more.push_back({MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                    static_cast<intptr_t>(max_connections_of_peer), nullptr});
  if (options_.certificate != nullptr) {
    certificate_in_use = options_.certificate;
    flags |= MHD_USE_TLS;
    more.push_back(
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, reinterpret_cast<intptr_t>(&retrieve), nullptr});
    more.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(tls_versions)});
  }
  more.push_back({MHD_OPTION_END, 0, nullptr});
  // The array does not take a callback of this kind.
  const auto certificate =
      options_.certificate == nullptr ? MHD_OPTION_END : MHD_OPTION_HTTPS_CERT_CALLBACK2;
  daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Callbacks::on_request, this,
                             MHD_OPTION_ARRAY, more.data(), certificate, &retrieve, MHD_OPTION_END);
  if (daemon_ == nullptr) return complain("libmicrohttpd does not start");
  return {};
}

std::string HttpServer::address() const {
  if (!unix_path_.empty()) return "unix:" + unix_path_;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[64], port[8];
  const bool is_known =
      getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port,
                  sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0;
  if (!is_known) return "";
  const bool is_v6 = address.ss_family == AF_INET6;
  return cli::concat({is_v6 ? "[" : "", host, is_v6 ? "]" : "", ":", port});
}

void HttpServer::close_late() {
  const double now = Moment::now().elapsed;
  const std::lock_guard lock(mutex_);
  for (const auto& [connection, peer] : peers_)
    if (peer.deadline < now) shutdown(peer.descriptor, SHUT_RDWR);
}

void HttpServer::quiesce() {
  {
    const std::lock_guard lock(mutex_);
    is_quiescing_ = true;
  }
  if (daemon_ == nullptr || socket_ < 0) return;
  if (MHD_quiesce_daemon(daemon_) != MHD_INVALID_SOCKET) close(socket_);
  socket_ = -1;
  if (!unix_path_.empty()) unlink(unix_path_.c_str());
}

bool HttpServer::is_quiescing() const {
  const std::lock_guard lock(mutex_);
  return is_quiescing_;
}

std::size_t HttpServer::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

void HttpServer::stop() {
  if (daemon_ == nullptr) return;
  quiesce();
  MHD_stop_daemon(daemon_);
  daemon_ = nullptr;
}

}  // namespace touchstone::server
