#include "cli/reload_signal.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace usermeta {

namespace asio = boost::asio;

ReloadSignal::ReloadSignal(const asio::any_io_executor& executor, std::function<void()> on_asked)
    : on_asked_(std::move(on_asked)), signals_(asio::any_io_executor(asio::make_strand(executor)), SIGHUP) {
  wait();
}

void ReloadSignal::wait() {
  signals_.async_wait([this](boost::system::error_code error, int) {
    // forget() may have run when this handler was under way already: nobody would cancel a wait any more.
    if (error || forgotten_) return;
    on_asked_();
    wait();
  });
}

void ReloadSignal::forget() {
  asio::post(signals_.get_executor(), [this] {
    forgotten_ = true;
    signals_.cancel();
  });
}

}  // namespace usermeta
