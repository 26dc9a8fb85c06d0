#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "http/byte_budget.hpp"
#include "http/deadline.hpp"
#include "http/http2_session.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/request_parser.hpp"
#include "http/response_head.hpp"
#include "http/service.hpp"
#include "http/transport.hpp"

namespace usermeta {

class Http1StreamedCall;

// One connection, from its accept to its close: reads requests, asks the service, writes answers, in the
// order of the requests and one at a time; or, when the client begins so, as HTTP/2 (see Http2Session). With
// TLS when the transport has it: then the two agree on the version, or the client begins with either.
//
// Threads: the transport's executor runs one thing at a time; everything runs there but finish() and cut(),
// which any thread may call. `limits` and `service` must outlive the session.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `owner` is what `limits` and `bodies` belong to.
  Session(Transport transport, const HttpLimits& limits, ByteBudget& bodies, HttpService& service,
          std::shared_ptr<const void> owner);

  // Both run on the executor, at most one of them and once, while the session is held by whoever spawned
  // them. The session is over when they return or throw: what the service throws, and when they are
  // cancelled.
  boost::asio::awaitable<void> serve();
  // Answers 503 without being asked anything, for a connection that is one too many.
  boost::asio::awaitable<void> turn_away();

  // No further request than what has come by now: an idle connection is closed at once, any other after the
  // answer it is owed.
  void finish();
  // Closes at once and cancels what runs.
  void cut();

  // What cut() cancels: to be bound to the coroutine that runs serve() or turn_away().
  boost::asio::cancellation_slot cancellation() { return cancellation_.slot(); }

 private:
  // What arrive() waits for, and why it may wait in vain: the message is refused, the other side closed or
  // speaks something else, it took too long, or all the memory for bodies is taken.
  enum class Arrival : std::uint8_t { header, done, refused, gone, late, crowded };

  // What the client speaks; none: it went away, or was too slow, before it was known.
  enum class Speech : std::uint8_t { http1, http2, none };

  boost::asio::awaitable<bool> shake_hands();
  boost::asio::awaitable<void> refuse_clear_text();
  boost::asio::awaitable<void> serve_requests();
  boost::asio::awaitable<bool> wait_for_request();
  boost::asio::awaitable<Speech> listen_for_preface();
  boost::asio::awaitable<void> serve_http2();
  boost::asio::awaitable<bool> serve_request();
  boost::asio::awaitable<void> serve_stream();
  boost::asio::awaitable<bool> answer_early(HttpResponse response);
  boost::asio::awaitable<Arrival> arrive(HttpLimits::Duration time);
  boost::asio::awaitable<void> reject(const Rejection& rejection);
  boost::asio::awaitable<bool> write_answer(HttpResponse response, bool head_only, Persistence persistence);
  boost::asio::awaitable<bool> write(std::string_view head, std::string_view body);
  void watch_deadline();

  const std::shared_ptr<const void> owner_;  // goes last: handlers may be destroyed after all else
  const boost::asio::any_io_executor strand_;
  Transport transport_;
  const HttpLimits& limits_;
  HttpService& service_;
  RequestParser parser_;
  ByteBudget& bodies_;
  ByteBudget::Share body_;
  std::string peer_;
  boost::asio::cancellation_signal cancellation_;
  Deadline deadline_;

  Http1StreamedCall* streamed_ = nullptr;  // the call that is being served
  std::shared_ptr<Http2Session> http2_;    // has the transport, from the preface on
  bool idle_ = false;
  bool finishing_ = false;
};

}  // namespace usermeta
