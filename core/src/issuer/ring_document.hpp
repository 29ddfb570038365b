#pragma once

#include <touchstone/key_ring.hpp>

#include "issuer/signing_key.hpp"
#include "json.hpp"

namespace touchstone {

/// KeyRing::parse() in its two steps, for a ring inside another document.
struct RingDocument {
  static Result<SecretJson> parse(std::string_view json);
  static Result<KeyRing> read(const SecretJson& object);
};

/// The members of a key that are no secret, as KeyRing::json() names them: its state, its times,
/// its count of signatures.
void write_life(JsonWriter& json, const KeyRing::Key& key);

}  // namespace touchstone
