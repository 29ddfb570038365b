// `verify --batch`: a stream of tokens, one a line. The host reads the stream and hands out its
// blocks to as many threads as it likes; the order is the host's to keep.
#pragma once

#include <map>
#include <variant>

#include "cli.hpp"

namespace touchstone::cli {

/// Whole lines of the stream.
struct Block {
  std::size_t first_line = 1;
  std::string text{};
};

/// Cuts a stream of bytes into blocks. However long a line is, no more of it is kept than shows
/// that it is too long for a token.
class Lines {
 public:
  void add(std::string_view bytes);
  /// The next block, once there is enough for one.
  std::optional<Block> take();
  /// What is left at the end of the stream.
  std::optional<Block> take_rest();

 private:
  Block cut(std::size_t size);

  std::string text_;
  std::size_t complete_ = 0;  // how much of text_ is whole lines
  std::size_t open_ = 0;      // how long the last line is so far, as it came
  std::size_t line_ = 1;      // the number of text_'s first line
};

struct Tally {
  std::size_t bytes = 0;  ///< of the stream, line ends included
  std::size_t valid = 0;
  std::map<Error::Id, std::size_t> refused{};

  void add(const Tally& other);
  std::size_t refused_count() const;
};

/// The answer to one block.
struct Judged {
  std::string out{};
  Tally tally{};
};

class Batch {
 public:
  /// The outcome is the end already.
  static std::variant<Batch, Outcome> begin(const Plan& plan,
                                            const std::vector<std::string>& contents,
                                            NumericDate now);

  /// May be called by many threads at once.
  Judged judge(const Block& block) const;
  /// A progress bar that overwrites itself. bytes: the length of the stream, 0 when it is not
  /// known.
  std::string progress(const Tally& tally, double bytes) const;
  /// Clears the progress bar.
  static std::string end_of_progress() { return "\r\033[K"; }
  Outcome end(const Tally& tally) const;

 private:
  Batch(const Plan& plan, KeySet keys, NumericDate now)
      : keys_(std::move(keys)),
        expectations_(plan.expectations),
        now_(now),
        json_(plan.arguments.has("json")),
        style_(plan.style) {}

  KeySet keys_;
  Expectations expectations_;
  NumericDate now_;
  bool json_;
  Style style_;
};

}  // namespace touchstone::cli
