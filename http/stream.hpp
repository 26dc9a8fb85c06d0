#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "http/message.hpp"

namespace usermeta {

// So much may be written ahead of a stream's client; more would not make it faster.
inline constexpr std::size_t most_unsent = 64 * 1024;

// The bytes of one streamed call, both ways, as its handler sees them: the answer may begin before the
// request has ended, and either may go on for as long as the client is there. Neither side's memory grows
// with what the other does not read.
//
// For one coroutine at a time. What waits throws boost::system::system_error (operation_aborted) when the
// client has cancelled the call or is gone.
class HttpStream {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class Arrival : std::uint8_t {
    bytes,
    end,       // the request is complete
    late,      // nothing came until that time
    stopping,  // nothing is there, and the server is about to stop
  };
  struct Piece {
    Arrival arrival;
    std::string bytes;
  };

  virtual ~HttpStream() = default;

  // The next bytes of the request's body. The client may send more only as they are read.
  virtual boost::asio::awaitable<Piece> read(time_point until) = 0;
  // Counts so many bytes of the request as kept by the handler; false: all that may be kept is taken.
  virtual bool keep(std::size_t bytes) = 0;

  // Waits for that time, or until it is woken, whatever is to be read. False, and at once, when the server is
  // about to stop.
  virtual boost::asio::awaitable<bool> pause(time_point until) = 0;
  // What ends a pause before its time: the one under way, or else the next. Any thread may call it, also when
  // the stream is gone.
  virtual std::function<void()> waker() = 0;

  // The answer's status and fields; once, before anything else is written. A body in it is not sent.
  virtual void begin(HttpResponse head) = 0;
  // Returns true when the client has taken so much of it that more may be written; false when it has not by
  // then, but the bytes are on their way all the same.
  virtual boost::asio::awaitable<bool> write_until(std::string bytes, time_point until) = 0;
  // The same for as long as the connection lets it take.
  boost::asio::awaitable<void> write(std::string bytes) {
    co_await write_until(std::move(bytes), time_point::max());
  }
  // Ends the answer, once and after begin(), with its last bytes; nothing is written after it.
  virtual void end(std::string last, Fields trailers) = 0;
  void end(Fields trailers) { end({}, std::move(trailers)); }
};

}  // namespace usermeta
