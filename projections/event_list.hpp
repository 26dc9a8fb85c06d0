#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "projections/event_filter.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The settings of a session that asks for events: by an index, whatever the table's size was when the plan
// was made, and with a plan that is made once.
inline constexpr const char* kByEventIndex =
    "-c search_path=usermeta -c enable_seqscan=off -c enable_bitmapscan=off"
    " -c plan_cache_mode=force_generic_plan";

struct EventListing {
  EventFilter filter = {};
  Position after = 0;         // one beyond the log's end stands for its end
  std::uint32_t limit = 100;  // 1 at least
  // A page also ends before its payloads have more than so many bytes, but has one event.
  std::size_t bytes = 3 * 1024 * 1024;
};

struct EventPage {
  std::vector<Recorded> events;  // by position
  // To go on after: everything that matches up to here was given. It moves on even where nothing matches, for
  // a look ends after kMostLooked events, so that none takes long.
  Position next = 0;
  bool end = false;  // nothing more was in the log at some moment of the call
};

inline constexpr std::int64_t kMostLooked = 50'000;

// Reads a page from the log, on a session with kByEventIndex. With a user it walks that user's own stream,
// otherwise the log. The pipeline must outlive the call. Throws Outage and UnreadableEvent.
boost::asio::awaitable<EventPage> list_events(PgPipeline& pipeline, const EventListing& listing);

// The event at that position, or nothing. Throws the same.
boost::asio::awaitable<std::optional<Recorded>> event_at(PgPipeline& pipeline, Position position);

}  // namespace usermeta
