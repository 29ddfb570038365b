// What a module's functions return: the address of the one Answer there is. A WebAssembly instance
// has one thread. What it points to holds until the next call.
#pragma once

#include <touchstone/touchstone.h>

#include <cstddef>
#include <cstdint>

namespace {

static_assert(sizeof(void*) == 4, "addresses cross as 32-bit numbers");

// js/src/instance.ts reads these by their position.
struct Answer {
  std::uint32_t error;
  touchstone_view payload;
  touchstone_view text;
  std::int32_t key_index;
  std::uint32_t unchecked;
  const void* handle;  // of a parsed key set or parsed expectations, now the caller's
  double valid_from, valid_until;
};
static_assert(sizeof(Answer) == 8 * sizeof(std::uint32_t) + 2 * sizeof(double), "no padding");

Answer answer;
touchstone_result* result;

template <class Call>
const Answer* answer_to(Call call) {
  answer = {};
  if (!result) result = touchstone_result_new();
  if (!result) {
    answer.error = TOUCHSTONE_OUT_OF_MEMORY;
    return &answer;
  }
  answer.error = call();
  answer.payload = touchstone_result_payload(result);
  answer.text = touchstone_result_text(result);
  answer.key_index = touchstone_result_key_index(result);
  answer.unchecked = touchstone_result_unchecked(result);
  answer.valid_from = touchstone_result_valid_from(result);
  answer.valid_until = touchstone_result_valid_until(result);
  return &answer;
}

}  // namespace
