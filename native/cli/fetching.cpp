#include "fetching.hpp"

#include <algorithm>
#include <utility>

#include "commands.hpp"
#include "text.hpp"
#include "times.hpp"

namespace touchstone::cli {
namespace {

// http: is for this machine alone, which Url::parse() and the host see to.
constexpr DiscoveryOptions kDiscovery{.allow_http_on_loopback = true};

// Of the set's response, what caching is about (RFC 9111); in the spelling that is shown.
constexpr const char* kShownFields[] = {"Age",  "Cache-Control", "Content-Type", "Date",
                                        "ETag", "Expires",       "Last-Modified"};
constexpr std::size_t kMaxShown = 1024;

struct Words {
  std::string_view hint;
  const char* words;
};
constexpr Words kWords[] = {
    {"url", "only https: is fetched, and http: from this machine"},
    {"name", "the name of the host is not known"},
    {"connect", "nobody answers there"},
    {"certificate", "the certificate is not trusted, or not valid now"},
    {"host name", "the certificate is for another host"},
    {"redirect", "it redirects elsewhere, or in a circle"},
    {"status", "the answer was no document"},
    {"proxy", "the proxy refuses, or is not known"},
    {"not here", "this program was built without libcurl"},
};

std::string why(const Error& error) {
  const std::string_view hint = error.detail().hint;
  for (const Words& row : kWords) {
    if (row.hint == hint) return row.words;
  }
  return error.id() == Error::fetch_timed_out ? "it took too long" : "no whole answer came";
}

/// Whether the fault is in what came, and not in its coming.
bool is_refused(const Error& error) {
  return error.id() < Error::fetch_failed || error.id() > Error::fetch_timed_out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char one, char other) { return lower(one) == lower(other); });
}

// The default policy, which fault() finds none in: create() cannot fail.
KeySetCache default_cache() { return *KeySetCache::create({}); }

// The refresh is this call's or the next one's to make: no herd to spread.
KeySetCache::Moment at(NumericDate now) { return {now, 0}; }

}  // namespace

bool is_fetched(const Input& input) {
  return input.kind == Input::Kind::key_set_url || input.kind == Input::Kind::issuer ||
         input.kind == Input::Kind::provider;
}

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Fetching::Fetching(const Plan& plan, const std::vector<std::string>& contents)
    : plan_(plan),
      input_(plan.inputs[contents.size()]),
      token_(contents.empty() ? "" : token_text(plan.inputs[0], contents[0])),
      cache_(default_cache()) {}

std::string Fetching::known_as() const {
  return concat({input_.kind == Input::Kind::issuer     ? "issuer "
                 : input_.kind == Input::Kind::provider ? "provider "
                                                        : "jwks ",
                 input_.text});
}

// FNV-1a. Who can make two URLs collide gains nothing: the file says whose it is.
std::string Fetching::file_name() const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : known_as()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * std::uint64_t{0x100000001b3};
  }
  std::string name;
  for (int shift = 60; shift >= 0; shift -= 4) name += "0123456789abcdef"[hash >> shift & 15];
  return name + ".json";
}

void Fetching::begin(std::string_view kept, NumericDate now) {
  restore(kept, now);
  if (is_restored_ && now < cache_.times()->expires && !is_key_missing(now)) {
    source_ = Source::cache;
    return settle({}, now);
  }
  const auto decision = cache_.reload(at(now));
  if (!decision.fetch) return end(decision.refusal.value_or(Error(Error::option_invalid)));
  fetch_ = decision.fetch->number;
  set_fields_ = decision.fetch->fields;
  is_guess_ = input_.kind == Input::Kind::provider && !is_restored_ &&
              !check_issuer(input_.text, kDiscovery);
  if (input_.kind == Input::Kind::issuer || is_guess_ || !issuer_.empty()) {
    issuer_ = input_.text;
    return get_metadata(now);
  }
  set_url_ = input_.text;
  get_set();
}

