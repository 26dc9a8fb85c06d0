#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "commands/command.hpp"

namespace usermeta {

// A personal access token:
//
//   umpat_ | 43 characters: 256 random bits, base64 of RFC 4648 section 5 without padding
//
// The prefix lets leak scanners find it: umpat_[A-Za-z0-9_-]{43}
std::string new_token();

// The token of "Bearer TOKEN", the authorization field's value (RFC 6750 section 2.1; schemes ignore case by
// RFC 9110 section 11.1), or nothing.
std::optional<std::string_view> bearer_token(std::string_view authorization);

// Whether it can be one of ours; says nothing of whether it is.
bool looks_like_token(std::string_view token);

// What is stored of it.
Digest hash_of_token(std::string_view token);

}  // namespace usermeta
