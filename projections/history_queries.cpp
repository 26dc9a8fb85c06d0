#include "projections/history_queries.hpp"

#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>

#include "projections/event_list.hpp"

namespace usermeta {

namespace asio = boost::asio;

HistoryQueries::HistoryQueries(const asio::any_io_executor& executor, const Options& options)
    : connection_(std::make_shared<PgPipeline>(
          asio::make_strand(executor),
          PgPipeline::Options{.conninfo = options.conninfo,
                              .application_name = "usermeta history " + options.process,
                              .settings = kByEventIndex,
                              .counts = options.counts,
                              .shares_syncs = true})) {}

asio::awaitable<std::optional<HistoryPage>> HistoryQueries::history(HistoryListing listing) {
  co_return co_await list_user_history(*connection_, listing);
}

asio::awaitable<Position> HistoryQueries::position_at(Moment moment) {
  co_return co_await usermeta::position_at(*connection_, moment);
}

asio::awaitable<std::optional<PastPage>> HistoryQueries::list_at(Position position, PastListing listing) {
  co_return co_await list_user_metadata_at(*connection_, position, listing);
}

asio::awaitable<std::optional<PastMetadata>> HistoryQueries::get_at(Position position, std::string user_id,
                                                                    std::string org, std::string key) {
  co_return co_await user_metadata_at(*connection_, position, user_id, org, key);
}

void HistoryQueries::close() {
  asio::dispatch(connection_->strand(), [connection = connection_] { connection->close(); });
}

}  // namespace usermeta
