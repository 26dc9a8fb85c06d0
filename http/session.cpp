#include "http/session.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/http1_streamed_call.hpp"
#include "http/linger.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;

// g++ 12 makes an illegal instruction of co_await in `&&`, `||` or `?:`: each is a statement of its own here.

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// HTTP/1.1 keeps a connection without a word, HTTP/1.0 only with one.
Persistence persistence(bool keep, bool http10) {
  if (!keep) return Persistence::close;
  return http10 ? Persistence::keep_said : Persistence::keep;
}

}  // namespace

Session::Session(Transport transport, const HttpLimits& limits, ByteBudget& bodies, HttpService& service,
                 std::shared_ptr<const void> owner)
    : owner_(std::move(owner)),
      strand_(transport.get_executor()),
      transport_(std::move(transport)),
      limits_(limits),
      service_(service),
      parser_(limits),
      bodies_(bodies),
      body_(bodies),
      peer_(transport_.peer()),
      deadline_(strand_) {}

awaitable<void> Session::serve() {
  watch_deadline();
  const bool begun = co_await shake_hands();
  if (begun) co_await serve_requests();
  transport_.close();
}

awaitable<void> Session::turn_away() {
  watch_deadline();
  const bool begun = co_await shake_hands();
  // Whoever has chosen HTTP/2 could not read it.
  if (begun && transport_.protocol() != TlsStream::Protocol::http2) {
    co_await reject(rejections::too_many_connections);
    co_await linger(transport_, limits_, deadline_);
  }
  transport_.close();
}

// Whether there is somebody to serve.
awaitable<bool> Session::shake_hands() {
  if (!transport_.encrypted()) co_return true;
  deadline_.set(limits_.header_time);
  while (!finishing_ && !deadline_.expired()) {
    const TlsStream::Outcome outcome = transport_.shake_hands();
    if (outcome == TlsStream::Outcome::done) co_return true;
    if (outcome == TlsStream::Outcome::clear_text) co_await refuse_clear_text();
    if (outcome != TlsStream::Outcome::wants_read && outcome != TlsStream::Outcome::wants_write) break;
    idle_ = true;
    const auto [waited] = co_await transport_.readable();
    idle_ = false;
    if (waited) break;
  }
  co_return false;
}

awaitable<void> Session::refuse_clear_text() {
  transport_.give_up_tls();
  co_await reject(rejections::clear_text);
  co_await linger(transport_, limits_, deadline_);
}

awaitable<void> Session::serve_requests() {
  if (transport_.protocol() == TlsStream::Protocol::http2) co_return co_await serve_http2();
  bool may_be_http2 = transport_.protocol() == TlsStream::Protocol::any;
  deadline_.set(limits_.idle_time);
  while (true) {
    const bool requested = co_await wait_for_request();
    if (!requested) break;
    if (std::exchange(may_be_http2, false)) {
      const Speech speech = co_await listen_for_preface();
      if (speech == Speech::http2) co_return co_await serve_http2();
      if (speech == Speech::none) break;
    }
    const bool stays = co_await serve_request();
    if (!stays) break;
    deadline_.set(limits_.idle_time);
  }
  if (!parser_.at_rest()) co_await linger(transport_, limits_, deadline_);
}

// Cancels what waits; who waits looks at `expired` before it waits again.
void Session::watch_deadline() {
  deadline_.watch(weak_from_this(), [this] { transport_.cancel(); });
}

void Session::finish() {
  asio::post(strand_, [self = shared_from_this()] {
    self->finishing_ = true;
    if (self->http2_) return self->http2_->finish();
    if (self->streamed_) return self->streamed_->stop();
    if (self->idle_) self->transport_.cancel();
  });
}

void Session::cut() {
  asio::post(strand_, [self = shared_from_this()] {
    self->cancellation_.emit(asio::cancellation_type::terminal);
    if (self->http2_) return self->http2_->cut();
    if (self->streamed_) self->streamed_->leave();
    self->transport_.close();
  });
}

// Whether there is a byte of a next request. Waits without a buffer, for most connections do nothing most of
// the time. Before the connection is given up it is read once more: who sent in time is served.
awaitable<bool> Session::wait_for_request() {
  while (parser_.at_rest()) {
    const bool last = finishing_ || deadline_.expired();
    if (!last) {
      parser_.release_buffer();
      idle_ = true;
      co_await transport_.readable();
      idle_ = false;
    }
    error_code error;
    const std::size_t bytes = transport_.read_some(parser_.space(), error);
    if (error == asio::error::would_block && !last) continue;
    if (error) co_return false;
    parser_.received(bytes);
    if (last) break;
  }
  co_return !parser_.at_rest();
}

// RFC 9113 section 3.3: a client that knows that we speak HTTP/2 begins with it. Waits for as long as the
// bytes that are there may become its preface. Streams that came with it are refused while finishing, as they
// are by any HTTP/2 connection: their client may try elsewhere.
awaitable<Session::Speech> Session::listen_for_preface() {
  deadline_.set(limits_.header_time);
  while (http2_preface.starts_with(parser_.unparsed()) && parser_.unparsed().size() < http2_preface.size()) {
    const auto [error, bytes] = co_await transport_.read(parser_.space());
    const bool late = deadline_.expired();
    if (late) co_await reject(rejections::request_too_slow);
    if (error || late) co_return Speech::none;
    parser_.received(bytes);
  }
  co_return parser_.unparsed().starts_with(http2_preface) ? Speech::http2 : Speech::http1;
}

