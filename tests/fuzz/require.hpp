// The one assertion of the fuzz targets.
#pragma once

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}
