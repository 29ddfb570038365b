// What is at which path.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include <touchstone/secret_text.hpp>

#include "http_server.hpp"
#include "issuer_service.hpp"

namespace touchstone::server {

/// The paths of one listener, with a count of what was answered. Threads may share it.
class Routes {
 public:
  struct Route {
    std::string path;
    std::vector<std::string_view> methods;  ///< besides OPTIONS; GET stands for HEAD, too
    bool is_public;                         ///< for pages of any origin (CORS)
    HttpServer::Handler handler;
  };

  void add(Route route) { routes_.push_back(std::move(route)); }
  HttpResponse answer(const HttpRequest& request);

  /// How many requests there were, by path and status; paths that are not here are "other".
  std::map<std::pair<std::string, unsigned>, std::uint64_t> counts() const;

 private:
  HttpResponse respond(const HttpRequest& request, const Route* route) const;

  std::vector<Route> routes_;  // of which there are few
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, std::uint64_t> counts_;
};

/// The JWK Set and the metadata, where `metadata` says that they are and where they are without a
/// path. `service` must outlive the routes, here and below.
void add_documents(Routes& routes, const IssuerService& service,
                   const std::optional<MetadataOptions>& metadata);

/// /livez: the process answers. /readyz: it may serve the documents. /healthz: all that there is to
/// say.
void add_health(Routes& routes, const IssuerService& service);

/// /metrics, in Prometheus' text format.
struct MetricsSources {
  const IssuerService* service;
  std::vector<std::pair<std::string_view, const Routes*>> listeners;  ///< with their names
  const TlsCertificate* certificate;                                  ///< may be null
  NumericDate started;
};
void add_metrics(Routes& routes, MetricsSources sources);

/// POST /sign: claims in the body, a JWT in the answer. The query may say typ and expires_in.
void add_signing(Routes& routes, IssuerService& service, SecretText token);

}  // namespace touchstone::server
