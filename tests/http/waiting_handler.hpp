#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tests/http/loopback.hpp"

namespace usermeta {

inline constexpr auto kNever = HttpStream::time_point::max();

// Ways to wait: for nothing, and for a reader, with more than all between it and the handler holds.
inline boost::asio::awaitable<void> pause_for_ever(HttpStream& stream) {
  co_await stream.pause(kNever);
}
inline boost::asio::awaitable<void> write_much(HttpStream& stream) {
  co_await stream.write(std::string(20'000'000, 'x'));
}

// A streamed call's handler that waits in one of the ways there are, and says how it ended.
class WaitingHandler {
 public:
  using Wait = std::function<boost::asio::awaitable<void>(HttpStream&)>;

  WaitingHandler(LoopbackServer& server, Wait wait) {
    server.service.on_stream = [this, wait = std::move(wait)](
                                   HttpRequest, HttpStream& stream) -> boost::asio::awaitable<void> {
      const std::shared_ptr<void> leaving(nullptr, [this](void*) { ended_.set_value(); });
      stream.begin({});
      co_await wait(stream);
      finished_ = true;
      stream.end({});
    };
  }

  // Waits for its end; whether it was cancelled.
  bool cancelled() {
    const auto ended = ended_.get_future().wait_for(std::chrono::seconds(20));
    return ended == std::future_status::ready && !finished_;
  }
  // Whether it came to its own end.
  bool finished() const { return finished_; }

 private:
  std::promise<void> ended_;
  std::atomic<bool> finished_ = false;
};

}  // namespace usermeta
