/* Uses every function of touchstone.h from C99, refusals included; c_api_remote_test.c those of
 * remote sets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <touchstone/touchstone.h>

static int failures = 0, checks = 0;

static void check(int holds, const char* what, int line) {
  ++checks;
  if (holds) return;
  ++failures;
  fprintf(stderr, "c_api_test.c:%d: failed: %s\n", line, what);
}
#define CHECK(holds) check((holds) != 0, #holds, __LINE__)

/* RFC 7515 appendix A.1: an HS256 token that ended in 2011, and its key. */
static const char token[] =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
static const char secret_set[] =
    "{\"keys\":[1,{\"kty\":\"oct\",\"k\":"
    "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}]}";
static const char payload[] =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
static const double before = 1300819379, after = 1300819380;

/* RFC 7515 appendix A.3. */
static const char ec_set[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static int is_text(touchstone_view view, const char* text) {
  return view.length == strlen(text) && memcmp(view.data, text, view.length) == 0;
}

static int contains(touchstone_view view, const char* text) {
  size_t length = strlen(text), at;
  for (at = 0; at + length <= view.length; ++at) {
    if (memcmp(view.data + at, text, length) == 0) return 1;
  }
  return 0;
}

static touchstone_key_set* parse(touchstone_result* result, const char* set) {
  touchstone_key_set* keys = NULL;
  CHECK(touchstone_key_set_parse(result, &keys, set, strlen(set)) == TOUCHSTONE_OK);
  CHECK(keys != NULL);
  return keys;
}

static touchstone_expectations* expect(touchstone_result* result, const char* json) {
  touchstone_expectations* expectations = NULL;
  CHECK(touchstone_expectations_parse(result, &expectations, json, strlen(json)) == TOUCHSTONE_OK);
  CHECK(expectations != NULL);
  return expectations;
}

static void test_table(void) {
  CHECK(strcmp(touchstone_version(), TOUCHSTONE_VERSION) == 0);
  CHECK(TOUCHSTONE_OK == 0);
  CHECK(TOUCHSTONE_TOKEN_EXPIRED == 412);
  CHECK(strcmp(touchstone_error_reason(TOUCHSTONE_TOKEN_EXPIRED), "token_expired") == 0);
  CHECK(strcmp(touchstone_error_code(TOUCHSTONE_TOKEN_EXPIRED), "ERR_JWT_EXPIRED") == 0);
  CHECK(strcmp(touchstone_error_section(TOUCHSTONE_TOKEN_EXPIRED), "RFC 7519 section 4.1.4") == 0);
  CHECK(strcmp(touchstone_error_message(TOUCHSTONE_TOKEN_EXPIRED), "the token has expired") == 0);
  CHECK(strcmp(touchstone_error_reason(TOUCHSTONE_OK), "") == 0);
  CHECK(strcmp(touchstone_error_message((touchstone_error)999), "") == 0);
}

static void test_null_is_freed(void) {
  touchstone_result_free(NULL);
  touchstone_key_set_free(NULL);
  touchstone_expectations_free(NULL);
}

static void test_fresh_result(void) {
  touchstone_result* result = touchstone_result_new();
  CHECK(result != NULL);
  CHECK(touchstone_result_error(result) == TOUCHSTONE_OK);
  CHECK(touchstone_result_header(result).data == NULL);
  CHECK(touchstone_result_payload(result).data == NULL);
  CHECK(touchstone_result_text(result).length == 0);
  CHECK(touchstone_result_key_index(result) == -1);
  CHECK(touchstone_result_unchecked(result) == 0);
  touchstone_result_free(result);
}

static void test_verify(touchstone_result* result) {
  touchstone_key_set* keys = parse(result, secret_set);
  touchstone_expectations* hs256 = expect(result, "{\"algorithms\":[\"HS256\"]}");
  touchstone_expectations* joe =
      expect(result, "{\"algorithms\":[\"HS256\"],\"issuer\":\"joe\",\"audience\":null}");
  size_t length = strlen(token);

  CHECK(touchstone_verify(result, keys, hs256, token, length, before) == TOUCHSTONE_OK);
  CHECK(touchstone_result_error(result) == TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_payload(result), payload));
  CHECK(is_text(touchstone_result_header(result), "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"));
  CHECK(touchstone_result_key_index(result) == 1);
  CHECK(touchstone_result_unchecked(result) ==
        (unsigned)(TOUCHSTONE_UNCHECKED_ISSUER | TOUCHSTONE_UNCHECKED_AUDIENCE));
  CHECK(touchstone_verify(result, keys, joe, token, length, before) == TOUCHSTONE_OK);
  CHECK(touchstone_result_unchecked(result) == (unsigned)TOUCHSTONE_UNCHECKED_AUDIENCE);

  /* A claim was refused, but the signature is valid: header and payload are there. */
  CHECK(touchstone_verify(result, keys, hs256, token, length, after) == TOUCHSTONE_TOKEN_EXPIRED);
  CHECK(touchstone_result_error(result) == TOUCHSTONE_TOKEN_EXPIRED);
  CHECK(is_text(touchstone_result_payload(result), payload));
  CHECK(touchstone_result_key_index(result) == 1);
  CHECK(touchstone_result_unchecked(result) == 0);
  CHECK(contains(touchstone_result_text(result), "\"reason\":\"token_expired\""));
  CHECK(contains(touchstone_result_text(result), "\"member\":\"exp\""));

  /* Without a valid signature there is nothing. */
  CHECK(touchstone_verify(result, keys, hs256, token, length - 2, before) ==
        TOUCHSTONE_TOKEN_BASE64_INVALID);
  CHECK(touchstone_result_payload(result).data == NULL);
  CHECK(touchstone_result_header(result).data == NULL);
  CHECK(touchstone_result_key_index(result) == -1);
  CHECK(touchstone_verify(result, keys, NULL, token, length, before) == TOUCHSTONE_ALG_NOT_ALLOWED);
  CHECK(touchstone_verify(result, keys, NULL, "", 0, before) == TOUCHSTONE_TOKEN_MALFORMED);
  CHECK(touchstone_verify(result, keys, NULL, NULL, 0, before) == TOUCHSTONE_TOKEN_MALFORMED);

  touchstone_expectations_free(joe);
  touchstone_expectations_free(hs256);
  touchstone_key_set_free(keys);
}

