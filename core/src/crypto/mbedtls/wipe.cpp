#include <touchstone/secret_text.hpp>

#include <mbedtls/platform_util.h>

namespace touchstone {

void wipe(void* bytes, std::size_t size) noexcept { mbedtls_platform_zeroize(bytes, size); }

}  // namespace touchstone
