#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/recorded.hpp"

namespace usermeta {

// Where the events of one instance come from, as consumers see it.
struct EventSource {
  std::string instance;      // see instance_of
  std::string external_url;  // how clients reach the service, without a slash at its end; "" when nobody said
};

// What tells an instance from all others: 32 hexadecimal digits, made of the salt of its log's first event,
// which is random, is the same for ever, and cannot be read off them. (The aggregate's id is not: every
// instance has the same.)
std::string instance_of(const Recorded& first);

// Names the instance wherever it is reached: "urn:usermeta:instance:ID".
std::string source_of(const EventSource& source);
// Where the event can be fetched. Without an external URL a reference relative to the service's own.
std::string event_url(const EventSource& source, Position position);

// What the event is about: "users/ID", "orgs/ID", "instances/ID".
std::string subject_of(const AggregateId& aggregate);

// An event as CloudEvents 1.0 has it. Every attribute is a string; those that are empty are left out.
//
//   specversion 1.0 | id: the position | source | type | subject (see above) | time
//   extensions: aggregatetype, sequence (of the aggregate), revision (of the payload), owner, creator,
//               requestid, traceparent (of the CloudEvents extension for distributed tracing),
//               dataref (of the extension of that name): in place of the data
struct CloudEvent {
  std::vector<std::pair<std::string_view, std::string>> attributes;
  std::string data;  // the payload as it is stored, a JSON object; "" when there is a dataref
};

inline constexpr std::string_view kCloudEventData = "application/json";  // its data
inline constexpr std::string_view kCloudEventJson =
    "application/cloudevents+json; charset=UTF-8";  // all of it

CloudEvent cloud_event(const Recorded& event, const EventSource& source);
// The same without its data, which is where `dataref` says.
CloudEvent cloud_event_by_reference(const Recorded& event, const EventSource& source);

// All of it as one JSON object (CloudEvents' JSON format, "structured mode").
std::string as_json(const CloudEvent& event);

}  // namespace usermeta
