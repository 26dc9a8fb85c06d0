#pragma once

#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

namespace usermeta {

// SIGHUP, from the constructor on. Outlive the executor's last handler.
class ReloadSignal {
 public:
  // `on_asked` is called for each signal, or once for several at a time, by a thread of the executor.
  ReloadSignal(const boost::asio::any_io_executor& executor, std::function<void()> on_asked);

  // Lets the executor run dry; from then on the signal has no effect. Any thread.
  void forget();

 private:
  // On the signal set's strand.
  void wait();

  const std::function<void()> on_asked_;
  boost::asio::signal_set signals_;  // its executor is a strand
  bool forgotten_ = false;           // on the strand
};

}  // namespace usermeta
