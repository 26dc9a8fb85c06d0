#pragma once

#include <string>

#include "events/recorded.hpp"

namespace usermeta {

// An event as one line for a terminal: position, time, type, aggregate, and what it is about, cut to a
// readable length. Nothing of it can move the cursor or end the line.
std::string event_line(const Recorded& event);

}  // namespace usermeta
