#include "log.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "moment.hpp"
#include "times.hpp"

namespace touchstone::server {

void log(Level level, std::string_view event, const Fields& fields) {
  constexpr const char* kLevels[] = {"info", "warning", "error"};
  Fields line{{"time", timestamp(Moment::now().wall)},
              {"level", kLevels[static_cast<std::size_t>(level)]},
              {"event", event}};
  for (const auto& [name, value] : fields.items()) line[name] = value;
  const std::string text =
      line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  // Whoever reads it may have gone; there is nobody else to tell.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

Fields fields_of(const Error& error) {
  Fields fields{{"reason", error.reason()}};
  if (!error.detail().member.empty()) fields["member"] = error.detail().member;
  if (!error.detail().hint.empty()) fields["hint"] = error.detail().hint;
  return fields;
}

std::string timestamp(NumericDate time) {
  if (!(std::abs(time) <= 1e11)) return "";
  const double milliseconds = std::floor(time * 1000);
  std::string text = cli::date(std::floor(milliseconds / 1000));  // "2026-11-23T18:30:00Z"
  if (text.empty()) return "";
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ",
                static_cast<int>(milliseconds - 1000 * std::floor(milliseconds / 1000)));
  return text.replace(text.size() - 1, 1, fraction);
}

}  // namespace touchstone::server