static void test_verify_jws(touchstone_result* result) {
  static const char detached[] =
      "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.."
      "A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY"; /* RFC 7797 section 4.2 */
  touchstone_key_set* keys = parse(result, secret_set);
  touchstone_expectations* hs256 = expect(result, "{\"algorithms\":[\"HS256\"]}");

  CHECK(touchstone_verify_jws(result, keys, hs256, token, strlen(token), NULL, 0) == TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_payload(result), payload));
  CHECK(contains(touchstone_result_text(result), "\"key\":1"));
  CHECK(touchstone_verify_jws(result, keys, hs256, detached, strlen(detached), "$.02", 4) ==
        TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_payload(result), "$.02"));
  CHECK(touchstone_verify_jws(result, keys, hs256, detached, strlen(detached), "$.03", 4) ==
        TOUCHSTONE_SIGNATURE_INVALID);
  CHECK(touchstone_result_payload(result).data == NULL);
  CHECK(touchstone_verify_jws(result, keys, hs256, token, strlen(token), "", 0) ==
        TOUCHSTONE_PAYLOAD_UNEXPECTED);
  CHECK(touchstone_verify_jws(result, keys, NULL, "{", 1, NULL, 0) == TOUCHSTONE_JWS_MALFORMED);

  touchstone_expectations_free(hs256);
  touchstone_key_set_free(keys);
}

