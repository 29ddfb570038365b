#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include <touchstone/touchstone.h>
#include <touchstone/discovery.hpp>

#include "../issuer/files.hpp"
#include "../issuer/issuer_commands.hpp"
#include "command.hpp"
#include "log.hpp"
#include "routes.hpp"
#include "text.hpp"

namespace touchstone::cli {
namespace {

using namespace touchstone::server;

constexpr const char* default_address = "127.0.0.1:8080";

constexpr Option kOwnOptions[] = {
    {"issuer", "URL", "the issuer whose metadata to serve; without it the JWK Set is served alone"},
    {"jwks-uri", "URL",
     "where the metadata says that the set is; by default .well-known/jwks.json below the issuer"},
    {"metadata", "FILE",
     "a JSON object with more members of the metadata, such as authorization_endpoint"},
    {"listen", "ADDRESS",
     "127.0.0.1:8080 (the default), [::1]:8080, :443 for every address, unix:/run/x.sock"},
    {"tls-cert", "FILE",
     "serve https by this certificate chain in PEM; it is loaded again when it changes"},
    {"tls-key", "FILE", "its private key in PEM"},
    {"behind-proxy", nullptr,
     "serve plain http beyond this machine, for a proxy that brings https"},
    {"admin-listen", "ADDRESS", "serve health and metrics there, and there alone"},
    {"sign-listen", "ADDRESS", "sign tokens, too, on an address of this machine or a unix socket"},
    {"sign-token-file", "FILE", "what who has tokens signed must know: at least 32 characters"},
    kNoColorOption,
    kHelpOption,
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions);

const DiscoveryOptions kDiscovery{.allow_http_on_loopback = true};

const char* const kText =
    "Serves an issuer's JWK Set at /.well-known/jwks.json and its metadata at "
    "/.well-known/openid-configuration and /.well-known/oauth-authorization-server, and rotates "
    "its keys in time. Any number of instances may serve one store: each change is made once, and "
    "the others load it. While the store is away they go on from memory, as long as that does no "
    "harm.\n\n"
    "/livez says that the process lives, /readyz that it may serve, /healthz all about it in JSON, "
    "/metrics the same for Prometheus. Events are lines of JSON on standard error. SIGTERM and "
    "SIGINT end it when all requests are answered; SIGHUP looks at once for a new certificate and "
    "for what others have stored.\n\n"
    "With --sign-listen, `POST /sign` with claims as JSON and `Authorization: Bearer` with the "
    "token of --sign-token-file answers a JWT; ?typ=at%2Bjwt and ?expires_in=300 set what the "
    "claims do not.";

std::string value_or(const Arguments& arguments, const char* name, std::string_view otherwise) {
  const std::string* value = arguments.value(name);
  return value == nullptr ? std::string(otherwise) : *value;
}

// What the command line says.

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& given = plan.arguments;
  const auto wrong = [](std::string_view complaint) {
    return usage_error(&kServeCommand, complaint);
  };
  if (auto outcome = check_store_options(plan)) return outcome;
  if (given.has("tls-cert") != given.has("tls-key"))
    return wrong("--tls-cert and --tls-key go together");
  if (given.has("sign-listen") != given.has("sign-token-file"))
    return wrong("--sign-listen and --sign-token-file go together");
  const std::string* issuer = given.value("issuer");
  for (const char* name : {"jwks-uri", "metadata"})
    if (given.has(name) && issuer == nullptr) return wrong(concat({"--", name, " needs --issuer"}));
  if (issuer != nullptr && check_issuer(*issuer, kDiscovery))
    return wrong("--issuer is an https URL without query and fragment");
  if (const std::string* metadata = given.value("metadata")) {
    if (auto outcome = check_source(kServeCommand, "--metadata", *metadata)) return outcome;
    plan.inputs = {json_input("the metadata", *metadata)};
  }
  if (given.has("tls-cert") && given.has("behind-proxy"))
    return wrong("--behind-proxy is for plain http, and --tls-cert for https");
  for (const char* name : {"listen", "admin-listen", "sign-listen"}) {
    const std::string text = value_or(given, name, default_address);
    const auto address = ListenAddress::parse(text);
    if (!address)
      return wrong(
          concat({"--", name, " does not take ", shown_value(text),
                  ": an address and a port such as 127.0.0.1:8080 or [::1]:8080, or unix:PATH"}));
    const bool is_sign = name == std::string_view("sign-listen");
    if (is_sign && !address->is_local)
      return wrong(
          "--sign-listen takes an address of this machine alone: 127.0.0.1, [::1] or unix:PATH");
    const bool is_https = name == std::string_view("listen") && given.has("tls-cert");
    if (!address->is_local && !is_https && !given.has("behind-proxy"))
      return wrong(
          concat({"--", name,
                  " is beyond this machine, where plain http is not served: give --tls-cert and "
                  "--tls-key, or --behind-proxy if a proxy brings https"}));
  }
  return {};
}

/// What the metadata is made of, tried: what is wrong with it is better said now than later.
std::optional<Outcome> set_metadata(const Plan& plan, const std::vector<std::string>& contents,
                                    std::optional<MetadataOptions>& metadata) {
  metadata = metadata_options(plan, contents);
  if (!metadata) return {};
  const auto tried = publish_openid_configuration(KeyRing(), *metadata);
  if (!tried) return failed(plan, tried.error());
  return {};
}

std::optional<Outcome> read_sign_token(const Plan& plan, SecretText& token) {
  const std::string* path = plan.arguments.value("sign-token-file");
  if (path == nullptr) return {};
  std::string reason;
  const auto content = read_secret_file(*path, reason);
  if (!content)
    return failed(plan, kInputOutput, "sign_token_unreadable",
                  concat({"cannot read the token from ", in_quotes(*path), ": ", reason}), "");
  std::string_view text = content->view();
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (text.size() < 32 || !std::all_of(text.begin(), text.end(), is_visible))
    return failed(plan, kRefused, "sign_token_weak",
                  "the token to sign is not of at least 32 visible ASCII characters",
                  "`openssl rand -hex 32` makes one.");
  token = SecretText(text);
  return {};
}

// Signals.

int signal_pipe[2];

void on_signal(int number) {
  const char byte = number == SIGHUP ? 'h' : 't';
  const int before = errno;
  [[maybe_unused]] const auto written = write(signal_pipe[1], &byte, 1);
  errno = before;
}

/// From now on signals come through the pipe. SIGTERM and SIGINT once: who asks again wants it at
/// once.
bool catch_signals() {
  if (pipe(signal_pipe) != 0) return false;
  for (const int end : signal_pipe) {
    (void)fcntl(end, F_SETFD, FD_CLOEXEC);
    (void)fcntl(end, F_SETFL, O_NONBLOCK);
  }
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART | (number == SIGHUP ? 0 : static_cast<int>(SA_RESETHAND));
    if (sigaction(number, &action, nullptr) != 0) return false;
  }
  return true;
}

