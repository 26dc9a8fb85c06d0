#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/loopback.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string post(const std::string& target, const std::string& fields, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

TEST(Session, KeepsTheConnectionFromRequestToRequest) {
  LoopbackServer server;
  LoopbackClient client(server);
  for (const std::string target : {"/1", "/2", "/3"}) {
    const auto answer = client.exchange(get(target));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "GET " + target + "|");
    EXPECT_EQ(answer.field("Connection"), "");
    EXPECT_THAT(answer.field("Date"), testing::EndsWith(" GMT"));
  }
  ASSERT_EQ(server.service.seen().size(), 3U);
  EXPECT_EQ(server.service.seen()[0].peer, "127.0.0.1");
}

TEST(Session, AnswersPipelinedRequestsInOrder) {
  LoopbackServer server;
  LoopbackClient client(server);
  std::string all;
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    const std::string body = std::to_string(i);
    all += post_root(body);
    expected.emplace_back("POST /|").append(body);
  }
  ASSERT_TRUE(client.send(all));
  for (const std::string& answer : expected) ASSERT_EQ(client.read().body, answer);
}

TEST(Session, TakesARequestByteByByte) {
  LoopbackServer server;
  LoopbackClient client(server);
  for (const char byte :
       post("/x", "Transfer-Encoding: chunked\r\n", "2\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n")) {
    ASSERT_TRUE(client.send(std::string(1, byte)));
  }
  EXPECT_EQ(client.read().body, "POST /x|abc");
  EXPECT_EQ(client.exchange(get("/y")).body, "GET /y|");
}

TEST(Session, ARequestBeginsWithItsHeader) {
  LoopbackServer server;
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange(get("/first")).status, 200U);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.send(post("/", "Content-Length: 1\r\nExpect: 100-continue\r\n", "")));
  EXPECT_EQ(client.read().status, 100U);
  const auto between = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.send("x"));
  EXPECT_EQ(client.read().status, 200U);
  EXPECT_GE(server.service.seen().back().begun, before);
  EXPECT_LE(server.service.seen().back().begun, between);
}

TEST(Session, CarriesLargeBodiesBothWays) {
  LoopbackServer server;
  LoopbackClient client(server);
  const std::string body(4 * 1024 * 1024, 'b');
  ASSERT_TRUE(client.send(post_root(body)));
  const auto answer = client.read();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_TRUE(answer.body == "POST /|" + body);
}

TEST(Session, ClosesWhenTheClientAsksForIt) {
  LoopbackServer server;
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange(get("/", "Connection: close\r\n")).field("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST(Session, SpeaksHttp10) {
  LoopbackServer server;
  LoopbackClient once(server);
  EXPECT_EQ(once.exchange("GET / HTTP/1.0\r\n\r\n").field("Connection"), "close");
  EXPECT_TRUE(once.closed());
  LoopbackClient kept(server);
  EXPECT_EQ(kept.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection"),
            "keep-alive");
  EXPECT_EQ(kept.exchange("GET / HTTP/1.0\r\n\r\n").status, 200U);
}

TEST(Session, AnswersAClientThatHasEndedItsDirection) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(get("/")));
  client.shut_down_send();
  EXPECT_EQ(client.read().status, 200U);
  EXPECT_TRUE(client.closed());
}

TEST(Session, StripsTheBodyOfHeadOnly) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/a")));
  const auto head = client.read(true);
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.field("Content-Length"), "8");  // "HEAD /a|"
  EXPECT_EQ(client.read().body, "GET /a|");
}

TEST(Session, SendsNoBodyWith204) {
  LoopbackServer server;
  server.service.on_request = [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.status = 204;
    response.body = "never";
    co_return response;
  };
  LoopbackClient client(server);
  const auto first = client.exchange(get("/"));
  EXPECT_EQ(first.status, 204U);
  EXPECT_THAT(first.head, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(client.exchange(get("/")).status, 204U);
}

TEST(Session, PassesUnknownMethodsOn) {
  LoopbackServer server;
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange("FOO / HTTP/1.1\r\nHost: a\r\n\r\n").body, "FOO /|");
  EXPECT_EQ(client.exchange("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").body, "TRACE /|");
}

