#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <touchstone/export.h>
#include <nlohmann/json_fwd.hpp>

namespace touchstone {

/// Why a token, a key or an option was refused: one row of errors.def, plus what is known beyond
/// it.
class TOUCHSTONE_API Error {
 public:
  /// A row, by its number; the numbers are permanent.
  enum Id : std::uint16_t {
#define TOUCHSTONE_ERROR(number, id, ID, code, section, message) id = number,
#include <touchstone/errors.def>
#undef TOUCHSTONE_ERROR
  };

  /// A key that could not serve.
  struct PassedOver {
    std::size_t index;  ///< position in the set's `keys` array, from 0
    Id reason;          ///< why not
  };
  /// What is known beyond the row. Holds no token, no claim's value and no key material.
  struct Detail {
    /// The claim, header parameter, JWK member or option at fault; a name that an RFC or the caller
    /// gave.
    std::string member{};
    /// What was wrong with it, or where it happened, in fixed words: "is longer than maxLifetime".
    std::string_view hint{};
    /// Where in the JSON text the parser stopped, in bytes from 0.
    std::optional<std::size_t> offset{};
    /// The keys that carried the token's kid (all of them when it has none), at most 32.
    std::vector<PassedOver> keys{};
  };

  /// @{
  /// A row, with nothing or something beyond it. Copies share the detail.
  Error(Id id);
  Error(Id id, Detail detail);
  Error(Id id, std::string_view member, std::string_view hint = {});
  Error(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(const Error&);
  Error& operator=(Error&&) noexcept;
  ~Error();
  /// @}

  Id id() const noexcept { return id_; }  ///< the number
  const Detail& detail() const noexcept;  ///< empty when nothing more is known
  std::string_view reason() const noexcept { return reason(id_); }    ///< "token_expired"
  std::string_view code() const noexcept { return code(id_); }        ///< "ERR_JWT_EXPIRED"
  std::string_view section() const noexcept { return section(id_); }  ///< "RFC 7519 section 4.1.4"
  std::string_view message() const noexcept { return message(id_); }  ///< "the token has expired"

  /// @{
  /// The table itself, for a row that has no detail. An unknown number gives empty strings.
  static std::string_view reason(Id id) noexcept;
  static std::string_view code(Id id) noexcept;
  static std::string_view section(Id id) noexcept;
  static std::string_view message(Id id) noexcept;
  /// @}

 private:
  Id id_;
  std::shared_ptr<const Detail> detail_;  // null when nothing more is known
};

/// `{reason, code, number, section, message, member?, hint?, offset?, keys?: [{index, reason}]}`
TOUCHSTONE_API nlohmann::json to_json(const Error& error);

/// The outcome of a check that yields nothing else: empty when it passed.
using Refusal = std::optional<Error>;

}  // namespace touchstone
