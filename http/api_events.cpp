#include "commands/limits.hpp"
#include "http/api.hpp"
#include "http/api_details.hpp"
#include "http/event_message.hpp"

namespace usermeta {

Api::Answer<v1::ListEventsResponse> Api::list_events(const CallInfo& call, v1::ListEventsRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::events_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  EventListing listing;
  if (const auto refusal = read_event_filter(request.type(), request.user(), request.org(), listing.filter))
    co_return *refusal;
  if (request.limit() > kMostListed) co_return Refusal::events_limit;
  if (request.limit() == 0) request.set_limit(kUsuallyListed);
  listing.limit = request.limit();
  listing.after = position_of(request.after());
  if (const auto late = co_await wait_for(call)) co_return *late;
  EventPage page = co_await events_.list(std::move(listing));
  v1::ListEventsResponse response;
  for (Recorded& event : page.events) set_event(*response.add_events(), std::move(event));
  response.set_next(static_cast<std::uint64_t>(page.next));
  response.set_end(page.end);
  co_return response;
}

Api::Answer<v1::GetEventResponse> Api::get_event(const CallInfo& call, v1::GetEventRequest request) {
  const auto permitted = co_await callers_.authorise(call, Permission::events_read);
  if (const auto* refusal = std::get_if<Refusal>(&permitted)) co_return *refusal;
  if (const auto late = co_await wait_for(call)) co_return *late;
  auto event = co_await events_.at(position_of(request.position()));
  if (!event) co_return Refusal::event_unknown;
  v1::GetEventResponse response;
  set_event(*response.mutable_event(), *std::move(event));
  co_return response;
}

}  // namespace usermeta
