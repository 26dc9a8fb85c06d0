#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/deadline.hpp"
#include "http/limits.hpp"
#include "http/stream.hpp"
#include "http/transport.hpp"

namespace usermeta {

// A streamed call over HTTP/1.1: the answer goes out in chunks (RFC 9112 section 7.1), or, to an HTTP/1.0
// client, up to the connection's end; either way the connection ends with it. What the client sends meanwhile
// is dropped: it is read to see when the client goes.
//
// Everything on the transport's executor; `deadline` must cancel what waits on the transport.
class Http1StreamedCall final : public HttpStream {
 public:
  // `body`: the request's, whole.
  Http1StreamedCall(Transport& transport, const HttpLimits& limits, Deadline& deadline, bool chunked,
                    std::string body);

  boost::asio::awaitable<Piece> read(time_point until) override;
  bool keep(std::size_t) override { return true; }
  boost::asio::awaitable<bool> pause(time_point until) override;
  std::function<void()> waker() override;
  void begin(HttpResponse head) override;
  boost::asio::awaitable<bool> write_until(std::string bytes, time_point until) override;
  using HttpStream::end;
  void end(std::string last, Fields trailers) override;

  // The client is gone.
  void leave();
  // The server is about to stop.
  void stop();
  bool gone() const { return gone_; }

  // Looks out for the client's end while the call lasts; close() ends it.
  void watch();
  // Returns when what was written is out, or the client is gone.
  boost::asio::awaitable<void> drain();
  // Returns when nothing of the call is under way on the transport any more.
  boost::asio::awaitable<void> close();

 private:
  boost::asio::awaitable<void> read_on();
  boost::asio::awaitable<void> wait(time_point until);
  void add(std::string_view bytes);
  void flush();
  void throw_if_gone() const;

  Transport& transport_;
  const HttpLimits& limits_;
  Deadline& deadline_;
  const bool chunked_;
  std::string body_;
  std::string pending_;  // to be written next
  std::string out_;      // being written
  boost::asio::steady_timer changed_;
  const std::shared_ptr<Http1StreamedCall*> self_;  // for who wakes it, while it lasts
  bool writing_ = false;
  bool watching_ = false;
  bool woken_ = false;
  bool stopping_ = false;
  bool gone_ = false;
};

}  // namespace usermeta
