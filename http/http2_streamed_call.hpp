#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/http2_connection.hpp"
#include "http/stream.hpp"

namespace usermeta {

// A streamed call on an HTTP/2 connection: its handler's side, which waits for the connection's. Everything
// on the connection's executor.
class Http2StreamedCall final : public HttpStream {
 public:
  // `flush` sends what the connection has to send. `connection` must outlive it.
  Http2StreamedCall(const boost::asio::any_io_executor& strand, Http2Connection& connection,
                    std::int32_t stream, std::function<void()> flush);

  boost::asio::awaitable<Piece> read(time_point until) override;
  bool keep(std::size_t bytes) override;
  boost::asio::awaitable<bool> pause(time_point until) override;
  std::function<void()> waker() override;
  void begin(HttpResponse head) override;
  boost::asio::awaitable<bool> write_until(std::string bytes, time_point until) override;
  using HttpStream::end;
  void end(std::string last, Fields trailers) override;

  // Bytes came or went.
  void wake() { changed_.cancel(); }
  // The client has cancelled the call, or is gone.
  void leave();
  // The server is about to stop.
  void stop();

 private:
  boost::asio::awaitable<void> wait(time_point until);
  void throw_if_gone() const;

  Http2Connection& connection_;
  const std::int32_t stream_;
  const std::function<void()> flush_;
  boost::asio::steady_timer changed_;
  const std::shared_ptr<Http2StreamedCall*> self_;  // for who wakes it, while it lasts
  bool woken_ = false;
  bool stopping_ = false;
  bool gone_ = false;
};

}  // namespace usermeta
