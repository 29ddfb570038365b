#include <touchstone/discovery.hpp>
#include <touchstone/url.hpp>

#include "../cli/text.hpp"
#include "files.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

constexpr Option kOwnOptions[] = {
    {"dir", "DIR", "write the documents below this directory, the root of the issuer's web site"},
    {"issuer", "URL", "the issuer, for the two metadata documents"},
    {"jwks-uri", "URL", "where the set will be; by default .well-known/jwks.json below the issuer"},
    {"metadata", "FILE",
     "a JSON object with more members of the metadata, such as authorization_endpoint"},
    {"headers-file", "FILE",
     "write the HTTP fields to this file, as Netlify and Cloudflare Pages read them from _headers"},
};
constexpr auto kOptions = joined(kStoreOptions, kOwnOptions, kOutputOptions);

const char* const kText =
    "Writes what verifiers ask for, for any web server, static host or CDN: the JWK Set, and with "
    "--issuer the metadata of OpenID Connect Discovery and of RFC 8414, each where its URL says. "
    "Nothing secret is in them. Who reads meanwhile sees the old document or the new one; one that "
    "has not changed keeps its time.\n\n"
    "Publish after each rotation, and serve the documents with the HTTP fields that are shown: the "
    "times of the policy count on them. Without --dir the set is printed.\n\n"
    "The ring is not rotated by this: run `touchstone keys rotate` before.";

const DiscoveryOptions kDiscovery{.allow_http_on_loopback = true};

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& given = plan.arguments;
  const auto wrong = [&](std::string_view complaint) {
    return usage_error(given.command, complaint);
  };
  if (auto outcome = check_store_options(plan)) return outcome;
  const std::string* dir = given.value("dir");
  const std::string* issuer = given.value("issuer");
  if (dir != nullptr && dir->empty()) return wrong("--dir is empty");
  for (const char* name : {"issuer", "jwks-uri", "headers-file"}) {
    if (given.has(name) && dir == nullptr) return wrong(concat({"--", name, " needs --dir"}));
  }
  for (const char* name : {"jwks-uri", "metadata"}) {
    if (given.has(name) && issuer == nullptr) return wrong(concat({"--", name, " needs --issuer"}));
  }
  if (issuer != nullptr && check_issuer(*issuer, kDiscovery)) {
    return wrong("--issuer is an https URL without query and fragment");
  }
  if (const std::string* metadata = given.value("metadata")) {
    if (auto outcome = check_source(*given.command, "--metadata", *metadata)) return outcome;
    plan.inputs = {json_input("the metadata", *metadata)};
  }
  return {};
}

/// A document, and where it belongs.
struct Document {
  std::string path;  ///< of its URL
  Publication publication;
};

/// The path of a URL, when it can be that of a file; Url::parse() leaves no dot segments.
std::optional<std::string> file_path_of(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url || url->has_query || url->path.size() < 2 || url->path.ends_with('/')) return {};
  const bool is_plain =
      url->path.find('%') == url->path.npos && url->path.find("//") == url->path.npos;
  return is_plain ? std::optional<std::string>(url->path) : std::nullopt;
}

/// The set, and the metadata when there is an issuer, the set first: whoever finds the metadata
/// finds it. The outcome, if any, is the end.
std::optional<Outcome> make(const Plan& plan, const std::vector<std::string>& contents,
                            const KeyRing& ring, NumericDate now,
                            std::vector<Document>& documents) {
  const auto options = metadata_options(plan, contents);
  if (!options) {
    documents.push_back({std::string(kSetPath), publish_jwks(ring, now)});
    return {};
  }
  auto openid = publish_openid_configuration(ring, *options);
  if (!openid) return failed(plan, openid.error());
  auto oauth = publish_oauth_metadata(ring, *options);
  if (!oauth) return failed(plan, oauth.error());
  const auto urls = well_known_urls(options->issuer, kDiscovery);
  if (!urls) return failed(plan, urls.error());
  const std::string of_each[] = {options->jwks_uri, (*urls)[0], (*urls)[1]};
  Publication publications[] = {publish_jwks(ring, now), *std::move(openid), *std::move(oauth)};
  for (std::size_t i = 0; i < std::size(of_each); ++i) {
    auto path = file_path_of(of_each[i]);
    if (!path) {
      return failed(plan, kRefused, "no_file_name",
                    concat({in_quotes(of_each[i]),
                            " has no path that can be a file's: it ends with /, or has %, // or a "
                            "query"}),
                    "");
    }
    documents.push_back({*std::move(path), std::move(publications[i])});
  }
  return {};
}

