#include "events/cloud_event.hpp"

#include <stdexcept>

#include "events/digest.hpp"
#include "events/hex.hpp"
#include "events/json_string.hpp"

namespace usermeta {
namespace {

// As the paths of the calls have them.
std::string_view plural_of(AggregateType type) {
  switch (type) {
    case AggregateType::instance:
      return "instances/";
    case AggregateType::org:
      return "orgs/";
    case AggregateType::user:
      return "users/";
  }
  throw std::logic_error("an aggregate type without a plural");
}

CloudEvent attributes_of(const Recorded& event, const EventSource& source) {
  CloudEvent result;
  result.attributes.reserve(14);
  const auto add = [&result](std::string_view name, std::string value) {
    if (!value.empty()) result.attributes.emplace_back(name, std::move(value));
  };
  add("specversion", "1.0");
  add("id", std::to_string(event.position));
  add("source", source_of(source));
  add("type", event.type);
  add("subject", subject_of(event.aggregate));
  add("time", to_rfc3339(event.created_at));
  add("aggregatetype", std::string(name_of(event.aggregate.type)));
  add("sequence", std::to_string(event.sequence));
  add("revision", std::to_string(event.revision));
  add("owner", event.owner);
  add("creator", event.creator);
  add("requestid", event.origin.request_id);
  add("traceparent", event.origin.traceparent);
  return result;
}

}  // namespace

std::string instance_of(const Recorded& first) {
  constexpr std::size_t kBytes = 16;
  const Digest digest = sha256({reinterpret_cast<const char*>(first.salt.data()), first.salt.size()});
  return to_hex({reinterpret_cast<const char*>(digest.data()), kBytes});
}

std::string subject_of(const AggregateId& aggregate) {
  return std::string(plural_of(aggregate.type)) + aggregate.id;
}

std::string source_of(const EventSource& source) {
  return "urn:usermeta:instance:" + source.instance;
}

std::string event_url(const EventSource& source, Position position) {
  return source.external_url + "/usermeta/v1/events/" + std::to_string(position);
}

CloudEvent cloud_event(const Recorded& event, const EventSource& source) {
  CloudEvent result = attributes_of(event, source);
  result.data = event.payload.empty() ? "{}" : event.payload;
  return result;
}

CloudEvent cloud_event_by_reference(const Recorded& event, const EventSource& source) {
  CloudEvent result = attributes_of(event, source);
  result.attributes.emplace_back("dataref", event_url(source, event.position));
  return result;
}

std::string as_json(const CloudEvent& event) {
  std::string json;
  json.reserve(event.data.size() + 512);
  const auto member = [&json](std::string_view name) {
    json += json.empty() ? '{' : ',';
    append_json_string(json, name);
    json += ':';
  };
  for (const auto& [name, value] : event.attributes) {
    member(name);
    append_json_string(json, value);
  }
  if (!event.data.empty()) {
    member("datacontenttype");
    append_json_string(json, kCloudEventData);
    member("data");
    json += event.data;
  }
  json += '}';
  return json;
}

}  // namespace usermeta
