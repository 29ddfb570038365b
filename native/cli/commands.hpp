// The commands, and what they share.
#pragma once

#include "cli.hpp"

namespace touchstone::cli {

extern const Command kVerifyCommand;
extern const Command kDecodeCommand;
extern const Command kAuditCommand;
extern const Command kFetchCommand;
extern const Command kThumbprintCommand;

/// In the order of the help. A build has one of the two files table.cpp.
std::span<const Command* const> commands();
std::span<const Group> groups();
/// The group that a command belongs to; nullptr for one of a single word.
const Group* group_of(const Command& command);
/// What tells a command from the others of its group: "rotate".
std::string_view last_word(const Command& command);

inline constexpr Option kJsonOption{"json", nullptr, "print JSON on one line, for programs"};
inline constexpr Option kNowOption{
    "now", "TIME",
    "judge by this time instead of the clock: seconds since 1970, or 2026-11-23T18:30:00Z"};
inline constexpr Option kNoColorOption{
    "no-color", nullptr,
    "no colour on a terminal; the environment variable NO_COLOR does the same"};
inline constexpr Option kHelpOption{"help", nullptr, "show this help"};

inline constexpr std::string_view kSummary =
    "tells a good JWT from a bad one, against a JSON Web Key Set";
inline constexpr std::string_view kExitStatus =
    "0 valid, 1 refused, 2 wrong usage, 3 something could not be read or written";

Outcome general_help(Style style);
Outcome command_help(const Command& command, Style style);
Outcome group_help(const Group& group, Style style);

/// Exit code 2, on standard error.
Outcome usage_error(const Command* command, std::string_view complaint);

/// Where a token or JSON is to be read from, by how the argument looks.
Input token_input(std::string_view argument);
Input json_input(const char* role, std::string_view argument);
/// The same for a JWK Set, which may be at a URL, too.
Input key_set_input(std::string_view argument);
/// The same with what can be wrong with it; `name` is what the help calls the argument.
std::optional<Outcome> check_source(const Command& command, const char* name,
                                    std::string_view argument);

/// What was read, without the line end that files and `echo` put behind a token.
std::string_view token_text(const Input& input, std::string_view content);

/// What errno's value of this name means.
std::string in_words(std::string_view errno_name);

/// The lines, each wrapped to the terminal.
std::string wrapped(Style style, std::string_view lines);

/// A value of an option for a message, unless it is so long that it may be a token.
std::string shown_value(std::string_view value);

/// `refused: token_expired - the token has expired (RFC 7519 section 4.1.4)`
void refusal_headline(Page& page, const Error& error);
/// ` (exp)`: the member or section that a message is about; nothing for "policy", which is ours.
std::string in_brackets(std::string_view text);
/// `token_expired: the token has expired`, for lists.
std::string in_words(const Error& error);
/// `"kid", EC P-256`
std::string describe(const Jwk& key);
/// `keys[2]`
std::string index_name(std::size_t index);
/// What to say of each key that was skipped for its private members.
std::vector<std::string> private_key_warnings(const KeySet& keys);
/// The same for standard error, where standard output is for programs.
std::string private_key_page(Style style, const KeySet& keys);
/// A headline and a paragraph for each finding.
void audit_rows(Page& page, const Audit& audit);
/// Says what is wrong with a JWK Set or JWK that could not be parsed at all.
Outcome refused_input(const Plan& plan, const Error& error);
/// The error's hint behind the member that it is about; empty when it has none.
std::string hint_of(const Error& error);

/// One line of JSON in ASCII, fit for any terminal and any reader.
std::string json_line(const nlohmann::json& value);

}  // namespace touchstone::cli
