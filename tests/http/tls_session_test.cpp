#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/certificate.hpp"
#include "tests/http/tls_client.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;
using Wish = TlsClient::Wish;

class TlsSession : public testing::Test {
 protected:
  const CertificateFiles written{"one"};
  Tls tls{written.files()};
  HttpLimits limits;
};

TEST_F(TlsSession, KeepsTheConnectionFromRequestToRequest) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.exchange(kGetRoot).body, "GET /|");
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_EQ(server.service.seen().at(0).peer, "127.0.0.1");
}

// In one record, and in one with the next: what TLS has read already is not waited for.
TEST_F(TlsSession, AnswersPipelinedRequestsInOrder) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  std::string all;
  for (int i = 0; i < 500; ++i) all += post_root(std::to_string(i));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.read().body, "POST /|" + std::to_string(i));
}

TEST_F(TlsSession, AnswersManyRecordsThatCameTogether) {
  LoopbackServer server({}, &tls);
  Gate gate(server.context);
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.body == "first") co_await gate.pass();
    HttpResponse response;
    response.body = request.body;
    co_return response;
  };
  TlsClient client(server);
  ASSERT_TRUE(client.send(post_root("first")));
  gate.wait_for_arrival();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.send(post_root(std::to_string(i))));
  gate.open();
  EXPECT_EQ(client.read().body, "first");
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.read().body, std::to_string(i));
}

TEST_F(TlsSession, TakesARequestByteByByte) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  for (const char byte : post_root("abc")) ASSERT_TRUE(client.send(std::string(1, byte)));
  EXPECT_EQ(client.read().body, "POST /|abc");
}

TEST_F(TlsSession, CarriesLargeBodiesBothWays) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  const std::string body(4 * 1024 * 1024, 'b');
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.send(post_root(body)));
    EXPECT_TRUE(client.read().body == "POST /|" + body);
  }
}

// The socket takes only a part at a time, so that records wait half-written.
TEST_F(TlsSession, CarriesMoreThanTheSocketTakes) {
  LoopbackServer server({}, &tls);
  std::string all(64 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < all.size(); i += 1000) all[i] = static_cast<char>('a' + i / 1000 % 26);
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body = all;
    co_return response;
  };
  TlsClient client(server);
  EXPECT_TRUE(client.exchange(kGetRoot).body == all);
}

TEST_F(TlsSession, SaysGoodbyeBeforeItCloses) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 200U);
  EXPECT_TRUE(client.closed());
  TlsClient wrong(server);
  EXPECT_EQ(wrong.exchange("nonsense\r\n\r\n").status, 400U);
  EXPECT_TRUE(wrong.closed());
}

TEST_F(TlsSession, AnswersAClientThatHasSaidGoodbye) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  ASSERT_TRUE(client.send(kGetRoot));
  client.end_sending();
  EXPECT_EQ(client.read().status, 200U);
  EXPECT_TRUE(client.closed());
}

TEST_F(TlsSession, AnswersAClientThatHasEndedWithoutAWord) {
  LoopbackServer server({}, &tls);
  TlsClient client(server);
  ASSERT_TRUE(client.send(kGetRoot));
  client.shut_down_send();
  EXPECT_EQ(client.read().status, 200U);
  EXPECT_TRUE(client.closed());
}

TEST_F(TlsSession, OutlivesAClientThatIsGone) {
  LoopbackServer server({}, &tls);
  Gate gate(server.context);
  server.service.on_request = [&](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    if (request.method == "GET") co_return response;
    co_await gate.pass();
    response.body.assign(64 * 1024 * 1024, 'x');
    co_return response;
  };
  TlsClient client(server);
  // Had it not read everything until now, its close would be a reset, which raises no SIGPIPE.
  EXPECT_EQ(client.exchange(kGetRoot).status, 200U);
  ASSERT_TRUE(client.send(post_root("")));
  gate.wait_for_arrival();
  client.close();
  gate.open();
  EXPECT_TRUE(server.stop(20s).get());
}

