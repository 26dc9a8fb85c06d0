#pragma once

#include <optional>

#include "http/message.hpp"

namespace usermeta {

// Cross-origin calls from browsers (Fetch standard, "CORS protocol"): every origin may call, with
// credentials.

// The answer to a preflight request, if it is one.
std::optional<HttpResponse> answer_preflight(const HttpRequest& request);

// Adds what lets the browser's page see the answer.
void allow_origin(const HttpRequest& request, HttpResponse& response);

}  // namespace usermeta
