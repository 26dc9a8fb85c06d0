#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include <google/protobuf/message.h>

#include "http/codec.hpp"
#include "http/message.hpp"

namespace usermeta {

// Connect's unary calls (connectrpc.com/docs/protocol). Callable from any thread.

// Checks the version that the request names, and reads its body, whose message may have `limit` bytes. What
// is wrong, or nothing.
std::optional<Failure> read_connect(const HttpRequest& request, Codec codec, google::protobuf::Message& into,
                                    std::size_t limit = kLongestMessage);

// Packed where the request takes that.
HttpResponse connect_answer(const HttpRequest& request, Codec codec,
                            const google::protobuf::Message& message);

// {"code":"failed_precondition","message":"text (ID)","details":[{"type":"zitadel.v1.ErrorDetail",
//  "value":base64 without padding}]}
HttpResponse connect_failure(const Failure& failure);

// Milliseconds, at most ten digits. Nothing for any other text.
std::optional<std::chrono::microseconds> parse_connect_timeout(std::string_view text);

}  // namespace usermeta
