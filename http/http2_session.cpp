#include "http/http2_session.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "http/linger.hpp"
#include "http/response_head.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

constexpr std::size_t write_bytes = 64 * 1024;

// A peer that does not read what it makes us say is not read from either.
constexpr std::size_t most_waiting_frames = 1000;

// The call of a stream that is gone may take its time to end: so many are under way on one connection,
// whoever still wants them.
constexpr std::size_t most_running = 200;

// What a peer that asks for much and reads nothing makes us keep: no answer is begun while the ones before it
// hold more than so many bytes. The requests wait rather than be refused: an honest peer of many streams
// reads, and sees nothing of it; and write_time ends the wait for one that does not.
constexpr std::size_t most_held = 8 * 1024 * 1024;

}  // namespace

Http2Session::Http2Session(Transport transport, const HttpLimits& limits, ByteBudget& bodies,
                           HttpService& service, std::string peer, std::shared_ptr<const void> owner)
    : owner_(std::move(owner)),
      transport_(std::move(transport)),
      limits_(limits),
      service_(service),
      peer_(std::move(peer)),
      connection_(limits, bodies, std::chrono::steady_clock::now()),
      changed_(transport_.get_executor(), asio::steady_timer::time_point::max()),
      deadline_(transport_.get_executor()) {}

awaitable<void> Http2Session::serve(std::string first_bytes) {
  deadline_.watch(weak_from_this(), [this] { expire(); });
  received(first_bytes);
  std::exception_ptr failure;
  try {
    co_await read();
  } catch (...) {
    failure = std::current_exception();
  }
  // Awaiting anything else would throw if this was cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await wait_for_answers();
  if (failure_) std::rethrow_exception(failure_);
  if (failure) std::rethrow_exception(failure);
}

awaitable<void> Http2Session::read() {
  while (!over_) {
    if (writing_ && connection_.waiting_frames() > most_waiting_frames) {
      co_await changed_.async_wait(outcome);
      continue;
    }
    const auto [error, bytes] = co_await transport_.read(in_);
    if (over_) break;
    if (error) co_return close();
    received({in_.data(), bytes});
  }
  if (!transport_.is_open() || !polite_) co_return close();
  over_ = true;
  co_await linger(transport_, limits_, deadline_);
  close();
}

// The listener may be destroyed, and the service with it, as soon as no session is left: so whatever runs is
// waited for, even by a session that is cancelled itself.
awaitable<void> Http2Session::wait_for_answers() {
  close();
  for (const auto& [stream, call] : streamed_) call->leave();
  while (!running_.empty() || writing_) co_await changed_.async_wait(outcome);
}

void Http2Session::finish() {
  polite_ = !connection_.idle();
  finishing_ = true;
  connection_.finish();
  for (const auto& [stream, call] : streamed_) call->stop();
  flush();
}

void Http2Session::cut() {
  close();
  for (auto& [stream, signal] : running_) {
    asio::post(transport_.get_executor(), [self = shared_from_this(), id = stream] {
      const auto found = self->running_.find(id);
      if (found != self->running_.end()) found->second.emit(asio::cancellation_type::terminal);
    });
  }
}

void Http2Session::received(std::string_view bytes) {
  connection_.receive(bytes, std::chrono::steady_clock::now());
  advance();
}

// Goes on with what the connection has to say to both sides.
void Http2Session::advance() {
  while (const auto event = connection_.next_event()) handle(*event);
  start_answers();
  flush();
}

void Http2Session::handle(const Http2Connection::Event& event) {
  switch (event.what) {
    case Http2Connection::What::header: {
      HttpRequest& request = connection_.request(event.stream);
      request.peer = peer_;
      auto early = service_.answer_header(request);
      if (early && connection_.held() > most_held) return refuse(event.stream, rejections::too_much_data);
      if (early) return send(event.stream, std::move(*early));
      connection_.go_on(event.stream);
      if (service_.is_streamed(request, HttpVersion::http2)) start_stream(event.stream);
      return;
    }
    case Http2Connection::What::whole:
    case Http2Connection::What::bytes: {
      const auto call = streamed_.find(event.stream);
      if (call != streamed_.end()) return call->second->wake();
      if (!running_.contains(event.stream)) waiting_.push_back(event.stream);
      return;
    }
    case Http2Connection::What::refused:
      return refuse(event.stream, connection_.rejection(event.stream));
    case Http2Connection::What::gone: {
      const auto call = streamed_.find(event.stream);
      if (call != streamed_.end()) call->second->leave();
      std::erase(waiting_, event.stream);
    }
  }
}

