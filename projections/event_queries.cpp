#include "projections/event_queries.hpp"

#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>

namespace usermeta {

namespace asio = boost::asio;

EventQueries::EventQueries(const asio::any_io_executor& executor, const Options& options)
    : pages_(std::make_shared<PgPipeline>(
          asio::make_strand(executor),
          PgPipeline::Options{.conninfo = options.conninfo,
                              .application_name = "usermeta events " + options.process,
                              .settings = kByEventIndex,
                              .counts = options.counts,
                              .shares_syncs = true})),
      searches_(std::make_shared<PgPipeline>(
          asio::make_strand(executor),
          PgPipeline::Options{.conninfo = options.conninfo,
                              .application_name = "usermeta search " + options.process,
                              .settings = std::string(kByEventIndex) + " -c statement_timeout=" +
                                          std::to_string(options.search_time.count()),
                              .counts = options.counts})) {}

asio::awaitable<EventPage> EventQueries::list(EventListing listing) {
  co_return co_await list_events(*pages_, listing);
}

asio::awaitable<std::optional<Recorded>> EventQueries::at(Position position) {
  co_return co_await event_at(*pages_, position);
}

asio::awaitable<std::variant<EventsFound, NotFound>> EventQueries::search(EventSearch search) {
  co_return co_await search_events(*searches_, search);
}

void EventQueries::close() {
  for (const auto& connection : {pages_, searches_})
    asio::dispatch(connection->strand(), [connection] { connection->close(); });
}

}  // namespace usermeta
