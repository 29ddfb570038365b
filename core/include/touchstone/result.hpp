#pragma once

#include <utility>

#include <touchstone/error.hpp>

namespace touchstone {

/// A value, or the Error that stands in its place. Test it before you look inside:
///
///     auto keys = KeySet::parse(text);
///     if (!keys) return fail(keys.error());
///     use(*keys);
template <class T>
class [[nodiscard]] Result {
 public:
  /// @{
  /// Made of what a function returns.
  Result(T value) : value_(std::move(value)), error_(Error::Id{}) {}
  Result(Error error) : error_(std::move(error)) {}
  Result(Error::Id id) : error_(id) {}
  /// @}

  /// @{
  /// Whether there is a value.
  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  /// @}

  /// @{
  /// The value. Undefined when there is an error instead.
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return *std::move(value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }
  /// @}

  /// Undefined when there is a value instead.
  const Error& error() const noexcept { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

}  // namespace touchstone
