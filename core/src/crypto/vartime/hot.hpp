// What is computed from a key once it has proved hot, shared by all threads that use the key.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace touchstone::crypto::vartime {

/// How much memory the tables of one key set may take, in bytes.
class TableMemory {
 public:
  explicit TableMemory(std::size_t bytes) : left_(bytes) {}

  /// Whether there was enough left; then it is taken.
  bool take(std::size_t bytes) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
    }
    return false;
  }

 private:
  std::atomic<std::size_t> left_;
};

/// Building a table costs about as much as so many verifications without it.
inline constexpr unsigned hot_threshold = 16;

/// Built by the call that is the `threshold`-th to ask; calls before it, and those beside it while
/// it builds, get null and do without. No call waits for another.
template <class Table, unsigned threshold = hot_threshold>
class Hot {
 public:
  explicit Hot(std::shared_ptr<TableMemory> memory) : memory_(std::move(memory)) {}
  Hot(const Hot&) = delete;
  Hot& operator=(const Hot&) = delete;
  ~Hot() { delete table_.load(std::memory_order_acquire); }

  template <class Build>
  const Table* get(Build build, std::size_t size = sizeof(Table)) const {
    const Table* table = table_.load(std::memory_order_acquire);
    if (table != nullptr || uses_.load(std::memory_order_relaxed) >= threshold) return table;
    if (uses_.fetch_add(1, std::memory_order_relaxed) + 1 != threshold) return nullptr;
    if (memory_ && !memory_->take(size)) return nullptr;
    table = build().release();
    table_.store(table, std::memory_order_release);
    return table;
  }

 private:
  std::shared_ptr<TableMemory> memory_;
  mutable std::atomic<unsigned> uses_{0};
  mutable std::atomic<const Table*> table_{nullptr};
};

}  // namespace touchstone::crypto::vartime
