// What the functions of touchstone.h share.
#pragma once

#include <touchstone/touchstone.h>
#include <touchstone/touchstone.hpp>

#include <new>

#include "report.hpp"

struct touchstone_result {
  touchstone_error error = TOUCHSTONE_OK;
  std::optional<std::string> header, payload;
  std::string text;
  long key_index = -1;
  unsigned unchecked = 0;
  touchstone::Validity validity{};
};

struct touchstone_key_set {
  std::shared_ptr<const touchstone::KeySet> keys;
};

namespace touchstone {

inline touchstone_error succeed(touchstone_result* result, std::string text = {}) {
  *result = {};
  result->text = std::move(text);
  return TOUCHSTONE_OK;
}

inline touchstone_error refuse(touchstone_result* result, const Error& error) {
  *result = {};
  result->text = json_text(error);
  return result->error = static_cast<touchstone_error>(error.id());
}

inline touchstone_error answer(touchstone_result* result, const Refusal& refusal) {
  return refusal ? refuse(result, *refusal) : succeed(result);
}

/// Hands an object over to the caller.
template <class Handle, class Value>
touchstone_error hand_over(touchstone_result* result, Handle** handle, Value value) {
  *handle = new (std::nothrow) Handle{std::move(value)};
  return *handle == nullptr ? refuse(result, Error::out_of_memory) : succeed(result);
}

}  // namespace touchstone
