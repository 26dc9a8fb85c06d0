#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "http/routing.hpp"

namespace usermeta {

// One request as it is counted: of everything but the time there are few values, whatever clients send.
struct CallRecord {
  std::size_t call = 0;              // of call_names()
  std::optional<Protocol> protocol;  // none: a content type that procedures do not take
  unsigned status = 0;               // HTTP's
  std::optional<int> grpc_code;      // and gRPC's own, in its formats
  // None: a streamed call, which lasts for as long as its client likes.
  std::optional<std::chrono::steady_clock::duration> time;
};

// What a request's call is named by: its procedure ("zitadel.user.v2.UserService/SetUserMetadata"), its path
// ("debug/ready"), or a word for what leads nowhere ("unrouted", "preflight").
std::span<const std::string> call_names();
// The place of that name.
std::size_t call_number(const Asked& asked);

}  // namespace usermeta