/// Takes what an earlier call has kept; what is not as to_keep() writes it is no use.
void Fetching::restore(std::string_view kept, NumericDate now) {
  const auto json = nlohmann::json::parse(kept, nullptr, false);
  const auto text = [&](const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    const auto* value = found == json.end() ? nullptr : found->get_ptr<const std::string*>();
    return value == nullptr ? std::string() : *value;
  };
  if (text("for") != known_as()) return;
  const std::string snapshot = text("snapshot");
  if (cache_.restore(snapshot, at(now))) return;
  is_restored_ = true;
  text_ = nlohmann::json::parse(snapshot).at("jwks").get<std::string>();
  set_url_ = text("url");
  issuer_ = text("issuer");
  metadata_url_ = text("metadataUrl");
  metadata_ = text("metadata");
  for (const char* name : kShownFields) {
    if (std::string value = text(name); !value.empty()) received_[name] = std::move(value);
  }
}

std::optional<std::string> Fetching::to_keep() const {
  if (!content_ || source_ == Source::cache || source_ == Source::stale) return {};
  const auto snapshot = cache_.snapshot();
  if (!snapshot) return is_restored_ ? std::optional<std::string>("") : std::nullopt;  // no-store
  nlohmann::json json = received_;
  json.update({{"for", known_as()}, {"url", set_url_}, {"snapshot", *snapshot}});
  if (!issuer_.empty()) {
    json.update({{"issuer", issuer_}, {"metadataUrl", metadata_url_}, {"metadata", metadata_}});
  }
  return json.dump();
}

void Fetching::not_kept(std::string_view reason) {
  if (!plan_.arguments.has("cache-dir")) return;  // that it is kept there was nobody's wish
  note_ += wrapped(plan_.style, concat({"touchstone: cannot keep the JWK Set in ",
                                        in_quotes(plan_.cache_dir), ": ", in_words(reason)}));
}

/// Whether the token may be by a key that the provider has added since.
bool Fetching::is_key_missing(NumericDate now) {
  if (token_.empty() || now - cache_.times()->fetched < cache_.policy().cooldown) return false;
  const auto keys = KeySet::parse(text_);
  if (!keys) return false;
  const auto jwt = verify(token_, *keys, plan_.expectations, plan_.now.value_or(now));
  return !jwt && jwt.error().id() == Error::no_matching_key;
}

void Fetching::got(int status, const std::vector<HttpField>& fields, std::string body,
                   NumericDate now) {
  if (asks_metadata_) return got_metadata(status, body, now);
  got_set(status, fields, std::move(body), now);
}

void Fetching::failed(const Error& error, NumericDate now) {
  const bool leads_away = error.detail().hint == "redirect";
  if (is_guess_ && asks_metadata_ && leads_away) return get_metadata(now);
  cache_.failure(fetch_, error, at(now));
  settle(error, now);
}

/// Asks at the first of the well-known URLs, or at the next.
void Fetching::get_metadata(NumericDate now) {
  if (!std::exchange(asks_metadata_, true)) {
    auto urls = well_known_urls(issuer_, kDiscovery);
    if (!urls) return end(urls.error());
    others_ = *std::move(urls);
    std::reverse(others_.begin(), others_.end());
  }
  if (!others_.empty()) {
    url_ = std::move(others_.back());
    others_.pop_back();
    next_ = Get{url_, {{"Accept", "application/json"}}, kDiscovery.max_metadata_size, true};
  } else if (is_guess_) {  // no issuer
    asks_metadata_ = false;
    issuer_.clear();
    set_url_ = input_.text;
    get_set();
  } else {
    failed(Error(Error::fetch_failed, {}, "status"), now);
  }
}

void Fetching::got_metadata(int status, const std::string& body, NumericDate now) {
  if (status != 200) return get_metadata(now);
  const auto metadata = parse_metadata(body, issuer_, kDiscovery);
  // Some hosts have a page for every URL.
  const bool is_page = !metadata && metadata.error().id() == Error::metadata_malformed;
  if (is_guess_ && is_page) return get_metadata(now);
  asks_metadata_ = false;
  if (!metadata) return failed(metadata.error(), now);
  metadata_url_ = url_;
  metadata_ = body;
  // What was kept says nothing of another URL.
  if (metadata->jwks_uri != set_url_) set_fields_.resize(1);
  set_url_ = metadata->jwks_uri;
  const auto issuer = Url::parse(issuer_), set = Url::parse(set_url_);
  get_set(issuer->is_private() || issuer->host == set->host);
}

