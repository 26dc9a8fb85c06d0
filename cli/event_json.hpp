#pragma once

#include <string>

#include "events/recorded.hpp"

namespace usermeta {

// An event as one line of JSON, its payload as it is stored.
std::string event_as_json(const Recorded& event);

}  // namespace usermeta
