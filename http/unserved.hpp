#pragma once

#include <optional>
#include <string>

#include "http/message.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// The answers to requests whose header alone says that no call serves them. Callable from any thread.

// To a request for a procedure's path: `known` says whether there is that procedure, and `format` is what
// procedure_format() makes of the content type. Nothing when it can be served.
std::optional<HttpResponse> unserved_procedure(const WireFormat* format, bool known,
                                               const HttpRequest& request);

// To requests for other paths. `allow`: the methods that the path has, as the field allow lists them.
HttpResponse wrong_method(const WireFormat& format, const HttpRequest& request, const std::string& allow);
HttpResponse unknown_path(const WireFormat& format);

// To a body of so many bytes, when no message of that format can have them.
std::optional<HttpResponse> too_long(const WireFormat& format, std::size_t body_bytes);

}  // namespace usermeta
