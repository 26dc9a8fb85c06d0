#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/byte_budget.hpp"
#include "http/deadline.hpp"
#include "http/http2_connection.hpp"
#include "http/http2_streamed_call.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/service.hpp"
#include "http/transport.hpp"

namespace usermeta {

// One HTTP/2 connection on its transport, up to its close: the answers to its requests are made concurrently,
// each in a coroutine of its own. Everything on the transport's executor, which runs one thing at a time.
// `limits`, `bodies` and `service` must outlive it.
//
// An answer that nobody wants any more is made to its end all the same, as over HTTP/1.1: to cancel it would
// reach into what other threads do for it. A streamed call ends at its next read or write.
class Http2Session : public std::enable_shared_from_this<Http2Session> {
 public:
  // `peer`: the other end's address, for the requests. `owner` is what `limits` and `bodies` belong to.
  Http2Session(Transport transport, const HttpLimits& limits, ByteBudget& bodies, HttpService& service,
               std::string peer, std::shared_ptr<const void> owner);

  // Once. `first_bytes`: what was read of the connection so far. Returns when no answer is being made any
  // more; throws what the service throws.
  boost::asio::awaitable<void> serve(std::string first_bytes);

  // No further request: the connection is closed after the answers that it is owed. Streamed calls are told.
  void finish();
  // Closes at once and cancels what runs.
  void cut();

 private:
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<void> wait_for_answers();
  boost::asio::awaitable<void> answer(std::int32_t stream, HttpRequest request);
  boost::asio::awaitable<void> serve_stream(std::int32_t stream, HttpRequest head);

  void received(std::string_view bytes);
  void handle(const Http2Connection::Event& event);
  void start_answers();
  bool has_room() const;
  void start_stream(std::int32_t stream);
  void start(std::int32_t stream, boost::asio::awaitable<void> work);
  bool is_crowded(std::int32_t stream);
  void send(std::int32_t stream, HttpResponse response);
  void refuse(std::int32_t stream, const Rejection& why);
  void flush();
  void advance();
  void expire();
  void close();
  // Runs it as a handler of its own: what it throws ends the connection and comes out of serve().
  template <class Work>
  void guard(Work work);

  const std::shared_ptr<const void> owner_;  // goes last: handlers may be destroyed after all else
  Transport transport_;
  const HttpLimits& limits_;
  HttpService& service_;
  const std::string peer_;
  Http2Connection connection_;
  std::array<char, 16 * 1024> in_;
  std::string out_;  // being written
  bool writing_ = false;
  Http2Connection::time_point write_due_ = Http2Connection::time_point::max();
  bool over_ = false;   // nothing more to read or to write
  bool polite_ = true;  // the close waits until the peer has read everything

  // The answers that are being made; a stream that is gone stays until its coroutine has ended.
  std::map<std::int32_t, boost::asio::cancellation_signal> running_;
  std::map<std::int32_t, Http2StreamedCall*> streamed_;  // of running_
  std::deque<std::int32_t> waiting_;                     // whole requests whose answers are not begun
  bool starting_ = false;                                // start_answers() is at it
  bool finishing_ = false;
  std::exception_ptr failure_;
  boost::asio::steady_timer changed_;  // cancelled when something was written or an answer has ended
  Deadline deadline_;
};

}  // namespace usermeta
