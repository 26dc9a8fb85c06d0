// Which version of HTTP a client and we speak through TLS (ALPN), and HTTP/2 there.

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/certificate.hpp"
#include "tests/http/tls_client.hpp"
#include "tests/support/http2_frames.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Wish = TlsClient::Wish;

// The next frame of this type, whatever comes before it; nothing when the connection ends.
std::optional<http2::Frame> next(LoopbackClient& client, http2::Type type) {
  while (true) {
    const std::string head = client.read_bytes(9);
    if (head.size() < 9) return std::nullopt;
    std::string bytes = head + client.read_bytes(http2::number_in(std::string_view(head).substr(0, 3)));
    auto frame = http2::next_frame(bytes);
    if (!frame || frame->type == type) return frame;
  }
}

// Of a whole answer.
std::string body(LoopbackClient& client) {
  std::string all;
  while (const auto frame = next(client, http2::data)) {
    all += frame->payload;
    if ((frame->flags & http2::end_stream) != 0) break;
  }
  return all;
}

class TlsHttp2 : public testing::Test {
 protected:
  const CertificateFiles written{"one"};
  const Tls tls{written.files()};
  LoopbackServer server{HttpLimits{}, &tls};
};

TEST_F(TlsHttp2, IsPreferred) {
  TlsClient client(server, Wish{.protocols = {"http/1.1", "h2"}});
  ASSERT_EQ(client.shake_hands(), "");
  EXPECT_EQ(client.protocol(), "h2");
  ASSERT_TRUE(client.send(http2::hello() + http2::get(1, "/x")));
  EXPECT_EQ(body(client), "GET /x|");
}

TEST_F(TlsHttp2, SpeaksFirst) {
  TlsClient client(server, Wish{.protocols = {"h2"}});
  ASSERT_EQ(client.shake_hands(), "");
  EXPECT_TRUE(next(client, http2::settings));
}

TEST_F(TlsHttp2, WantsThePrefaceThatWasAgreedOn) {
  TlsClient client(server, Wish{.protocols = {"h2"}});
  ASSERT_TRUE(client.send(kGetRoot));
  const auto goodbye = next(client, http2::goaway);
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(http2::number_in(std::string_view(goodbye->payload).substr(4, 4)), 1U);  // PROTOCOL_ERROR
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.service.seen().empty());
}

TEST_F(TlsHttp2, IsNotSpokenWhereHttp1WasAgreedOn) {
  TlsClient client(server, Wish{.protocols = {"http/1.1"}});
  EXPECT_EQ(client.exchange(kGetRoot).body, "GET /|");
  EXPECT_EQ(client.protocol(), "http/1.1");
  TlsClient other(server, Wish{.protocols = {"http/1.1"}});
  EXPECT_EQ(other.exchange(http2::hello()).status, 505U);
}

TEST_F(TlsHttp2, IsSpokenByPriorKnowledgeWhereNothingWasAgreedOn) {
  TlsClient client(server);
  ASSERT_TRUE(client.send(http2::hello() + http2::get(1, "/x")));
  EXPECT_EQ(client.protocol(), "");
  EXPECT_EQ(body(client), "GET /x|");
}

TEST_F(TlsHttp2, IsRefusedToWhoSpeaksNeither) {
  TlsClient client(server, Wish{.protocols = {"h3", "spdy/3"}});
  EXPECT_THAT(client.shake_hands(), HasSubstr("no application protocol"));
}

// More than the socket takes before the client reads.
TEST_F(TlsHttp2, CarriesLargeAnswers) {
  std::string all(64 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < all.size(); i += 1000) all[i] = static_cast<char>('a' + i / 1000 % 26);
  server.service.on_request = [&](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body = all;
    co_return response;
  };
  TlsClient client(server, Wish{.protocols = {"h2"}});
  const std::string window = http2::number(1 << 30, 4);
  ASSERT_TRUE(client.send(http2::hello() + http2::frame(http2::window_update, 0, 0, window) +
                          http2::get(1, "/") + http2::frame(http2::window_update, 0, 1, window)));
  EXPECT_TRUE(body(client) == all);
}

TEST_F(TlsHttp2, SaysGoodbyeTwiceAtAStop) {
  TlsClient client(server, Wish{.protocols = {"h2"}});
  ASSERT_TRUE(client.send(http2::hello() + http2::get(1, "/")));
  EXPECT_EQ(body(client), "GET /|");
  EXPECT_TRUE(server.stop(1h).get());
  EXPECT_TRUE(next(client, http2::goaway));
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace usermeta
