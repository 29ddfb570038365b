#include "batch.hpp"

#include <algorithm>

#include "commands.hpp"
#include "text.hpp"

namespace touchstone::cli {
namespace {

constexpr std::size_t kBlockSize = 16 * 1024;
constexpr std::size_t kLongestLine =
    64 * 1024 + 2;  // a token of the limit, one byte more, and a CR

std::string line_of_json(std::size_t number, const Result<VerifiedJwt>& verdict) {
  nlohmann::json json{{"line", number}, {"valid", verdict.has_value()}};
  if (!verdict) json["error"] = to_json(verdict.error());
  return json_line(json);
}

std::string line_of_text(std::size_t number, const Result<VerifiedJwt>& verdict) {
  const std::string_view word = verdict ? "valid" : verdict.error().reason();
  return concat({std::to_string(number), "\t", word, "\n"});
}

}  // namespace

void Lines::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    text_ += piece.substr(0, kLongestLine - std::min(open_, kLongestLine));
    open_ += piece.size();
    if (end == std::string_view::npos) return;
    text_ += '\n';
    complete_ = text_.size();
    open_ = 0;
    bytes.remove_prefix(end + 1);
  }
}

std::optional<Block> Lines::take() {
  if (complete_ < kBlockSize) return {};
  return cut(complete_);
}

std::optional<Block> Lines::take_rest() {
  if (text_.empty()) return {};
  return cut(text_.size());
}

Block Lines::cut(std::size_t size) {
  Block block{line_, text_.substr(0, size)};
  text_.erase(0, size);
  complete_ = 0;
  line_ += static_cast<std::size_t>(std::count(block.text.begin(), block.text.end(), '\n'));
  return block;
}

void Tally::add(const Tally& other) {
  bytes += other.bytes;
  valid += other.valid;
  for (const auto& [id, count] : other.refused) refused[id] += count;
}

std::size_t Tally::refused_count() const {
  std::size_t sum = 0;
  for (const auto& [id, count] : refused) sum += count;
  return sum;
}

std::variant<Batch, Outcome> Batch::begin(const Plan& plan,
                                          const std::vector<std::string>& contents,
                                          NumericDate now) {
  auto keys = KeySet::parse(contents[0]);
  if (!keys) return refused_input(plan, keys.error());
  return Batch(plan, *std::move(keys), plan.now.value_or(now));
}

Judged Batch::judge(const Block& block) const {
  Judged judged;
  judged.tally.bytes = block.text.size();
  std::string_view text = block.text;
  for (std::size_t number = block.first_line; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto verdict = verify(line, keys_, expectations_, now_);
    judged.out += json_ ? line_of_json(number, verdict) : line_of_text(number, verdict);
    if (verdict) {
      ++judged.tally.valid;
    } else {
      ++judged.tally.refused[verdict.error().id()];
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return judged;
}

std::string Batch::progress(const Tally& tally, double bytes) const {
  const std::size_t refused = tally.refused_count();
  std::string text =
      concat({grouped(tally.valid + refused), " tokens, ", grouped(refused), " refused"});
  if (bytes > 0) {
    const double fraction = std::min(static_cast<double>(tally.bytes) / bytes, 1.0);
    constexpr std::size_t kWidth = 20;
    const auto filled = static_cast<std::size_t>(kWidth * fraction);
    const auto percent = static_cast<unsigned>(100 * fraction);
    const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
    text = concat({"[", bar, "] ", std::to_string(percent), "% ", text});
  }
  return concat({"\r", text.substr(0, style_.columns - 1), "\033[K"});
}

Outcome Batch::end(const Tally& tally) const {
  const std::size_t refused = tally.refused_count();
  const std::string warnings = private_key_page(style_, keys_);
  Page page(style_);
  if (tally.valid + refused == 0) {
    page.paragraph("refused: there is no token to verify");
    return {kRefused, "", concat({warnings, page.take()})};
  }

  // The most frequent reason first; of equals, the one with the lower number.
  std::vector<std::pair<Error::Id, std::size_t>> reasons(tally.refused.begin(),
                                                         tally.refused.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string list;
  for (const auto& [id, count] : reasons) {
    list += concat({list.empty() ? "" : ", ", grouped(count), " ", Error::reason(id)});
  }
  page.paragraph(concat({counted(tally.valid + refused, "token"), ": ", grouped(tally.valid),
                         " valid, ", grouped(refused), " refused", in_brackets(list)}),
                 0, 2);
  return {refused == 0 ? kValid : kRefused, "", concat({warnings, page.take()})};
}

}  // namespace touchstone::cli
