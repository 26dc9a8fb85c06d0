#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "http/message.hpp"

namespace usermeta {

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

  // Waits for that time, whatever is to be read. False, and at once, when the server is about to stop.
  virtual boost::asio::awaitable<bool> pause(time_point until) = 0;

  // The answer's status and fields; once, before anything else is written. A body in it is not sent.
  virtual void begin(HttpResponse head) = 0;
  // Returns when the client has taken so much of it that more may be written.
  virtual boost::asio::awaitable<void> write(std::string bytes) = 0;
  // Ends the answer, once and after begin(); nothing is written after it.
  virtual void end(Fields trailers) = 0;
};

}  // namespace usermeta
