#pragma once

#include <string_view>
#include <vector>

#include "commands/refusal.hpp"

namespace usermeta {

inline constexpr std::string_view kUserRead = "user.read";

// What neither the table of endpoints nor a message's descriptor knows of a call.
struct CallText {
  std::string_view rpc;  // its full name, without "zitadel." where it begins so
  std::string_view summary;
  std::string_view needs;         // the permission; empty: not even a token
  std::vector<Refusal> refusals;  // besides those of every call of its version
  std::string_view request;       // an example of the body; empty: the call has none
  std::string_view answer;        // an example
};

// Null for an unknown one. Any thread.
const CallText* find_call_text(std::string_view rpc);

}  // namespace usermeta
