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
  std::optional<Position> read_after;           // x-usermeta-position: what a read must have seen
  std::optional<Position>* position = nullptr;  // where a call tells which position its answer rests on

  void rests_on(Position known) const {
    if (position) *position = known;
  }
};

// A call's answer, or the rule that says no. Outages are exceptions.
template <class Response>
using Result = std::variant<Response, Refusal>;

}  // namespace usermeta
