#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <google/protobuf/message.h>

#include "http/failure.hpp"
#include "http/grpc.hpp"
#include "http/stream.hpp"
#include "http/wire_format.hpp"

namespace usermeta {

// The messages of a streamed gRPC call (grpc/grpc doc/PROTOCOL-HTTP2.md), one by one: each may be packed on
// its own, and has 64 KiB at most: what is asked for is short, and the answer repeats it. For one coroutine
// at a time; what waits throws as HttpStream does.
class GrpcStream {
 public:
  using time_point = HttpStream::time_point;

  // `head` is the call's header; the call began now. Both must outlive it.
  GrpcStream(HttpStream& stream, const HttpRequest& head, const WireFormat& format, time_point begin);

  // Once, before anything else; `head`'s own fields are added to gRPC's.
  void begin(const HttpResponse& head);

  // Reads a message: true; false when the client has said that there is none any more. Otherwise why there is
  // none, which the call is to end with: it is malformed or too large, took too long from its first byte on,
  // the call's time is over, or the server is about to stop.
  boost::asio::awaitable<std::variant<bool, Failure>> read(google::protobuf::Message& into);
  boost::asio::awaitable<void> write(const google::protobuf::Message& message);
  // The two halves of it, for several messages that go out together: appends one as bytes, and sends bytes;
  // false when the client has not taken so much of them by then that more may be sent.
  void append(std::string& out, const google::protobuf::Message& message) const;
  boost::asio::awaitable<bool> send(std::string bytes, time_point until);
  // Waits for that time, or until it is woken (HttpStream::waker); a failure when the call's time is over
  // before, or the server is about to stop.
  boost::asio::awaitable<std::optional<Failure>> pause(time_point until);

  std::function<void()> waker() { return stream_.waker(); }

  void end();
  // After these last bytes.
  void end(const Failure& failure, std::string last = {});
  // The code that it was ended with; until then the client's own: it may go away.
  int code() const { return code_; }

 private:
  HttpStream& stream_;
  const HttpRequest& head_;
  const WireFormat& format_;
  std::optional<Failure> wrong_timeout_;
  time_point deadline_ = time_point::max();
  bool packs_ = false;
  int code_ = kCancelled;
  std::string bytes_;
  std::size_t read_ = 0;  // of bytes_
};

}  // namespace usermeta
