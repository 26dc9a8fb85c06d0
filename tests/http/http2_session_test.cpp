#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/http2_client.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr const char* get1 = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

HttpResponse text(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

TEST(Http2Session, SpeaksBothVersionsOnOnePort) {
  LoopbackServer server;
  Http2Client client(server);
  LoopbackClient old(server);
  ASSERT_TRUE(client.send(http2::get(1, "/x")));
  EXPECT_EQ(client.answers(1)[1], "GET /x|");
  EXPECT_EQ(old.exchange(get1).body, "GET /|");
  EXPECT_EQ(server.service.seen().at(0).peer, "127.0.0.1");
}

TEST(Http2Session, WaitsForThePrefaceByteByByte) {
  LoopbackServer server;
  LoopbackClient client(server);
  for (const char byte : http2::hello() + http2::get(1, "/")) ASSERT_TRUE(client.send(std::string(1, byte)));
  EXPECT_EQ(client.read_bytes(9).at(3), http2::settings);
}

TEST(Http2Session, TakesWhatOnlyBeginsLikeThePrefaceForHttp1) {
  LoopbackServer server;
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange("PRI * HTTP/2.0\r\n\r\nSMALL").status, 505U);
  LoopbackClient posting(server);
  EXPECT_EQ(posting.exchange("PRIVATE / HTTP/1.1\r\nHost: a\r\n\r\n").body, "PRIVATE /|");
}

TEST(Http2Session, IsNotKeptWaitingForThePreface) {
  HttpLimits limits;
  limits.header_time = 20ms;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange("PRI * HTT").status, 408U);
}

TEST(Http2Session, AnswersStreamsConcurrently) {
  LoopbackServer server;
  Gate first(server.context);
  Gate second(server.context);
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target == "/1") co_await first.pass();
    if (request.target == "/2") co_await second.pass();
    HttpResponse response;
    response.body = request.target;
    co_return response;
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/1") + http2::get(3, "/2") + http2::get(5, "/3")));
  EXPECT_EQ(client.answers(1)[5], "/3");
  first.wait_for_arrival();
  second.wait_for_arrival();
  second.open();
  EXPECT_EQ(client.answers(1)[3], "/2");
  first.open();
  EXPECT_EQ(client.answers(1)[1], "/1");
}

