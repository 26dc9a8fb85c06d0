#pragma once

#include "http/event_sink.hpp"
#include "http/grpc_stream.hpp"

namespace usermeta {

// A follower's events as the messages of usermeta.v1.EventsService/Follow. The status says why it ends, and a
// last message without an event where to go on.
class GrpcSink final : public EventSink {
 public:
  explicit GrpcSink(GrpcStream& stream) : stream_(stream) {}

  void append(std::string& out, const Recorded& event) override;
  void append_place(std::string& out, Position reached) override;
  boost::asio::awaitable<bool> send(std::string bytes, time_point until) override;
  boost::asio::awaitable<std::optional<Failure>> pause(time_point until) override;
  void end(const Failure& why, Position reached) override;

 private:
  GrpcStream& stream_;
};

}  // namespace usermeta
