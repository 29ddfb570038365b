#include "routes.hpp"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <cmath>

#include <touchstone/discovery.hpp>
#include <touchstone/url.hpp>

#include "log.hpp"
#include "text.hpp"

namespace touchstone::server {
namespace {

using cli::concat;

constexpr std::string_view jwks_path = "/.well-known/jwks.json";

HttpResponse json_response(unsigned status, const Fields& body) {
  return {status,
          body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n",
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}};
}

HttpResponse failure(unsigned status, std::string_view reason, std::string_view message) {
  return json_response(status, {{"error", reason}, {"message", message}});
}

/// Whether a validator is among those that the client has (RFC 9110 section 13.1.2): by the weak
/// comparison.
bool is_known(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t start = if_none_match.find_first_not_of(" \t,");
    if (start == std::string_view::npos) return false;
    if_none_match.remove_prefix(start);
    if (if_none_match.front() == '*') return true;
    if (if_none_match.starts_with("W/")) if_none_match.remove_prefix(2);
    const std::size_t end = if_none_match.find('"', 1);
    if (if_none_match.front() != '"' || end == std::string_view::npos) return false;
    if (if_none_match.substr(0, end + 1) == etag) return true;
    if_none_match.remove_prefix(end + 1);
  }
  return false;
}

HttpResponse document(const HttpRequest& request, Publication publication) {
  HttpResponse response{
      200,
      std::move(publication.body),
      {{"ETag", publication.etag}, {"Cache-Control", std::move(publication.cache_control)}}};
  if (is_known(request.field("If-None-Match").value_or(""), publication.etag)) {
    response.status = 304;
    response.body.clear();
    return response;
  }
  response.fields.emplace_back("Content-Type", std::string(publication.content_type));
  return response;
}

/// "/tenant" of "https://id.example/tenant"; empty when it has none.
std::string path_of(std::string_view url) {
  const auto parsed = Url::parse(url);
  return parsed ? std::string(parsed->path) : "";
}

HttpResponse health_response(const IssuerService& service) {
  const Health health = service.health(Moment::now());
  Fields store{{"lastContact", timestamp(health.last_contact)}};
  if (health.error) {
    store["error"] = fields_of(*health.error);
    store["since"] = timestamp(*health.error_since);
  }
  // Without the store, how long it may go on; with it, there is nothing to say.
  const auto ability = [&](bool can, NumericDate until) {
    Fields fields{{"ok", can}};
    if (health.error) fields["until"] = timestamp(until);
    return fields;
  };
  Fields body{{"status", name(health.status)},
              {"store", std::move(store)},
              {"publishing", ability(health.can_publish, health.publishing_until)}};
  if (health.signing_until) body["signing"] = ability(health.can_sign, *health.signing_until);
  return json_response(health.status == Health::Status::failing ? 503 : 200, body);
}