TEST(Http2Session, CarriesLargeBodiesBothWays) {
  LoopbackServer server;
  Http2Client client(server);
  const std::string body(200'000, 'b');
  ASSERT_TRUE(client.send(http2::frame(http2::window_update, 0, 0, http2::number(1 << 20, 4)) +
                          http2::post(1, "/") +
                          http2::frame(http2::window_update, 0, 1, http2::number(1 << 20, 4))));
  std::size_t window = 65'535;
  for (std::size_t at = 0; at < body.size();) {
    while (window == 0) {
      const auto update = client.next(http2::window_update);
      ASSERT_TRUE(update);
      if (update->stream == 1) window += http2::number_in(update->payload);
    }
    const std::size_t size = std::min({window, body.size() - at, std::size_t{16'384}});
    at += size;
    window -= size;
    ASSERT_TRUE(client.send(http2::frame(http2::data, at == body.size() ? http2::end_stream : http2::none, 1,
                                         body.substr(at - size, size))));
  }
  EXPECT_TRUE(client.answers(1)[1] == "POST /|" + body);
}

TEST(Http2Session, GivesTheHeadersOwnAnswerAndStopsTheBody) {
  LoopbackServer server;
  server.service.on_header = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    HttpResponse response;
    response.status = 404;
    response.body = "none";
    return request.target == "/none" ? std::optional(response) : std::nullopt;
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::post(1, "/none") + http2::get(3, "/")));
  EXPECT_EQ(client.answers(2), (std::map<unsigned, std::string>{{1, "none"}, {3, "GET /|"}}));
  EXPECT_EQ(server.service.seen().size(), 1U);
}

TEST(Http2Session, LetsTheAnswerOfACancelledStreamRunToItsEnd) {
  LoopbackServer server;
  Gate gate(server.context);
  std::promise<void> finished;
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target != "/") co_return text("next");
    co_await gate.pass();
    finished.set_value();
    co_return HttpResponse{};
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  gate.wait_for_arrival();
  ASSERT_TRUE(client.send(http2::frame(http2::rst_stream, 0, 1, http2::number(8, 4)) + http2::get(3, "/n")));
  EXPECT_EQ(client.answers(1)[3], "next");
  gate.open();
  EXPECT_EQ(finished.get_future().wait_for(20s), std::future_status::ready);
}

TEST(Http2Session, LetsAnswersRunToTheirEndWhenTheClientIsGone) {
  LoopbackServer server;
  Gate gate(server.context);
  std::promise<void> finished;
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    co_await gate.pass();
    finished.set_value();
    co_return HttpResponse{};
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  gate.wait_for_arrival();
  client.close();
  gate.open();
  EXPECT_EQ(finished.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_TRUE(server.stop(1h).get());
}

TEST(Http2Session, ReportsWhatTheServiceThrowsAndCloses) {
  LoopbackServer server;
  server.service.on_request = [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    throw std::runtime_error("broken");
    co_return HttpResponse{};
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  EXPECT_EQ(what(server.error()), "broken");
  EXPECT_FALSE(client.next(http2::data));
}

TEST(Http2Session, EndsAFlood) {
  LoopbackServer server;
  Http2Client client(server);
  std::string flood;
  for (int i = 0; i < 2000; ++i) flood += http2::frame(http2::ping, 0, 0, "12345678");
  client.send(flood);
  const auto goodbye = client.next(http2::goaway);
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(http2::number_in(std::string_view(goodbye->payload).substr(4, 4)), 11U);
  EXPECT_TRUE(client.closed());
}

TEST(Http2Session, ClosesAnIdleConnectionWithAWord) {
  HttpLimits limits;
  limits.idle_time = 20ms;
  LoopbackServer server(limits);
  Http2Client client(server);
  EXPECT_TRUE(client.next(http2::goaway));
  EXPECT_TRUE(client.closed());
}

// The stream's own deadline rings before that of the write that is stuck, which must not be forgotten then.
TEST(Http2Session, ClosesAConnectionWhosePeerDoesNotRead) {
  HttpLimits limits;
  limits.write_time = 50ms;
  LoopbackServer server(limits);
  std::promise<void> asked;
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    asked.set_value();
    co_return text(std::string(64 * 1024 * 1024, 'x'));
  };
  Http2Client client(server);
  const std::string window = http2::number(1 << 30, 4);
  ASSERT_TRUE(client.send(http2::frame(http2::window_update, 0, 0, window) + http2::get(1, "/") +
                          http2::frame(http2::window_update, 0, 1, window)));
  asked.get_future().get();
  EXPECT_EQ(server.stop(1h).wait_for(20s), std::future_status::ready);
}

TEST(Http2SessionStop, ClosesIdleConnectionsAtOnceAndFinishesTheOthers) {
  LoopbackServer server;
  Gate gate(server.context);
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target == "/wait") co_await gate.pass();
    co_return text("done");
  };
  Http2Client idle(server);
  ASSERT_TRUE(idle.send(http2::get(1, "/")));
  EXPECT_EQ(idle.answers(1)[1], "done");
  Http2Client busy(server);
  ASSERT_TRUE(busy.send(http2::get(1, "/wait")));
  gate.wait_for_arrival();
  std::future<bool> stopped = server.stop(1h);
  EXPECT_TRUE(idle.next(http2::goaway));
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(busy.next(http2::goaway));
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  gate.open();
  EXPECT_EQ(busy.answers(1)[1], "done");
  EXPECT_TRUE(busy.closed());
  busy.close();
  EXPECT_TRUE(stopped.get());
}

TEST(Http2SessionStop, CutsOffTheRestAfterItsGrace) {
  LoopbackServer server;
  Gate gate(server.context);
  std::promise<void> cancelled;
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    const std::shared_ptr<void> leaving(nullptr, [&](void*) { cancelled.set_value(); });
    co_await gate.pass();
    co_return HttpResponse{};
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  gate.wait_for_arrival();
  EXPECT_FALSE(server.stop(50ms).get());
  EXPECT_EQ(cancelled.get_future().wait_for(20s), std::future_status::ready);
}

}  // namespace
}  // namespace usermeta
