#include "cli/event_json.hpp"

#include "events/json_string.hpp"

namespace usermeta {

std::string event_as_json(const Recorded& event) {
  std::string json = "{\"position\":" + std::to_string(event.position);
  const auto text = [&json](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    json += ",\"";
    json += name;
    json += "\":";
    append_json_string(json, value);
  };
  text("aggregateType", name_of(event.aggregate.type));
  text("aggregateId", event.aggregate.id);
  json += ",\"sequence\":" + std::to_string(event.sequence);
  text("type", event.type);
  json += ",\"revision\":" + std::to_string(event.revision);
  text("createdAt", to_rfc3339(event.created_at));
  text("creator", event.creator);
  text("owner", event.owner);
  text("requestId", event.origin.request_id);
  text("traceparent", event.origin.traceparent);
  text("clientAddress", event.origin.address);
  json += ",\"payload\":";
  json += event.payload.empty() ? "{}" : event.payload;
  json += '}';
  return json;
}

}  // namespace usermeta
