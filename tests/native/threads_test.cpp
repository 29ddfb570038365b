// Several threads share one KeySet and one Expectations. ThreadSanitizer judges the rest.
#include <touchstone/touchstone.h>

#include <atomic>
#include <thread>

#include "../core/support.hpp"

using namespace touchstone;
using namespace touchstone::test;

namespace {

constexpr int thread_count = 4, rounds = 20;

/// Runs the same in each thread, and counts what went otherwise than expected.
template <class Work>
int failures_of(Work work) {
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        if (!work()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failures;
}

}  // namespace

TEST_CASE("threads: share a KeySet and Expectations in C++", "[threads]") {
  const KeySet keys = fixture_keys();
  const Expectations expectations{.issuer = "https://id.example", .audience = "api"};
  // As many calls as it takes for each key to grow its tables while others verify with it.
  std::vector<std::string> good;
  for (const char* alg : {"RS256", "PS256", "ES256", "ES384", "ES256K", "Ed25519", "Ed448"})
    good.push_back(fixture_token(alg));
  CHECK(failures_of([&] {
          bool is_right = true;
          for (const std::string& token : good) {
            const auto jwt = verify(token, keys, expectations, 1'700'000'060);
            is_right = is_right && jwt && jwt->claims()["absent"].is_null();
            is_right = is_right && !verify(token + "A", keys, expectations, 1'700'000'060);
          }
          return is_right && explain(good[0], keys, expectations, 0).keys.size() > 3 &&
                 to_json(keys).contains("keys");
        }) == 0);
}

TEST_CASE("threads: share a key set through C, each with its own result", "[threads]") {
  touchstone_result* first = touchstone_result_new();
  touchstone_key_set* keys = nullptr;
  const std::string set = set_of({with(fixture_jwk("p256"), "kid", "p256")}).dump();
  REQUIRE(touchstone_key_set_parse(first, &keys, set.data(), set.size()) == TOUCHSTONE_OK);
  touchstone_result_free(first);
  const std::string token = fixture_token("ES256");
  CHECK(failures_of([&] {
          touchstone_result* result = touchstone_result_new();
          const auto error =
              touchstone_verify(result, keys, nullptr, token.data(), token.size(), 1'700'000'060);
          touchstone_result_free(result);
          return error == TOUCHSTONE_OK;
        }) == 0);
  touchstone_key_set_free(keys);
}
