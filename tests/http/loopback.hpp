#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "http/limits.hpp"
#include "http/listener.hpp"
#include "http/service.hpp"

namespace usermeta {

// What a test wants the service to say; without a script it answers "METHOD target|body" to everything.
struct ScriptedService final : HttpService {
  std::optional<HttpResponse> answer_header(const HttpRequest& request) override;
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;
  bool is_streamed(const HttpRequest&, HttpVersion) override { return static_cast<bool>(on_stream); }
  boost::asio::awaitable<void> serve_stream(HttpRequest head, HttpStream& stream) override;
  HttpResponse refuse(const HttpRequest& request, const Rejection& why) override;

  // The whole requests so far.
  std::vector<HttpRequest> seen();

  // Set before the first connection.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> on_header;
  std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)> on_request;
  std::function<boost::asio::awaitable<void>(HttpRequest, HttpStream&)> on_stream;  // set: all is streamed

 private:
  std::mutex mutex_;
  std::vector<HttpRequest> seen_;
};

// An answer that the test holds back: the service waits in pass() until the test opens the gate.
class Gate {
 public:
  explicit Gate(boost::asio::io_context& context) : timer_(boost::asio::make_strand(context)) {}
  boost::asio::awaitable<void> pass();
  void wait_for_arrival() { arrived_.get_future().get(); }
  void open();

 private:
  boost::asio::awaitable<void> wait();
  boost::asio::steady_timer timer_;  // and open_: on the timer's strand only
  bool open_ = false;
  std::promise<void> arrived_;
};

// A listener on a free port of 127.0.0.1, with two threads.
class LoopbackServer {
 public:
  // With TLS when there is `tls`, which must outlive it.
  explicit LoopbackServer(const HttpLimits& limits = {}, const Tls* tls = nullptr);
  ~LoopbackServer();

  std::uint16_t port() const { return listener_->port(); }
  std::size_t connections() const { return listener_->connections(); }
  std::future<bool> stop(HttpLimits::Duration grace);
  // Waits for the first error that the listener is told of; once.
  std::exception_ptr error() { return error_.get(); }

  boost::asio::io_context context;
  // Its listener's.
  const std::vector<boost::asio::any_io_executor> executors{boost::asio::make_strand(context),
                                                            boost::asio::make_strand(context)};
  ScriptedService service;

 private:
  std::promise<std::exception_ptr> first_error_;
  std::future<std::exception_ptr> error_ = first_error_.get_future();
  std::atomic<bool> failed_ = false;
  std::optional<Listener> listener_;
  std::vector<std::thread> threads_;
};

std::string what(const std::exception_ptr& error);

// Requests as bytes.
inline constexpr const char* kGetRoot = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
std::string post_root(const std::string& body);

// A blocking client of raw bytes. Waits for the socket, 20 s at most, which no passing test comes near.
class LoopbackClient {
 public:
  struct Answer {
    unsigned status = 0;  // 0: the connection ended before a whole answer
    std::string head;     // status line and fields, without the empty line
    std::string body;
    // The first field of that name, as the server spells it; "" without one.
    std::string field(std::string_view name) const;
  };

  LoopbackClient();  // a socket, not connected
  explicit LoopbackClient(std::uint16_t port) : LoopbackClient() { connect(port); }
  explicit LoopbackClient(const LoopbackServer& server) : LoopbackClient(server.port()) {}
  virtual ~LoopbackClient();
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  void connect(std::uint16_t port);
  // Whether all of it was taken.
  virtual bool send(std::string_view bytes);
  // Reads one answer; one to HEAD has no body, whatever its length says.
  Answer read(bool head_only = false);
  Answer exchange(std::string_view request) { return send(request) ? read() : Answer{}; }
  // Exactly so many bytes, or what came before the end.
  std::string read_bytes(std::size_t count);
  // Whether the server closes in order (no reset) and without another byte.
  virtual bool closed();
  // Whether something is to be read, now or within that time.
  bool readable(std::chrono::milliseconds within);
  void shut_down_send();
  void close();

 protected:
  // What is there, into the buffer; false at the end.
  virtual bool receive();
  int socket_;
  std::string buffer_;
};

}  // namespace usermeta
