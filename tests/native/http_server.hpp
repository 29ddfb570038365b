// An HTTP server on 127.0.0.1 that says what a test wants it to, byte by byte.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../core/support.hpp"

namespace touchstone::test {

/// One request, and the connection that it came on, which is closed when its handler returns. One
/// that is neither GET nor CONNECT has no path.
class Exchange {
 public:
  Exchange(int socket, const std::atomic<bool>& is_over) : socket_(socket), is_over_(is_over) {
    char buffer[4096];
    while (head.find("\r\n\r\n") == head.npos) {
      const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) return;
      head.append(buffer, static_cast<std::size_t>(count));
      if (head[0] != 'G' && head[0] != 'C') return;  // TLS, say
    }
    const std::size_t start = head.find(' ') + 1;
    path = head.substr(start, head.find(' ', start) - start);
  }

  /// False when the client is gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// A whole response; `fields` are lines that end with "\r\n".
  void respond(const std::string& body, const std::string& fields = "",
               const std::string& status = "200 OK") {
    send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         fields + "\r\n" + body);
  }

  /// Until the client is gone, or the server is to end; false after so many seconds.
  bool wait_for_end(double seconds) {
    for (double waited = 0; waited < seconds; waited += 0.01) {
      pollfd watched{socket_, POLLIN, 0};
      char byte;
      if (poll(&watched, 1, 10) > 0 && recv(socket_, &byte, 1, 0) <= 0) return true;
      if (is_over_) return true;
    }
    return false;
  }

  std::string head, path;

 private:
  int socket_;
  const std::atomic<bool>& is_over_;
};

class HttpServer {
 public:
  using Handler = std::function<void(Exchange&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(listen(socket_, 128) == 0);
    port = ntohs(address.sin_port);
    listener_ = std::thread([this] { accept_all(); });
  }

  ~HttpServer() {
    is_over_ = true;
    shutdown(socket_, SHUT_RDWR);
    listener_.join();
    for (std::thread& thread : exchanges_) thread.join();
    close(socket_);
  }

  std::string url(const std::string& path = "/jwks") const {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }

  /// The heads of the requests so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::uint16_t port = 0;

 private:
  void accept_all() {
    for (;;) {
      const int connection = accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      exchanges_.emplace_back([this, connection] {
        Exchange exchange(connection, is_over_);
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(exchange.head);
        }
        if (!exchange.path.empty()) handler_(exchange);
        close(connection);
      });
    }
  }

  Handler handler_;
  int socket_ = -1;
  std::atomic<bool> is_over_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread listener_;
  std::list<std::thread> exchanges_;
};

}  // namespace touchstone::test
