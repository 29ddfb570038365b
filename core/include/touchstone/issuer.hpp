// The issuer's side: keys that sign, and their rotation, apart from what verifies. Link
// touchstone::issuer.
#pragma once

#include <touchstone/key_ring.hpp>
#include <touchstone/signing_key.hpp>
