// The issuer's side: keys that sign, apart from what verifies. Link touchstone::issuer.
#pragma once

#include <touchstone/signing_key.hpp>
