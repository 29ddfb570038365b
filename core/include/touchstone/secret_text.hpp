#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <touchstone/export.h>

namespace touchstone {

/// A text that is secret: it is not copied, and its bytes are wiped when it goes. What others made
/// of it is theirs to wipe: the kernel's caches, a library's buffers, a std::string.
class TOUCHSTONE_API SecretText {
 public:
  SecretText() noexcept = default;
  explicit SecretText(std::string_view text);  ///< a copy, which is wiped; `text` is the caller's
  SecretText(SecretText&& other) noexcept;     ///< the other is empty then
  /// What was here is wiped with the other, which has it now.
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText();

  /// So many bytes, all 0, to be filled through data(). Empty when there is no memory for them.
  static std::optional<SecretText> of_size(std::size_t size) noexcept;
  /// The same as the constructor, for who must not throw.
  static std::optional<SecretText> copy_of(std::string_view text) noexcept;

  char* data() noexcept { return bytes_.get(); }  ///< to fill it; view() has the size
  /// Valid as long as this text is.
  std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Overwrites bytes with 0 in a way that no compiler leaves out.
TOUCHSTONE_API void wipe(void* bytes, std::size_t size) noexcept;

}  // namespace touchstone
