#include "cli/status.hpp"

#include <algorithm>

#include "events/json_string.hpp"

namespace usermeta {
namespace {

void append(std::string& json, const std::vector<Follower>& followers, Position head) {
  json += '[';
  for (const Follower& follower : followers) {
    if (json.back() != '[') json += ',';
    json += "{\"name\":";
    append_json_string(json, follower.name);
    json += ",\"runsHere\":";
    json += follower.here ? "true" : "false";
    const auto number = [&](const char* name, Position value) {
      json += name + (follower.checkpoint ? std::to_string(value) : "null");
    };
    const Position checkpoint = follower.checkpoint.value_or(0);
    number(",\"position\":", checkpoint);
    number(",\"lag\":", std::max<Position>(head - checkpoint, 0));
    json += ",\"lastError\":";
    append_json_string(json, follower.error);
    json += '}';
  }
  json += ']';
}

}  // namespace

std::string as_json(const Status& status) {
  std::string json = "{\"logPosition\":" + std::to_string(status.head) + ",\"projections\":";
  append(json, status.projections, status.head);
  json += ",\"publishers\":";
  append(json, status.publishers, status.head);
  return json + '}';
}

}  // namespace usermeta
