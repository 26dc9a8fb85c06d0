#pragma once

#include <string>

#include "events/recorded.hpp"

namespace usermeta {

// What the log has of user "u" at that position.
inline Recorded event_at(Position position, const std::string& type, const std::string& payload) {
  Recorded event;
  event.position = event.sequence = position;
  event.aggregate = {AggregateType::user, "u"};
  event.type = type;
  event.revision = 2;
  event.payload = payload;
  return event;
}

}  // namespace usermeta
