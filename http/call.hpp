#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "commands/command.hpp"
#include "http/failure.hpp"

namespace usermeta {

// What every call brings along besides its message, whatever the wire format.
struct CallInfo {
  std::optional<std::string_view> authorization;  // the header's value, in the request
  std::string org;                                // x-zitadel-orgid; empty: the caller's own
  Origin origin;
  std::chrono::steady_clock::time_point deadline;
};

// A call's answer, or the rule that says no. Outages are exceptions.
template <class Response>
using Result = std::variant<Response, Refusal>;

}  // namespace usermeta
