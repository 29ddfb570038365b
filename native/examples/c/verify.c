/* Verifies tokens in C: `./verify jwks.json https://id.example api < tokens`, a token on each line.
 *
 *     cc -std=c99 verify.c $(pkg-config --cflags --libs touchstone) -o verify
 *
 * Prints the claims of each, or why it is refused. Exit status: 0 all are valid, 1 one is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <touchstone/touchstone.h>

/* The whole file, at most *length bytes and one more, by which the library sees that it is too
 * large. */
static char* read_file(const char* path, size_t* length) {
  const size_t size = *length + 1;
  FILE* file = fopen(path, "rb");
  char* text = file ? malloc(size) : NULL;
  if (text) *length = fread(text, 1, size, file);
  if (file) fclose(file);
  return text;
}

/* {"issuer": ..., "audience": ...}, for names without characters that JSON escapes. */
static touchstone_error expect(touchstone_result* result, touchstone_expectations** expectations,
                               const char* issuer, const char* audience) {
  char json[1024];
  const int length =
      snprintf(json, sizeof json, "{\"issuer\": \"%s\", \"audience\": \"%s\"}", issuer, audience);
  if (length < 0 || (size_t)length >= sizeof json) return TOUCHSTONE_OPTION_INVALID;
  return touchstone_expectations_parse(result, expectations, json, (size_t)length);
}

/* One result does for all tokens of a thread; the keys and the expectations do for all threads. */
static int verify_lines(touchstone_result* result, const touchstone_key_set* keys,
                        const touchstone_expectations* expectations) {
  static char line[64 * 1024 + 2]; /* a longer token is refused, whatever is read of it */
  int exit_status = 0;
  while (fgets(line, sizeof line, stdin)) {
    const size_t length = strcspn(line, "\r\n");
    const touchstone_error error =
        touchstone_verify(result, keys, expectations, line, length, (double)time(NULL));
    if (error) {
      printf("refused: %s\n", touchstone_error_reason(error));
      exit_status = 1;
    } else {
      const touchstone_view claims = touchstone_result_payload(result);
      printf("%.*s\n", (int)claims.length, claims.data);
    }
  }
  return exit_status;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "verify JWKS ISSUER AUDIENCE < TOKENS\n");
    return 2;
  }
  size_t length = 1 << 20;
  char* jwks = read_file(argv[1], &length);
  if (!jwks) {
    perror(argv[1]);
    return 3;
  }
  touchstone_result* result = touchstone_result_new();
  touchstone_key_set* keys = NULL;
  touchstone_expectations* expectations = NULL;
  touchstone_error error =
      result ? touchstone_key_set_parse(result, &keys, jwks, length) : TOUCHSTONE_OUT_OF_MEMORY;
  free(jwks);
  if (!error) error = expect(result, &expectations, argv[2], argv[3]);
  if (error) fprintf(stderr, "%s\n", touchstone_error_message(error));
  const int exit_status = error ? 2 : verify_lines(result, keys, expectations);
  touchstone_expectations_free(expectations);
  touchstone_key_set_free(keys);
  touchstone_result_free(result);
  return exit_status;
}
