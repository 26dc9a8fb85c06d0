#pragma once

#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "grpc/reflection/v1/reflection.pb.h"
#include "http/grpc_stream.hpp"

namespace usermeta {

// grpc.reflection.v1.ServerReflection, and v1alpha, whose messages are the same on the wire: what the .proto
// files of the services say, which their generated code brings along. Callable from any thread.

// The services that are served ("package.Service"), those for health and reflection among them, sorted.
const std::vector<std::string_view>& served_services();
bool is_served(std::string_view service);

// The answer to one request; to one that asks for nothing, an error.
grpc::reflection::v1::ServerReflectionResponse reflect(
    const grpc::reflection::v1::ServerReflectionRequest& request);

// Answers each request until the client has no more.
boost::asio::awaitable<void> serve_reflection(GrpcStream& stream);

}  // namespace usermeta
