#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "projections/event_queries.hpp"
#include "projections/event_tail.hpp"

namespace usermeta {

class LiveQueries;

// One who follows the log: what has happened since a position, and then what happens. For one coroutine at a
// time; the LiveQueries must outlive it.
class LiveQuery {
 public:
  LiveQuery(LiveQueries& all, EventFilter filter, Position after, std::function<void()> wake);
  ~LiveQuery();
  LiveQuery(const LiveQuery&) = delete;
  LiveQuery& operator=(const LiveQuery&) = delete;

  struct Next {
    std::vector<std::shared_ptr<const Recorded>> events;  // that match, by position; a bounded size of them
    bool more = false;                                    // there is; otherwise `wake` will be called
  };
  // What comes next, without waiting for it to happen. Throws Outage when it cannot be read, and
  // UnreadableEvent.
  boost::asio::awaitable<Next> next();

  // Everything up to here that matches was given.
  Position reached() const { return reached_; }

 private:
  LiveQueries& all_;
  const EventFilter filter_;
  const std::shared_ptr<EventTail::Follower> follower_;
  Position reached_;
  bool in_tail_ = false;  // what comes next was there when it was last looked at
};

// Queries for events that go on. However many they are, they share what is read of the log's end: from
// further back each reads pages of its own. None has a connection to the database.
//
// Threads: any.
class LiveQueries {
 public:
  struct Options {
    std::string conninfo;
    std::string process;
    std::size_t most = 500;  // at a time
    std::shared_ptr<PgConnectionCounts> counts = {};
    std::size_t tail_bytes = 16 * 1024 * 1024;
  };
  LiveQueries(const boost::asio::any_io_executor& executor, EventQueries& queries, const Options& options);

  // Null when there are too many already. `wake`: see LiveQuery::next(); it is called from any thread, and
  // may be called once more after the query is gone.
  std::unique_ptr<LiveQuery> open(EventFilter filter, Position after, std::function<void()> wake);
  std::size_t count() const { return count_; }

  // The log has grown.
  void poke();

  // Its executor must have run dry before it is destroyed.
  void close() { tail_->close(); }

 private:
  friend class LiveQuery;

  EventQueries& queries_;
  const std::size_t most_;
  std::atomic<std::size_t> count_{0};
  const std::shared_ptr<EventTail> tail_;
};

}  // namespace usermeta
