#include "bench/connection.hpp"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace usermeta::bench {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

Connection::Connection(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) throw_errno("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  const bool good =
      ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
      ::fcntl(descriptor_, F_SETFL, O_NONBLOCK) == 0;
  if (good) return;
  const int reason = errno;
  ::close(descriptor_);
  throw std::system_error(reason, std::generic_category(), "cannot connect to the service");
}

Connection::~Connection() {
  ::close(descriptor_);
}

std::size_t Connection::send(std::string_view bytes) const {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  throw_errno("cannot send to the service");
}

std::size_t Connection::receive(char* out, std::size_t space) const {
  const ssize_t received = ::recv(descriptor_, out, space, 0);
  if (received > 0) return static_cast<std::size_t>(received);
  if (received == 0) throw WrongAnswer("the service closed a connection");
  if (errno == EAGAIN || errno == EINTR) return 0;
  throw_errno("cannot receive from the service");
}

}  // namespace usermeta::bench
