// What the transport itself refuses, and that the client gets to read it.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/loopback.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

constexpr const char* kPostStart = "POST / HTTP/1.1\r\nHost: a\r\n";

// An answer that ends the connection in order, after nothing ran.
void expect_refused(LoopbackServer& server, LoopbackClient& client, unsigned status,
                    const std::string& body) {
  const auto answer = client.read();
  EXPECT_EQ(answer.status, status);
  EXPECT_THAT(answer.body, StartsWith(body));
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.service.seen().empty());
}

TEST(SessionRefusal, AnotherProtocolIsClosedWithoutAWord) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("INVALID CONNECTION PREFACE\r\n\r\n"));
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.service.seen().empty());
}

struct Malformed {
  const char* name;
  std::string bytes;
  unsigned status;
  std::string body;
};

void PrintTo(const Malformed& malformed, std::ostream* out) {
  *out << malformed.name;
}

class MalformedRequest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedRequest, IsRefusedAndTheConnectionClosed) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(GetParam().bytes));
  expect_refused(server, client, GetParam().status, GetParam().body);
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Forms, MalformedRequest,
    testing::Values(
        Malformed{"RequestLine", "nonsense\r\n\r\n", 400, "code 3"},
        Malformed{"Tls", "\x16\x03\x01\x02", 400, "code 3"},
        Malformed{"Nul", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s, 400, "code 3"},
        Malformed{"NulInTarget", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, "code 3"},
        Malformed{"Fold", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400, "code 3"},
        Malformed{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400, "code 3"},
        Malformed{"Length", kPostStart + "Content-Length: x\r\n\r\n"s, 400, "code 3"},
        Malformed{"TwoLengths",
                  kPostStart + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, 400,
                  "code 3"},
        Malformed{"Chunk", kPostStart + "Transfer-Encoding: chunked\r\n\r\nz\r\n"s, 400, "code 3"},
        Malformed{"Encoding", kPostStart + "Transfer-Encoding: gzip\r\n\r\n"s, 501, "code 12"},
        Malformed{"WrongPreface", "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", 505, "code 12"},
        Malformed{"Header", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x'), 431, "code 8"}),
    [](const auto& tested) { return tested.param.name; });

TEST(SessionRefusal, AfterGoodRequestsOnTheSameConnection) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(
      client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.read().body, "GET /1|");
  EXPECT_EQ(client.read().status, 400U);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(server.service.seen().size(), 1U);
}

TEST(SessionRefusal, BodyDeclaredTooLarge) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Expect: 100-continue\r\nContent-Length: 6291457\r\n\r\n"s));
  expect_refused(server, client, 413, "code 8");
}

// Such a client reads when it has sent everything: without the drain it would meet a reset.
TEST(SessionRefusal, HundredMegabytesDeclared) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Content-Length: 104857600\r\n\r\n"s));
  const std::string megabyte(1024 * 1024, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(megabyte)) << i << " MiB";
  expect_refused(server, client, 413, "code 8");
}

TEST(SessionRefusal, HundredMegabytesInChunks) {
  LoopbackServer server;
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Transfer-Encoding: chunked\r\n\r\n"s));
  const std::string chunk = "100000\r\n" + std::string(1024 * 1024, 'x') + "\r\n";
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(chunk)) << i << " MiB";
  expect_refused(server, client, 413, "code 8");
}

TEST(SessionRefusal, ADrainEndsWhenItHasReadEnough) {
  HttpLimits limits;
  limits.linger_bytes = 1024 * 1024;
  limits.linger_time = 1h;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Content-Length: 104857600\r\n\r\n"s));
  const std::string megabyte(1024 * 1024, 'x');
  int sent = 0;
  while (sent < 100 && client.send(megabyte)) ++sent;
  EXPECT_LT(sent, 100);
}

TEST(SessionRefusal, ADrainEndsAfterItsTime) {
  HttpLimits limits;
  limits.linger_time = 50ms;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Content-Length: 104857600\r\n\r\n"s));
  EXPECT_EQ(client.read().status, 413U);
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.stop(20s).get()) << "the session outlived its drain";
}

TEST(SessionRefusal, SlowHeader) {
  HttpLimits limits;
  limits.header_time = 50ms;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHo"));
  expect_refused(server, client, 408, "code 4");
}

// The limit is for the whole: each byte that comes does not buy another 100 ms.
void drip_until_answered(LoopbackClient& client) {
  for (int i = 0; i < 2'000 && !client.readable(2ms); ++i) ASSERT_TRUE(client.send("x"));
  ASSERT_TRUE(client.readable(0ms)) << "still waiting for more";
}

TEST(SessionRefusal, HeaderByteByByte) {
  HttpLimits limits;
  limits.header_time = 100ms;
  limits.header_bytes = 1024 * 1024;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: "));
  drip_until_answered(client);
  expect_refused(server, client, 408, "code 4");
}

TEST(SessionRefusal, BodyByteByByte) {
  HttpLimits limits;
  limits.body_time = 100ms;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Content-Length: 1000000\r\n\r\n"s));
  drip_until_answered(client);
  expect_refused(server, client, 408, "code 4");
}

TEST(SessionRefusal, SilentBody) {
  HttpLimits limits;
  limits.body_time = 50ms;
  LoopbackServer server(limits);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(kPostStart + "Content-Length: 10\r\n\r\nab"s));
  expect_refused(server, client, 408, "code 4");
}

TEST(SessionRefusal, IdleConnectionsAreClosedWithoutAWord) {
  HttpLimits limits;
  limits.idle_time = 50ms;
  LoopbackServer server(limits);
  LoopbackClient silent(server);
  EXPECT_TRUE(silent.closed());
  LoopbackClient after_one(server);
  EXPECT_EQ(after_one.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
  EXPECT_TRUE(after_one.closed());
}

TEST(SessionRefusal, AClientThatDoesNotReadIsCutOff) {
  HttpLimits limits;
  limits.write_time = 50ms;
  limits.linger_time = 50ms;
  LoopbackServer server(limits);
  server.service.on_request = [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body.assign(64 * 1024 * 1024, 'x');
    co_return response;
  };
  LoopbackClient client(server);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(client.readable(20s));
  EXPECT_TRUE(server.stop(20s).get()) << "the session waits for the client";
}

TEST(SessionRefusal, ABodyCutShortRunsNothing) {
  LoopbackServer server;
  LoopbackClient sized(server);
  ASSERT_TRUE(sized.send(kPostStart + "Content-Length: 10\r\n\r\nab"s));
  sized.shut_down_send();
  EXPECT_TRUE(sized.closed());
  LoopbackClient chunked(server);
  ASSERT_TRUE(chunked.send(kPostStart + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"s));
  chunked.shut_down_send();
  EXPECT_TRUE(chunked.closed());
  EXPECT_TRUE(server.service.seen().empty());
}

}  // namespace
}  // namespace usermeta