/// 't' to end, 'h' to look again, 0 when a second has passed.
char wait_for_signal() {
  pollfd readable{signal_pipe[0], POLLIN, 0};
  char byte = 0;
  if (poll(&readable, 1, 1000) > 0 && read(signal_pipe[0], &byte, 1) != 1) byte = 0;
  return byte;
}

// The service.

struct Listener {
  const char* name;
  std::unique_ptr<Routes> routes = std::make_unique<Routes>();
  std::unique_ptr<HttpServer> server{};
};

void refresh(TlsCertificate& certificate) {
  const TlsCertificate::News news = certificate.refresh();
  if (news == TlsCertificate::News::loaded)
    log(Level::info, "certificate_loaded", {{"expires", timestamp(certificate.expires())}});
  if (news == TlsCertificate::News::failed)
    log(Level::error, "certificate_not_loaded", {{"reason", certificate.complaint()}});
}

/// No new connections; what has been asked is answered, for so long.
void drain(const std::vector<Listener>& listeners) {
  constexpr double patience = 10;
  for (const Listener& listener : listeners) listener.server->quiesce();
  const double deadline = Moment::now().elapsed + patience;
  for (const Listener& listener : listeners)
    while (listener.server->active() > 0 && Moment::now().elapsed < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  for (const Listener& listener : listeners) listener.server->stop();
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate) {
  const Arguments& given = plan.arguments;
  const Moment start = Moment::now();
  std::optional<MetadataOptions> metadata;
  if (auto outcome = set_metadata(plan, contents, metadata)) return *outcome;
  SecretText sign_token;
  if (auto outcome = read_sign_token(plan, sign_token)) return *outcome;
  std::optional<TlsCertificate> certificate;
  if (given.has("tls-cert")) {
    certificate.emplace(*given.value("tls-cert"), *given.value("tls-key"));
    if (certificate->refresh() != TlsCertificate::News::loaded)
      return failed(plan, kInputOutput, "certificate_unusable", certificate->complaint(), "");
  }
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  if (!catch_signals())
    return failed(plan, kInputOutput, "signals_failed", in_words(errno_name(errno)), "");
  const bool signs = given.has("sign-listen");
  IssuerService service(*std::move(store), {metadata, signs});
  if (const auto refusal = service.start()) return failed(plan, *refusal);

  std::vector<Listener> listeners;
  listeners.push_back({"listen"});
  if (given.has("admin-listen")) listeners.push_back({"admin-listen"});
  Routes& admin = *listeners.back().routes;
  if (signs) listeners.push_back({"sign-listen"});
  MetricsSources sources{&service, {}, certificate ? &*certificate : nullptr, start.wall};
  for (const Listener& listener : listeners)
    sources.listeners.emplace_back(listener.name, listener.routes.get());
  add_documents(*listeners.front().routes, service, metadata);
  add_health(admin, service);
  add_metrics(admin, std::move(sources));
  if (signs) add_signing(*listeners.back().routes, service, std::move(sign_token));

  log(Level::info, "started", {{"version", TOUCHSTONE_VERSION}});
  for (Listener& listener : listeners) {
    const bool is_main = &listener == &listeners.front(),
               is_sign = signs && &listener == &listeners.back();
    const bool is_https = is_main && certificate;
    HttpServer::Options options{.certificate = is_https ? &*certificate : nullptr,
                                .max_body = is_sign ? std::size_t{64} << 10 : 0,
                                .may_block = is_sign,
                                .limits_peers = is_https};
    listener.server = std::make_unique<HttpServer>(
        options, [routes = listener.routes.get()](const HttpRequest& request) {
          return routes->answer(request);
        });
    const auto address = ListenAddress::parse(value_or(given, listener.name, default_address));
    if (const auto complaint = listener.server->start(*address))
      return failed(plan, kInputOutput, "listen_failed",
                    concat({"--", listener.name, ": ", *complaint}), "");
    log(Level::info, "listening",
        {{"for", is_sign   ? "signing"
                 : is_main ? "publishing"
                           : "administration"},
         {"scheme", is_https ? "https" : "http"},
         {"address", listener.server->address()}});
  }

  for (char signal = 0; signal != 't'; signal = wait_for_signal()) {
    if (signal == 'h') service.wake();
    if (certificate) refresh(*certificate);
    for (const Listener& listener : listeners) listener.server->close_late();
  }
  log(Level::info, "stopping");
  drain(listeners);
  service.stop();
  log(Level::info, "stopped", {{"signatures", service.counts().signatures}});
  return {};
}

}  // namespace

const Command kServeCommand{
    .name = "serve",
    .operand = nullptr,
    .usage = "[--issuer URL] [OPTIONS]",
    .summary = "publishes an issuer's keys and rotates them, for one machine or many",
    .text = kText,
    .example =
        "touchstone serve --sealing-key-file sealing.key --issuer https://id.example \\\n"
        "  --listen :443 --tls-cert fullchain.pem --tls-key privkey.pem",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
