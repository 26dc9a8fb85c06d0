#pragma once

#include <string>

#include "projections/rebuild.hpp"

namespace usermeta {

// What an operator is told of a rebuild that is done, in lines.
std::string rebuild_report(const Rebuilt& rebuilt, bool dry_run);

}  // namespace usermeta
