#pragma once

#include <touchstone/key_ring.hpp>

#include "issuer/signing_key.hpp"

namespace touchstone {

/// KeyRing::parse() in its two steps, for a ring inside another document.
struct RingDocument {
  static Result<SecretJson> parse(std::string_view json);
  static Result<KeyRing> read(const SecretJson& object);
};

}  // namespace touchstone