/// Lines of the text format: names and labels are ours, and hold nothing that had to be escaped.
class Metrics {
 public:
  void describe(std::string_view name, std::string_view type, std::string_view help) {
    text_ += concat(
        {"# HELP touchstone_", name, " ", help, "\n# TYPE touchstone_", name, " ", type, "\n"});
  }
  void sample(std::string_view name, std::string_view labels, double value) {
    const std::string in_braces = labels.empty() ? "" : concat({"{", labels, "}"});
    text_ += concat({"touchstone_", name, in_braces, " ", nlohmann::json(value).dump(), "\n"});
  }
  void sample(std::string_view name, std::string_view labels, std::uint64_t value) {
    const std::string in_braces = labels.empty() ? "" : concat({"{", labels, "}"});
    text_ += concat({"touchstone_", name, in_braces, " ", std::to_string(value), "\n"});
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  return concat({name, "=\"", value, "\""});
}

void ring_metrics(Metrics& metrics, const IssuerService& service, const Moment& now) {
  const auto published = service.published();
  const KeyRing& ring = published->ring;
  metrics.describe("keys", "gauge", "Keys of the ring, by state.");
  for (const auto state :
       {KeyRing::State::pending, KeyRing::State::active, KeyRing::State::retiring}) {
    const auto count = std::count_if(ring.keys().begin(), ring.keys().end(),
                                     [&](const KeyRing::Key& key) { return key.state == state; });
    metrics.sample("keys", label("state", KeyRing::name(state)), static_cast<std::uint64_t>(count));
  }
  metrics.describe("key_signatures", "gauge",
                   "Signatures that instances have made by the active key or set aside to make.");
  if (const auto* active = ring.active()) metrics.sample("key_signatures", "", active->signatures);
  metrics.describe("key_signatures_limit", "gauge", "Signatures that one key may make.");
  metrics.sample("key_signatures_limit", "", ring.max_signatures());
  metrics.describe("next_rotation_seconds", "gauge",
                   "Until the ring is to be rotated next; below 0, it is late.");
  const NumericDate next = service.next_rotation();
  if (std::isfinite(next)) metrics.sample("next_rotation_seconds", "", next - now.wall);
}

void service_metrics(Metrics& metrics, const IssuerService& service, const Moment& now) {
  const IssuerService::Counts counts = service.counts();
  metrics.describe("signatures_total", "counter", "Tokens that this instance has signed.");
  metrics.sample("signatures_total", "", counts.signatures);
  metrics.describe("key_changes_total", "counter",
                   "Changes of the ring that this instance has made.");
  for (std::size_t kind = 0; kind < counts.changes.size(); ++kind)
    metrics.sample("key_changes_total", label("change", name(static_cast<KeyChange::Kind>(kind))),
                   counts.changes[kind]);
  metrics.describe("reloads_total", "counter",
                   "Changes of the ring by others that this instance has loaded.");
  metrics.sample("reloads_total", "", counts.reloads);
  metrics.describe("store_errors_total", "counter",
                   "Failures to load, rotate or save the ring, by reason.");
  for (const auto& [reason, count] : counts.errors)
    metrics.sample("store_errors_total", label("reason", reason), count);

  const Health health = service.health(now);
  metrics.describe("store_last_contact_timestamp_seconds", "gauge",
                   "When the store answered last.");
  metrics.sample("store_last_contact_timestamp_seconds", "", health.last_contact);
  metrics.describe("health", "gauge", "1 for what the health is, 0 for what it is not.");
  for (const auto status : {Health::Status::ok, Health::Status::degraded, Health::Status::failing})
    metrics.sample("health", label("status", name(status)), std::uint64_t{health.status == status});
}

bool is_equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && gnutls_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string_view> bearer_token(const HttpRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view field = request.field("Authorization").value_or("");
  const auto is_same_letter = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  };
  if (field.size() < scheme.size() ||
      !std::equal(scheme.begin(), scheme.end(), field.begin(),
                  [&](char a, char b) { return is_same_letter(b, a); }))
    return {};
  return field.substr(scheme.size());
}

unsigned status_of(const Error& error) {
  switch (error.id()) {
    case Error::payload_json_invalid:
    case Error::payload_duplicate_member:
    case Error::payload_too_deep:
    case Error::claim_type_invalid:
    case Error::token_lifetime_invalid:
    case Error::option_invalid:
      return 400;
    case Error::signing_failed:
    case Error::entropy_too_short:
      return 500;
    default:  // the key or the store is not there, for now
      return 503;
  }
}

HttpResponse sign(const HttpRequest& request, IssuerService& service) {
  SignOptions options;
  if (const auto typ = request.parameter("typ")) options.typ = *typ;
  if (const auto text = request.parameter("expires_in")) {
    options.expires_in = cli::parse_number(*text);
    if (!options.expires_in)
      return failure(400, "option_invalid", "expires_in is no number of seconds");
  }
  const auto jwt = service.sign(request.body, options);
  if (jwt) return {200, *jwt, {{"Content-Type", "application/jwt"}, {"Cache-Control", "no-store"}}};
  Fields body{{"error", jwt.error().reason()}, {"message", jwt.error().message()}};
  if (!jwt.error().detail().member.empty()) body["member"] = jwt.error().detail().member;
  HttpResponse response = json_response(status_of(jwt.error()), body);
  if (response.status == 503) response.fields.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

HttpResponse Routes::answer(const HttpRequest& request) {
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const Route& candidate) {
    return candidate.path == request.path;
  });
  const Route* found = route == routes_.end() ? nullptr : &*route;
  HttpResponse response;
  try {
    response = respond(request, found);
  } catch (const std::exception&) {
    response = failure(500, "internal_error", "this should not happen");
  }
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  const std::lock_guard lock(mutex_);
  counts_[{found == nullptr ? "other" : found->path, response.status}] += 1;
  return response;
}

