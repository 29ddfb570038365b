/* A million calls with good and bad tokens: the process may not grow after the first ten thousand.
 *
 * memory_test [CALLS]   TOUCHSTONE_MEMORY_CALLS in the environment does the same; 1,000,000
 * without.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <touchstone/touchstone.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { warm_up = 10000, default_calls = SANITIZED ? 20000 : 1000000 };

/* RFC 7515 appendix A.1 and A.3: HS256 and ES256, ended in 2011. */
static const char hs256_token[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
static const char hs256_set[] =
    "{\"kty\":\"oct\",\"k\":"
    "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}";
static const char es256_token[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char es256_set[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char options[] = "{\"algorithms\":[\"HS256\",\"ES256\"]}";
static const char huge_start[] = "eyJhbGciOiJIUzI1NiJ9.";

static long resident_kib(void) {
  long size = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return -1;
  if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = -1;
  fclose(file);
  return resident < 0 ? -1 : resident * (sysconf(_SC_PAGESIZE) / 1024);
}

struct world {
  touchstone_result* result;
  touchstone_key_set *secret, *public_keys;
  touchstone_expectations* expectations;
  char* huge;
  size_t huge_length;
};

static void need(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "memory_test: failed: %s\n", what);
  exit(EXIT_FAILURE);
}

static touchstone_error verify_text(struct world* world, const char* token, size_t length) {
  return touchstone_verify(world->result, world->secret, world->expectations, token, length,
                           1300819379);
}

/* One call of a kind that its number decides. */
static void call(struct world* world, long number) {
  char changed[sizeof hs256_token];
  touchstone_key_set* keys = NULL;
  if (number % 200 == 0) {
    need(touchstone_verify(world->result, world->public_keys, world->expectations, es256_token,
                           strlen(es256_token), 1300819379) == TOUCHSTONE_OK,
         "an ES256 token is accepted");
    return;
  }
  switch (number % 10) {
    case 0:
    case 1:
      need(verify_text(world, hs256_token, strlen(hs256_token)) == TOUCHSTONE_OK,
           "an HS256 token is accepted");
      break;
    case 2: /* each byte of the token, one after the other, is changed */
      memcpy(changed, hs256_token, sizeof changed);
      changed[(size_t)number % strlen(changed)] ^= 1;
      need(verify_text(world, changed, strlen(changed)) != TOUCHSTONE_OK,
           "a changed token is refused");
      break;
    case 3:
      need(verify_text(world, hs256_token, (size_t)number % strlen(hs256_token)) != TOUCHSTONE_OK,
           "a cut token is refused");
      break;
    case 4:
      need(verify_text(world, world->huge, world->huge_length) == TOUCHSTONE_SIGNATURE_INVALID,
           "a long token is refused by its signature");
      break;
    case 5:
      need(touchstone_explain(world->result, world->secret, NULL, hs256_token, strlen(hs256_token),
                              0) == TOUCHSTONE_OK,
           "a refusal is explained");
      break;
    case 6:
      need(touchstone_verify_jws(world->result, world->secret, world->expectations,
                                 "{\"payload\":1}", 13, NULL, 0) == TOUCHSTONE_JWS_MALFORMED,
           "a malformed JWS is refused");
      break;
    case 7:
      need(touchstone_key_set_parse(world->result, &keys, hs256_set, strlen(hs256_set)) ==
               TOUCHSTONE_OK,
           "a set is parsed");
      touchstone_key_set_free(keys);
      break;
    case 8:
      need(touchstone_key_set_parse(world->result, &keys, hs256_set,
                                    (size_t)number % strlen(hs256_set)) != TOUCHSTONE_OK,
           "a cut set is refused");
      break;
    default:
      need(touchstone_decode(world->result, hs256_token, strlen(hs256_token)) == TOUCHSTONE_OK,
           "a token is taken apart");
  }
}

static void make_huge(struct world* world) {
  const size_t payload = 8000, start = strlen(huge_start);
  world->huge_length = start + payload + 1 + 43;
  world->huge = malloc(world->huge_length);
  need(world->huge != NULL, "memory for a long token");
  memset(world->huge, 'A', world->huge_length);
  memcpy(world->huge, huge_start, start);
  world->huge[start + payload] = '.';
}

int main(int count, char** arguments) {
  const char* said = count > 1 ? arguments[1] : getenv("TOUCHSTONE_MEMORY_CALLS");
  const long calls = said == NULL ? default_calls : atol(said);
  /* The allocator's own pages; a leak of one byte a call would be 970 KiB. */
  const long allowance_kib = 256;
  long number, warm = 0, last;
  struct world world;
  need(calls > 0, "CALLS is a number");
  world.result = touchstone_result_new();
  need(world.result != NULL, "a result is made");
  need(!touchstone_key_set_parse(world.result, &world.secret, hs256_set, strlen(hs256_set)),
       "the secret is parsed");
  need(!touchstone_key_set_parse(world.result, &world.public_keys, es256_set, strlen(es256_set)),
       "the public set is parsed");
  need(!touchstone_expectations_parse(world.result, &world.expectations, options, strlen(options)),
       "the options are parsed");
  make_huge(&world);

  for (number = 0; number < calls; ++number) {
    if (number == warm_up) warm = resident_kib();
    call(&world, number);
  }
  last = resident_kib();

  free(world.huge);
  touchstone_expectations_free(world.expectations);
  touchstone_key_set_free(world.public_keys);
  touchstone_key_set_free(world.secret);
  touchstone_result_free(world.result);
  printf("%ld calls; resident after %d: %ld KiB, at the end: %ld KiB\n", calls, warm_up, warm,
         last);
  if (!SANITIZED && calls > warm_up && warm > 0)
    need(last - warm <= allowance_kib, "the process does not grow");
  return EXIT_SUCCESS;
}
