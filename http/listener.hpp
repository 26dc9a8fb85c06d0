#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/limits.hpp"
#include "http/service.hpp"
#include "http/tls.hpp"

namespace usermeta {

// Accepts connections and gives each a session, on that of the executors which has the fewest of them. Each
// executor runs one thing at a time: it is a strand, or its context has one thread. Every function may be
// called from any thread.
//
// With `tls` the port speaks TLS only, from `tls` as it is when a connection begins; without it clear text
// only.
//
// `service`, `tls` and the executors' contexts must outlive the sessions: destroy the listener before them,
// after stop() has returned true or after the context has been stopped for good.
class Listener {
 public:
  // Told of what a session or the accepting failed with; from any thread, several at a time.
  using OnError = std::function<void(std::exception_ptr)>;

  // Listens from here on; connections wait in the kernel until start(). Port 0 takes a free one. Throws
  // std::system_error, whose what() names the address, the port and the way out: `option` is where the
  // operator chose the address.
  Listener(std::vector<boost::asio::any_io_executor> executors,
           const boost::asio::ip::tcp::endpoint& endpoint, const HttpLimits& limits, HttpService& service,
           OnError on_error, const Tls* tls = nullptr, const std::string& option = "--listen");
  ~Listener();

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const;
  // Open now, with those that are being turned away.
  std::size_t connections() const;

  // Once.
  void start();

  // Accepts no more, closes idle connections at once and every other after the answer that it is owed.
  // True when none is left; after `grace` the rest is cut off and its answers are cancelled: false.
  // Then once more waits for those to be gone.
  boost::asio::awaitable<bool> stop(HttpLimits::Duration grace);

 private:
  class Sessions;
  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace usermeta
