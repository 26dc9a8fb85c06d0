// Streamed calls over real connections.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/http2_client.hpp"
#include "tests/http/waiting_handler.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using Arrival = HttpStream::Arrival;
using Handler = boost::asio::awaitable<void>;

std::string grant(std::uint32_t stream, std::size_t bytes) {
  return http2::frame(http2::window_update, 0, stream, http2::number(bytes, 4));
}

TEST(Http2StreamedSession, EchoesPieceByPiece) {
  LoopbackServer server;
  server.service.on_stream = [](HttpRequest head, HttpStream& stream) -> Handler {
    stream.begin({});
    co_await stream.write(head.target);
    while (true) {
      auto piece = co_await stream.read(kNever);
      if (piece.arrival != Arrival::bytes) break;
      co_await stream.write(std::move(piece.bytes));
    }
    stream.end({});
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::post(1, "/x")));
  EXPECT_EQ(client.next(http2::data)->payload, "/x");
  for (const char* text : {"one", "two"}) {
    ASSERT_TRUE(client.send(http2::frame(http2::data, 0, 1, text)));
    EXPECT_EQ(client.next(http2::data)->payload, text);
  }
  ASSERT_TRUE(client.send(http2::frame(http2::data, http2::end_stream, 1, "three")));
  EXPECT_EQ(client.answers(1)[1], "three");
}

TEST(Http2StreamedSession, WritesNoMoreThanASlowReaderTakes) {
  LoopbackServer server;
  std::atomic<std::size_t> written = 0;
  std::promise<void> stuck;
  server.service.on_stream = [&](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    for (int i = 0; i < 100; ++i) {
      // The client's window (65,535) and what is written ahead (65,536) are full after the 13th.
      if (i == 13) stuck.set_value();
      co_await stream.write(std::string(10'000, 'x'));
      written += 10'000;
    }
    stream.end({});
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  stuck.get_future().get();
  std::size_t got = 0;
  while (got < 65'535) got += client.next(http2::data)->payload.size();
  EXPECT_LE(written, 140'000U);
  ASSERT_TRUE(client.send(grant(0, 2'000'000) + grant(1, 2'000'000)));
  EXPECT_EQ(client.answers(1)[1].size() + got, 1'000'000U);
}

Handler read_once(HttpStream& stream) {
  co_await stream.read(kNever);
}

TEST(Http2StreamedSession, IsCancelledByTheClient) {
  for (const auto& wait : {read_once, pause_for_ever, write_much}) {
    for (const bool reset : {true, false}) {
      LoopbackServer server;
      WaitingHandler waiting(server, wait);
      Http2Client client(server);
      ASSERT_TRUE(client.send(http2::post(1, "/")));
      ASSERT_TRUE(client.next(http2::headers));
      if (reset)
        client.send(http2::frame(http2::rst_stream, 0, 1, http2::number(8, 4)));
      else
        client.close();
      EXPECT_TRUE(waiting.cancelled());
    }
  }
}

TEST(Http2StreamedSession, IsToldOfTheStopAndEndsInOrder) {
  for (const auto& wait : {read_once, pause_for_ever}) {
    LoopbackServer server;
    WaitingHandler waiting(server, wait);
    Http2Client client(server);
    ASSERT_TRUE(client.send(http2::post(1, "/")));
    ASSERT_TRUE(client.next(http2::headers));
    auto stopped = server.stop(1h);
    EXPECT_TRUE(client.next(http2::goaway));
    const auto last = client.next(http2::data);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->flags, http2::end_stream);
    client.close();
    EXPECT_TRUE(stopped.get());
    EXPECT_TRUE(waiting.finished());
  }
}

TEST(Http2StreamedSession, IsCutOffWhenItDoesNotEnd) {
  LoopbackServer server;
  WaitingHandler waiting(server, write_much);
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::post(1, "/")));
  ASSERT_TRUE(client.next(http2::headers));
  EXPECT_FALSE(server.stop(50ms).get());
  EXPECT_TRUE(waiting.cancelled());
}

TEST(Http2StreamedSession, WaitsForARequestNoLongerThanItsHandler) {
  LoopbackServer server;
  server.service.on_stream = [](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    const auto piece = co_await stream.read(std::chrono::steady_clock::now() + 20ms);
    const bool goes_on = co_await stream.pause(std::chrono::steady_clock::now() + 20ms);
    co_await stream.write(piece.arrival == Arrival::late && goes_on ? "late" : "?");
    stream.end({});
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::post(1, "/")));
  EXPECT_EQ(client.answers(1)[1], "late");
}

TEST(Http2StreamedSession, IsWokenByAnyThread) {
  LoopbackServer server;
  std::promise<std::function<void()>> waker;
  server.service.on_stream = [&waker](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    waker.set_value(stream.waker());
    for (int i = 0; i < 3; ++i) {
      const bool goes_on = co_await stream.pause(kNever);
      co_await stream.write(goes_on ? "woken" : "?");
    }
    stream.end("last", {});
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  const auto wake = waker.get_future().get();
  for (int i = 0; i < 3; ++i) {
    wake();
    EXPECT_EQ(client.next(http2::data)->payload, "woken");
  }
  EXPECT_EQ(client.answers(1)[1], "last");
  wake();  // when the stream is gone it does nothing
}

TEST(Http2StreamedSession, SaysThatAReaderIsSlowAndTellsItSo) {
  LoopbackServer server;
  std::promise<void> slow;
  server.service.on_stream = [&slow](HttpRequest, HttpStream& stream) -> Handler {
    stream.begin({});
    bool taken = true;
    while (taken)
      taken = co_await stream.write_until(std::string(50'000, 'x'), std::chrono::steady_clock::now() + 50ms);
    slow.set_value();
    stream.end("slow", {});
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::get(1, "/")));
  slow.get_future().get();
  ASSERT_TRUE(client.send(grant(0, 2'000'000) + grant(1, 2'000'000)));
  EXPECT_TRUE(client.answers(1)[1].ends_with("xslow"));
}

TEST(Http2StreamedSession, ReportsWhatItsHandlerThrows) {
  LoopbackServer server;
  server.service.on_stream = [](HttpRequest, HttpStream&) -> Handler {
    throw std::runtime_error("broken");
    co_return;
  };
  Http2Client client(server);
  ASSERT_TRUE(client.send(http2::post(1, "/")));
  EXPECT_EQ(what(server.error()), "broken");
  EXPECT_FALSE(client.next(http2::data));
}

}  // namespace
}  // namespace usermeta