TEST(Session, Says100WhenTheBodyIsWanted) {
  LoopbackServer server;
  LoopbackClient client(server);
  const std::string header = post("/", "Expect: 100-continue\r\nContent-Length: 3\r\n", "");
  EXPECT_EQ(client.exchange(header).status, 100U);
  EXPECT_EQ(client.exchange("abc").body, "POST /|abc");
  EXPECT_EQ(client.exchange(header + "abc").body, "POST /|abc") << "the body is there: no 100";
}

TEST(Session, Says417ToAnotherExpectation) {
  LoopbackServer server;
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange(get("/", "Expect: more\r\n")).status, 417U);
  EXPECT_TRUE(client.closed());
}

class EarlyAnswer : public testing::Test {
 protected:
  EarlyAnswer() {
    server.service.on_header = [](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (request.target != "/none") return std::nullopt;
      HttpResponse response;
      response.status = 404;
      response.body = request.peer + '|' + request.body;
      return response;
    };
  }
  LoopbackServer server;
  LoopbackClient client{server};
};

TEST_F(EarlyAnswer, ComesBeforeTheBodyAndKeepsTheConnection) {
  const auto answer = client.exchange(post("/none", "Content-Length: 3\r\n", ""));
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.body, "127.0.0.1|");
  EXPECT_EQ(answer.field("Connection"), "");
  EXPECT_EQ(client.exchange("abc" + get("/next")).body, "GET /next|");
  EXPECT_EQ(client.exchange(post("/none", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n")).status,
            404U);
  EXPECT_EQ(client.exchange(get("/none")).status, 404U);
  EXPECT_EQ(client.exchange(get("/last")).body, "GET /last|");
  EXPECT_EQ(server.service.seen().size(), 2U);
}

TEST_F(EarlyAnswer, ComesBefore413AndCloses) {
  const auto answer =
      client.exchange(post("/none", "Content-Length: 99999999\r\n", std::string(100'000, 'x')));
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(EarlyAnswer, ClosesWhenTheClientMayHoldBackTheBody) {
  const auto answer = client.exchange(post("/none", "Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(EarlyAnswer, ToHeadHasNoBody) {
  ASSERT_TRUE(client.send("HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next")));
  EXPECT_EQ(client.read(true).status, 404U);
  EXPECT_EQ(client.read().body, "GET /next|");
}

TEST(Session, LetsACommandGoOnWhenItsClientIsGone) {
  LoopbackServer server;
  Gate gate(server.context);
  std::promise<void> finished;
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    co_await gate.pass();
    finished.set_value();
    co_return HttpResponse{};
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(get("/")));
  gate.wait_for_arrival();
  client.close();
  gate.open();
  EXPECT_EQ(finished.get_future().wait_for(20s), std::future_status::ready);
}

TEST(Session, ReportsWhatTheServiceThrowsAndCloses) {
  LoopbackServer server;
  server.service.on_request = [](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target == "/throw") throw std::runtime_error("a broken promise");
    co_return HttpResponse{};
  };
  LoopbackClient client(server);
  EXPECT_EQ(client.exchange(get("/throw")).status, 0U);
  EXPECT_EQ(what(server.error()), "a broken promise");
  EXPECT_EQ(LoopbackClient(server).exchange(get("/")).status, 200U);
}

TEST(Session, SendsTrailersAfterTheLastChunkButNotToHttp10) {
  LoopbackServer server;
  server.service.on_request = [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body = "abc";
    response.trailers.add("t", "1");
    co_return response;
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.read(true).field("Transfer-Encoding"), "chunked");
  const auto answer = client.exchange(get("/"));
  EXPECT_EQ(answer.field("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer.field("Content-Length"), "");
  EXPECT_EQ(client.read_bytes(19), "3\r\nabc\r\n0\r\nt: 1\r\n\r\n");

  LoopbackClient old(server);
  const auto plain = old.exchange("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.field("Content-Length"), "3");
  EXPECT_EQ(plain.body, "abc");
}

}  // namespace
}  // namespace usermeta
