// KeySetCache: whatever a provider's fields and a stranger's snapshot say, times stay in order and
// bounded, and what a cache writes it reads again. Input: fields, a line each; a zero byte; a
// snapshot.
#include <touchstone/key_set_cache.hpp>

#include <cmath>

#include "http_caching.hpp"
#include "require.hpp"

using namespace touchstone;

namespace {

constexpr std::string_view set =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"TPm6djUu13CjZ6clj-fhGISdDf6h3EDiO-Ad9LMsQIs"}]})";
constexpr double now = 1.7e9;

std::vector<HttpField> fields_of(std::string_view text) {
  std::vector<HttpField> fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
  }
  return fields;
}

void check(const KeySetCache& cache) {
  const auto times = cache.times();
  if (!times) return;
  const CachePolicy& policy = cache.policy();
  require(times->fetched <= times->refresh && times->refresh <= times->expires &&
          times->expires <= times->unusable);
  require(times->expires - times->fetched <= policy.max_lifetime + 1);
  require(times->unusable - times->expires <= policy.max_stale + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto middle = input.find('\0');
  const auto fields = fields_of(input.substr(0, middle));
  auto cache = *KeySetCache::create({});

  auto decision = cache.request({now, 0.5});
  require(decision.fetch.has_value());
  require(!cache.response(decision.fetch->number, 200, fields, set, {now + 1, 0.5}));
  check(cache);
  if (const auto snapshot = cache.snapshot()) {
    auto other = *KeySetCache::create({});
    require(!other.restore(*snapshot, {now + 1, 0.5}));
    require(other.snapshot() == snapshot);
    require(std::abs(other.times()->expires - cache.times()->expires) < 1e-3);
  }
  decision = cache.reload({now + 40, 0.5});
  require(decision.fetch.has_value());
  for (const HttpField& field : decision.fetch->fields)
    require(field.value.find_first_of("\r\n") == std::string::npos);
  (void)cache.response(decision.fetch->number, 304, fields, "", {now + 41, 0.5});
  check(cache);

  if (middle == input.npos) return 0;
  auto other = *KeySetCache::create({});
  const Refusal refusal = other.restore(input.substr(middle + 1), {now, 0.5});
  require(other.times().has_value() == !refusal);
  check(other);
  return 0;
}