TEST_F(TlsSession, ClosesAnIdleConnection) {
  limits.idle_time = 20ms;
  LoopbackServer server(limits, &tls);
  TlsClient client(server);
  EXPECT_EQ(client.shake_hands(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(TlsSession, IsNotKeptWaitingForTheHandshake) {
  limits.header_time = 50ms;
  LoopbackServer server(limits, &tls);
  LoopbackClient silent(server);
  EXPECT_TRUE(silent.closed());
  LoopbackClient slow(server);
  ASSERT_TRUE(slow.send("\x16\x03\x01\x02"));
  EXPECT_TRUE(slow.closed());
  EXPECT_TRUE(server.stop(20s).get());
}

TEST_F(TlsSession, ClosesOnGarbage) {
  LoopbackServer server({}, &tls);
  LoopbackClient client(server);
  ASSERT_TRUE(client.send(std::string(100, 'x')));
  EXPECT_EQ(client.read().status, 0U);
  LoopbackClient other(server);
  ASSERT_TRUE(other.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_EQ(other.read().status, 0U);
  EXPECT_EQ(TlsClient(server).exchange(kGetRoot).status, 200U);
}

TEST_F(TlsSession, TellsWhoSpeaksClearText) {
  LoopbackServer server({}, &tls);
  LoopbackClient client(server);
  const auto answer = client.exchange(kGetRoot);
  EXPECT_EQ(answer.status, 400U);
  EXPECT_THAT(answer.body, HasSubstr("https://"));
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.service.seen().empty());
}

TEST_F(TlsSession, RefusesWhatIsTooOldForHttp2) {
  LoopbackServer server({}, &tls);
  TlsClient old(server, Wish{.newest_version = 0x0302});  // TLS 1.1
  EXPECT_THAT(old.shake_hands(), HasSubstr("protocol version"));
  for (const char* cipher : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256"}) {
    TlsClient weak(server, Wish{.newest_version = 0x0303, .ciphers = cipher});
    EXPECT_THAT(weak.shake_hands(), HasSubstr("handshake failure")) << cipher;
  }
}

TEST_F(TlsSession, SpeaksTls12WithoutRenegotiation) {
  LoopbackServer server({}, &tls);
  TlsClient client(server, Wish{.newest_version = 0x0303});
  EXPECT_EQ(client.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(client.version(), "TLSv1.2");
  EXPECT_THAT(client.cipher(), StartsWith("ECDHE-ECDSA-AES256-GCM"));
  EXPECT_FALSE(client.renegotiate());
}

TEST_F(TlsSession, ShowsTheNewCertificateToNewConnections) {
  LoopbackServer server({}, &tls);
  TlsClient before(server);
  EXPECT_EQ(before.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(before.server_name(), "one");
  written.write(Certificate("two"));
  tls.reload();
  TlsClient after(server);
  EXPECT_EQ(after.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(after.server_name(), "two");
  EXPECT_EQ(before.exchange(kGetRoot).status, 200U);
  written.write_key("no PEM");
  EXPECT_ANY_THROW(tls.reload());
  TlsClient later(server);
  EXPECT_EQ(later.exchange(kGetRoot).status, 200U);
  EXPECT_EQ(later.server_name(), "two");
}

TEST_F(TlsSession, TurnsAwayWhoIsOneTooMany) {
  limits.connections = 1;
  LoopbackServer server(limits, &tls);
  TlsClient first(server);
  EXPECT_EQ(first.exchange(kGetRoot).status, 200U);
  TlsClient second(server);
  EXPECT_EQ(second.exchange(kGetRoot).status, 503U);
  EXPECT_TRUE(second.closed());
  TlsClient third(server, Wish{.protocols = {"h2"}});
  EXPECT_EQ(third.shake_hands(), "");
  EXPECT_TRUE(third.closed());
}

TEST_F(TlsSession, IsOverAtAStopWhereNothingRuns) {
  limits.header_time = 1h;
  LoopbackServer server(limits, &tls);
  LoopbackClient silent(server);
  LoopbackClient slow(server);
  ASSERT_TRUE(slow.send("\x16\x03\x01\x02"));
  TlsClient idle(server);
  EXPECT_EQ(idle.exchange(kGetRoot).status, 200U);
  EXPECT_TRUE(server.stop(1h).get());
  EXPECT_TRUE(silent.closed());
  EXPECT_EQ(slow.read().status, 0U);
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace usermeta
