#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "projections/checkpoint_watch.hpp"
#include "projections/head_look.hpp"
#include "projections/user_metadata_list.hpp"

namespace usermeta {

// Reads of the users' metadata that are linearizable: each sees everything that was in the log when it began.
// It learns the log's head (one look serves all that began before it) and waits until the projection has come
// so far. Throws Outage when the database is away or the projection does not come that far within `patience`.
//
// Threads: any.
class UserMetadataQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::size_t connections = 2;
    std::chrono::milliseconds patience{2000};
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
  };
  UserMetadataQueries(const boost::asio::any_io_executor& executor, Options options,
                      std::shared_ptr<CheckpointWatch> watch);

  // The key's value, when the user belongs to that organisation.
  boost::asio::awaitable<std::optional<UserMetadataRow>> get(std::string user_id, std::string key,
                                                             std::string org);
  boost::asio::awaitable<UserMetadataPage> list(UserMetadataListing listing);

  // Whether everything up to that position can be read here; waits for it for `patience` at most. The log may
  // never have it.
  boost::asio::awaitable<bool> reached(Position position);

  // Whether the database answers.
  boost::asio::awaitable<void> ping();

  // Fails everything under way. Its executor must have run dry before it is destroyed.
  void close();

 private:
  boost::asio::awaitable<void> caught_up();
  PgPipeline& next();

  Options options_;
  std::shared_ptr<CheckpointWatch> watch_;
  std::shared_ptr<HeadLook> head_look_;
  std::vector<std::shared_ptr<PgPipeline>> connections_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace usermeta
