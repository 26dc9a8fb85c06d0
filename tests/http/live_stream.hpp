#pragma once

#include <functional>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "http/stream.hpp"
#include "tests/http/whole_service.hpp"

namespace usermeta {

// A client of a streamed call, on the service's executor.
struct LiveStream final : HttpStream {
  explicit LiveStream(boost::asio::io_context& context) : changed(context) {}

  boost::asio::awaitable<Piece> read(time_point) override {
    if (asked.empty()) co_return Piece{Arrival::end, {}};
    co_return Piece{Arrival::bytes, std::exchange(asked, {})};
  }
  bool keep(std::size_t) override { return true; }
  boost::asio::awaitable<bool> pause(time_point until) override {
    while (!stopping && !woken && std::chrono::steady_clock::now() < until) {
      changed.expires_at(until);
      co_await changed.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    woken = false;
    co_return !stopping;
  }
  std::function<void()> waker() override {
    return [this] {
      woken = true;
      changed.cancel();
    };
  }
  void begin(HttpResponse response) override { head = std::move(response); }
  boost::asio::awaitable<bool> write_until(std::string bytes, time_point until) override {
    written += bytes;
    co_return until == time_point::max() || takes;
  }
  void end(std::string last, Fields fields) override {
    written += last;
    trailers = std::move(fields);
    ended = true;
  }
  void stop() {
    stopping = true;
    changed.cancel();
  }

  boost::asio::steady_timer changed;
  std::string asked;
  bool takes = true;
  bool woken = false;
  bool stopping = false;
  bool ended = false;
  HttpResponse head;
  std::string written;
  Fields trailers;
};

// The whole service, and one who follows its log.
class FollowTest : public testing::Test {
 protected:
  void start(const HttpRequest& request) {
    ASSERT_TRUE(service.calls().is_streamed(request, HttpVersion::http2));
    boost::asio::co_spawn(service.context(), service.calls().serve_stream(request, stream),
                          [](const std::exception_ptr& error) {
                            if (error) std::rethrow_exception(error);
                          });
  }
  // Runs the service until that is there.
  void until(const std::function<bool()>& there) {
    service.context().restart();
    while (!there()) ASSERT_NE(service.context().run_one_for(std::chrono::seconds(20)), 0U) << stream.written;
  }
  void until_written(const std::string& text) {
    until([&] { return stream.written.find(text) != std::string::npos; });
  }
  void until_ended() {
    until([&] { return stream.ended; });
  }
  std::string set(const std::string& user, const std::string& value) {
    return service
        .ask("POST", "/management/v1/users/" + user + "/metadata/k", R"({"value":")" + value + R"("})")
        .outcome();
  }

  WholeService service;
  LiveStream stream{service.context()};
};

}  // namespace usermeta
