#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace usermeta {

// What gRPC-Web (grpc/grpc doc/PROTOCOL-WEB.md) adds to gRPC's frames: the trailers are the body's last frame
//
//   0x80 | length 4, big-endian | "grpc-status: 0\r\n" ...
//
// and a text body is base64. Callable from any thread.

// The bytes of a text body: base64, or several pieces of it on end, each padded; nothing for another text.
std::optional<std::string> from_grpc_web_text(std::string_view text);

// Ends the answer's body with the trailers; `text`: and turns it into base64.
void end_grpc_web(HttpResponse& response, const Fields& trailers, bool text);

}  // namespace usermeta
