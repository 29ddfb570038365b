// The options of a KeySetCache, and what contradicts what among them.
#include <touchstone/key_set_cache.hpp>

#include <algorithm>

#include "policy_options.hpp"

namespace touchstone {
namespace {

constexpr double one_week = 7 * 86400;

/// False for NaN, too.
bool is_within(double value, double low, double high) { return value >= low && value <= high; }

template <auto member>
bool read_member(const Json& value, CachePolicy& policy) {
  return read_option(value, policy.*member);
}

template <auto member>
bool read_limit(const Json& value, CachePolicy& policy) {
  return read_option(value, policy.limits.*member);
}

struct Option {
  std::string_view name;
  bool (*read)(const Json& value, CachePolicy& policy);
};

constexpr Option options[] = {
    {"minLifetime", read_member<&CachePolicy::min_lifetime>},
    {"maxLifetime", read_member<&CachePolicy::max_lifetime>},
    {"defaultLifetime", read_member<&CachePolicy::default_lifetime>},
    {"refreshAhead", read_member<&CachePolicy::refresh_ahead>},
    {"staleWhileRevalidate", read_member<&CachePolicy::stale_while_revalidate>},
    {"staleIfError", read_member<&CachePolicy::stale_if_error>},
    {"maxStale", read_member<&CachePolicy::max_stale>},
    {"cooldown", read_member<&CachePolicy::cooldown>},
    {"maxBackoff", read_member<&CachePolicy::max_backoff>},
    {"fetchTimeout", read_member<&CachePolicy::fetch_timeout>},
    {"clockTolerance", read_member<&CachePolicy::clock_tolerance>},
    {"maxUnknownKids", read_member<&CachePolicy::max_unknown_kids>},
    {"checkContentType", read_member<&CachePolicy::check_content_type>},
    {"maxSize", read_limit<&KeySet::Limits::max_size>},
    {"maxKeys", read_limit<&KeySet::Limits::max_keys>},
    {"maxTableMemory", read_limit<&KeySet::Limits::max_table_memory>},
    {"refusePrivateKeys", read_limit<&KeySet::Limits::refuse_private_keys>},
};

}  // namespace

Result<CachePolicy> CachePolicy::parse(std::string_view json) noexcept {
  return parse_policy<CachePolicy>(json, options);
}

std::optional<CachePolicy::Fault> CachePolicy::fault() const noexcept {
  const struct {
    bool holds;
    Fault fault;
  } rules[] = {
      {is_within(min_lifetime, 1, one_week), {"minLifetime", "is not from 1 s to 7 days"}},
      {is_within(max_lifetime, 1, one_week), {"maxLifetime", "is not from 1 s to 7 days"}},
      {is_within(max_stale, 0, one_week), {"maxStale", "is not from 0 to 7 days"}},
      {is_within(cooldown, 1, 3600), {"cooldown", "is not from 1 s to 1 hour"}},
      {is_within(fetch_timeout, 1, 600), {"fetchTimeout", "is not from 1 s to 10 minutes"}},
      {is_within(clock_tolerance, 0, 300), {"clockTolerance", "is not from 0 to 5 minutes"}},
      {max_unknown_kids >= 1 && max_unknown_kids <= 10'000,
       {"maxUnknownKids", "is not from 1 to 10,000"}},
      {min_lifetime <= max_lifetime, {"minLifetime", "is longer than maxLifetime"}},
      {is_within(default_lifetime, min_lifetime, max_lifetime),
       {"defaultLifetime", "is not from minLifetime to maxLifetime"}},
      {is_within(refresh_ahead, 0, one_week), {"refreshAhead", "is negative or no number"}},
      {cooldown + refresh_ahead <= min_lifetime,
       {"refreshAhead",
        "with cooldown is longer than minLifetime: a set would be due for a refresh "
        "before one may be made"}},
      {is_within(stale_while_revalidate, 0, max_stale),
       {"staleWhileRevalidate", "is not from 0 to maxStale"}},
      {is_within(stale_if_error, 0, max_stale), {"staleIfError", "is not from 0 to maxStale"}},
      {is_within(max_backoff, cooldown, 86400), {"maxBackoff", "is not from cooldown to 1 day"}},
  };
  for (const auto& rule : rules)
    if (!rule.holds) return rule.fault;
  // The limits have their own judge.
  const auto probe = KeySet::parse(R"({"keys":[]})", limits);
  if (probe || probe.error().id() == Error::jwks_too_large) return {};
  for (const std::string_view name : {"maxSize", "maxKeys", "maxTableMemory"})
    if (probe.error().detail().member == name) return Fault{name, "is beyond its ceiling"};
  return Fault{"limits", "cannot be kept"};
}

}  // namespace touchstone
