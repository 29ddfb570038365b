// The headers of tokens whose signature was valid. Tokens of one key share theirs byte for byte, so
// that the next one need not be decoded, parsed and checked anew.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "jose_header.hpp"

namespace touchstone {

/// Threads may share it. What is in stays, and only a key's owner gets anything in: nobody else can
/// crowd it or drive anything out.
class KnownHeaders {
 public:
  using Header = std::shared_ptr<const CompactHeader>;

  KnownHeaders() = default;
  KnownHeaders(const KnownHeaders&) = delete;
  KnownHeaders& operator=(const KnownHeaders&) = delete;
  ~KnownHeaders() {
    for (const auto& place : places_) delete place.load(std::memory_order_acquire);
  }

  /// The header of this segment; null when it is not known.
  Header find(std::string_view segment) const {
    for (const auto& place : places_) {
      const Header* known = place.load(std::memory_order_acquire);
      if (known == nullptr) return nullptr;
      if ((*known)->segment == segment) return *known;
    }
    return nullptr;
  }

  /// Remembers it, while there is room.
  void add(const Header& header) {
    auto added = std::make_unique<const Header>(header);
    for (auto& place : places_) {
      const Header* known = nullptr;
      if (place.compare_exchange_strong(known, added.get(), std::memory_order_acq_rel)) {
        (void)added.release();
        return;
      }
      if ((*known)->segment == header->segment) return;  // another thread was faster
    }
  }

 private:
  std::array<std::atomic<const Header*>, 8> places_{};  // filled from the front
};

}  // namespace touchstone
