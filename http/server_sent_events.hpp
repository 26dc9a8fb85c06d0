#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "events/recorded.hpp"

namespace usermeta {

// An event stream (WHATWG HTML, section "Server-sent events"), line by line:
//
//   retry: 3000                      how long the client waits before it connects again, in ms
//   : anything                       a comment
//   id: 4711                         where to go on after, should the connection end
//   event: user.metadata.set
//   data: {"position":"4711",...}
//                                    the empty line, which ends an event
//
// An event without data is none to the client's program, but its id counts.

// `type` and `data` have no end of a line in them.
void append_sse_event(std::string& out, Position id, std::string_view type, std::string_view data);
void append_sse_place(std::string& out, Position id);
void append_sse_comment(std::string& out, std::string_view text);
void append_sse_retry(std::string& out, std::chrono::milliseconds time);

// Whether an Accept field (RFC 9110 section 12.5.1) asks for an event stream by its name.
bool accepts_event_stream(std::string_view accept);

// What a Last-Event-ID field says, which is a position of ours; nothing for any other text.
std::optional<Position> last_event_id(std::string_view text);

}  // namespace usermeta
