#include "http/event_message.hpp"

#include <algorithm>
#include <utility>

#include "commands/limits.hpp"
#include "http/api_details.hpp"
#include "http/json_struct.hpp"

namespace usermeta {

void set_payload(google::protobuf::Struct& into, const Recorded& event) {
  if (event.payload.empty()) return;
  if (!parse_struct(event.payload, into))
    throw UnreadableEvent("the payload of the event at position " + std::to_string(event.position) +
                          " is no JSON object");
  if (event.type == "user.pat.added") into.mutable_fields()->erase("tokenHash");
}

void set_event(v1::Event& into, Recorded event) {
  into.set_position(static_cast<std::uint64_t>(event.position));
  into.set_aggregate_type(std::string(name_of(event.aggregate.type)));
  into.set_aggregate_id(std::move(event.aggregate.id));
  into.set_sequence(static_cast<std::uint64_t>(event.sequence));
  set_payload(*into.mutable_payload(), event);
  into.set_type(std::move(event.type));
  into.set_revision(static_cast<std::uint32_t>(event.revision));
  set_timestamp(*into.mutable_created_at(), event.created_at);
  into.set_creator(std::move(event.creator));
  into.set_owner(std::move(event.owner));
  into.set_request_id(std::move(event.origin.request_id));
  into.set_traceparent(std::move(event.origin.traceparent));
  into.set_client_address(std::move(event.origin.address));
}

std::optional<Refusal> read_event_filter(const google::protobuf::RepeatedPtrField<std::string>& types,
                                         const std::string& user, const std::string& org, EventFilter& into) {
  const auto is_known = [](const std::string& type) { return find_type(type) != nullptr; };
  if (types.size() > kMostTypes || !std::ranges::all_of(types, is_known)) return Refusal::events_type;
  if (!user.empty() && check_user_id(user)) return Refusal::events_user;
  if (!org.empty() && check_user_id(org)) return Refusal::events_org;
  into = {{types.begin(), types.end()}, user, org};
  return std::nullopt;
}

Position position_of(std::uint64_t number) {
  return static_cast<Position>(std::min<std::uint64_t>(number, INT64_MAX));
}

}  // namespace usermeta