// An answer that is there at once brings us here again before its start() has returned.
void Http2Session::start_answers() {
  if (std::exchange(starting_, true)) return;
  while (!waiting_.empty() && has_room()) {
    const std::int32_t stream = waiting_.front();
    waiting_.pop_front();
    if (connection_.wants(stream)) start(stream, answer(stream, connection_.take(stream)));
  }
  starting_ = false;
}

bool Http2Session::has_room() const {
  return transport_.is_open() && running_.size() < most_running && connection_.held() <= most_held;
}

void Http2Session::start_stream(std::int32_t stream) {
  if (is_crowded(stream) || !connection_.open(stream)) return;
  HttpRequest head = connection_.request(stream);
  head.body.clear();
  start(stream, serve_stream(stream, std::move(head)));
}

bool Http2Session::is_crowded(std::int32_t stream) {
  if (running_.size() < most_running && connection_.held() <= most_held) return false;
  refuse(stream, rejections::too_much_data);
  return true;
}

void Http2Session::start(std::int32_t stream, awaitable<void> work) {
  asio::cancellation_signal& signal = running_[stream];
  asio::co_spawn(transport_.get_executor(), std::move(work),
                 asio::bind_cancellation_slot(
                     signal.slot(), [self = shared_from_this(), stream](const std::exception_ptr& error) {
                       self->running_.erase(stream);
                       self->changed_.cancel();
                       self->guard([&] {
                         self->start_answers();
                         if (error && self->connection_.wants(stream) && self->transport_.is_open())
                           std::rethrow_exception(error);
                       });
                     }));
}

awaitable<void> Http2Session::answer(std::int32_t stream, HttpRequest request) {
  HttpResponse response = co_await service_.answer(std::move(request));
  send(stream, std::move(response));
  flush();
}

awaitable<void> Http2Session::serve_stream(std::int32_t stream, HttpRequest head) {
  Http2StreamedCall call(transport_.get_executor(), connection_, stream, [this] { flush(); });
  const auto entered = streamed_.emplace(stream, &call).first;
  const std::shared_ptr<void> leaving(nullptr, [&](void*) { streamed_.erase(entered); });
  if (finishing_) call.stop();
  if (!transport_.is_open()) call.leave();
  co_await service_.serve_stream(std::move(head), call);
}

void Http2Session::refuse(std::int32_t stream, const Rejection& why) {
  HttpRequest& request = connection_.request(stream);
  request.peer = peer_;
  send(stream, service_.refuse(request, why));
}

void Http2Session::send(std::int32_t stream, HttpResponse response) {
  std::string date;
  append_date(date, std::chrono::system_clock::now());
  connection_.answer(stream, std::move(response), date, std::chrono::steady_clock::now());
}

// Writes for as long as there is something to write; one write at a time.
void Http2Session::flush() {
  if (!transport_.is_open() || over_) return;
  // A deadline that has rung is cleared: the write's own is set again, whatever else is due.
  if (writing_) return deadline_.set(std::min(write_due_, connection_.due()));
  connection_.produce(out_, write_bytes);
  if (out_.empty() && connection_.over()) {
    over_ = true;
    transport_.cancel();
    return;
  }
  if (!out_.empty()) {
    writing_ = true;
    write_due_ = std::chrono::steady_clock::now() + limits_.write_time;
    transport_.write(out_, [self = shared_from_this()](const error_code& error) {
      self->writing_ = false;
      self->write_due_ = Http2Connection::time_point::max();
      self->out_.clear();
      self->changed_.cancel();
      for (const auto& [stream, call] : self->streamed_) call->wake();
      if (error) return self->close();
      self->guard([&] { self->advance(); });
    });
  }
  deadline_.set(std::min(write_due_, connection_.due()));
}

void Http2Session::expire() {
  const auto now = std::chrono::steady_clock::now();
  if (over_ || write_due_ <= now) return close();
  guard([&] {
    connection_.expire(now);
    advance();
  });
}

template <class Work>
void Http2Session::guard(Work work) {
  try {
    work();
  } catch (...) {
    failure_ = std::current_exception();
    close();
  }
}

void Http2Session::close() {
  transport_.close();
  changed_.cancel();
}

}  // namespace usermeta
