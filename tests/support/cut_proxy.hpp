#pragma once

#include <array>
#include <filesystem>
#include <list>
#include <memory>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "support/sql.hpp"
#include "support/temp_directory.hpp"
#include "support/threads.hpp"

namespace usermeta {

// Stands between the program and PostgreSQL as a bad network does: it can keep what the program sends, lose
// the program's connections without PostgreSQL noticing, and deliver later what it kept.
class CutProxy {
 public:
  explicit CutProxy(const std::string& conninfo) {
    const Sql sql(conninfo);
    const std::string port = sql.port();
    const std::string name = "/.s.PGSQL." + port;
    server_ = Protocol::endpoint(sql.host() + name);
    acceptor_ =
        std::make_unique<Protocol::acceptor>(strand_, Protocol::endpoint(directory_.path().string() + name));
    conninfo_ = conninfo + " host=" + directory_.path().string() + " port=" + port;
    accept();
  }
  ~CutProxy() {
    act([this] {
      acceptor_->close();
      for (const auto& pair : pairs_) pair->close();
    });
    threads_.join();
  }
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;

  // Of the database, by way of this.
  const std::string& conninfo() const { return conninfo_; }

  // Keeps what the connections that are there now send from here on.
  void hold() {
    act([this] {
      for (const auto& pair : pairs_) pair->held = true;
    });
  }
  // Waits until something is kept, and loses the connections on the program's side alone.
  void cut_once_something_is_held() {
    for (bool some = false; !some; std::this_thread::yield())
      act([&] {
        for (const auto& pair : pairs_) some |= pair->held && !pair->kept.empty();
      });
    sever();
  }
  // Loses the connections whose bytes are kept, on the program's side alone.
  void sever() {
    act([this] {
      for (const auto& pair : pairs_)
        if (pair->held) pair->program.close();
    });
  }
  // Delivers what was kept. Returns how many bytes PostgreSQL still took.
  std::size_t deliver() {
    std::size_t taken = 0;
    act([&] {
      for (const auto& pair : pairs_) {
        boost::system::error_code error;
        if (pair->held) taken += boost::asio::write(pair->server, boost::asio::buffer(pair->kept), error);
        pair->held = false;
      }
    });
    return taken;
  }

 private:
  using Protocol = boost::asio::local::stream_protocol;
  struct Pair {
    explicit Pair(const Threads::Strand& strand) : program(strand), server(strand) {}
    void close() {
      boost::system::error_code ignored;
      program.close(ignored);
      server.close(ignored);
    }
    Protocol::socket program, server;
    std::array<char, 65536> up{}, down{};
    bool held = false;
    std::string kept;
  };

  template <class Action>
  void act(Action action) {
    Threads::on(strand_, action);
  }
  void accept() {
    const auto pair = std::make_shared<Pair>(strand_);
    acceptor_->async_accept(pair->program, [this, pair](boost::system::error_code error) {
      if (error) return;
      pair->server.connect(server_);
      pairs_.push_back(pair);
      relay_up(pair);
      relay_down(pair);
      accept();
    });
  }
  static void relay_up(const std::shared_ptr<Pair>& pair) {
    pair->program.async_read_some(
        boost::asio::buffer(pair->up), [pair](boost::system::error_code error, std::size_t size) {
          if (pair->held) {
            pair->kept.append(pair->up.data(), size);
            if (!error) relay_up(pair);
            return;
          }
          boost::system::error_code failed;
          if (!error) boost::asio::write(pair->server, boost::asio::buffer(pair->up, size), failed);
          if (error || failed) return pair->close();
          relay_up(pair);
        });
  }
  static void relay_down(const std::shared_ptr<Pair>& pair) {
    pair->server.async_read_some(
        boost::asio::buffer(pair->down), [pair](boost::system::error_code error, std::size_t size) {
          boost::system::error_code ignored;
          if (error) return pair->program.close(ignored), void();
          boost::asio::write(pair->program, boost::asio::buffer(pair->down, size), ignored);
          relay_down(pair);
        });
  }

  TempDirectory directory_;
  Threads threads_;
  Threads::Strand strand_ = threads_.strand();
  Protocol::endpoint server_;
  std::unique_ptr<Protocol::acceptor> acceptor_;
  std::string conninfo_;
  std::list<std::shared_ptr<Pair>> pairs_;
};

}  // namespace usermeta
