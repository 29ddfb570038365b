// All that a program compiled with the headers knows the size of; abi.mjs has a compiler tell its
// layout.
#include <touchstone/touchstone.h>
#include <touchstone/issuer.hpp>
#include <touchstone/remote_key_set.hpp>
#include <touchstone/store.hpp>
#include <touchstone/timeline.hpp>
#include <touchstone/touchstone.hpp>

using namespace touchstone;

template <class... T>
constexpr std::size_t kSizes = (sizeof(T) + ...);

static_assert(
    kSizes<Audit, Audit::Finding, DiscoveryOptions, Error, Explanation, Explanation::ConsideredKey,
           Explanation::Step, Expectations, HttpOptions, HttpResponse, IpAddress, IssuerSet,
           JwsSignature, KeySet, KeySetCache, KeySetCache::Decision, KeySetCache::Event,
           KeySetCache::Fetch, KeptRing, KeyChange, KeyRing, KeyRing::Key, MetadataOptions,
           Publication, PublicJwk, RevokedRing, RotatedRing, RotationPolicy, RotationPolicy::Fault,
           SealingKey, SecretText, SignedJwt, SignOptions, SigningKey, SigningKey::Options, Store,
           Stored, StoreOptions, KeySetCache::Moment, KeySetCache::Times, CachePolicy,
           CachePolicy::Fault, ProviderMetadata, RemoteKeySet, RemoteOptions, Result<KeySet>,
           Timeline, Timeline::Row, Timeline::Span, TimelineSvgOptions, TimelineTextOptions,
           TokenCache, UnverifiedJwt, Url, VerifiedJws, VerifiedJwt, touchstone_view> != 0);
