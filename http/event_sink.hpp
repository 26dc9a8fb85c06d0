#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "events/recorded.hpp"
#include "http/failure.hpp"

namespace usermeta {

// How a follower of the log is told: as server-sent events, or as gRPC's messages. For one coroutine at a
// time; what waits throws as HttpStream does.
class EventSink {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~EventSink() = default;

  // Appends an event, or a sign of life that says how far everything was told, as bytes for send().
  virtual void append(std::string& out, const Recorded& event) = 0;
  virtual void append_place(std::string& out, Position reached) = 0;

  // False when the client has not taken so much of it by then that more may be sent.
  virtual boost::asio::awaitable<bool> send(std::string bytes, time_point until) = 0;

  // Waits until then, or until the follower is woken; why it is to end, if it is.
  virtual boost::asio::awaitable<std::optional<Failure>> pause(time_point until) = 0;

  // The last message: why it ends, and where to go on after.
  virtual void end(const Failure& why, Position reached) = 0;
};

}  // namespace usermeta