static void test_verify_signature(touchstone_result* result) {
  static const unsigned char tag[32] = {0x74, 0x18, 0xdf, 0xb4, 0x97, 0x99, 0xe0, 0x25,
                                        0x4f, 0xfa, 0x60, 0x7d, 0xd8, 0xad, 0xbb, 0xba,
                                        0x16, 0xd4, 0x25, 0x4d, 0x69, 0xd6, 0xbf, 0xf0,
                                        0x5b, 0x58, 0x05, 0x58, 0x53, 0x84, 0x8d, 0x79};
  const char* signature = (const char*)tag;
  size_t input = (size_t)(strrchr(token, '.') - token);
  touchstone_key_set* keys = parse(result, secret_set);
  touchstone_key_set* ec = parse(result, ec_set);
  touchstone_key_set* none = parse(result, "{\"keys\":[]}");
  touchstone_key_set* bad = parse(result, "{\"keys\":[1]}");

  CHECK(touchstone_verify_signature(result, keys, "HS256", 5, token, input, signature, 32) ==
        TOUCHSTONE_OK);
  CHECK(touchstone_verify_signature(result, keys, "HS256", 5, token, input - 1, signature, 32) ==
        TOUCHSTONE_SIGNATURE_INVALID);
  CHECK(touchstone_verify_signature(result, keys, "HS256", 5, token, input, signature, 31) ==
        TOUCHSTONE_SIGNATURE_LENGTH_INVALID);
  CHECK(touchstone_verify_signature(result, keys, "HS384", 5, token, input, signature, 32) ==
        TOUCHSTONE_SIGNATURE_LENGTH_INVALID);
  CHECK(touchstone_verify_signature(result, keys, "none", 4, token, input, "", 0) ==
        TOUCHSTONE_ALG_UNSUPPORTED);
  CHECK(touchstone_verify_signature(result, ec, "HS256", 5, token, input, signature, 32) ==
        TOUCHSTONE_KEY_ALG_MISMATCH);
  CHECK(touchstone_verify_signature(result, none, "HS256", 5, token, input, signature, 32) ==
        TOUCHSTONE_NO_MATCHING_KEY);
  CHECK(touchstone_verify_signature(result, bad, "HS256", 5, token, input, signature, 32) ==
        TOUCHSTONE_NOT_AN_OBJECT);

  touchstone_key_set_free(bad);
  touchstone_key_set_free(none);
  touchstone_key_set_free(ec);
  touchstone_key_set_free(keys);
}

static void test_key_set(touchstone_result* result) {
  static const char private_set[] = "{\"keys\":[{\"kty\":\"EC\",\"d\":\"AQ\"}]}";
  touchstone_key_set* keys = parse(result, ec_set);
  CHECK(touchstone_key_set_describe(result, keys) == TOUCHSTONE_OK);
  CHECK(contains(touchstone_result_text(result), "\"kid\":\"a\""));
  CHECK(contains(touchstone_result_text(result), "\"skipped\":[]"));
  touchstone_key_set_free(keys);

  CHECK(touchstone_key_set_parse(result, &keys, "[]", 2) == TOUCHSTONE_JWKS_MALFORMED);
  CHECK(keys == NULL);
  CHECK(contains(touchstone_result_text(result), "\"number\":201"));
  CHECK(touchstone_key_set_parse(result, &keys, NULL, 0) == TOUCHSTONE_JWKS_MALFORMED);
  CHECK(keys == NULL);

  CHECK(touchstone_key_set_parse_within(result, &keys, ec_set, strlen(ec_set), strlen(ec_set), 1, 1,
                                        0) == TOUCHSTONE_OK);
  touchstone_key_set_free(keys);
  CHECK(touchstone_key_set_parse_within(result, &keys, ec_set, strlen(ec_set), strlen(ec_set) - 1,
                                        1, 0, 0) == TOUCHSTONE_JWKS_TOO_LARGE);
  CHECK(touchstone_key_set_parse_within(result, &keys, ec_set, strlen(ec_set), strlen(ec_set), 0, 0,
                                        0) == TOUCHSTONE_JWKS_TOO_LARGE);
  CHECK(touchstone_key_set_parse_within(result, &keys, private_set, strlen(private_set), 1000, 1, 1,
                                        0) == TOUCHSTONE_JWKS_CONTAINS_PRIVATE_KEY);
  CHECK(keys == NULL);
  CHECK(touchstone_key_set_parse_within(result, &keys, ec_set, strlen(ec_set), (size_t)-1, 1, 0,
                                        0) == TOUCHSTONE_OPTION_INVALID);
}

