#pragma once

#include <string>
#include <vector>

#include "events/recorded.hpp"

namespace usermeta {

// Which events somebody wants. What is empty matches every event.
struct EventFilter {
  std::vector<std::string> types = {};  // any of them
  std::string user = {};                // the events of that user's own stream
  std::string org = {};                 // the events of that owner

  bool matches(const Recorded& event) const;
};

}  // namespace usermeta
