#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "events/recorded.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The log's newest events for any number of followers: they are read once, on one connection, and only while
// somebody waits for them. What is kept is one run without gaps; whoever comes from further back reads the
// log until it is there. While the database is away the followers wait.
//
// Threads: any; the state lives on the connection's strand. Keep it in a shared_ptr.
class EventTail : public std::enable_shared_from_this<EventTail> {
 public:
  // `bytes`: what is kept at most, as estimated from the events. `connection`: with kByEventIndex.
  EventTail(std::shared_ptr<PgPipeline> connection, std::size_t bytes);

  // One who follows. `wake` is called, on the strand, when there is more than take() has given last.
  struct Follower {
    std::function<void()> wake;
    bool waiting = false;  // on the strand
  };
  // To be forgotten with leave().
  std::shared_ptr<Follower> join(std::function<void()> wake);
  void leave(const std::shared_ptr<Follower>& follower);

  struct Taken {
    std::vector<std::shared_ptr<const Recorded>> events;
    bool here = true;  // false: what comes next is not kept (any more)
  };
  // What comes after that position, a bounded number and size of events; none: the follower will be woken.
  // Throws UnreadableEvent when the log has one there.
  boost::asio::awaitable<Taken> take(std::shared_ptr<Follower> follower, Position after);

  // The log may have grown.
  void poke();

  // Nobody is woken any more, and nothing is read.
  void close();

 private:
  Taken take_now(Follower& follower, Position after);
  bool is_waited_for() const;
  void read();
  boost::asio::awaitable<void> read_on();
  void add(std::vector<Recorded> events);
  void wake_all();

  std::shared_ptr<PgPipeline> connection_;
  const std::size_t bound_;
  // On the strand:
  std::list<std::shared_ptr<Follower>> followers_;
  std::deque<std::shared_ptr<const Recorded>> events_;
  std::size_t bytes_ = 0;
  Position begin_ = 0;  // the position before the first event
  Position last_ = 0;   // and of the last one
  bool grown_ = true;   // the log may have, since the last read began
  bool reading_ = false;
  bool closed_ = false;
  std::exception_ptr unreadable_;  // what comes after last_
  boost::asio::steady_timer retry_;
};

}  // namespace usermeta
