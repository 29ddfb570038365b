// The ring and its JSON. What is parsed here holds private keys: see signing_key.hpp for what is
// wiped.
#include <touchstone/key_ring.hpp>

#include <algorithm>
#include <set>

#include "issuer/ring_document.hpp"
#include "issuer/rotation.hpp"
#include "json_reader.hpp"

namespace touchstone {
namespace {

using crypto::WipedString;
using State = KeyRing::State;

constexpr std::size_t max_ring_size = std::size_t{8} << 20;
constexpr std::uint64_t version = 1;
constexpr JsonRules ring_rules{.max_depth = 8,
                               .invalid = Error::ring_malformed,
                               .duplicate_member = Error::ring_malformed,
                               .too_deep = Error::ring_malformed};

constexpr State states[] = {State::pending, State::active, State::retiring};

/// Reads the members of one object and refuses those that it was not asked for: what this version
/// does not know, it would lose when it writes the ring again.
class Members {
 public:
  explicit Members(const SecretJson& object) : object_(object) {}

  const SecretJson* take(std::string_view name) {
    names_.insert(name);
    return find(object_, name);
  }
  Members& seconds(std::string_view name, double& value) {
    const SecretJson* member = take(name);
    if (member == nullptr || !member->is_number() || !is_time(member->get<double>()))
      return refuse(name);
    value = member->get<double>();
    return *this;
  }
  Members& seconds(std::string_view name, std::optional<double>& value) {
    return take(name) == nullptr ? *this : seconds(name, value.emplace());
  }
  Members& count(std::string_view name, std::uint64_t& value) {
    const SecretJson* member = take(name);
    if (member == nullptr || !member->is_number_unsigned()) return refuse(name);
    value = member->get<std::uint64_t>();
    return *this;
  }
  Members& flag(std::string_view name, bool& value) {
    const SecretJson* member = take(name);
    if (member == nullptr) return *this;
    if (!member->is_boolean()) return refuse(name);
    value = member->get<bool>();
    return *this;
  }
  Members& refuse(std::string_view name, std::string_view hint = {}) {
    if (!refusal_) refusal_ = Error(Error::ring_malformed, name, hint);
    return *this;
  }
  /// The first fault, or the first member that nobody took.
  Refusal refusal() {
    for (const auto& [name, value] : object_.get_ref<const SecretJson::object_t&>())
      if (!names_.contains(std::string_view(name))) refuse("", "has a member that is not known");
    return refusal_;
  }

 private:
  const SecretJson& object_;
  std::set<std::string_view> names_;
  Refusal refusal_;
};

std::optional<State> state_of(const SecretJson* value) {
  if (value == nullptr || !value->is_string()) return {};
  for (const State state : states)
    if (value->get_ref<const WipedString&>() == KeyRing::name(state)) return state;
  return {};
}

Result<KeyRing::Key> read_key(const SecretJson& object) {
  if (!object.is_object()) return Error(Error::ring_malformed, "keys");
  Members members(object);
  const auto state = state_of(members.take("state"));
  if (!state) return Error(Error::ring_malformed, "state");
  const SecretJson* jwk = members.take("jwk");
  if (jwk == nullptr) return Error(Error::ring_malformed, "jwk");
  auto signing_key = parse_signing_key(*jwk, {});
  if (!signing_key) return signing_key.error();
  KeyRing::Key key{
      .key = *std::move(signing_key), .state = *state, .published_at = 0, .usable_from = 0};
  members.seconds("publishedAt", key.published_at)
      .seconds("usableFrom", key.usable_from)
      .seconds("activatedAt", key.activated_at)
      .seconds("retiredAt", key.retired_at)
      .seconds("removeAt", key.remove_at)
      .count("signatures", key.signatures)
      .seconds("longestTokenLifetime", key.longest_token_lifetime)
      .flag("isDue", key.is_due);
  const bool has_signed = *state != State::pending;
  const bool is_retired = *state == State::retiring;
  const auto must_be = [&](std::string_view name, const std::optional<double>& time,
                           bool is_there) {
    if (time.has_value() != is_there) members.refuse(name, "does not go with the key's state");
  };
  must_be("activatedAt", key.activated_at, has_signed);
  must_be("retiredAt", key.retired_at, is_retired);
  must_be("removeAt", key.remove_at, is_retired);
  if (!has_signed && key.signatures != 0)
    members.refuse("signatures", "of a key that never signed");
  if (key.longest_token_lifetime < 0) members.refuse("longestTokenLifetime");
  if (auto refusal = members.refusal()) return *refusal;
  return key;
}

/// At most one key signs, at most one is to follow, and a kid names one key.
Refusal check_keys(const std::vector<KeyRing::Key>& keys) {
  std::set<std::string_view> kids;
  std::size_t counts[std::size(states)] = {};
  for (const KeyRing::Key& key : keys) {
    if (!kids.insert(key.key.kid()).second)
      return Error(Error::ring_malformed, "kid", "stands twice");
    ++counts[static_cast<std::size_t>(key.state)];
  }
  if (counts[static_cast<std::size_t>(State::active)] > 1)
    return Error(Error::ring_malformed, "state", "says that two keys are active");
  if (counts[static_cast<std::size_t>(State::pending)] > 1)
    return Error(Error::ring_malformed, "state", "says that two keys are pending");
  return {};
}

const KeyRing::Key* find_state(const std::vector<KeyRing::Key>& keys, State state) {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const KeyRing::Key& k) { return k.state == state; });
  return key == keys.end() ? nullptr : &*key;
}

