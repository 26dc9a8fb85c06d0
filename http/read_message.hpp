#pragma once

#include <optional>

#include <google/protobuf/message.h>

#include "http/endpoints.hpp"
#include "http/failure.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// Reads a call's message, out of the body or the query and the path; what is wrong with it, or nothing.
std::optional<Failure> read_message(const WireFormat& format, const Route& route, const HttpRequest& request,
                                    google::protobuf::Message& message);

}  // namespace usermeta