void Fetching::get_set(bool allow_private_addresses) {
  url_ = set_url_;
  next_ = Get{url_, set_fields_, input_.limit, allow_private_addresses};
}

void Fetching::got_set(int status, const std::vector<HttpField>& fields, std::string body,
                       NumericDate now) {
  const bool is_unasked = status == 304 && set_fields_.size() == 1;
  const auto refusal = is_unasked ? Error(Error::fetch_failed)
                                  : cache_.response(fetch_, status, fields, body, at(now));
  if (is_unasked) cache_.failure(fetch_, Error::fetch_failed, at(now));
  if (!refusal) {
    source_ = status == 304 ? Source::not_modified : Source::network;
    if (status == 200) {
      text_ = std::move(body);
      received_.clear();
    }
    for (const HttpField& field : fields) {
      for (const char* name : kShownFields) {
        if (equals_ignoring_case(name, field.name)) {
          received_[name] = visible(std::string_view(field.value).substr(0, kMaxShown));
        }
      }
    }
  }
  const bool is_status = refusal && refusal->id() == Error::fetch_failed;
  settle(is_status ? Error(Error::fetch_failed, {}, "status") : refusal, now);
}

/// The fetch is over, if there was one: the set is what the policy says.
void Fetching::settle(const Refusal& refusal, NumericDate now) {
  const auto decision = cache_.request(at(now));
  if (!decision.keys) return end(refusal.value_or(Error(Error::fetch_failed)));
  if (refusal) {
    source_ = Source::stale;
    const std::string reason =
        is_refused(*refusal) ? std::string(refusal->message()) : why(*refusal);
    note_ += wrapped(
        plan_.style,
        concat({"touchstone: cannot fetch ", input_.role, " from ", in_quotes(url_), ": ", reason,
                "; going on with what was fetched ", relative(cache_.times()->fetched, now)}));
  }
  end(input_.kind == Input::Kind::provider ? report() : text_);
}

void Fetching::end(Result<std::string> content) {
  next_.reset();
  content_ = std::move(content);
}

std::string Fetching::report() const {
  constexpr const char* kSources[] = {"network", "not_modified", "cache", "stale"};
  const auto times = *cache_.times();
  nlohmann::json json{{"source", kSources[static_cast<int>(source_)]},
                      {"url", set_url_},
                      {"fields", received_},
                      {"times",
                       {{"fetched", times.fetched},
                        {"refresh", times.refresh},
                        {"expires", times.expires},
                        {"unusable", times.unusable}}},
                      {"jwks", text_}};
  if (!issuer_.empty()) {
    json.update({{"issuer", issuer_}, {"metadataUrl", metadata_url_}, {"metadata", metadata_}});
  }
  return json.dump();
}

Outcome unfetched(const Plan& plan, const Fetching& fetching) {
  const Error& error = fetching.content().error();
  const Input& input = plan.inputs.back();
  if (is_refused(error)) return refused_input(plan, error);
  const std::string message =
      concat({"touchstone: cannot fetch ", input.role, " from ",
              in_quotes(fetching.url().empty() ? input.text : fetching.url()), ": ", why(error)});
  return {kInputOutput, "", wrapped(plan.style, message)};
}

std::optional<Outcome> prepare_fetching(Plan& plan) {
  const Arguments& arguments = plan.arguments;
  if (const std::string* text = arguments.value("timeout")) {
    const auto timeout = parse_number(*text);
    if (!timeout || *timeout <= 0 || *timeout > 600) {
      return usage_error(arguments.command, concat({"--timeout does not take ", shown_value(*text),
                                                    ": seconds, at most 600"}));
    }
    plan.timeout = *timeout;
  }
  if (const std::string* directory = arguments.value("cache-dir")) {
    if (directory->empty()) return usage_error(arguments.command, "--cache-dir is empty");
    plan.cache_dir = *directory;
  }
  if (arguments.has("no-cache")) plan.cache_dir.clear();
  return {};
}

}  // namespace touchstone::cli
