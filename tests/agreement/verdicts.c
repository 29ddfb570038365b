/* Judges cases by the C interface, as verdicts.cpp does by that of C++, where the form of standard
 * input is explained. */
#include <stdio.h>
#include <stdlib.h>

#include <touchstone/touchstone.h>

typedef struct {
  char letter;
  size_t length;
  char* bytes; /* one NUL more than the length; freed by the next read_block */
} block;

static int read_block(block* next) {
  if (scanf(" %c %zu", &next->letter, &next->length) != 2) return 0;
  getchar();
  free(next->bytes);
  next->bytes = malloc(next->length + 1);
  if (!next->bytes) return 0;
  next->bytes[next->length] = '\0';
  return fread(next->bytes, 1, next->length, stdin) == next->length;
}

int main(void) {
  touchstone_result* result = touchstone_result_new();
  touchstone_key_set* keys = NULL;
  touchstone_expectations* expectations = NULL;
  touchstone_error keys_error = TOUCHSTONE_JWKS_MALFORMED;
  touchstone_error expectations_error = TOUCHSTONE_OK;
  double now = 0;
  block input = {0, 0, NULL};

  while (read_block(&input)) {
    if (input.letter == 'k') {
      touchstone_key_set_free(keys);
      keys_error = touchstone_key_set_parse(result, &keys, input.bytes, input.length);
    } else if (input.letter == 'o') {
      touchstone_expectations_free(expectations);
      expectations_error =
          touchstone_expectations_parse(result, &expectations, input.bytes, input.length);
    } else if (input.letter == 'n') {
      now = strtod(input.bytes, NULL);
    } else if (input.letter == 't') {
      touchstone_error error = keys_error;
      if (!error) error = expectations_error;
      if (!error) {
        error = touchstone_verify(result, keys, expectations, input.bytes, input.length, now);
      }
      puts(error ? touchstone_error_reason(error) : "valid");
    }
  }

  free(input.bytes);
  touchstone_expectations_free(expectations);
  touchstone_key_set_free(keys);
  touchstone_result_free(result);
  return 0;
}
