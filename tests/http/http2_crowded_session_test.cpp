// A peer that asks for more than it takes.

#include <string>

#include <gtest/gtest.h>

#include "tests/http/http2_client.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t much = 9 * 1024 * 1024;  // more than the answers of one connection may hold
constexpr int requests = 50;

class Http2CrowdedSession : public testing::Test {
 protected:
  Http2CrowdedSession() {
    server.service.on_request = [](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
      HttpResponse response;
      response.body = request.target == "/much" ? std::string(much, 'x') : "little";
      co_return response;
    };
    server.service.on_header = [](const HttpRequest& request) -> std::optional<HttpResponse> {
      HttpResponse response;
      response.body = "early";
      return request.target == "/early" ? std::optional(response) : std::nullopt;
    };
  }

  // What the client sent before has been looked at.
  static void wait_for_pong(Http2Client& client) {
    ASSERT_TRUE(client.send(http2::frame(http2::ping, 0, 0, "12345678")));
    ASSERT_TRUE(client.next(http2::ping));
  }

  // Has one large answer made, takes none of it and asks for more.
  static void crowd(Http2Client& client) {
    ASSERT_TRUE(client.send(http2::get(1, "/much")));
    ASSERT_TRUE(client.next(http2::headers));
    std::string more;
    for (unsigned i = 1; i <= requests; ++i) more += http2::get(2 * i + 1, "/little");
    ASSERT_TRUE(client.send(more));
    wait_for_pong(client);
  }

  HttpLimits limits;
  LoopbackServer server{limits};
};

TEST_F(Http2CrowdedSession, BeginsNoAnswerUntilTheLastIsTaken) {
  Http2Client client(server);
  crowd(client);
  EXPECT_EQ(server.service.seen().size(), 1U);
  const std::string window = http2::number(1 << 30, 4);
  ASSERT_TRUE(client.send(http2::frame(http2::window_update, 0, 0, window) +
                          http2::frame(http2::window_update, 0, 1, window)));
  EXPECT_EQ(client.answers(requests + 1)[2 * requests + 1], "little");
}

TEST_F(Http2CrowdedSession, BeginsTheOthersWhenTheLastIsCancelled) {
  Http2Client client(server);
  crowd(client);
  const std::string window = http2::number(1 << 30, 4);
  ASSERT_TRUE(client.send(http2::frame(http2::window_update, 0, 0, window) +
                          http2::frame(http2::rst_stream, 0, 1, http2::number(8, 4)) +
                          http2::frame(http2::rst_stream, 0, 3, http2::number(8, 4))));
  EXPECT_EQ(client.answers(requests - 1)[2 * requests + 1], "little");
  EXPECT_EQ(server.service.seen().size(), std::size_t{requests}) << "not the one that was cancelled";
}

TEST_F(Http2CrowdedSession, RefusesWhatTheHeaderAloneAnswers) {
  Http2Client client(server);
  crowd(client);
  const std::string window = http2::number(1 << 20, 4);
  ASSERT_TRUE(client.send(http2::frame(http2::window_update, 0, 0, window) + http2::get(201, "/early")));
  auto said = client.next(http2::data);
  while (said && said->stream != 201) said = client.next(http2::data);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->payload.substr(0, 6), "code 8");
}

TEST_F(Http2CrowdedSession, RefusesAStreamedCall) {
  server.service.on_header = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    HttpResponse response;
    response.body.assign(much, 'x');
    return request.target == "/much" ? std::optional(response) : std::nullopt;
  };
  server.service.on_stream = [](HttpRequest, HttpStream& stream) -> boost::asio::awaitable<void> {
    stream.begin({});
    stream.end({});
    co_return;
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/much")));
  ASSERT_TRUE(client.next(http2::headers));
  ASSERT_TRUE(
      client.send(http2::frame(http2::window_update, 0, 0, http2::number(1 << 20, 4)) + http2::get(3, "/")));
  auto said = client.next(http2::data);
  while (said && said->stream != 3) said = client.next(http2::data);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->payload.substr(0, 6), "code 8");
}

}  // namespace
}  // namespace usermeta
