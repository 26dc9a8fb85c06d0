#pragma once

#include <chrono>
#include <functional>
#include <future>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

namespace usermeta {

// SIGTERM and SIGINT, from the constructor on: the first asks to stop, the second not to wait for anybody and
// ends the process with 128 + its number. What comes right behind the first belongs to it: `timeout` and
// other wrappers send theirs to the process and to its group. Outlive the executor's last handler.
class StopSignals {
 public:
  // `on_asked` is called once, by a thread of the executor, before wait() returns. All signals of the time
  // `of_one` are one.
  StopSignals(const boost::asio::any_io_executor& executor, std::function<void()> on_asked,
              std::chrono::milliseconds of_one = std::chrono::milliseconds(500));

  // Any thread.
  void wait() const { asked_.wait(); }
  bool asked() const;
  // Lets the executor run dry; from then on nothing is asked. Any thread, also from `on_asked`.
  void forget();

 private:
  // On the signal set's strand.
  void on_signal();
  void wait_for_second();

  const std::function<void()> on_asked_;
  const std::chrono::milliseconds of_one_;
  boost::asio::signal_set signals_;  // its executor is a strand
  bool forgotten_ = false;           // on the strand
  std::chrono::steady_clock::time_point asked_at_;
  std::promise<void> ask_;
  const std::shared_future<void> asked_ = ask_.get_future().share();
};

}  // namespace usermeta