awaitable<void> Session::serve_http2() {
  deadline_.clear();
  std::string begun(parser_.unparsed());
  parser_.release_buffer();
  http2_ = std::make_shared<Http2Session>(std::move(transport_), limits_, bodies_, service_, peer_, owner_);
  if (finishing_) http2_->finish();
  co_await http2_->serve(std::move(begun));
}

// Whether the connection goes on with a next request.
awaitable<bool> Session::serve_request() {
  Arrival arrival = co_await arrive(limits_.header_time);
  if (arrival == Arrival::header) {
    parser_.request().peer = peer_;
    parser_.request().begun = std::chrono::steady_clock::now();
    auto early = service_.answer_header(parser_.request());
    if (early) co_return co_await answer_early(std::move(*early));
    if (parser_.wants_continue()) {
      const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
      if (!written) co_return false;
    }
    arrival = co_await arrive(limits_.body_time);
  }
  if (arrival == Arrival::refused) co_await reject(parser_.rejection());
  if (arrival == Arrival::late) co_await reject(rejections::request_too_slow);
  if (arrival == Arrival::crowded) co_await reject(rejections::too_much_data);
  if (arrival != Arrival::done) co_return false;

  deadline_.clear();
  if (service_.is_streamed(parser_.request(), HttpVersion::http1)) {
    co_await serve_stream();
    co_return false;
  }
  const bool head_only = parser_.is_head();
  const bool keep = parser_.keep_alive();
  const bool http10 = parser_.is_http10();
  HttpResponse response = co_await service_.answer(parser_.take());
  const bool stays = keep && !finishing_;
  body_.release();
  if (http10) response.trailers = {};  // it knows no chunks
  const bool written = co_await write_answer(std::move(response), head_only, persistence(stays, http10));
  if (!written) co_return false;
  co_return stays;
}

// The header's own answer. Then the body, which nobody wants, is in the way of the next request.
awaitable<bool> Session::answer_early(HttpResponse response) {
  if (parser_.is_http10()) response.trailers = {};
  const bool keep = parser_.keep_alive() && parser_.can_reach_end() && !finishing_;
  const Persistence said = persistence(keep, parser_.is_http10());
  const bool written = co_await write_answer(std::move(response), parser_.is_head(), said);
  if (!written) co_return false;
  parser_.drop_body();
  if (!keep) {
    if (parser_.step() == RequestParser::Step::done) parser_.take();
    co_return false;
  }
  const Arrival arrival = co_await arrive(limits_.body_time);
  if (arrival != Arrival::done) co_return false;
  parser_.take();
  co_return true;
}

// Reads until the parser has something to say, for `time` at most.
awaitable<Session::Arrival> Session::arrive(HttpLimits::Duration time) {
  for (bool waiting = false;; waiting = true) {
    switch (parser_.step()) {
      case RequestParser::Step::header:
        co_return Arrival::header;
      case RequestParser::Step::done:
        co_return Arrival::done;
      case RequestParser::Step::refused:
        co_return Arrival::refused;
      case RequestParser::Step::foreign:
        co_return Arrival::gone;
      case RequestParser::Step::more:
        break;
    }
    if (!body_.grow_to(parser_.request().body.capacity())) co_return Arrival::crowded;
    if (!waiting) deadline_.set(time);
    if (deadline_.expired()) co_return Arrival::late;
    const auto [error, bytes] = co_await transport_.read(parser_.space());
    if (error) co_return deadline_.expired() ? Arrival::late : Arrival::gone;
    parser_.received(bytes);
  }
}

// The connection ends after this: where the next request begins is not known, or not worth reading up to.
awaitable<void> Session::reject(const Rejection& rejection) {
  parser_.request().peer = peer_;
  HttpResponse response = service_.refuse(parser_.request(), rejection);
  if (parser_.is_http10()) response.trailers = {};
  co_await write_answer(std::move(response), parser_.is_head(), Persistence::close);
}

awaitable<bool> Session::write_answer(HttpResponse response, bool head_only, Persistence persistence) {
  const std::string head = response_head(response, persistence, std::chrono::system_clock::now());
  if (head_only || !has_body(response.status)) co_return co_await write(head, {});
  if (!response.trailers.empty()) response.body = chunked_body(response);
  co_return co_await write(head, response.body);
}

// Head and body in one system call, which is nearly always enough; only what is left waits, with a deadline.
awaitable<bool> Session::write(std::string_view head, std::string_view body) {
  bool waiting = false;
  while (!head.empty() || !body.empty()) {
    error_code error;
    const std::size_t written = transport_.write_some(head, body, error);
    if (error == asio::error::would_block) {
      if (!waiting) deadline_.set(limits_.write_time);
      waiting = true;
      if (deadline_.expired()) co_return false;
      const auto [waited] = co_await transport_.writable();
      if (waited) co_return false;
      continue;
    }
    if (error) co_return false;
    const std::size_t of_head = std::min(written, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(written - of_head);
  }
  co_return true;
}

}  // namespace usermeta
