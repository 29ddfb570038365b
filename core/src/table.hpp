#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace touchstone {

/// The row of a table whose `name` is this; null when there is none.
template <class Row, std::size_t count>
const Row* find_row(const Row (&table)[count], std::string_view name) {
  const Row* row = std::find_if(table, table + count, [&](const Row& r) { return r.name == name; });
  return row == table + count ? nullptr : row;
}

}  // namespace touchstone
