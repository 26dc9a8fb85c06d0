#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "projections/user_history.hpp"
#include "projections/user_metadata_at.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Questions about what was: each is answered from the log itself, and so sees everything that was in it when
// it was asked, whatever the read model has. Throws Outage when the database is away, and UnreadableEvent.
//
// Threads: any. It connects when it is asked for the first time.
class HistoryQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connection
  };
  HistoryQueries(const boost::asio::any_io_executor& executor, const Options& options);

  // See projections/user_history.hpp and user_metadata_at.hpp.
  boost::asio::awaitable<std::optional<HistoryPage>> history(HistoryListing listing);
  boost::asio::awaitable<Position> position_at(Moment moment);
  boost::asio::awaitable<std::optional<PastPage>> list_at(Position position, PastListing listing);
  boost::asio::awaitable<std::optional<PastMetadata>> get_at(Position position, std::string user_id,
                                                             std::string org, std::string key);

  // Fails everything under way. Its executor must have run dry before it is destroyed.
  void close();

 private:
  std::shared_ptr<PgPipeline> connection_;
};

}  // namespace usermeta
