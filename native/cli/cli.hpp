// The command line without its surroundings: what to read, and what to say of it. No file, no
// socket, no clock, no thread and no exception in here, for the same code is built twice: into the
// native program, whose host is main.cpp, and into a WASM module, whose host is js/src/cli.ts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <touchstone/touchstone.hpp>

#include "arguments.hpp"
#include "page.hpp"

namespace touchstone::cli {

enum ExitCode { kValid = 0, kRefused = 1, kUsage = 2, kInputOutput = 3 };

/// What a command ends with: both texts are to be written as they are.
struct Outcome {
  int exit_code = kValid;
  std::string out{};
  std::string err{};
};

/// What a host knows of where the output goes.
struct Surroundings {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t terminal_columns = 0;  ///< 0: not known
  // The environment's variables of these names, empty when not set.
  std::string columns{};
  std::string no_color{};
  std::string term{};
  std::string xdg_cache_home{};
  std::string home{};
};

/// Something that a command needs before it can run.
struct Input {
  enum class Kind {
    given,           ///< text is the content itself
    file,            ///< text is the file's name
    standard_input,  ///< text is empty
    key_set_url,     ///< text is the URL of a JWK Set: see Fetching
    issuer,          ///< text is an issuer, whose metadata says where its JWK Set is: likewise
    provider,        ///< text is one or the other: likewise
  };
  const char* role = "";  ///< for messages: "the JWK Set"
  Kind kind = Kind::given;
  std::string text{};
  std::size_t limit =
      0;  ///< a host reads this many bytes and one more, by which the core sees the excess
};

/// What a command line asks for.
struct Plan {
  std::optional<Outcome>
      outcome{};                ///< it is answered already: nothing to read, nothing to execute
  std::vector<Input> inputs{};  ///< to be read and handed to execute() in this order
  std::optional<Input>
      lines{};  ///< a stream of lines, to be handed to a Batch in place of execute()
  bool shows_progress = false;       ///< whether the host should show the Batch's progress bar
  std::optional<NumericDate> now{};  ///< the time to judge by, when the command line names one
  double timeout = 10;               ///< seconds for all that is to be fetched for one input
  std::string cache_dir{};           ///< where what was fetched is kept; empty: nowhere

  // For the commands themselves.
  Arguments arguments{};
  Style style{};
  Expectations expectations{};
};

/// Understands a command line. arguments does not include the program's name.
Plan plan(const std::vector<std::string>& arguments, const Surroundings& surroundings);

/// Answers it. contents are those of the plan's inputs.
Outcome execute(const Plan& plan, const std::vector<std::string>& contents, NumericDate now);

/// The answer when an input could not be read. reason is the name of errno's value: "ENOENT".
Outcome unreadable(const Plan& plan, const Input& input, std::string_view reason);
/// The answer when the output could not be written. A pipe that was closed (EPIPE) is no news.
Outcome unwritable(std::string_view reason);

/// errno's values that unreadable() has words for, with their names; for hosts that have only the
/// number.
std::string_view errno_name(int number);

}  // namespace touchstone::cli
