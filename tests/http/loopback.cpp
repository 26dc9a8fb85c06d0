#include "tests/http/loopback.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

namespace usermeta {

namespace asio = boost::asio;

std::optional<HttpResponse> ScriptedService::answer_header(const HttpRequest& request) {
  return on_header ? on_header(request) : std::nullopt;
}

asio::awaitable<HttpResponse> ScriptedService::answer(HttpRequest request) {
  {
    const std::unique_lock lock(mutex_);
    seen_.push_back(request);
  }
  if (on_request) co_return co_await on_request(std::move(request));
  HttpResponse response;
  response.body = request.method + ' ' + request.target + '|' + request.body;
  co_return response;
}

asio::awaitable<void> ScriptedService::serve_stream(HttpRequest head, HttpStream& stream) {
  co_await on_stream(std::move(head), stream);
}

HttpResponse ScriptedService::refuse(const HttpRequest&, const Rejection& why) {
  HttpResponse response;
  response.status = why.status;
  response.body = "code " + std::to_string(why.code) + ": " + std::string(why.message);
  return response;
}

std::vector<HttpRequest> ScriptedService::seen() {
  const std::unique_lock lock(mutex_);
  return seen_;
}

asio::awaitable<void> Gate::pass() {
  arrived_.set_value();
  co_await asio::co_spawn(timer_.get_executor(), wait(), asio::use_awaitable);
}

asio::awaitable<void> Gate::wait() {
  timer_.expires_at(std::chrono::steady_clock::time_point::max());
  while (!open_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Gate::open() {
  asio::post(timer_.get_executor(), [this] {
    open_ = true;
    timer_.cancel();
  });
}

LoopbackServer::LoopbackServer(const HttpLimits& limits, const Tls* tls) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), 0);
  listener_.emplace(
      executors, endpoint, limits, service,
      [this](const std::exception_ptr& error) {
        if (!failed_.exchange(true)) first_error_.set_value(error);
      },
      tls);
  listener_->start();
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context.run(); });
}

LoopbackServer::~LoopbackServer() {
  context.stop();
  for (std::thread& thread : threads_) thread.join();
  listener_.reset();
}

std::string post_root(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string what(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

std::future<bool> LoopbackServer::stop(HttpLimits::Duration grace) {
  return asio::co_spawn(context, listener_->stop(grace), asio::use_future);
}

std::string LoopbackClient::Answer::field(std::string_view name) const {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  const std::size_t value = at + 2 + name.size() + 2;
  return head.substr(value, head.find("\r\n", value) - value);
}

LoopbackClient::LoopbackClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  if (socket_ < 0 || ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    throw std::runtime_error("no socket");
  }
}

LoopbackClient::~LoopbackClient() {
  close();
}

void LoopbackClient::connect(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

bool LoopbackClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool LoopbackClient::receive() {
  std::array<char, 16 * 1024> bytes;
  const ssize_t received = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (received <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

LoopbackClient::Answer LoopbackClient::read(bool head_only) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) return {};
  }
  Answer answer;
  answer.head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  const std::string length = answer.field("Content-Length");
  const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
  while (buffer_.size() < size) {
    if (!receive()) return {};
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(answer.head.find(' ') + 1, 3)));
  return answer;
}

std::string LoopbackClient::read_bytes(std::size_t count) {
  while (buffer_.size() < count && receive()) continue;
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

bool LoopbackClient::closed() {
  char byte = 0;
  return buffer_.empty() && ::recv(socket_, &byte, 1, 0) == 0;
}

bool LoopbackClient::readable(std::chrono::milliseconds within) {
  pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
  return !buffer_.empty() || ::poll(&wanted, 1, static_cast<int>(within.count())) == 1;
}

void LoopbackClient::shut_down_send() {
  ::shutdown(socket_, SHUT_WR);
}

void LoopbackClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

}  // namespace usermeta
