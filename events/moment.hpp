#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "events/recorded.hpp"

namespace usermeta {

// A place in the log as people name it: up to and including a position, or everything that happened by a
// time.
using Moment = std::variant<Position, Time>;

// Digits are a position (18 at most), everything else a time as RFC 3339 has it; nothing for what is neither.
std::optional<Moment> parse_moment(std::string_view text);

}  // namespace usermeta
