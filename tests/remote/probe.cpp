// A RemoteKeySet behind lines of JSON, for tests in other languages: a command a line on standard
// input, an answer a line on standard output.
//
//   {"op": "open", "jwksUri": URL, "policy"?: {...}, "http"?: {...}}
//   {"op": "discover", "issuer": URL, "policy"?: {...}, "http"?: {...}}
//       -> "metadata": {"issuer", "jwksUri"}; opens the issuer's set
//   {"op": "verify", "jwt": TEXT, "options"?: {...}}  -> "ms"
//   {"op": "reload"}                                  -> "ms"
//   {"op": "events"}  -> "events": [{"kind", "at", "kid"?, "thumbprint"?, "reason"?}] since the
//   last
//   {"op": "snapshot"}  -> "snapshot": TEXT or null
//   {"op": "restore", "snapshot": TEXT}
//
// Every answer has "ok", and "error" when that is false. policy is what CachePolicy::parse() reads,
// options what Expectations::parse() reads; http has HttpOptions' members in camel case. An
// issuer's jwks_uri may lead to private addresses when http says allowPrivateAddresses.
#include <chrono>
#include <iostream>
#include <mutex>
#include <touchstone/remote_key_set.hpp>

using namespace touchstone;
using nlohmann::json;

namespace {

/// The events so far, filled by any thread.
class Log {
 public:
  void add(const KeySetCache::Event& event) {
    json line = {{"kind", KeySetCache::name(event.kind)}, {"at", event.at}};
    if (!event.kid.empty()) line["kid"] = event.kid;
    if (!event.thumbprint.empty()) line["thumbprint"] = event.thumbprint;
    if (event.reason) line["reason"] = event.reason->reason();
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(line));
  }

  json take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, json::array());
  }

 private:
  std::mutex mutex_;
  json events_ = json::array();
};

Log events;
std::optional<RemoteKeySet> remote;
std::string issuer;  // of that set; empty when its URL was given

json answer(const Refusal& refusal) {
  if (!refusal) return {{"ok", true}};
  return {{"ok", false}, {"error", to_json(*refusal)}};
}

template <class T>
Refusal refusal_of(const Result<T>& result) {
  return result ? Refusal{} : result.error();
}

template <class Work>
json timed(const Work& work) {
  const auto since = std::chrono::steady_clock::now();
  json line = answer(work());
  line["ms"] =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
  return line;
}

Result<RemoteOptions> options_of(const json& command) {
  const auto policy = CachePolicy::parse(command.value("policy", json::object()).dump());
  if (!policy) return policy.error();
  const json given = command.value("http", json::object());
  RemoteOptions options{.policy = *policy};
  HttpOptions& http = options.http;
  http.ca_file = given.value("caFile", http.ca_file);
  http.timeout = given.value("timeout", http.timeout);
  http.connect_timeout = given.value("connectTimeout", http.connect_timeout);
  if (given.contains("proxy")) http.proxy = given["proxy"].get<std::string>();
  http.allow_http = given.value("allowHttp", http.allow_http);
  http.allow_private_addresses = given.value("allowPrivateAddresses", http.allow_private_addresses);
  options.discovery.allow_private_addresses = given.value("allowPrivateAddresses", false);
  options.on_event = [](const KeySetCache::Event& event) { events.add(event); };
  return options;
}

json keep(Result<RemoteKeySet> opened) {
  if (opened) remote = *std::move(opened);
  return answer(refusal_of(opened));
}

json open(const json& command) {
  auto options = options_of(command);
  if (!options) return answer(options.error());
  issuer.clear();
  return keep(RemoteKeySet::create(command.at("jwksUri").get<std::string>(), *std::move(options)));
}

json discover_and_open(const json& command) {
  auto options = options_of(command);
  if (!options) return answer(options.error());
  const auto metadata =
      discover(command.at("issuer").get<std::string>(), options->http, options->discovery);
  if (!metadata) return answer(metadata.error());
  json line = keep(RemoteKeySet::create(*metadata, *std::move(options)));
  issuer = metadata->issuer;
  line["metadata"] = {{"issuer", metadata->issuer}, {"jwksUri", metadata->jwks_uri}};
  return line;
}

json obey(const json& command) {
  const std::string op = command.at("op");
  if (op == "open") return open(command);
  if (op == "discover") return discover_and_open(command);
  if (op == "events") return {{"ok", true}, {"events", events.take()}};
  if (!remote) throw std::invalid_argument("open a set first");
  if (op == "reload") return timed([] { return remote->reload(); });
  if (op == "restore") return answer(remote->restore(command.at("snapshot").get<std::string>()));
  if (op == "snapshot") {
    const auto text = remote->snapshot();
    return {{"ok", true}, {"snapshot", text ? json(*text) : json()}};
  }
  if (op != "verify") throw std::invalid_argument("unknown op");
  json options = command.value("options", json::object());
  if (!issuer.empty()) options.emplace("issuer", issuer);
  const auto expectations = Expectations::parse(options.dump());
  if (!expectations) return answer(expectations.error());
  const std::string jwt = command.at("jwt");
  return timed([&] { return refusal_of(verify(jwt, *remote, *expectations)); });
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << obey(json::parse(line)).dump() << std::endl;
    } catch (const std::exception& error) {
      std::cerr << "probe: " << error.what() << ": " << line.substr(0, 200) << '\n';
      return 2;
    }
  }
}
