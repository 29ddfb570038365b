#include <touchstone/secret_text.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace touchstone {

SecretText::SecretText(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
  std::copy(text.begin(), text.end(), bytes_.get());
}

SecretText::SecretText(SecretText&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  std::swap(bytes_, other.bytes_);  // what was here is wiped with the other
  std::swap(size_, other.size_);
  return *this;
}

SecretText::~SecretText() { wipe(bytes_.get(), size_); }

std::optional<SecretText> SecretText::of_size(std::size_t size) noexcept {
  SecretText text;
  text.bytes_.reset(new (std::nothrow) char[size]());
  if (!text.bytes_) return {};
  text.size_ = size;
  return text;
}

std::optional<SecretText> SecretText::copy_of(std::string_view text) noexcept {
  auto copy = of_size(text.size());
  if (copy) std::copy(text.begin(), text.end(), copy->data());
  return copy;
}

}  // namespace touchstone
