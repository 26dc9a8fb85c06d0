#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <variant>

#include <google/protobuf/message.h>

#include "http/codec.hpp"
#include "http/message.hpp"

namespace usermeta {

enum class Protocol : std::uint8_t { rest, grpc, grpc_web, grpc_web_text, connect };

// How a call's message and outcome are written. What a call means is the same in all of them.
struct WireFormat {
  std::string_view content_type;
  Protocol protocol;
  Codec codec;

  bool is_grpc() const { return protocol != Protocol::rest && protocol != Protocol::connect; }
};

inline constexpr WireFormat kRest{"application/json", Protocol::rest, Codec::json};
inline constexpr WireFormat kConnect{"application/json", Protocol::connect, Codec::json};

// The format of a body on a procedure's path (/package.Service/Method); null for a type that is none.
const WireFormat* procedure_format(std::optional<std::string_view> content_type);
// The content types that procedures take, as Accept-Post lists them.
std::string procedure_content_types();

// The format on a REST path: gRPC's and gRPC-Web's bodies are told by their type, all others are JSON.
const WireFormat& rest_format(const HttpRequest& request);

// Reads the request's body, whose message may have `limit` bytes; what is wrong with it, or nothing. REST's
// bodies are bounded by the transport alone.
std::optional<Failure> read_body(const WireFormat& format, const HttpRequest& request,
                                 google::protobuf::Message& into, std::size_t limit = kLongestMessage);

// `trailers` is what the call says after its message, besides its status; REST has no place for it.
HttpResponse write_answer(const WireFormat& format, const HttpRequest& request,
                          const google::protobuf::Message& message, const Fields& trailers = {});
HttpResponse write_failure(const WireFormat& format, const Failure& failure, const Fields& trailers = {});

// How long the client waits; nothing when it does not say, and a failure when that cannot be read.
std::variant<std::optional<std::chrono::microseconds>, Failure> client_timeout(const WireFormat& format,
                                                                               const Fields& fields);

}  // namespace usermeta