/// What browsers need, too: the documents are public, whoever's page asks.
constexpr const char* kAllowOrigin = "Access-Control-Allow-Origin: *";

std::string headers_file(const std::vector<Document>& documents) {
  std::string text = "# made by touchstone keys publish\n";
  for (const auto& [path, publication] : documents) {
    text += concat({path, "\n  Content-Type: ", publication.content_type,
                    "\n  Cache-Control: ", publication.cache_control, "\n  ", kAllowOrigin, "\n"});
  }
  return text;
}

std::string due_note(const Plan& plan) {
  return wrapped(plan.style,
                 "touchstone keys publish: a rotation is due, and what is published is older than "
                 "the policy wants; run `touchstone keys rotate` and publish again\n");
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  const auto loaded = store->load();
  if (!loaded) return failed(plan, loaded.error());
  const KeyRing& ring = loaded->kept.ring;
  const NumericDate next = next_rotation(ring, loaded->kept.policy, now);
  const std::string note = next <= now ? due_note(plan) : "";

  const std::string* dir = plan.arguments.value("dir");
  if (dir == nullptr) return {kValid, concat({publish_jwks(ring, now).body, "\n"}), note};
  std::vector<Document> documents;
  if (auto outcome = make(plan, contents, ring, now, documents)) return *outcome;

  nlohmann::json json = nlohmann::json::array();
  Page page(plan.style);
  page.headline(Page::Tone::good, "published: ",
                concat({counted(public_jwks(ring).size(), "key"), ", in ", in_quotes(*dir)}));
  for (const auto& [path, publication] : documents) {
    const std::string file = concat({*dir, path});
    const Written written = write_public_file(file, publication.body);
    if (written == Written::no) return file_failed(plan, "a document", file);
    json.push_back({{"file", file},
                    {"path", path},
                    {"isWritten", written == Written::yes},
                    {"contentType", publication.content_type},
                    {"cacheControl", publication.cache_control},
                    {"etag", publication.etag}});
    page.line(concat({visible(path), written == Written::yes ? "" : "  (unchanged)"}));
    page.row("Content-Type:", publication.content_type, 16);
    page.row("Cache-Control:", publication.cache_control, 16);
  }
  if (const std::string* file = plan.arguments.value("headers-file")) {
    if (write_public_file(*file, headers_file(documents)) == Written::no)
      return file_failed(plan, "the HTTP fields", *file);
  }
  if (plan.arguments.has("json"))
    return {kValid, json_line({{"documents", json}, {"next", next}, {"isDue", next <= now}}), note};
  page.line();
  page.paragraph(
      concat({"Serve them with these fields, and with ", kAllowOrigin,
              " for browsers. Publish again after the next rotation: ", when(next, now), "."}));
  return {kValid, page.take(), note};
}

}  // namespace

const Command kKeysPublishCommand{
    .name = "keys publish",
    .operand = nullptr,
    .usage = "[--dir DIR --issuer URL] [OPTIONS]",
    .summary = "writes the JWK Set and the metadata for a static host, or prints the set",
    .text = kText,
    .example =
        "touchstone keys publish --dir public --issuer https://id.example \\\n"
        "  --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
