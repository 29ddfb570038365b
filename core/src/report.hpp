#pragma once

#include <touchstone/touchstone.hpp>

#include "json.hpp"

namespace touchstone {

// The JSON forms of what the public functions answer, written once for programs, C and JavaScript.
// The shapes stand with the public to_json() functions, which are these parsed again.
void write(JsonWriter& json, const Error& error);
void write(JsonWriter& json, const KeySet& keys);
void write(JsonWriter& json, const Explanation& explanation);
void write(JsonWriter& json, const Audit& audit);
void write(JsonWriter& json, const VerifiedJws& verified);

/// The members of an error, inside an object that may have others.
void write_members(JsonWriter& json, const Error& error);

template <class Answer>
std::string json_text(const Answer& answer) {
  JsonWriter json;
  write(json, answer);
  return json.take();
}

}  // namespace touchstone
