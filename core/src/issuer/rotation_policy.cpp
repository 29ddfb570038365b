// The options of a rotation, and what contradicts what among them.
#include <cmath>

#include "issuer/rotation.hpp"
#include "issuer/signing_key.hpp"
#include "policy_options.hpp"

namespace touchstone {
namespace {

constexpr double ten_years = 3653 * 86400.0;
constexpr double max_published_keys = 100;

template <auto member>
bool read_member(const Json& value, RotationPolicy& policy) {
  return read_option(value, policy.*member);
}

template <auto member>
Json write_member(const RotationPolicy& policy) {
  return policy.*member;
}

struct Option {
  std::string_view name;
  bool (*read)(const Json& value, RotationPolicy& policy);
  Json (*write)(const RotationPolicy& policy);
};

template <auto member>
constexpr Option option(std::string_view name) {
  return {name, read_member<member>, write_member<member>};
}

constexpr Option options[] = {
    option<&RotationPolicy::alg>("alg"),
    option<&RotationPolicy::rsa_bits>("rsaBits"),
    option<&RotationPolicy::rotate_every>("rotateEvery"),
    option<&RotationPolicy::publish_ahead>("publishAhead"),
    option<&RotationPolicy::retain>("retain"),
    option<&RotationPolicy::max_signatures>("maxSignatures"),
    option<&RotationPolicy::cache_lifetime>("cacheLifetime"),
    option<&RotationPolicy::client_grace>("clientGrace"),
    option<&RotationPolicy::token_lifetime>("tokenLifetime"),
    option<&RotationPolicy::clock_skew>("clockSkew"),
    option<&RotationPolicy::propagation>("propagation"),
    option<&RotationPolicy::publish_first>("publishFirst"),
};

bool is_duration(double seconds) { return seconds >= 0 && seconds <= ten_years; }

}  // namespace

std::string RotationPolicy::json() const {
  JsonWriter json;
  json.begin_object();
  for (const Option& option : options) json.name(option.name).value(option.write(*this));
  return json.end_object().take();
}

Result<RotationPolicy> RotationPolicy::parse(std::string_view json) noexcept {
  return parse_policy<RotationPolicy>(json, options);
}

std::optional<RotationPolicy::Fault> RotationPolicy::fault() const noexcept {
  const double known_after = cache_lifetime + client_grace + propagation + clock_skew;
  const struct {
    bool holds;
    Fault fault;
  } rules[] = {
      {find_signing_algorithm(alg) != nullptr, {"alg", "is not one that this build signs with"}},
      {rsa_bits >= 2048 && rsa_bits <= 8192 && rsa_bits % 8 == 0,
       {"rsaBits", "is not from 2048 to 8192 and a multiple of 8"}},
      {is_duration(rotate_every), {"rotateEvery", "is not from 0 to 10 years"}},
      {is_duration(publish_ahead), {"publishAhead", "is not from 0 to 10 years"}},
      {is_duration(retain), {"retain", "is not from 0 to 10 years"}},
      {is_duration(cache_lifetime), {"cacheLifetime", "is not from 0 to 10 years"}},
      {is_duration(client_grace), {"clientGrace", "is not from 0 to 10 years"}},
      {is_duration(token_lifetime) && token_lifetime > 0,
       {"tokenLifetime", "is not more than 0 and up to 10 years"}},
      {is_duration(clock_skew), {"clockSkew", "is not from 0 to 10 years"}},
      {is_duration(propagation), {"propagation", "is not from 0 to 10 years"}},
      {max_signatures >= 4, {"maxSignatures", "is less than 4"}},
      {publish_ahead >= known_after,
       {"publishAhead",
        "is shorter than cacheLifetime, clientGrace, propagation and clockSkew together: a key "
        "would sign before all clients know it; lengthen it, or shorten cacheLifetime"}},
      {retain >= token_lifetime + clock_skew + propagation,
       {"retain",
        "is shorter than tokenLifetime, clockSkew and propagation together: a key would go before "
        "its last token expires; lengthen it, or shorten tokenLifetime"}},
      {rotate_every > publish_ahead,
       {"rotateEvery",
        "is not longer than publishAhead: a key would be due before its successor may sign; "
        "lengthen it, or shorten publishAhead and what that depends on"}},
      {retain <= max_published_keys * rotate_every,
       {"retain",
        "is more than 100 times rotateEvery: as many keys would be published at once; shorten it, "
        "or lengthen rotateEvery"}},
  };
  for (const auto& rule : rules)
    if (!rule.holds) return rule.fault;
  return {};
}

bool is_time(double seconds) { return std::abs(seconds) <= 1e11; }

Refusal check_rotation(const RotationPolicy& policy, NumericDate now) {
  if (const auto fault = policy.fault())
    return Error(Error::option_invalid, fault->option, fault->reason);
  if (!is_time(now)) return Error(Error::option_invalid, "now", "is no time in this age");
  return {};
}

}  // namespace touchstone
