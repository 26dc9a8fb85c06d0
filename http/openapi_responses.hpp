#pragma once

#include <span>
#include <string_view>

#include <boost/json/object.hpp>

#include "http/openapi_calls.hpp"

namespace usermeta {

// What a call may answer besides 200: by status, with an example of each refusal. `path` is the endpoint's,
// `takes_body` whether it reads one.
boost::json::object openapi_failures(const CallText& call, std::string_view path, bool takes_body);

// Those that all calls share (components/responses), and the schema of a failure.
boost::json::object openapi_shared_failures();
boost::json::object openapi_failure_schema();

// The calls of v2 look for the organisation in the user, those of v1 in the header.
inline bool is_v2(std::string_view path) {
  return path.starts_with("/v2/");
}

}  // namespace usermeta
