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
// It learns the log's head (one look serves all that began before it on one executor) and waits until the
// projection has come so far. Throws Outage when the database is away or the projection does not come that
// far within `patience`.
//
// Threads: any. Each of the executors runs one thing at a time; who calls from one of them is served by the
// connections that are on it, as far as there are enough.
class UserMetadataQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::size_t connections = 2;  // in all, shared out among the executors
    std::chrono::milliseconds patience{2000};
    std::shared_ptr<PgConnectionCounts> counts = {};  // of its connections
  };
  UserMetadataQueries(const std::vector<boost::asio::any_io_executor>& executors, Options options,
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
  // The connections on one executor, and the look at the head that serves who asks there.
  struct Group {
    std::vector<std::shared_ptr<PgPipeline>> connections;
    std::shared_ptr<HeadLook> head_look;
    std::atomic<std::size_t> turn{0};
    PgPipeline& next() { return *connections[turn++ % connections.size()]; }
  };

  boost::asio::awaitable<Group*> caught_up();
  Group& group_of(const boost::asio::any_io_executor& executor);

  Options options_;
  std::shared_ptr<CheckpointWatch> watch_;
  std::vector<boost::asio::any_io_executor> executors_;
  std::vector<std::unique_ptr<Group>> groups_;  // of the first executors; the others share them
};

}  // namespace usermeta
