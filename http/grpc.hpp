#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "http/codec.hpp"
#include "http/grpc_frame.hpp"
#include "http/message.hpp"

namespace usermeta {

// gRPC's unary calls (grpc/grpc doc/PROTOCOL-HTTP2.md, doc/statuscodes.md, doc/compression.md), as far as
// gRPC-Web has them too. Callable from any thread.

// A message may have this many bytes, unpacked.
inline constexpr std::size_t kLongestMessage = 4 * 1024 * 1024;
// A shorter answer is not worth packing.
inline constexpr std::size_t kShortestPacked = 1024;

// Reads a framed body; `encoding` is the field grpc-encoding. What is wrong, or nothing.
std::optional<Failure> read_grpc(std::string_view body, std::optional<std::string_view> encoding, Codec codec,
                                 google::protobuf::Message& into);

// Reads one frame's message.
std::optional<Failure> read_grpc_frame(Frame frame, std::optional<std::string_view> encoding, Codec codec,
                                       google::protobuf::Message& into);

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

// The text of a failure with its id, and its detail (zitadel.v1.ErrorDetail) in the wire format.
std::string message_with_id(const Failure& failure);
std::string error_detail(const Failure& failure);
std::string to_unpadded_base64(std::string_view bytes);

}  // namespace usermeta
