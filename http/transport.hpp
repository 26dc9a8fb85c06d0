#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/tls_stream.hpp"

namespace usermeta {

// To await what fails in order: the error is the first of what it gives.
inline constexpr auto outcome = boost::asio::as_tuple(boost::asio::use_awaitable);

// The bytes of one connection, in clear text or through TLS: what a session needs of a socket. On the
// socket's executor only, which runs one thing at a time. An end of TLS in order and one without a word are
// the same to who reads: eof, or another error.
class Transport {
 public:
  using error_code = boost::system::error_code;
  using Waited = std::tuple<error_code>;
  using Read = std::tuple<error_code, std::size_t>;

  // Without `tls`: clear text.
  explicit Transport(boost::asio::ip::tcp::socket socket, std::unique_ptr<TlsStream> tls = nullptr);

  boost::asio::any_io_executor get_executor() { return socket_.get_executor(); }
  // The other end's address without its port; an IPv4 client of an IPv6 socket as IPv4.
  std::string peer() const;

  bool encrypted() const { return tls_ != nullptr; }
  // Before anything else, where it is encrypted; when it wants something, again after readable().
  TlsStream::Outcome shake_hands();
  TlsStream::Protocol protocol() const { return tls_ ? tls_->protocol() : TlsStream::Protocol::any; }
  // Goes on in clear text, with a client that never began TLS.
  void give_up_tls() { tls_.reset(); }

  // At once, or would_block.
  std::size_t read_some(std::span<char> space, error_code& error);
  // Of the head and then of the body, in one system call if that is possible. After would_block the same
  // bytes must come again.
  std::size_t write_some(std::string_view head, std::string_view body, error_code& error);

  // Until what would_block stopped is worth another attempt. Cancelled by cancel() and close().
  boost::asio::awaitable<Waited> readable();
  boost::asio::awaitable<Waited> writable();

  // Waits once, if it must: it may give back 0 bytes without an error, and the caller looks at its deadline.
  boost::asio::awaitable<Read> read(std::span<char> space);
  // All of the bytes, which must stay where they are; `done` is called later, never from here.
  void write(std::string_view bytes, std::function<void(error_code)> done);

  void cancel();

  // Nothing more will be sent; what comes is only to be dropped.
  void end_sending(error_code& error);
  boost::asio::awaitable<Read> drop(std::span<char> space);

  bool is_open() const { return socket_.is_open(); }
  // In order: with TLS the peer is told, if that is possible at once.
  void close();

 private:
  using WaitType = boost::asio::ip::tcp::socket::wait_type;

  TlsStream::Outcome see_read(TlsStream::Outcome outcome);

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
  // What stopped a read or a write of TLS, which may have to do the other first.
  WaitType read_waits_for_ = WaitType::wait_read;
  WaitType write_waits_for_ = WaitType::wait_write;
  bool read_blocked_ = false;
};

}  // namespace usermeta
