#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "events/recorded.hpp"
#include "http/failure.hpp"
#include "http/message.hpp"

namespace usermeta {

// What carries a position of the log from a write's answer to a later read, whichever process either was sent
// to.
inline constexpr std::string_view kPositionField = "x-usermeta-position";

// The position that a request's header names, or nothing; a failure when that is none.
std::variant<std::optional<Position>, Failure> position_asked_for(const Fields& fields);

}  // namespace usermeta
