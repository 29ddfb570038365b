#include <touchstone/store.hpp>

#include "backends.hpp"

namespace touchstone {

namespace {

constexpr double max_timeout = 600;

}  // namespace

Store::~Store() = default;

Refusal check_text(std::string_view text) {
  if (!text.empty() && text.size() <= max_stored_size) return {};
  return Error(Error::option_invalid, "text", "is empty or larger than 4 MiB");
}

Result<std::unique_ptr<Store>> open_store(const std::string& place,
                                          const StoreOptions& options) noexcept {
  // False for NaN, too.
  const bool is_timeout = options.timeout > 0 && options.timeout <= max_timeout;
  if (!is_timeout) return Error(Error::option_invalid, "timeout");
  if (place.empty() || place.find('\0') != place.npos)
    return Error(Error::option_invalid, "store", "is no path");
  if (place.starts_with("postgres://") || place.starts_with("postgresql://"))
    return open_postgres_store(place, options.timeout);
  if (place.find("://") != place.npos)
    return Error(Error::option_invalid, "store", "is neither a path nor a postgres:// URL");
  return open_directory_store(place, options.timeout);
}

}  // namespace touchstone
