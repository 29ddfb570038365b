#include <touchstone/error.hpp>

namespace touchstone {
namespace {

struct Row {
  std::string_view reason, code, section, message;
};

Row row_of(Error::Id id) {
  switch (id) {
#define TOUCHSTONE_ERROR(number, id, ID, code, section, message) \
  case Error::id:                                                \
    return {#id, code, section, message};
#include <touchstone/errors.def>
#undef TOUCHSTONE_ERROR
  }
  return {"", "", "", ""};
}

}  // namespace

std::string_view Error::reason(Id id) noexcept { return row_of(id).reason; }
std::string_view Error::code(Id id) noexcept { return row_of(id).code; }
std::string_view Error::section(Id id) noexcept { return row_of(id).section; }
std::string_view Error::message(Id id) noexcept { return row_of(id).message; }

// Out of line, because an Error is passed on at every step.
Error::Error(Id id) : id_(id) {}
Error::Error(Id id, Detail detail)
    : id_(id), detail_(std::make_shared<const Detail>(std::move(detail))) {}
Error::Error(Id id, std::string_view member, std::string_view hint)
    : Error(id, Detail{.member = std::string(member), .hint = hint, .offset = {}, .keys = {}}) {}
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

const Error::Detail& Error::detail() const noexcept {
  static const Detail nothing;
  return detail_ ? *detail_ : nothing;
}

}  // namespace touchstone
