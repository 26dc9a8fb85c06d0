#include "cli/stop_signals.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace usermeta {

namespace asio = boost::asio;

StopSignals::StopSignals(const asio::any_io_executor& executor, std::function<void()> on_asked,
                         std::chrono::milliseconds of_one)
    : on_asked_(std::move(on_asked)),
      of_one_(of_one),
      signals_(asio::any_io_executor(asio::make_strand(executor)), SIGTERM, SIGINT) {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) on_signal();
  });
}

void StopSignals::on_signal() {
  // forget() may have run when this handler was under way already: nobody would cancel a wait any more.
  if (forgotten_) return;
  asked_at_ = std::chrono::steady_clock::now();
  on_asked_();
  wait_for_second();
  ask_.set_value();
}

void StopSignals::wait_for_second() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error || forgotten_) return;
    if (std::chrono::steady_clock::now() - asked_at_ >= of_one_) std::_Exit(128 + number);
    wait_for_second();
  });
}

bool StopSignals::asked() const {
  return asked_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void StopSignals::forget() {
  asio::post(signals_.get_executor(), [this] {
    forgotten_ = true;
    signals_.cancel();
  });
}

}  // namespace usermeta
