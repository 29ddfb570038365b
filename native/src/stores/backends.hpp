// What open_store() chooses from.
#pragma once

#include <touchstone/store.hpp>

namespace touchstone {

Result<std::unique_ptr<Store>> open_directory_store(const std::string& path, double timeout);
Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url, double timeout);

/// Empty, or why a text cannot be stored.
Refusal check_text(std::string_view text);

}  // namespace touchstone
