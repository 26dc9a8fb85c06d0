#include "http/transport.hpp"

#include <algorithm>
#include <array>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

// The most that one record of TLS carries (RFC 8446 section 5.1).
constexpr std::size_t record_bytes = 16 * 1024;

// Who watches may be silent for days. A peer that has vanished without a word is found by the kernel, which
// asks after so many seconds of silence, and then every so many (tcp(7); the usual ones are hours).
void probe_silent_peer(tcp::socket& socket) {
  constexpr int seconds_of_silence = 60;
  constexpr int seconds_between = 10;
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds_of_silence, sizeof(int));
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds_between, sizeof(int));
}

boost::system::error_code error_of(TlsStream::Outcome outcome) {
  switch (outcome) {
    case TlsStream::Outcome::done:
      return {};
    case TlsStream::Outcome::wants_read:
    case TlsStream::Outcome::wants_write:
      return asio::error::would_block;
    case TlsStream::Outcome::ended:
      return asio::error::eof;
    default:
      return asio::error::connection_reset;
  }
}

// Lets the thread do something else, so that a client that always has more for us does not keep it.
awaitable<Transport::Waited> let_others() {
  co_await asio::post(outcome);
  co_return Transport::Waited{};
}

}  // namespace

Transport::Transport(tcp::socket socket, std::unique_ptr<TlsStream> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
  error_code ignored;  // a connection that is gone already says so at its first read
  socket_.set_option(tcp::no_delay(true), ignored);
  probe_silent_peer(socket_);
  socket_.non_blocking(true, ignored);
}

std::string Transport::peer() const {
  error_code gone;
  const auto endpoint = socket_.remote_endpoint(gone);
  if (gone) return {};
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

TlsStream::Outcome Transport::shake_hands() {
  return see_read(tls_->shake_hands());
}

TlsStream::Outcome Transport::see_read(TlsStream::Outcome outcome) {
  read_waits_for_ = outcome == TlsStream::Outcome::wants_write ? WaitType::wait_write : WaitType::wait_read;
  read_blocked_ = outcome != TlsStream::Outcome::done;
  return outcome;
}

std::size_t Transport::read_some(std::span<char> space, error_code& error) {
  if (!tls_) return socket_.read_some(asio::buffer(space.data(), space.size()), error);
  // The descriptor of a closed socket may be another's by now.
  if (!is_open()) {
    error = asio::error::bad_descriptor;
    return 0;
  }
  std::size_t bytes = 0;
  error = error_of(see_read(tls_->read(space, bytes)));
  return bytes;
}

std::size_t Transport::write_some(std::string_view head, std::string_view body, error_code& error) {
  if (!tls_) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    return socket_.write_some(both, error);
  }
  if (!is_open()) {
    error = asio::error::bad_descriptor;
    return 0;
  }
  std::string joined;
  if (!head.empty() && !body.empty() && head.size() < record_bytes) {
    joined.reserve(std::min(head.size() + body.size(), record_bytes));
    joined.append(head).append(body.substr(0, record_bytes - head.size()));
    head = joined;
  }
  std::size_t written = 0;
  const TlsStream::Outcome outcome = tls_->write(head.empty() ? body : head, written);
  write_waits_for_ = outcome == TlsStream::Outcome::wants_read ? WaitType::wait_read : WaitType::wait_write;
  error = error_of(outcome);
  return written;
}

awaitable<Transport::Waited> Transport::readable() {
  if (tls_ && !read_blocked_ && tls_->has_unread()) return let_others();
  return socket_.async_wait(read_waits_for_, outcome);
}

awaitable<Transport::Waited> Transport::writable() {
  return socket_.async_wait(write_waits_for_, outcome);
}

awaitable<Transport::Read> Transport::read(std::span<char> space) {
  if (!tls_) co_return co_await socket_.async_read_some(asio::buffer(space.data(), space.size()), outcome);
  const auto [waited] = co_await readable();
  if (waited) co_return Read{waited, 0};
  error_code error;
  const std::size_t bytes = read_some(space, error);
  if (error == asio::error::would_block) error.clear();
  co_return Read{error, bytes};
}

void Transport::write(std::string_view bytes, std::function<void(error_code)> done) {
  if (!tls_) {
    asio::async_write(socket_, asio::buffer(bytes),
                      [done = std::move(done)](const error_code& error, std::size_t) { done(error); });
    return;
  }
  error_code error;
  while (!bytes.empty() && !error) bytes.remove_prefix(write_some(bytes, {}, error));
  if (error != asio::error::would_block) {
    asio::post(get_executor(), [done = std::move(done), error] { done(error); });
    return;
  }
  socket_.async_wait(write_waits_for_, [this, bytes, done = std::move(done)](const error_code& waited) {
    return waited ? done(waited) : write(bytes, done);
  });
}

void Transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::end_sending(error_code& error) {
  if (tls_ && is_open()) tls_->end();
  socket_.shutdown(tcp::socket::shutdown_send, error);
}

awaitable<Transport::Read> Transport::drop(std::span<char> space) {
  return socket_.async_read_some(asio::buffer(space.data(), space.size()), outcome);
}

void Transport::close() {
  if (tls_ && is_open()) tls_->end();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace usermeta
