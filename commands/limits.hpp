#pragma once

#include <optional>
#include <string_view>

#include "commands/command.hpp"
#include "commands/refusal.hpp"

namespace usermeta {

// The rules that need no aggregate: lengths and forms of a command's fields. The first that is broken, or
// nothing. All texts must be valid UTF-8; lengths are in code points, a value's in bytes.
std::optional<Refusal> check_limits(const Command& command);

// The same for the parts of queries.
std::optional<Refusal> check_user_id(std::string_view user_id);
std::optional<Refusal> check_key(std::string_view key);

// Whether an e-mail address has the form local@domain (RFC 5321 section 4.1.2, without quoted local parts).
bool is_email(std::string_view text);

}  // namespace usermeta
