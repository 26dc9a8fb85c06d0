#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"
#include "events/log.hpp"

namespace usermeta {

// What a command is decided on: the aggregates (each with the slots that it looks at) and the names it
// claims.
struct Needs {
  std::vector<Needed> aggregates;
  std::vector<Name> names;
};

// Every aggregate's `header` is set: a command never looks at a slot without it.
Needs needs_of(const CommandRequest& request);

}  // namespace usermeta
