/* Makes a ring and signs a token with it, in C99. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <touchstone/touchstone_issuer.h>

int main(void) {
  static char entropy[2][48];
  FILE* random = fopen("/dev/urandom", "rb");
  size_t read = random ? fread(entropy, 1, sizeof entropy, random) : 0;
  if (random) fclose(random);
  if (read != sizeof entropy) return 2;

  const char* claims = "{\"sub\":\"ada\"}";
  const double now = (double)time(NULL);
  touchstone_result* result = touchstone_result_new();
  touchstone_key_ring *ring = NULL, *rotated = NULL;
  touchstone_error error = touchstone_key_ring_new(result, &ring);
  if (!error)
    error = touchstone_rotate(result, &rotated, ring, "{}", 2, now, entropy[0], sizeof entropy[0]);
  if (!error)
    error = touchstone_sign(result, rotated, claims, strlen(claims), "{}", 2, now, entropy[1],
                            sizeof entropy[1]);
  touchstone_view text = touchstone_result_text(result);
  printf("%.*s\n", (int)text.length, text.data);
  touchstone_key_ring_free(rotated);
  touchstone_key_ring_free(ring);
  touchstone_result_free(result);
  return error == TOUCHSTONE_OK ? 0 : 1;
}
