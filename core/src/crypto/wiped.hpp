// Memory that is wiped before it is given back, for what must not lie around.
#pragma once

#include <new>
#include <string>

#include <touchstone/secret_text.hpp>

namespace touchstone::crypto {

template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(alignof(T))));
  }
  void deallocate(T* at, std::size_t count) noexcept {
    wipe(at, count * sizeof(T));
    ::operator delete(at, std::align_val_t(alignof(T)));
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// Wiped when it grows and when it goes. What is shorter than 16 bytes lies in the object itself,
/// where no allocator sees it: every secret is longer.
using WipedString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

}  // namespace touchstone::crypto