static void test_expectations(touchstone_result* result) {
  touchstone_expectations* expectations = NULL;
  CHECK(touchstone_expectations_parse(result, &expectations, "{\"x\":1}", 7) ==
        TOUCHSTONE_OPTION_INVALID);
  CHECK(expectations == NULL);
  CHECK(contains(touchstone_result_text(result), "\"member\":\"x\""));
}

static void test_decode(touchstone_result* result) {
  CHECK(touchstone_decode(result, token, strlen(token)) == TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_payload(result), payload));
  CHECK(touchstone_result_key_index(result) == -1);
  CHECK(touchstone_decode(result, "a.b", 3) == TOUCHSTONE_TOKEN_MALFORMED);
  CHECK(touchstone_result_payload(result).data == NULL);
}

static void test_explain(touchstone_result* result) {
  touchstone_key_set* keys = parse(result, secret_set);
  touchstone_expectations* hs256 = expect(result, "{\"algorithms\":[\"HS256\"]}");
  CHECK(touchstone_explain(result, keys, hs256, token, strlen(token), before) == TOUCHSTONE_OK);
  CHECK(contains(touchstone_result_text(result), "\"valid\":true"));
  CHECK(touchstone_explain(result, keys, NULL, token, strlen(token), before) == TOUCHSTONE_OK);
  CHECK(contains(touchstone_result_text(result), "\"valid\":false"));
  CHECK(contains(touchstone_result_text(result), "\"reason\":\"alg_not_allowed\""));
  touchstone_expectations_free(hs256);
  touchstone_key_set_free(keys);
}

static void test_audit(touchstone_result* result) {
  CHECK(touchstone_audit(result, secret_set, strlen(secret_set), before) == TOUCHSTONE_OK);
  CHECK(contains(touchstone_result_text(result), "\"id\":\"symmetric_key\""));
  CHECK(touchstone_audit(result, "x", 1, before) == TOUCHSTONE_JWKS_MALFORMED);
}

static void test_thumbprint(touchstone_result* result) {
  static const char jwk[] = /* RFC 8037 appendix A.3 */
      "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
  CHECK(touchstone_thumbprint(result, jwk, strlen(jwk), "sha-256", 7) == TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_text(result), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
  CHECK(touchstone_thumbprint_uri(result, jwk, strlen(jwk), "sha-256", 7) == TOUCHSTONE_OK);
  CHECK(is_text(touchstone_result_text(result),
                "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"
                "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
  CHECK(touchstone_thumbprint(result, jwk, strlen(jwk), "md5", 3) == TOUCHSTONE_OPTION_INVALID);
  CHECK(touchstone_thumbprint_uri(result, "{}", 2, "sha-256", 7) == TOUCHSTONE_MEMBER_MISSING);
  CHECK(touchstone_thumbprint(result, "", 0, "sha-256", 7) == TOUCHSTONE_JWK_MALFORMED);
}

int main(void) {
  touchstone_result* result = touchstone_result_new();
  if (result == NULL) return 1;
  test_table();
  test_null_is_freed();
  test_fresh_result();
  test_verify(result);
  test_verify_jws(result);
  test_verify_signature(result);
  test_key_set(result);
  test_expectations(result);
  test_decode(result);
  test_explain(result);
  test_audit(result);
  test_thumbprint(result);
  touchstone_result_free(result);
  printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