HttpResponse Routes::respond(const HttpRequest& request, const Route* route) const {
  if (route == nullptr) return failure(404, "not_found", "there is nothing here");
  std::string allowed = "OPTIONS";
  for (const std::string_view method : route->methods)
    allowed += concat({", ", method == "GET" ? "GET, HEAD" : method});
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  HttpResponse response;
  if (method == "OPTIONS") {
    response = {204, "", {{"Allow", allowed}}};
    if (route->is_public) {
      response.fields.emplace_back("Access-Control-Allow-Methods", allowed);
      response.fields.emplace_back("Access-Control-Allow-Headers",
                                   "If-None-Match, If-Modified-Since, Cache-Control");
      response.fields.emplace_back("Access-Control-Max-Age", "86400");
    }
  } else if (std::find(route->methods.begin(), route->methods.end(), method) ==
             route->methods.end()) {
    response = failure(405, "method_not_allowed", "see Allow");
    response.fields.emplace_back("Allow", allowed);
  } else {
    response = route->handler(request);
  }
  if (route->is_public) {
    response.fields.emplace_back("Access-Control-Allow-Origin", "*");
    response.fields.emplace_back("Access-Control-Expose-Headers", "ETag");
  }
  return response;
}

std::map<std::pair<std::string, unsigned>, std::uint64_t> Routes::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void add_documents(Routes& routes, const IssuerService& service,
                   const std::optional<MetadataOptions>& metadata) {
  const auto add = [&](std::vector<std::string> paths, const HttpServer::Handler& handler) {
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    for (std::string& path : paths)
      if (!path.empty()) routes.add({std::move(path), {"GET"}, true, handler});
  };
  add({std::string(jwks_path), metadata ? path_of(metadata->jwks_uri) : ""},
      [&](const HttpRequest& request) {
        return document(request, publish_jwks(service.published()->ring, Moment::now().wall));
      });
  if (!metadata) return;
  const auto urls = well_known_urls(metadata->issuer,
                                    {.allow_http_on_loopback = metadata->allow_http_on_loopback});
  if (!urls) return;
  add({"/.well-known/openid-configuration", path_of((*urls)[0])}, [&](const HttpRequest& request) {
    return document(request, *service.published()->openid_configuration);
  });
  add({"/.well-known/oauth-authorization-server", path_of((*urls)[1])},
      [&](const HttpRequest& request) {
        return document(request, *service.published()->oauth_metadata);
      });
}

void add_health(Routes& routes, const IssuerService& service) {
  routes.add({"/livez", {"GET"}, false, [](const HttpRequest&) {
                return json_response(200, {{"status", "ok"}});
              }});
  routes.add(
      {"/readyz", {"GET"}, false, [&](const HttpRequest&) {
         const bool is_ready = service.health(Moment::now()).can_publish;
         return json_response(is_ready ? 200 : 503, {{"status", is_ready ? "ok" : "failing"}});
       }});
  routes.add(
      {"/healthz", {"GET"}, false, [&](const HttpRequest&) { return health_response(service); }});
}

void add_metrics(Routes& routes, MetricsSources sources) {
  routes.add({"/metrics", {"GET"}, false, [sources = std::move(sources)](const HttpRequest&) {
                const Moment now = Moment::now();
                Metrics metrics;
                ring_metrics(metrics, *sources.service, now);
                service_metrics(metrics, *sources.service, now);
                metrics.describe("http_requests_total", "counter", "Requests, by path and status.");
                for (const auto& [name, listener] : sources.listeners)
                  for (const auto& [row, count] : listener->counts())
                    metrics.sample("http_requests_total",
                                   concat({label("listener", name), ",", label("path", row.first),
                                           ",", label("status", std::to_string(row.second))}),
                                   count);
                if (sources.certificate != nullptr) {
                  metrics.describe("certificate_expiry_timestamp_seconds", "gauge",
                                   "When the certificate in use expires.");
                  metrics.sample("certificate_expiry_timestamp_seconds", "",
                                 sources.certificate->expires());
                }
                metrics.describe("start_timestamp_seconds", "gauge", "When this process started.");
                metrics.sample("start_timestamp_seconds", "", sources.started);
                return HttpResponse{200,
                                    metrics.take(),
                                    {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                                     {"Cache-Control", "no-store"}}};
              }});
}

void add_signing(Routes& routes, IssuerService& service, SecretText token) {
  routes.add({"/sign",
              {"POST"},
              false,
              [&service,
               token = std::make_shared<SecretText>(std::move(token))](const HttpRequest& request) {
                const auto given = bearer_token(request);
                if (given && is_equal_in_constant_time(*given, token->view()))
                  return sign(request, service);
                HttpResponse response =
                    failure(401, "unauthorized", "the token of --sign-token-file is needed");
                response.fields.emplace_back("WWW-Authenticate",
                                             given ? "Bearer error=\"invalid_token\"" : "Bearer");
                return response;
              }});
}

}  // namespace touchstone::server
