/* Key sets that live elsewhere, from C99: the cache without a socket, and discovery. */
#include <stdio.h>
#include <string.h>
#include <touchstone/touchstone.h>

static int failures = 0, checks = 0;

static void check(int holds, const char* what, int line) {
  ++checks;
  if (holds) return;
  ++failures;
  fprintf(stderr, "c_api_remote_test.c:%d: failed: %s\n", line, what);
}
#define CHECK(holds) check((holds) != 0, #holds, __LINE__)

/* RFC 7515 appendix A.3. */
static const char set[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
/* {"alg":"ES256","kid":"b"} */
static const char other_kid[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImIifQ.e30.AA";
static const char fields[] = "Cache-Control: max-age=600\r\nETag: \"v1\"\r\nno field\n";

static touchstone_result* result;
static touchstone_key_set_cache* cache;

static int is_text(const char* text) {
  touchstone_view view = touchstone_result_text(result);
  return view.length == strlen(text) && memcmp(view.data, text, view.length) == 0;
}

static int contains(const char* text) {
  touchstone_view view = touchstone_result_text(result);
  size_t length = strlen(text), at;
  for (at = 0; at + length <= view.length; ++at) {
    if (memcmp(view.data + at, text, length) == 0) return 1;
  }
  return 0;
}

static void open_cache(const char* policy) {
  CHECK(touchstone_key_set_cache_new(result, &cache, policy, strlen(policy)) == TOUCHSTONE_OK);
  CHECK(cache != NULL);
}

static touchstone_error respond(size_t number, const char* body, double now) {
  return touchstone_key_set_cache_response(result, cache, number, 200, fields, strlen(fields), body,
                                           strlen(body), now, 0);
}

static void test_policy(void) {
  const char policy[] = "{\"maxLifetime\": 30}";
  CHECK(touchstone_key_set_cache_new(result, &cache, policy, strlen(policy)) ==
        TOUCHSTONE_OPTION_INVALID);
  CHECK(cache == NULL);
  CHECK(contains("\"member\":\"minLifetime\",\"hint\":\"is longer than maxLifetime\""));
  CHECK(touchstone_key_set_cache_new(result, &cache, "[]", 2) == TOUCHSTONE_OPTION_INVALID);
  touchstone_key_set_cache_free(NULL);
}

static void test_life(void) {
  touchstone_key_set* keys = NULL;
  open_cache("{}");
  CHECK(touchstone_key_set_cache_keys(result, cache, &keys) == TOUCHSTONE_OK && keys == NULL);
  CHECK(touchstone_key_set_cache_times(result, cache) == TOUCHSTONE_OK && is_text(""));
  CHECK(touchstone_key_set_cache_snapshot(result, cache) == TOUCHSTONE_OK && is_text(""));

  CHECK(touchstone_key_set_cache_request(result, cache, 1000, 0) == TOUCHSTONE_OK);
  CHECK(
      is_text("{\"action\":\"wait\",\"generation\":0,\"fetch\":{\"number\":1,\"fields\":"
              "[[\"Accept\",\"application/jwk-set+json, application/json\"]]}}"));
  CHECK(touchstone_result_valid_until(result) == 0);
  CHECK(respond(1, set, 1000) == TOUCHSTONE_OK);
  CHECK(respond(1, set, 1000) == TOUCHSTONE_OPTION_INVALID && contains("\"number\""));
  CHECK(touchstone_key_set_cache_request(result, cache, 1001, 0) == TOUCHSTONE_OK);
  CHECK(is_text("{\"action\":\"serve\",\"generation\":1}"));
  CHECK(touchstone_result_valid_from(result) == 1001);
  CHECK(touchstone_result_valid_until(result) == 1570);
  CHECK(touchstone_key_set_cache_times(result, cache) == TOUCHSTONE_OK);
  CHECK(contains("\"fetched\":1000") && contains("\"expires\":1600"));
  CHECK(touchstone_key_set_cache_events(result, cache) == TOUCHSTONE_OK);
  CHECK(contains("{\"type\":\"key_appeared\",\"at\":1000") && contains("\"type\":\"fetched\""));
  CHECK(touchstone_key_set_cache_events(result, cache) == TOUCHSTONE_OK && is_text("[]"));

  CHECK(touchstone_key_set_cache_keys(result, cache, &keys) == TOUCHSTONE_OK && keys != NULL);
  touchstone_key_set_cache_free(cache);
  /* The keys outlive the cache. */
  CHECK(touchstone_key_set_describe(result, keys) == TOUCHSTONE_OK && contains("\"kid\":\"a\""));
  touchstone_key_set_free(keys);
}

static void test_missing(void) {
  open_cache("{}");
  CHECK(touchstone_key_set_cache_request(result, cache, 0, 0) == TOUCHSTONE_OK);
  CHECK(respond(1, set, 0) == TOUCHSTONE_OK);
  CHECK(touchstone_key_set_cache_missing(result, cache, other_kid, strlen(other_kid), 1, 31, 0) ==
        TOUCHSTONE_OK);
  CHECK(contains("\"action\":\"wait\"") && contains("[\"If-None-Match\",\"\\\"v1\\\"\"]"));
  CHECK(touchstone_key_set_cache_failure(result, cache, 2, TOUCHSTONE_FETCH_TIMED_OUT, "", 0, 31,
                                         0) == TOUCHSTONE_OK);
  CHECK(touchstone_key_set_cache_missing(result, cache, other_kid, strlen(other_kid), 1, 31, 0) ==
        TOUCHSTONE_FETCH_TIMED_OUT);
  CHECK(touchstone_key_set_cache_missing(result, cache, "!", 1, 1, 31, 0) ==
        TOUCHSTONE_TOKEN_BASE64_INVALID);
  CHECK(touchstone_key_set_cache_missing(result, cache, "W10.e30.AA", 10, 1, 31, 0) ==
        TOUCHSTONE_HEADER_JSON_INVALID);
  CHECK(touchstone_key_set_cache_reload(result, cache, 31, 0) == TOUCHSTONE_FETCH_TIMED_OUT);
  CHECK(touchstone_key_set_cache_reload(result, cache, 1000, 0) == TOUCHSTONE_OK);
  touchstone_key_set_cache_free(cache);
}

static void test_snapshots(void) {
  char snapshot[2048];
  touchstone_view view;
  open_cache("{}");
  CHECK(touchstone_key_set_cache_request(result, cache, 0, 0) == TOUCHSTONE_OK);
  CHECK(respond(1, set, 0) == TOUCHSTONE_OK);
  CHECK(touchstone_key_set_cache_snapshot(result, cache) == TOUCHSTONE_OK);
  view = touchstone_result_text(result);
  CHECK(view.length > 0 && view.length < sizeof snapshot);
  memcpy(snapshot, view.data, view.length);
  touchstone_key_set_cache_free(cache);

  open_cache("{}");
  CHECK(touchstone_key_set_cache_restore(result, cache, "{}", 2, 10, 0) ==
        TOUCHSTONE_SNAPSHOT_INVALID);
  CHECK(touchstone_key_set_cache_restore(result, cache, snapshot, view.length, 10, 0) ==
        TOUCHSTONE_OK);
  CHECK(touchstone_key_set_cache_request(result, cache, 10, 0) == TOUCHSTONE_OK);
  CHECK(is_text("{\"action\":\"serve\",\"generation\":1}"));
  touchstone_key_set_cache_free(cache);

  open_cache("{}");
  CHECK(touchstone_key_set_cache_request(result, cache, 10, 0) == TOUCHSTONE_OK);
  CHECK(touchstone_key_set_cache_restore_instead(result, cache, 9, snapshot, view.length, 10, 0) ==
        TOUCHSTONE_OPTION_INVALID);
  CHECK(touchstone_key_set_cache_restore_instead(result, cache, 1, snapshot, view.length, 10, 0) ==
        TOUCHSTONE_OK);
  CHECK(respond(1, set, 10) == TOUCHSTONE_OPTION_INVALID);
  touchstone_key_set_cache_free(cache);
}

static void test_discovery(void) {
  const char issuer[] = "https://id.example/a/", local[] = "http://localhost:1";
  const char metadata[] =
      "{\"issuer\":\"https://id.example/a/\",\"jwks_uri\":\"https://10.0.0.1/k\","
      "\"id_token_signing_alg_values_supported\":[\"ES256\"]}";
  CHECK(touchstone_well_known_urls(result, issuer, strlen(issuer), 0) == TOUCHSTONE_OK);
  CHECK(
      is_text("[\"https://id.example/a/.well-known/openid-configuration\","
              "\"https://id.example/.well-known/oauth-authorization-server/a\"]"));
  CHECK(touchstone_well_known_urls(result, local, strlen(local), 0) == TOUCHSTONE_ISSUER_INVALID);
  CHECK(touchstone_well_known_urls(result, local, strlen(local), 1) == TOUCHSTONE_OK);
  CHECK(touchstone_metadata_parse(result, metadata, strlen(metadata), issuer, strlen(issuer), 0,
                                  0) == TOUCHSTONE_PRIVATE_ADDRESS);
  CHECK(touchstone_metadata_parse(result, metadata, strlen(metadata), issuer, strlen(issuer), 0,
                                  1) == TOUCHSTONE_OK);
  CHECK(
      is_text("{\"issuer\":\"https://id.example/a/\",\"jwks_uri\":\"https://10.0.0.1/k\","
              "\"id_token_signing_alg_values_supported\":[\"ES256\"]}"));
  CHECK(touchstone_metadata_parse(result, metadata, strlen(metadata), local, strlen(local), 1, 1) ==
        TOUCHSTONE_METADATA_ISSUER_MISMATCH);
}

int main(void) {
  result = touchstone_result_new();
  if (!result) return 1;
  test_policy();
  test_life();
  test_missing();
  test_snapshots();
  test_discovery();
  touchstone_result_free(result);
  printf("%d checks, %d failed\n", checks, failures);
  return failures != 0;
}
