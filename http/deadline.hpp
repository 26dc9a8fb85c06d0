#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace usermeta {

// When a connection must have got further. It moves with every request, its timer only when that must ring
// earlier than it is set to: a busy connection never touches the timer. On the connection's executor only.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(const boost::asio::any_io_executor& strand) : timer_(strand) {}

  // Once, before anything else: what happens at the deadline, while `owner`, who owns this, still lives.
  void watch(std::weak_ptr<void> owner, std::function<void()> expire);

  void set(Clock::duration from_now) { set(Clock::now() + from_now); }
  void set(Clock::time_point due);
  void clear() { set(Clock::time_point::max()); }

  // Since it was last set or cleared.
  bool expired() const { return expired_; }

 private:
  void arm();
  void ring();

  boost::asio::steady_timer timer_;
  std::weak_ptr<void> owner_;
  std::function<void()> expire_;
  Clock::time_point due_ = Clock::time_point::max();
  Clock::time_point armed_ = Clock::time_point::max();
  bool expired_ = false;
};

}  // namespace usermeta
