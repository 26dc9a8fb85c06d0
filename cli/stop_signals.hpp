#pragma once

#include <functional>
#include <future>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

namespace usermeta {

// SIGTERM and SIGINT, from the constructor on: the first asks to stop, the second not to wait for anybody and
// ends the process with 128 + its number. Outlive the executor's last handler.
class StopSignals {
 public:
  // `on_asked` is called once, by a thread of the executor, before wait() returns.
  StopSignals(const boost::asio::any_io_executor& executor, std::function<void()> on_asked);

  // Any thread.
  void wait() const { asked_.wait(); }
  bool asked() const;
  // Lets the executor run dry; from then on nothing is asked. Any thread, also from `on_asked`.
  void forget();

 private:
  // On the signal set's strand.
  void on_signal();

  const std::function<void()> on_asked_;
  boost::asio::signal_set signals_;  // its executor is a strand
  bool forgotten_ = false;           // on the strand
  std::promise<void> ask_;
  const std::shared_future<void> asked_ = ask_.get_future().share();
};

}  // namespace usermeta
