// The manual page and the shells' completions, made from the rows that the command line itself
// reads, so that none of them can say something else.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "commands.hpp"

namespace touchstone::manual {

/// touchstone(1), for groff and mandoc.
std::string man_page();

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

/// The words that the value of an option may be, where they can be counted; none otherwise.
std::span<const char* const> words_of(const cli::Command& command, const cli::Option& option);
/// Whether a value of this name ("JWKS") may be the name of a file; nullptr is none.
bool is_file(const char* value);

/// A word of words_of() that the command line would refuse, or an option of the table that is gone;
/// empty when all is well.
std::string refused_word();

}  // namespace touchstone::manual