/// What can be written before a secret follows: an object that is still open.
std::string left_open(JsonWriter& json) {
  std::string text = json.end_object().take();
  text.pop_back();
  return text;
}

void append_key(WipedString& text, const KeyRing::Key& key) {
  JsonWriter json;
  json.begin_object();
  write_life(json, key);
  if (key.is_due) json.name("isDue").boolean(true);
  text += left_open(json);
  text += ",\"jwk\":";
  text += write_private_jwk(key.key);
  text += '}';
}

}  // namespace

void write_life(JsonWriter& json, const KeyRing::Key& key) {
  const auto seconds = [&](std::string_view name, const std::optional<double>& value) {
    if (value) json.name(name).value(*value);
  };
  json.member("state", KeyRing::name(key.state));
  seconds("publishedAt", key.published_at);
  seconds("usableFrom", key.usable_from);
  seconds("activatedAt", key.activated_at);
  seconds("retiredAt", key.retired_at);
  seconds("removeAt", key.remove_at);
  json.name("signatures").value(key.signatures);
  seconds("longestTokenLifetime", key.longest_token_lifetime);
}

std::string_view KeyRing::name(State state) noexcept {
  switch (state) {
    case State::pending:
      return "pending";
    case State::active:
      return "active";
    case State::retiring:
      return "retiring";
  }
  return "";
}

Result<SecretJson> RingDocument::parse(std::string_view json) {
  if (json.size() > max_ring_size) return Error::ring_too_large;
  return JsonReader<SecretJson>(json, ring_rules).read();
}

Result<KeyRing> KeyRing::parse(std::string_view json) noexcept {
  const auto object = RingDocument::parse(json);
  if (!object) return object.error();
  return RingDocument::read(*object);
}

Result<KeyRing> RingDocument::read(const SecretJson& object) {
  Members members(object);
  std::uint64_t written_by = 0;
  members.count("version", written_by);
  if (written_by > version) return Error::ring_version_unsupported;
  if (written_by != version) return Error(Error::ring_malformed, "version");
  KeyRing ring;
  members.seconds("tokenLifetime", ring.token_lifetime_)
      .seconds("cacheLifetime", ring.cache_lifetime_)
      .count("maxSignatures", ring.max_signatures_)
      .seconds("copiesUntil", ring.copies_until_);
  const SecretJson* keys = members.take("keys");
  if (keys == nullptr || !keys->is_array()) return Error(Error::ring_malformed, "keys");
  if (auto refusal = members.refusal()) return *refusal;
  if (ring.token_lifetime_ < 0) return Error(Error::ring_malformed, "tokenLifetime");
  if (ring.cache_lifetime_ < 0) return Error(Error::ring_malformed, "cacheLifetime");
  if (keys->size() > max_ring_keys) return Error::ring_too_large;
  for (const SecretJson& element : *keys) {
    auto key = read_key(element);
    if (!key) return key.error();
    ring.keys_.push_back(*std::move(key));
  }
  if (auto refusal = check_keys(ring.keys_)) return *refusal;
  return ring;
}

SecretText KeyRing::json() const {
  JsonWriter json;
  json.begin_object().name("version").value(version);
  json.name("tokenLifetime").value(token_lifetime_).name("cacheLifetime").value(cache_lifetime_);
  json.name("maxSignatures").value(max_signatures_).name("copiesUntil").value(copies_until_);
  WipedString text(left_open(json));
  text += ",\"keys\":[";
  for (const Key& key : keys_) {
    if (&key != &keys_.front()) text += ',';
    append_key(text, key);
  }
  text += "]}";
  return SecretText(text);
}

const KeyRing::Key* KeyRing::active() const noexcept { return find_state(keys_, State::active); }
const KeyRing::Key* KeyRing::pending() const noexcept { return find_state(keys_, State::pending); }

const KeyRing::Key* KeyRing::find(std::string_view kid) const noexcept {
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& k) { return k.key.kid() == kid; });
  return key == keys_.end() ? nullptr : &*key;
}

Refusal KeyRing::count(std::string_view kid, std::uint64_t signatures) noexcept {
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& k) { return k.key.kid() == kid; });
  if (key == keys_.end()) return Error(Error::ring_key_unknown, "kid");
  key->signatures += std::min(signatures, UINT64_MAX - key->signatures);
  return {};
}

}  // namespace touchstone
