// Files of an issuer: a key that nobody else may read, documents that everybody may.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <touchstone/secret_text.hpp>

namespace touchstone::cli {

/// A file that its owner alone may read, or why it is not that, or not read, in words.
std::optional<SecretText> read_secret_file(const std::string& path, std::string& reason);

/// Makes a file of mode 0600 that was not there before, durably. False when errno says why not.
bool make_secret_file(const std::string& path, std::string_view text);

enum class Written { no, unchanged, yes };
/// Puts a document where a web server finds it, with the directories above it: whoever reads
/// meanwhile sees the old one or the new one. One of the same text stays as it is, with its time.
/// `no`: errno says why.
Written write_public_file(const std::string& path, std::string_view text);

}  // namespace touchstone::cli
