// HTTP/1.1 by GNU libmicrohttpd, bounded on all sides. What is served is the handler's business.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls_certificate.hpp"

struct MHD_Connection;
struct MHD_Daemon;

namespace touchstone::server {

/// Where to listen, as people write it: "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080"
/// (every address), or "unix:/run/touchstone.sock". Port 0 is any that is free.
struct ListenAddress {
  sockaddr_storage address;
  socklen_t size;
  bool is_local;  ///< nobody but this machine reaches it

  static std::optional<ListenAddress> parse(std::string_view text);
};

struct HttpRequest {
  std::string_view method;
  std::string_view path;  ///< without the query, percent-decoded
  std::string_view body;
  MHD_Connection* connection;

  /// None when it is not there.
  std::optional<std::string_view> field(const char* name) const;
  /// One of the query's parameters, percent-decoded.
  std::optional<std::string_view> parameter(const char* name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string body{};
  std::vector<std::pair<const char*, std::string>> fields{};
};

class HttpServer {
 public:
  struct Options {
    const TlsCertificate* certificate =
        nullptr;               ///< https, if there is one; of one server of the process
    std::size_t max_body = 0;  ///< of a request, in bytes; beyond it the connection is closed
    bool may_block = false;    ///< the handler may: each connection has a thread
    bool limits_peers =
        false;  ///< how many connections an address may have, since each is a client's own
  };
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  HttpServer(Options options, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// A complaint when it cannot.
  std::optional<std::string> start(const ListenAddress& address);
  /// "127.0.0.1:8080"; "unix:/run/touchstone.sock"
  std::string address() const;
  /// To be called about each second: closes connections whose request takes too long, however busy
  /// they are.
  void close_late();
  /// Takes no more connections, and answers with `Connection: close`.
  void quiesce();
  /// Requests that are being answered.
  std::size_t active() const;
  void stop();

 private:
  struct Callbacks;
  bool is_quiescing() const;

  struct Peer {
    int descriptor;
    double deadline;
  };

  const Options options_;
  const Handler handler_;
  int socket_ = -1;
  std::string unix_path_;
  MHD_Daemon* daemon_ = nullptr;
  mutable std::mutex mutex_;
  std::map<MHD_Connection*, Peer> peers_;
  std::size_t active_ = 0;
  bool is_quiescing_ = false;
};

}  // namespace touchstone::server
