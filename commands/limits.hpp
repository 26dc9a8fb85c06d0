#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "commands/command.hpp"
#include "commands/refusal.hpp"

namespace usermeta {

// Longest texts, in code points unless it says bytes. Names stand for ids and keys as well.
inline constexpr std::size_t kLongestName = 200;
inline constexpr std::size_t kLongestLanguage = 10;
inline constexpr std::size_t kLongestDescription = 500;
inline constexpr std::size_t kLongestEmail = 254;
inline constexpr std::size_t kMostValueBytes = 500'000;
inline constexpr std::size_t kMostPhoneBytes = 50;
inline constexpr std::size_t kMostPasswordBytes = 500;
inline constexpr unsigned kMostListed = 1000;  // entries a page

// The rules that need no aggregate: lengths and forms of a command's fields. The first that is broken, or
// nothing. All texts must be valid UTF-8; lengths are in code points, a value's in bytes.
std::optional<Refusal> check_limits(const Command& command);

// The same for the parts of queries.
std::optional<Refusal> check_user_id(std::string_view user_id);
std::optional<Refusal> check_key(std::string_view key);

// Whether an e-mail address has the form local@domain (RFC 5321 section 4.1.2, without quoted local parts).
bool is_email(std::string_view text);

}  // namespace usermeta
