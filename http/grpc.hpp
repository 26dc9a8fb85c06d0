#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "http/codec.hpp"
#include "http/grpc_frame.hpp"
#include "http/message.hpp"

namespace usermeta {

// gRPC's unary calls (grpc/grpc doc/PROTOCOL-HTTP2.md, doc/statuscodes.md, doc/compression.md), as far as
// gRPC-Web has them too. Callable from any thread.

// A shorter answer is not worth packing.
inline constexpr std::size_t kShortestPacked = 1024;

// Reads a framed body; `encoding` is the field grpc-encoding, `limit` the most bytes
// that the message may have, packed and unpacked. What is wrong, or nothing.
std::optional<Failure> read_grpc(std::string_view body, std::optional<std::string_view> encoding, Codec codec,
                                 google::protobuf::Message& into, std::size_t limit = kLongestMessage);

// Reads one frame's message.
std::optional<Failure> read_grpc_frame(Frame frame, std::optional<std::string_view> encoding, Codec codec,
                                       google::protobuf::Message& into, std::size_t limit = kLongestMessage);

// The answer up to its status: its body is the framed message, packed where the request takes that.
HttpResponse grpc_answer(const HttpRequest& request, std::string_view content_type, Codec codec,
                         const google::protobuf::Message& message);

// Without a message.
HttpResponse grpc_answer(std::string_view content_type);

// grpc-status, and of a failure grpc-message and grpc-status-details-bin.
Fields grpc_status();
Fields grpc_status(const Failure& failure);

// "100m": at most eight digits and one of H, M, S, m, u, n. Nothing for any other text.
std::optional<std::chrono::microseconds> parse_grpc_timeout(std::string_view text);

// The text of a failure with its id, and its details: of an id zitadel.v1.ErrorDetail, then its own.
std::string message_with_id(const Failure& failure);
std::vector<FailureDetail> details_of(const Failure& failure);
std::string to_unpadded_base64(std::string_view bytes);

}  // namespace usermeta
