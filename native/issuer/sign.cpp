#include "../cli/text.hpp"
#include "../cli/times.hpp"
#include "issuer_commands.hpp"

namespace touchstone::cli {
namespace {

using Json = nlohmann::json;

constexpr Option kOwnOptions[] = {
    {"issuer", "ISS", "the claim iss", false, "iss"},
    {"subject", "SUB", "the claim sub", false, "sub"},
    {"audience", "AUD", "the claim aud, or one of its values", true, "aud"},
    {"claim", "NAME=VALUE", "any claim; VALUE is JSON, or else text: --claim admin=true", true},
    {"expires-in", "TIME",
     "until exp: 15m, 1h; by default the token lifetime of the policy, which is the most", false},
    {"typ", "TYP", "the header's typ: JWT by default; at+jwt for access tokens (RFC 9068)"},
    {"header", "NAME=VALUE", "any other member of the header", true},
};
constexpr auto kOptions = joined(kOwnOptions, kStoreOptions, kOutputOptions);

const char* const kText =
    "Signs a JWT with the active key of the ring and prints it. iat and exp are set unless CLAIMS "
    "has them. The signature is counted in the store before the token is printed, and a rotation "
    "that is due is done first.\n\n"
    "CLAIMS is a file, - for standard input, or the JSON itself; options stand before what it "
    "says. "
    "TIME is 90s, 15m, 12h, or seconds.";

/// "name=value" taken apart: JSON when it is some, else text.
struct Member {
  std::string name;
  Json value;
};
std::optional<Member> member_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos) return {};
  const std::string value = text.substr(equals + 1);
  const Json json = Json::parse(value, nullptr, false);
  return Member{text.substr(0, equals), json.is_discarded() ? Json(value) : json};
}

/// What the options say of the claims (`is_header`: of the header), each name once. The text is a
/// complaint.
Json members_of(const Arguments& given, bool is_header, std::string& complaint) {
  Json members = Json::object();
  for (const auto& [option, value] : given.options) {
    const std::string_view option_name = option->name;
    std::optional<Member> member;
    if (option_name == (is_header ? "header" : "claim")) {
      member = member_of(value);
      if (!member)
        complaint =
            concat({"--", option->name, " is NAME=VALUE: --", option->name, " tenant=blue"});
    } else if (!is_header && option->expectation != nullptr) {
      member = Member{option->expectation, value};
    }
    if (!member) continue;
    if (!members.contains(member->name)) {
      members[member->name] = std::move(member->value);
    } else if (option_name == "audience") {
      Json& aud = members["aud"];
      if (!aud.is_array()) aud = Json::array({aud});
      aud.push_back(member->value);
    } else {
      complaint = concat(
          {"--", option->name, " says again what is said already: ", shown_value(member->name)});
    }
  }
  return members;
}

std::optional<Outcome> prepare(Plan& plan) {
  const Arguments& given = plan.arguments;
  if (auto wrong = check_store_options(plan)) return wrong;
  std::string complaint;
  members_of(given, false, complaint);
  if (members_of(given, true, complaint).contains("typ") && given.has("typ"))
    complaint = "--typ says again what is said already";
  if (!complaint.empty()) return usage_error(given.command, complaint);
  const std::string* lifetime = given.value("expires-in");
  if (lifetime != nullptr && !parse_duration(*lifetime)) {
    return usage_error(given.command, concat({"--expires-in does not take ", shown_value(*lifetime),
                                              ": a duration such as 90s, 15m or 12h"}));
  }
  if (given.operands.empty()) return {};
  if (auto wrong = check_source(*given.command, "CLAIMS", given.operands[0])) return wrong;
  plan.inputs = {json_input("the claims", given.operands[0])};
  return {};
}

/// What came of it, once the store has it.
struct Made {
  SignedJwt jwt;
  std::string alg;
  std::vector<KeyChange> changes;
};

std::string rotation_note(const Plan& plan, const Made& made, const KeyRing& ring,
                          NumericDate now) {
  if (made.changes.empty() || plan.arguments.has("json")) return "";
  Page page(plan.style);
  page.paragraph(
      "touchstone sign: the ring was rotated; where no server does, publish it: "
      "touchstone keys publish",
      0, 2);
  change_rows(page, ring, made.changes, now);
  return page.take();
}

Outcome run(const Plan& plan, const std::vector<std::string>& contents, NumericDate now) {
  const Arguments& given = plan.arguments;
  // Strictly, before this parser would keep the last of two equal names.
  const auto claims = ClaimsSet::parse(contents.empty() ? "{}" : contents[0]);
  if (!claims) return failed(plan, claims.error());
  std::string complaint;
  Json payload = claims->json();
  payload.update(members_of(given, false, complaint));
  const std::string text = payload.dump();
  const std::string header = members_of(given, true, complaint).dump();
  SignOptions options{.header = header};
  if (const std::string* typ = given.value("typ")) options.typ = *typ;
  if (const std::string* lifetime = given.value("expires-in"))
    options.expires_in = parse_duration(*lifetime);

  std::optional<RingStore> store;
  if (auto outcome = open_ring(plan, store)) return *outcome;
  std::optional<Made> made;
  const auto updated = store->update([&](const KeptRing& kept) -> Result<Changed> {
    auto rotated = rotate_now(kept.ring, kept.policy, now);
    if (!rotated) return rotated.error();
    auto jwt = sign(text, rotated->ring, now, system_entropy(), options);
    if (!jwt) return jwt.error();
    made = Made{*std::move(jwt), {}, std::move(rotated->changes)};
    made->alg = rotated->ring.find(made->jwt.kid)->key.alg();
    if (!made->jwt.is_rotation_due) return Changed({std::move(rotated->ring), kept.policy});
    auto again = rotate_now(rotated->ring, kept.policy, now);
    if (!again) return again.error();
    made->changes.insert(made->changes.end(), again->changes.begin(), again->changes.end());
    return Changed({std::move(again->ring), kept.policy});
  });
  if (!updated) return failed(plan, updated.error());
  if (!given.has("json"))
    return {kValid, concat({made->jwt.token, "\n"}),
            rotation_note(plan, *made, updated->kept.ring, now)};
  return {kValid,
          json_line({{"token", made->jwt.token},
                     {"kid", made->jwt.kid},
                     {"alg", made->alg},
                     {"signatures", made->jwt.signatures},
                     {"changes", changes_json(made->changes)}}),
          ""};
}

}  // namespace

const Command kSignCommand{
    .name = "sign",
    .operand = "CLAIMS",
    .usage = "[CLAIMS] [OPTIONS]",
    .summary = "signs a token with the active key of a key ring",
    .text = kText,
    .example =
        "touchstone sign --issuer https://id.example --audience api --subject ada \\\n"
        "  --expires-in 15m --store keys --sealing-key-file sealing.key",
    .options = kOptions,
    .prepare = prepare,
    .run = run,
};

}  // namespace touchstone::cli
