/* Verifies the token in one file against the JWK Set in another, then sees a changed token refused.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <touchstone/touchstone.h>

static size_t read_file(const char* path, char* out, size_t size) {
  FILE* file = fopen(path, "rb");
  size_t length = file ? fread(out, 1, size, file) : 0;
  if (file) fclose(file);
  return length;
}

int main(int argc, char** argv) {
  static char jwks[65536], token[65536];
  if (argc != 3) return 2;
  size_t jwks_length = read_file(argv[2], jwks, sizeof jwks);
  size_t token_length = read_file(argv[1], token, sizeof token);
  while (token_length && strchr("\r\n", token[token_length - 1])) token_length--;

  touchstone_result* result = touchstone_result_new();
  touchstone_key_set* keys = NULL;
  touchstone_error valid = touchstone_key_set_parse(result, &keys, jwks, jwks_length);
  if (!valid)
    valid = touchstone_verify(result, keys, NULL, token, token_length, (double)time(NULL));
  touchstone_view payload = touchstone_result_payload(result);
  if (valid)
    fprintf(stderr, "%s\n", touchstone_error_message(valid));
  else
    printf("%.*s\n", (int)payload.length, payload.data);

  token[token_length - 20] = token[token_length - 20] == 'A' ? 'B' : 'A';
  touchstone_error forged =
      touchstone_verify(result, keys, NULL, token, token_length, (double)time(NULL));
  touchstone_key_set_free(keys);
  touchstone_result_free(result);
  return valid == TOUCHSTONE_OK && forged == TOUCHSTONE_SIGNATURE_INVALID ? 0 : 1;
}
