// All that a program compiled with the headers knows the size of; abi.mjs has a compiler tell its
// layout.
#include <touchstone/touchstone.h>
#include <touchstone/remote_key_set.hpp>
#include <touchstone/touchstone.hpp>

using namespace touchstone;

template <class... T>
constexpr std::size_t kSizes = (sizeof(T) + ...);

static_assert(
    kSizes<Audit, Audit::Finding, DiscoveryOptions, Error, Explanation, Explanation::ConsideredKey,
           Explanation::Step, Expectations, HttpOptions, HttpResponse, IpAddress, IssuerSet,
           JwsSignature, KeySet, KeySetCache, KeySetCache::Decision, KeySetCache::Event,
           KeySetCache::Fetch, KeySetCache::Moment, KeySetCache::Times, CachePolicy,
           CachePolicy::Fault, ProviderMetadata, RemoteKeySet, RemoteOptions, Result<KeySet>,
           TokenCache, UnverifiedJwt, Url, VerifiedJws, VerifiedJwt, touchstone_view> != 0);
