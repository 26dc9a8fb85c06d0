#include <algorithm>

#include "commands/limits.hpp"
#include "http/api.hpp"
#include "http/api_details.hpp"
#include "http/event_message.hpp"
#include "http/event_texts.hpp"

namespace usermeta {
namespace {

constexpr int kMostAggregateTypes = 10;

bool is_good_id(const std::string& text) {
  return text.empty() || !check_user_id(text);
}

// One of a list: an empty one would match nothing, and is a mistake.
bool is_good_type(const std::string& text) {
  return !check_user_id(text);
}

std::optional<Refusal> read_search(const admin::ListEventsRequest& request, EventSearch& into) {
  if (request.event_types_size() > kMostTypes) return Refusal::events_search_types;
  if (request.aggregate_types_size() > kMostAggregateTypes) return Refusal::events_search_aggregates;
  for (const std::string& id : {request.editor_user_id(), request.aggregate_id(), request.resource_owner()})
    if (!is_good_id(id)) return Refusal::events_search_text;
  if (!std::ranges::all_of(request.event_types(), is_good_type) ||
      !std::ranges::all_of(request.aggregate_types(), is_good_type))
    return Refusal::events_search_text;
  into.above = position_of(request.sequence());
  into.editor = request.editor_user_id();
  into.types = {request.event_types().begin(), request.event_types().end()};
  into.aggregate_id = request.aggregate_id();
  into.aggregate_types = {request.aggregate_types().begin(), request.aggregate_types().end()};
  into.owner = request.resource_owner();
  into.oldest_first = request.asc();
  const std::uint32_t limit = request.limit();
  into.limit = limit == 0 || limit > kMostListed ? kMostListed : limit;
  bool dates = true;
  const auto read = [&dates](std::optional<Time>& date, const google::protobuf::Timestamp& timestamp) {
    date = time_of(timestamp);
    dates = dates && date;
  };
  if (request.has_range() && request.range().has_since()) read(into.since, request.range().since());
  if (request.has_range() && request.range().has_until()) read(into.until, request.range().until());
  if (request.has_from()) read(request.asc() ? into.since : into.until, request.from());
  return dates ? std::nullopt : std::optional(Refusal::date_range);
}

void localize(zitadel::v1::LocalizedMessage& into, std::string_view kind, const std::string& type,
              std::string_view text) {
  into.set_key(std::string(kind) + "." + type);
  into.set_localized_message(std::string(text));
}

void set_found(zitadel::event::v1::Event& into, const Recorded& event, const std::string& editor) {
  into.mutable_editor()->set_user_id(event.creator);
  into.mutable_editor()->set_display_name(editor);
  auto& aggregate = *into.mutable_aggregate();
  const std::string kind(name_of(event.aggregate.type));
  aggregate.set_id(event.aggregate.id);
  aggregate.mutable_type()->set_type(kind);
  localize(*aggregate.mutable_type()->mutable_localized(), "AggregateTypes", kind, aggregate_type_text(kind));
  aggregate.set_resource_owner(event.owner);
  into.set_sequence(static_cast<std::uint64_t>(event.sequence));
  set_timestamp(*into.mutable_creation_date(), event.created_at);
  set_payload(*into.mutable_payload(), event);
  into.mutable_type()->set_type(event.type);
  localize(*into.mutable_type()->mutable_localized(), "EventTypes", event.type, event_type_text(event.type));
  into.set_position(static_cast<std::uint64_t>(event.position));
  into.set_id(std::to_string(event.position));
}

}  // namespace

Api::Answer<admin::ListEventsResponse> Api::search_events(const CallInfo& call,
                                                          admin::ListEventsRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::events_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  EventSearch search;
  if (const auto refusal = read_search(request, search)) co_return *refusal;
  if (const auto late = co_await wait_for(call)) co_return *late;
  const auto outcome = co_await events_.search(std::move(search));
  if (const auto* none = std::get_if<NotFound>(&outcome))
    co_return *none == NotFound::too_large ? Refusal::events_search_size : Refusal::events_search_time;
  const auto& found = std::get<EventsFound>(outcome);
  admin::ListEventsResponse response;
  for (const Recorded& event : found.events) {
    const auto editor = found.editors.find(event.creator);
    set_found(*response.add_events(), event, editor == found.editors.end() ? std::string() : editor->second);
  }
  co_return response;
}

}  // namespace usermeta
