#pragma once

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

// Whether it can be one of ours; says nothing of whether it is.
bool looks_like_token(std::string_view token);

// What is stored of it.
Digest hash_of_token(std::string_view token);

}  // namespace usermeta
