#pragma once

#include <string>
#include <string_view>

namespace usermeta {

// Where the document is served, to anyone.
inline constexpr std::string_view kOpenapiPath = "/openapi.json";

// The REST calls as an OpenAPI 3.1 document in JSON (spec.openapis.org/oas/v3.1.0). It is made from the table
// of endpoints, the messages' descriptors and openapi_calls.hpp. Made by the first call; any thread.
const std::string& openapi_document();

}  // namespace usermeta
