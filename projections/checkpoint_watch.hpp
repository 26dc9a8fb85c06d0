#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "events/recorded.hpp"

namespace usermeta {

// How far a projection is known to have come, and a place to wait for it to come further.
//
// Threads: any; the state lives on its own strand. Keep it in a shared_ptr.
class CheckpointWatch : public std::enable_shared_from_this<CheckpointWatch> {
 public:
  explicit CheckpointWatch(const boost::asio::any_io_executor& executor)
      : strand_(boost::asio::make_strand(executor)) {}

  void advance(Position position);
  // As far as it is known.
  Position position() const { return position_.load(); }

  // Returns true once the projection has reached `position`, false when `patience` is over.
  boost::asio::awaitable<bool> reached(Position position, std::chrono::milliseconds patience);
  // The same for a position that the log itself may never reach: only up to `wanted` is the projection told
  // to hurry, so that it does not look again and again for what is not there.
  boost::asio::awaitable<bool> reached(Position position, Position wanted,
                                       std::chrono::milliseconds patience);

  // The furthest position that has been waited for, while somebody waits; otherwise 0.
  Position wanted() const { return waiting_.load() > 0 ? wanted_.load() : 0; }
  // Called, from any thread, when somebody begins to wait. Set once, before the first wait.
  void on_wanted(std::function<void()> call) { on_wanted_ = std::move(call); }

 private:
  struct Waiter {
    Position position;
    boost::asio::steady_timer timer;
  };

  boost::asio::strand<boost::asio::any_io_executor> strand_;
  std::atomic<int> waiting_{0};
  std::atomic<Position> wanted_{0};
  std::function<void()> on_wanted_;
  std::atomic<Position> position_{0};  // changes on the strand
  // On the strand:
  std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace usermeta
