#pragma once

#include "http/event_sink.hpp"
#include "http/stream.hpp"

namespace usermeta {

// A follower's events as server-sent events. The last one of all is of the type "usermeta.end", and has why
// in its data: {"code":14,"message":"the server stops","after":"4711"}.
class SseSink final : public EventSink {
 public:
  explicit SseSink(HttpStream& stream) : stream_(stream) {}

  // Once, before anything else: `head` with what makes it an event stream.
  boost::asio::awaitable<void> begin(HttpResponse head, Position after);

  void append(std::string& out, const Recorded& event) override;
  void append_place(std::string& out, Position reached) override;
  boost::asio::awaitable<bool> send(std::string bytes, time_point until) override;
  boost::asio::awaitable<std::optional<Failure>> pause(time_point until) override;
  void end(const Failure& why, Position reached) override;

 private:
  HttpStream& stream_;
};

}  // namespace usermeta
