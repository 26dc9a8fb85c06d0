#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "projections/event_list.hpp"
#include "projections/event_search.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Questions about the log itself: each sees everything that was in it when it was asked. Throws Outage when
// the database is away, and UnreadableEvent.
//
// Threads: any. It connects when it is asked for the first time.
class EventQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
    std::chrono::milliseconds search_time{4000};      // for each of a search's statements
  };
  EventQueries(const boost::asio::any_io_executor& executor, const Options& options);

  boost::asio::awaitable<EventPage> list(EventListing listing);
  boost::asio::awaitable<std::optional<Recorded>> at(Position position);

  // On a connection of its own: it may take long.
  boost::asio::awaitable<std::variant<EventsFound, NotFound>> search(EventSearch search);

  // Fails everything under way. Its executor must have run dry before it is destroyed.
  void close();

 private:
  std::shared_ptr<PgPipeline> pages_;
  std::shared_ptr<PgPipeline> searches_;
};

}  // namespace usermeta
