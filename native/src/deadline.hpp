#pragma once

#include <algorithm>
#include <chrono>

namespace touchstone {

/// A time-out that several steps share.
class Deadline {
 public:
  explicit Deadline(double seconds)
      : end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}

  std::chrono::steady_clock::time_point end() const { return end_; }

  bool is_over() const { return Clock::now() >= end_; }

  /// Seconds; never 0, which is no time-out.
  double left() const {
    return std::max(std::chrono::duration<double>(end_ - Clock::now()).count(), 1e-3);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

}  // namespace touchstone
