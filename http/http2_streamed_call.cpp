#include "http/http2_streamed_call.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/response_head.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Clock = std::chrono::steady_clock;

}  // namespace

Http2StreamedCall::Http2StreamedCall(const asio::any_io_executor& strand, Http2Connection& connection,
                                     std::int32_t stream, std::function<void()> flush)
    : connection_(connection),
      stream_(stream),
      flush_(std::move(flush)),
      changed_(strand),
      self_(std::make_shared<Http2StreamedCall*>(this)) {}

awaitable<HttpStream::Piece> Http2StreamedCall::read(time_point until) {
  while (true) {
    throw_if_gone();
    std::string bytes = connection_.read(stream_);
    if (!bytes.empty()) {
      flush_();  // the window that is open again
      co_return Piece{Arrival::bytes, std::move(bytes)};
    }
    if (connection_.read_whole(stream_)) co_return Piece{Arrival::end, {}};
    if (stopping_) co_return Piece{Arrival::stopping, {}};
    if (Clock::now() >= until) co_return Piece{Arrival::late, {}};
    co_await wait(until);
  }
}

bool Http2StreamedCall::keep(std::size_t bytes) {
  return connection_.keep(stream_, bytes);
}

awaitable<bool> Http2StreamedCall::pause(time_point until) {
  while (!stopping_ && !woken_ && Clock::now() < until) co_await wait(until);
  woken_ = false;
  co_return !stopping_;
}

std::function<void()> Http2StreamedCall::waker() {
  return [executor = changed_.get_executor(), self = std::weak_ptr(self_)] {
    asio::post(executor, [self] {
      const auto call = self.lock();
      if (!call) return;
      (*call)->woken_ = true;
      (*call)->wake();
    });
  };
}

void Http2StreamedCall::begin(HttpResponse head) {
  std::string date;
  append_date(date, std::chrono::system_clock::now());
  connection_.begin(stream_, std::move(head), date, Clock::now());
  flush_();
}

awaitable<bool> Http2StreamedCall::write_until(std::string bytes, time_point until) {
  throw_if_gone();
  connection_.write(stream_, bytes, Clock::now());
  bytes = {};
  flush_();
  while (connection_.unsent(stream_) > most_unsent) {
    if (Clock::now() >= until) co_return false;
    co_await wait(until);
  }
  co_return true;
}

void Http2StreamedCall::end(std::string last, Fields trailers) {
  if (!last.empty()) connection_.write(stream_, last, Clock::now());
  connection_.end(stream_, std::move(trailers), Clock::now());
  flush_();
}

void Http2StreamedCall::leave() {
  gone_ = true;
  wake();
}

void Http2StreamedCall::stop() {
  stopping_ = true;
  wake();
}

// Until then, or until something happens.
awaitable<void> Http2StreamedCall::wait(time_point until) {
  throw_if_gone();
  changed_.expires_at(until);
  co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  throw_if_gone();
}

void Http2StreamedCall::throw_if_gone() const {
  if (gone_ || !connection_.wants(stream_)) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace usermeta
