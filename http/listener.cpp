#include "http/listener.hpp"

#include <algorithm>
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/session.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors or memory, accept fails at once, again and again, until a session ends.
constexpr auto accept_pause = std::chrono::milliseconds(50);

// So many at most get to hear that they are one too many; who comes on top is closed without a word.
constexpr std::size_t most_turned_away = 128;

[[noreturn]] void throw_cannot_listen(const tcp::endpoint& endpoint, const error_code& error,
                                      const std::string& option) {
  const bool v6 = endpoint.address().is_v6();
  const std::string address = endpoint.address().to_string();
  std::string what =
      "cannot listen on " + (v6 ? '[' + address + ']' : address) + ':' + std::to_string(endpoint.port());
  if (error == asio::error::address_in_use) {
    what += ": another process listens there; stop it, or choose another port with " + option;
  } else if (error == asio::error::access_denied) {
    what += ": ports below 1024 need more rights; choose another port with " + option;
  } else if (error == boost::system::errc::address_not_available) {
    what += ": this machine has no such address; choose another one with " + option;
  }
  throw std::system_error(error, what);
}

tcp::acceptor listen(const asio::any_io_executor& strand, const tcp::endpoint& endpoint,
                     const std::string& option) {
  tcp::acceptor acceptor(strand);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  // A restart must not wait for the last connections' TIME_WAIT.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw_cannot_listen(endpoint, error, option);
  return acceptor;
}

tcp::socket moved(tcp::socket socket, const asio::any_io_executor& executor) {
  error_code error;
  const auto protocol = socket.local_endpoint(error).protocol();
  tcp::socket there(executor);
  const int descriptor = socket.release();
  there.assign(protocol, descriptor, error);
  if (error) {
    ::close(descriptor);
    throw std::system_error(error, "cannot serve a connection");
  }
  return there;
}

}  // namespace

// Everything that running sessions and the accepting share; lives as long as the last of them.
class Listener::Sessions : public std::enable_shared_from_this<Sessions> {
 public:
  Sessions(std::vector<asio::any_io_executor> executors, const tcp::endpoint& endpoint,
           const HttpLimits& limits, HttpService& service, OnError on_error, const Tls* tls,
           const std::string& option)
      : executors_(std::move(executors)),
        strand_(executors_.front()),
        limits_(limits),
        bodies_(limits.bodies_bytes),
        service_(service),
        on_error_(std::move(on_error)),
        tls_(tls),
        acceptor_(listen(strand_, endpoint, option)),
        port_(acceptor_.local_endpoint().port()),
        last_left_(strand_),
        sessions_(executors_.size()) {}

  std::uint16_t port() const { return port_; }

  std::size_t connections() {
    const std::unique_lock lock(mutex_);
    return open_.size();
  }

  void start() {
    asio::co_spawn(strand_, accept(), [self = shared_from_this()](std::exception_ptr error) {
      if (!error) return;
      self->on_error_(error);
      self->start();
    });
  }

  awaitable<bool> stop(HttpLimits::Duration grace) {
    return asio::co_spawn(strand_, finish(grace), asio::use_awaitable);
  }

 private:
  using Open = std::list<std::weak_ptr<Session>>;
  struct Entry {
    Open::iterator place;
    std::size_t executor;  // its index
    bool served;           // or turned away
  };

  awaitable<void> accept() {
    bool failing = false;
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(outcome);
      if (!acceptor_.is_open()) co_return;
      if (!error) {
        failing = false;
        admit(std::move(socket));
        continue;
      }
      if (!std::exchange(failing, true)) {
        on_error_(std::make_exception_ptr(std::system_error(error, "cannot accept connections")));
      }
      asio::steady_timer pause(strand_, accept_pause);
      co_await pause.async_wait(outcome);
    }
  }

  void admit(tcp::socket socket) {
    const std::size_t executor = least_busy();
    if (executors_[executor] != strand_) socket = moved(std::move(socket), executors_[executor]);
    auto tls = tls_ ? tls_->stream(socket.native_handle()) : nullptr;
    const auto session = std::make_shared<Session>(Transport(std::move(socket), std::move(tls)), limits_,
                                                   bodies_, service_, shared_from_this());
    const auto entry = enter(session, executor);
    if (!entry) return;
    asio::co_spawn(
        executors_[executor], entry->served ? session->serve() : session->turn_away(),
        asio::bind_cancellation_slot(session->cancellation(),
                                     [self = shared_from_this(), session, entry](
                                         const std::exception_ptr& error) { self->leave(*entry, error); }));
  }

  // The first of those with the fewest sessions: a client that is alone is served where commands are written.
  std::size_t least_busy() {
    const std::unique_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::min_element(sessions_) - sessions_.begin());
  }

  std::optional<Entry> enter(const std::shared_ptr<Session>& session, std::size_t executor) {
    const std::unique_lock lock(mutex_);
    const bool served = serving_ < limits_.connections;
    if (!served && open_.size() - serving_ >= most_turned_away) return std::nullopt;
    if (served) ++serving_;
    ++sessions_[executor];
    return Entry{open_.insert(open_.end(), session), executor, served};
  }

  void leave(const Entry& entry, const std::exception_ptr& error) {
    std::unique_lock lock(mutex_);
    open_.erase(entry.place);
    if (entry.served) --serving_;
    --sessions_[entry.executor];
    const bool last = open_.empty();
    const bool expected = cutting_;
    lock.unlock();
    if (error && !expected) on_error_(error);
    if (last) asio::post(strand_, [self = shared_from_this()] { self->last_left_.cancel(); });
  }

  awaitable<bool> finish(HttpLimits::Duration grace) {
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& session : still_open()) session->finish();
    last_left_.expires_after(grace);
    while (!still_open().empty() && std::chrono::steady_clock::now() < last_left_.expiry()) {
      co_await last_left_.async_wait(outcome);
    }
    const auto rest = still_open();
    if (rest.empty()) co_return true;
    {
      const std::unique_lock lock(mutex_);
      cutting_ = true;
    }
    for (const auto& session : rest) session->cut();
    co_return false;
  }

  std::vector<std::shared_ptr<Session>> still_open() {
    const std::unique_lock lock(mutex_);
    std::vector<std::shared_ptr<Session>> sessions;
    for (const auto& weak : open_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
    return sessions;
  }

  const std::vector<asio::any_io_executor> executors_;
  const asio::any_io_executor strand_;  // the first of them
  const HttpLimits limits_;
  ByteBudget bodies_;
  HttpService& service_;
  const OnError on_error_;
  const Tls* const tls_;  // or nothing: clear text

  // On strand_ only.
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  asio::steady_timer last_left_;  // rings when stop()'s grace is over; cancelled when nobody is left

  std::mutex mutex_;  // guards what follows
  Open open_;
  std::vector<std::size_t> sessions_;  // on each executor
  std::size_t serving_ = 0;            // of open_; the others are being turned away
  bool cutting_ = false;
};

Listener::Listener(std::vector<asio::any_io_executor> executors, const tcp::endpoint& endpoint,
                   const HttpLimits& limits, HttpService& service, OnError on_error, const Tls* tls,
                   const std::string& option)
    : sessions_(std::make_shared<Sessions>(std::move(executors), endpoint, limits, service,
                                           std::move(on_error), tls, option)) {}

Listener::~Listener() = default;

std::uint16_t Listener::port() const {
  return sessions_->port();
}

std::size_t Listener::connections() const {
  return sessions_->connections();
}

void Listener::start() {
  sessions_->start();
}

awaitable<bool> Listener::stop(HttpLimits::Duration grace) {
  return sessions_->stop(grace);
}

}  // namespace usermeta
