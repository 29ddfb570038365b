// The time, in both senses that a service needs.
#pragma once

#include <time.h>

#include <touchstone/claims.hpp>

namespace touchstone::server {

struct Moment {
  NumericDate wall;  ///< what tokens and rings name
  double elapsed;    ///< seconds since some start, by a clock that nobody sets

  static Moment now() {
#ifdef CLOCK_BOOTTIME  // goes on while the machine sleeps, as the other machines do
    return {seconds_of(CLOCK_REALTIME), seconds_of(CLOCK_BOOTTIME)};
#else
    return {seconds_of(CLOCK_REALTIME), seconds_of(CLOCK_MONOTONIC)};
#endif
  }

 private:
  static double seconds_of(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
};

}  // namespace touchstone::server
