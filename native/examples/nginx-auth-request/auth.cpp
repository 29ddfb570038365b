// Says to nginx's auth_request whether a request carries a good token: see nginx.conf.
//
//     touchstone-auth SOCKET JWKS_URI ISSUER AUDIENCE
//
// Answers 200 with the claims in header fields, 401 as RFC 6750 says, and 503 when the keys cannot
// be had, which is not the client's fault. nginx has read and bounded the request; it comes over
// FastCGI, on a socket that only nginx should be allowed to open.
#include <fcgiapp.h>
#include <touchstone/remote_key_set.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using touchstone::Error;

void answer(FCGX_Request& request, const std::string& status, const std::string& fields) {
  const std::string text = "Status: " + status + "\r\n" + fields + "\r\n";
  FCGX_PutStr(text.data(), static_cast<int>(text.size()), request.out);
}

/// The token of `Bearer TOKEN` (RFC 6750 section 2.1); empty when there is none.
std::string_view bearer_token(std::string_view field) {
  constexpr std::string_view kScheme = "bearer ";
  const auto is_same = [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b);
  };
  const std::string_view scheme = field.substr(0, kScheme.size());
  const bool is_bearer =
      std::equal(scheme.begin(), scheme.end(), kScheme.begin(), kScheme.end(), is_same);
  return is_bearer ? field.substr(kScheme.size()) : std::string_view();
}

/// Whether it is the token that is bad, and not we or the provider that failed.
bool is_token_at_fault(const Error& error) {
  return error.id() < Error::option_invalid || error.id() == Error::jwks_cooling_down;
}

void authorize(FCGX_Request& request, const touchstone::RemoteKeySet& keys,
               const touchstone::Expectations& expectations) {
  const char* field = FCGX_GetParam("HTTP_AUTHORIZATION", request.envp);
  const std::string_view token = bearer_token(field == nullptr ? "" : field);
  if (token.empty()) return answer(request, "401 Unauthorized", "WWW-Authenticate: Bearer\r\n");
  const auto jwt = touchstone::verify(token, keys, expectations);
  if (jwt) {
    // JSON in ASCII: whatever is in a claim, it cannot begin another header field.
    const std::string claims = jwt->claims().json().dump(-1, ' ', true);
    return answer(request, "200 OK", "X-Token-Claims: " + claims + "\r\n");
  }
  if (is_token_at_fault(jwt.error())) {
    return answer(request, "401 Unauthorized",
                  "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
  }
  std::cerr << "touchstone-auth: " << jwt.error().message() << std::endl;
  answer(request, "503 Service Unavailable", "");
}

void serve(int socket, std::mutex& accepting, const touchstone::RemoteKeySet& keys,
           const touchstone::Expectations& expectations) {
  FCGX_Request request;
  if (FCGX_InitRequest(&request, socket, 0) != 0) return;
  for (;;) {
    const int failed = [&] {
      const std::lock_guard lock(accepting);
      return FCGX_Accept_r(&request);
    }();
    if (failed) return;
    authorize(request, keys, expectations);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::cerr << "touchstone-auth SOCKET JWKS_URI ISSUER AUDIENCE\n", 2;
  const auto keys = touchstone::RemoteKeySet::create(argv[2]);
  if (!keys) return std::cerr << argv[2] << ": " << keys.error().message() << '\n', 2;
  const touchstone::Expectations expectations{.issuer = argv[3], .audience = argv[4]};

  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi has taken it, and looks at it between requests only
  const int socket = FCGX_OpenSocket(argv[1], 128);
  if (socket < 0) return std::cerr << argv[1] << ": cannot be listened on\n", 3;
  // One thread may wait for the provider while others are served.
  std::mutex accepting;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { serve(socket, accepting, *keys, expectations); });
  }
}
