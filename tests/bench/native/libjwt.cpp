#include "peers.hpp"

#ifdef BENCH_LIBJWT
#include <jwt.h>

#include <cstdlib>
#include <ctime>
#include <memory>

namespace bench {

/// jwt_decode() with PEM, which it reads for each token: it has no keys that are loaded. Of claims
/// it leaves exp, iss and aud to the caller.
Verify libjwt_verify(const Case& given) {
  const jwt_alg_t alg = jwt_str_alg(given.alg.c_str());
  if (alg == JWT_ALG_INVAL) throw Gap("has no " + given.alg);
  std::string key = is_hmac(given) ? given.secret : given.pem;
  if (key.empty()) throw Gap("no PEM of this key");
  return [&given, alg, key = std::move(key)](const Token& token) {
    jwt_t* jwt = nullptr;
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    if (jwt_decode(&jwt, token.text.c_str(), bytes, static_cast<int>(key.size())) != 0)
      return false;
    const std::unique_ptr<jwt_t, decltype(&jwt_free)> owner(jwt, jwt_free);
    const char* issuer = jwt_get_grant(jwt, "iss");
    const char* audience = jwt_get_grant(jwt, "aud");
    return jwt_get_alg(jwt) == alg && jwt_get_grant_int(jwt, "exp") > std::time(nullptr) &&
           issuer != nullptr && issuer == given.issuer && audience != nullptr &&
           audience == given.audience;
  };
}

nlohmann::json libjwt_version() { return {{"name", "libjwt"}, {"version", BENCH_LIBJWT}}; }

}  // namespace bench
#else
namespace bench {
Verify libjwt_verify(const Case&) { throw Gap("not installed"); }
nlohmann::json libjwt_version() {
  return {{"name", "libjwt"}, {"gap", "was not found: apt-get install libjwt-dev pkg-config"}};
}
}  // namespace bench
#endif
