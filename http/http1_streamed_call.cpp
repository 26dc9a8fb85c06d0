#include "http/http1_streamed_call.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/response_head.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// Whoever has asked for a stream has nothing more to say.
constexpr std::size_t most_dropped = 64 * 1024;

}  // namespace

Http1StreamedCall::Http1StreamedCall(Transport& transport, const HttpLimits& limits, Deadline& deadline,
                                     bool chunked, std::string body)
    : transport_(transport),
      limits_(limits),
      deadline_(deadline),
      chunked_(chunked),
      body_(std::move(body)),
      changed_(transport.get_executor()),
      self_(std::make_shared<Http1StreamedCall*>(this)) {}

awaitable<HttpStream::Piece> Http1StreamedCall::read(time_point) {
  throw_if_gone();
  if (body_.empty()) co_return Piece{Arrival::end, {}};
  co_return Piece{Arrival::bytes, std::exchange(body_, {})};
}

awaitable<bool> Http1StreamedCall::pause(time_point until) {
  while (!stopping_ && !woken_ && Clock::now() < until) co_await wait(until);
  throw_if_gone();
  woken_ = false;
  co_return !stopping_;
}

std::function<void()> Http1StreamedCall::waker() {
  return [executor = transport_.get_executor(), self = std::weak_ptr(self_)] {
    asio::post(executor, [self] {
      const auto call = self.lock();
      if (!call) return;
      (*call)->woken_ = true;
      (*call)->changed_.cancel();
    });
  };
}

void Http1StreamedCall::begin(HttpResponse head) {
  pending_ += streamed_head(head, chunked_, std::chrono::system_clock::now());
  flush();
}

awaitable<bool> Http1StreamedCall::write_until(std::string bytes, time_point until) {
  throw_if_gone();
  add(bytes);
  bytes = {};
  flush();
  while (out_.size() + pending_.size() > most_unsent) {
    if (Clock::now() >= until) co_return false;
    co_await wait(until);
  }
  co_return true;
}

void Http1StreamedCall::end(std::string last, Fields trailers) {
  add(last);
  if (chunked_) append_last_chunk(pending_, trailers);
  flush();
}

void Http1StreamedCall::leave() {
  gone_ = true;
  changed_.cancel();
}

void Http1StreamedCall::stop() {
  stopping_ = true;
  changed_.cancel();
}

void Http1StreamedCall::watch() {
  watching_ = true;
  asio::co_spawn(transport_.get_executor(), read_on(), [this](const std::exception_ptr&) {
    watching_ = false;
    leave();
  });
}

awaitable<void> Http1StreamedCall::read_on() {
  std::array<char, 4096> dropped;
  for (std::size_t total = 0; total < most_dropped;) {
    const auto [waited] = co_await transport_.readable();
    if (waited) co_return;
    error_code error;
    total += transport_.read_some(dropped, error);
    if (error && error != asio::error::would_block) co_return;
  }
}

awaitable<void> Http1StreamedCall::drain() {
  while (writing_ && !gone_) {
    changed_.expires_at(time_point::max());
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<void> Http1StreamedCall::close() {
  if (writing_)
    transport_.close();
  else
    transport_.cancel();
  while (watching_ || writing_) {
    changed_.expires_at(time_point::max());
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

// Until then, or until something happens.
awaitable<void> Http1StreamedCall::wait(time_point until) {
  throw_if_gone();
  changed_.expires_at(until);
  co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  throw_if_gone();
}

void Http1StreamedCall::add(std::string_view bytes) {
  if (chunked_)
    append_chunk(pending_, bytes);
  else
    pending_ += bytes;
}

// One write at a time.
void Http1StreamedCall::flush() {
  if (writing_ || gone_ || pending_.empty()) return;
  writing_ = true;
  out_ = std::exchange(pending_, {});
  deadline_.set(limits_.write_time);
  transport_.write(out_, [this](const error_code& error) {
    writing_ = false;
    out_.clear();
    deadline_.clear();
    if (error) return leave();
    flush();
    changed_.cancel();
  });
}

void Http1StreamedCall::throw_if_gone() const {
  if (gone_) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace usermeta
