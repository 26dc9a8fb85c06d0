#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "proof/tiles.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// Questions about the transparency log. Throws Outage when the database is away, and UnreadableEvent.
//
// Threads: any. It connects when it is asked for the first time.
class AuditQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connection
  };
  AuditQueries(const boost::asio::any_io_executor& executor, const Options& options);

  // The newest checkpoint as a signed note; nothing while there is none.
  boost::asio::awaitable<std::optional<std::string>> checkpoint();
  // The bytes of a tile, or of a bundle of entries; nothing when the tree has not so many.
  boost::asio::awaitable<std::optional<std::string>> tile(TilePath path);

  // Fails everything under way. Its executor must have run dry before it is destroyed.
  void close();

 private:
  boost::asio::awaitable<std::optional<std::string>> entries(TilePath path);

  std::shared_ptr<PgPipeline> connection_;
};

}  // namespace usermeta
