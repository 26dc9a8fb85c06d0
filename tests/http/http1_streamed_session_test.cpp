// Streamed calls over real connections of HTTP/1.1.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/certificate.hpp"
#include "tests/http/loopback.hpp"
#include "tests/http/tls_client.hpp"
#include "tests/http/waiting_handler.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using Handler = boost::asio::awaitable<void>;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

// All up to the end of the connection.
std::string rest(LoopbackClient& client) {
  return client.read_bytes(100'000'000);
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

Handler say_three(HttpRequest head, HttpStream& stream) {
  HttpResponse response;
  response.fields.add("content-type", "text/event-stream");
  stream.begin(std::move(response));
  co_await stream.write(head.target);
  co_await stream.write("");
  co_await stream.write("two");
  stream.end("three", {});
}

TEST(Http1StreamedSession, AnswersInChunksAndEndsTheConnection) {
  LoopbackServer server;
  server.service.on_stream = say_three;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  const std::string answer = rest(client);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("content-type: text/event-stream\r\n"));
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(body_of(answer), "2\r\n/x\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
  EXPECT_TRUE(client.closed());
}

TEST(Http1StreamedSession, AnswersHttp10WithoutChunks) {
  LoopbackServer server;
  server.service.on_stream = say_three;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const std::string answer = rest(client);
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_EQ(body_of(answer), "/xtwothree");
}

TEST(Http1StreamedSession, SpeaksThroughTls) {
  const CertificateFiles files("localhost");
  Tls tls(files.files());
  LoopbackServer server({}, &tls);
  server.service.on_stream = say_three;
  TlsClient client(server);
  ASSERT_TRUE(client.send(kGet));
  EXPECT_THAT(rest(client), EndsWith("5\r\nthree\r\n0\r\n\r\n"));
}

// Each piece is read before the next is written.
TEST(Http1StreamedSession, WritesAtOnceAndIsWokenByAnyThread) {
  LoopbackServer server;
  std::promise<std::function<void()>> waker;
  server.service.on_stream = [&waker](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    waker.set_value(stream.waker());
    for (int i = 0; i < 3; ++i) {
      const bool goes_on = co_await stream.pause(kNever);
      co_await stream.write(goes_on ? "woken" : "?");
    }
    stream.end({});
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  const auto wake = waker.get_future().get();
  std::string head;
  while (!head.ends_with("\r\n\r\n")) head += client.read_bytes(1);
  for (int i = 0; i < 3; ++i) {
    wake();
    EXPECT_EQ(client.read_bytes(10), "5\r\nwoken\r\n");
  }
  EXPECT_EQ(client.read_bytes(5), "0\r\n\r\n");
  wake();  // when the stream is gone it does nothing
}

TEST(Http1StreamedSession, WritesNoMoreThanASlowReaderTakesAndSaysSo) {
  LoopbackServer server;
  std::promise<std::size_t> written;
  server.service.on_stream = [&](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    std::size_t bytes = 0;
    bool taken = true;
    while (taken) {
      taken = co_await stream.write_until(std::string(100'000, 'x'), std::chrono::steady_clock::now() + 50ms);
      bytes += 100'000;
    }
    written.set_value(bytes);
    stream.end("slow", {});
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  const std::size_t bytes = written.get_future().get();
  const std::string answer = rest(client);
  EXPECT_GE(answer.size(), bytes);
  EXPECT_THAT(answer, EndsWith("4\r\nslow\r\n0\r\n\r\n"));
}

TEST(Http1StreamedSession, EndsWhenTheClientGoes) {
  for (const auto& wait : {pause_for_ever, write_much}) {
    LoopbackServer server;
    WaitingHandler waiting(server, wait);
    LoopbackClient client(server);
    ASSERT_TRUE(client.send(kGet));
    EXPECT_EQ(client.read_bytes(8), "HTTP/1.1");
    client.close();
    EXPECT_TRUE(waiting.cancelled());
  }
}

TEST(Http1StreamedSession, IsToldOfTheStopAndEndsInOrder) {
  LoopbackServer server;
  WaitingHandler waiting(server, pause_for_ever);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  EXPECT_EQ(client.read_bytes(8), "HTTP/1.1");
  auto stopped = server.stop(1h);
  EXPECT_THAT(rest(client), EndsWith("\r\n0\r\n\r\n"));
  client.close();
  EXPECT_TRUE(stopped.get());
  EXPECT_TRUE(waiting.finished());
}

TEST(Http1StreamedSession, IsCutOffWhenItDoesNotEnd) {
  LoopbackServer server;
  WaitingHandler waiting(server, write_much);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  EXPECT_EQ(client.read_bytes(8), "HTTP/1.1");
  EXPECT_FALSE(server.stop(50ms).get());
  EXPECT_TRUE(waiting.cancelled());
}

TEST(Http1StreamedSession, AReaderThatTakesNothingForTooLongIsGivenUp) {
  HttpLimits limits;
  limits.write_time = 50ms;
  LoopbackServer server(limits);
  WaitingHandler waiting(server, write_much);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  EXPECT_TRUE(waiting.cancelled());
}

TEST(Http1StreamedSession, DropsWhatElseTheClientSays) {
  LoopbackServer server;
  WaitingHandler waiting(server, pause_for_ever);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet + kGet));
  EXPECT_EQ(client.read_bytes(8), "HTTP/1.1");
  ASSERT_TRUE(client.send("what?"));
  auto stopped = server.stop(1h);
  EXPECT_THAT(rest(client), Not(HasSubstr("HTTP/1.1")));
  client.close();
  EXPECT_TRUE(stopped.get());
}

TEST(Http1StreamedSession, ReportsWhatItsHandlerThrows) {
  LoopbackServer server;
  server.service.on_stream = [](HttpRequest, HttpStream&) -> Handler {
    throw std::runtime_error("broken");
    co_return;
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kGet));
  EXPECT_EQ(what(server.error()), "broken");
}

}  // namespace
}  // namespace usermeta
