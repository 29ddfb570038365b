// The options that say why and when keys change: those of `keys init` and `keys policy`.
#pragma once

#include "issuer_commands.hpp"

namespace touchstone::cli {

inline constexpr Option kPolicyOptions[] = {
    {"alg", "ALG", "of new keys: ES256 by default", false, "alg"},
    {"rsa-bits", "BITS", "of new RSA keys: 3072 by default, from 2048 to 8192", false, "rsaBits"},
    {"rotate-every", "TIME", "how long a key signs: 30d by default", false, "rotateEvery"},
    {"publish-ahead", "TIME", "a key is in the set this long before it signs: 1d by default", false,
     "publishAhead"},
    {"retain", "TIME", "a key stays in the set this long after its last signature: 2h by default",
     false, "retain"},
    {"max-signatures", "N", "no key makes more: 4294967296 by default", false, "maxSignatures"},
    {"token-lifetime", "TIME", "the longest that a token may live: 1h by default", false,
     "tokenLifetime"},
    {"cache-lifetime", "TIME", "how long clients may keep the set (max-age): 1h by default", false,
     "cacheLifetime"},
    {"client-grace", "TIME",
     "how much longer some keep it, since they back off or serve stale: 11m by default", false,
     "clientGrace"},
    {"clock-skew", "TIME", "how far clocks are apart: 1m by default", false, "clockSkew"},
    {"propagation", "TIME", "until all servers and CDNs have a new set: 5m by default", false,
     "propagation"},
};
inline constexpr Option kPublishFirstOption{
    "publish-first", nullptr,
    "publish the very first key ahead, too: for clients that know a set of yours already", false,
    "publishFirst"};

/// What is wrong with a value by itself; a usage error.
std::optional<Outcome> check_policy_options(const Plan& plan);
/// Whether one of them is given.
bool has_policy_options(const Plan& plan);
/// The policy with what the options change of it. The outcome, if any, is the end: it contradicts
/// itself.
std::optional<Outcome> change_policy(const Plan& plan, RotationPolicy& policy);

/// A labelled row for each option.
void policy_rows(Page& page, const RotationPolicy& policy);

}  // namespace touchstone::cli
