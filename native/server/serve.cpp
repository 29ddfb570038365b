#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <touchstone/touchstone.h>

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
     "where the metadata says that the JWK Set is (default: ISSUER/.well-known/jwks.json)"},
    {"metadata", "FILE", "JSON members to add to the metadata, such as authorization_endpoint"},
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
};
constexpr Option kGeneralOptions[] = {kNoColorOption, kHelpOption};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kGeneralOptions);

const char* const kText =
    "Serves an issuer's JWK Set at /.well-known/jwks.json and its metadata at "
    "/.well-known/openid-configuration and /.well-known/oauth-authorization-server, and rotates "
    "its keys in time. Any "
    "number of instances may serve one store: each change is made once, and the others load it. "
    "While the store is "
    "away they go on from memory, as long as that does no harm.\n\n"
    "/livez says that the process lives, /readyz that it may serve, /healthz all about it in JSON, "
    "/metrics the same "
    "for Prometheus. Events are lines of JSON on standard error. SIGTERM and SIGINT end it when "
    "all requests are "
    "answered; SIGHUP looks at once for a new certificate and for what others have stored.\n\n"
    "With --sign-listen, `POST /sign` with claims as JSON and `Authorization: Bearer` with the "
    "token of "
    "--sign-token-file answers a JWT; ?typ=at%2Bjwt and ?expires_in=300 set what the claims do "
    "not.";

std::string value_or(const Arguments& arguments, const char* name, std::string_view otherwise) {
  const std::string* value = arguments.value(name);
  return value == nullptr ? std::string(otherwise) : *value;
}

Outcome cannot(std::string_view what, std::string_view why) {
  return {kInputOutput, "", concat({"touchstone serve: ", what, ": ", why, "\n"})};
}

Outcome cannot(std::string_view what, const Error& error) {
  const std::string hint = hint_of(error);
  return cannot(what, concat({in_words(error), hint.empty() ? "" : " - ", hint}));
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
  if (!given.has("issuer") && (given.has("jwks-uri") || given.has("metadata")))
    return wrong("--jwks-uri and --metadata need --issuer");
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

/// A whole file of at most so many bytes. The reason says why not.
std::optional<std::string> read_file(const std::string& path, std::size_t limit,
                                     std::string& reason) {
  std::ifstream file(path, std::ios::binary);
  std::string text(limit + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.eof()) {
    reason = file.is_open() ? "it is too large" : in_words(errno_name(errno));
    return {};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? "" : text.substr(0, end + 1);
}

/// All that is read before anything begins. The outcome, if any, is the end.
struct Setup {
  std::optional<Outcome> outcome{};
  std::optional<MetadataOptions> metadata{};
  SecretText sign_token{};
};

std::optional<Outcome> set_metadata(Setup& setup, const Arguments& given) {
  const std::string* issuer = given.value("issuer");
  if (issuer == nullptr) return {};
  const bool ends_with_slash = issuer->ends_with('/');
  const std::string usual =
      concat({std::string_view(*issuer).substr(0, issuer->size() - (ends_with_slash ? 1 : 0)),
              "/.well-known/jwks.json"});
  setup.metadata = MetadataOptions{.issuer = *issuer,
                                   .jwks_uri = value_or(given, "jwks-uri", usual),
                                   .allow_http_on_loopback = issuer->starts_with("http://")};
  if (const std::string* file = given.value("metadata")) {
    std::string reason;
    auto text = read_file(*file, std::size_t{128} << 10, reason);
    if (!text) return cannot("cannot read the metadata", reason);
    setup.metadata->additions = *std::move(text);
  }
  // What is wrong with it is better said now than by the first request.
  const auto tried = publish_openid_configuration(KeyRing(), *setup.metadata);
  if (!tried) return cannot("cannot serve the metadata", tried.error());
  return {};
}

std::optional<Outcome> set_sign_token(Setup& setup, const Arguments& given) {
  const std::string* file = given.value("sign-token-file");
  if (file == nullptr) return {};
  std::string reason;
  const auto text = read_secret_file(*file, reason);
  if (!text) return cannot("cannot read the token to sign", reason);
  const std::string_view token = trimmed(text->view());
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (token.size() < 32 || !std::all_of(token.begin(), token.end(), is_visible))
    return cannot("cannot take the token to sign",
                  "it is not of at least 32 visible ASCII characters");
  setup.sign_token = SecretText(token);
  return {};
}

Setup set_up(const Arguments& given) {
  Setup setup;
  for (const auto& step : {set_metadata, set_sign_token})
    if ((setup.outcome = step(setup, given))) break;
  return setup;
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

Outcome run(const Plan& plan, const std::vector<std::string>&, NumericDate) {
  const Arguments& given = plan.arguments;
  const Moment start = Moment::now();
  Setup setup = set_up(given);
  if (setup.outcome) return *setup.outcome;
  std::optional<TlsCertificate> certificate;
  if (given.has("tls-cert")) {
    certificate.emplace(*given.value("tls-cert"), *given.value("tls-key"));
    if (certificate->refresh() != TlsCertificate::News::loaded)
      return cannot("cannot serve https", certificate->complaint());
  }
  if (!catch_signals()) return cannot("cannot catch signals", in_words(errno_name(errno)));
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const bool signs = given.has("sign-listen");
  IssuerService service(*std::move(store), {setup.metadata, signs});
  if (const auto refusal = service.start()) return failed(plan, *refusal);

  std::vector<Listener> listeners;
  listeners.push_back({"listen"});
  if (given.has("admin-listen")) listeners.push_back({"admin-listen"});
  Routes& admin = *listeners.back().routes;
  if (signs) listeners.push_back({"sign-listen"});
  MetricsSources sources{&service, {}, certificate ? &*certificate : nullptr, start.wall};
  for (const Listener& listener : listeners)
    sources.listeners.emplace_back(listener.name, listener.routes.get());
  add_documents(*listeners.front().routes, service, setup.metadata);
  add_health(admin, service);
  add_metrics(admin, std::move(sources));
  if (signs) add_signing(*listeners.back().routes, service, std::move(setup.sign_token));

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
      return cannot(concat({"--", listener.name}), *complaint);
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
        "touchstone serve --sealing-key-file sealing.key --issuer https://id.example --listen :443 "
        "\\\n"
        "  --tls-cert fullchain.pem --tls-key privkey.pem",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
