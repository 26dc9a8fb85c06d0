#pragma once

#include <boost/json/object.hpp>

namespace usermeta {

// Adds the paths of the transparency log (see http/audit_calls), which are no calls with a message.
void add_audit_paths(boost::json::object& paths);

}  // namespace usermeta
