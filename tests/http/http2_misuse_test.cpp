#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "http/http2_connection.hpp"
#include "tests/support/http2_frames.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t protocol_error = 1;
constexpr std::uint32_t cancel = 8;
constexpr std::uint32_t enhance_your_calm = 11;

// A peer that does the same again and again, or nothing at all.
class Http2Misuse : public testing::Test {
 protected:
  void send(const std::string& bytes) {
    connection.receive(bytes, now);
    read();
  }

  void read() {
    connection.produce(out_, std::string::npos);
    while (const auto frame = http2::next_frame(out_)) {
      if (frame->type == http2::goaway) ended = http2::number_in(frame->payload.substr(4, 4));
      if (frame->type == http2::rst_stream) reset = http2::number_in(frame->payload);
    }
  }

  void expire() {
    connection.expire(now);
    read();
  }

  HttpLimits limits;
  ByteBudget bodies{1024 * 1024};
  Http2Connection::time_point now{1000s};
  Http2Connection connection{limits, bodies, now};
  std::optional<std::uint32_t> ended;
  std::optional<std::uint32_t> reset;

 private:
  std::string out_;
};

TEST_F(Http2Misuse, EndsAtAWrongPreface) {
  send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r!");
  EXPECT_EQ(ended, protocol_error);
  EXPECT_TRUE(connection.over());
}

TEST_F(Http2Misuse, EndsAtAStreamLowerThanTheLast) {
  send(http2::hello() + http2::get(5, "/") + http2::get(3, "/"));
  EXPECT_EQ(ended, protocol_error);
}

// Its ids are used up; the next sum of the last one and anything would not fit its type.
TEST_F(Http2Misuse, EndsAtAnyStreamBehindTheLastThatThereIs) {
  send(http2::hello() + http2::get(0x7fffffff, "/") + http2::get(1, "/"));
  EXPECT_EQ(ended, protocol_error);
}

TEST_F(Http2Misuse, EndsAFloodOfControlFrames) {
  const std::string empty_data = http2::frame(http2::data, 0, 1, "");
  for (const std::string& frame :
       {http2::frame(http2::ping, 0, 0, "12345678"), http2::frame(http2::settings, 0, 0, ""),
        http2::frame(http2::priority, 0, 1, http2::number(0, 5)), empty_data}) {
    Http2Connection flooded(limits, bodies, now);
    flooded.receive(http2::hello() + http2::post(1, "/"), now);
    int count = 0;
    std::string out;
    while (!flooded.over() && count < 10'000) {
      flooded.receive(frame, now);
      flooded.produce(out, std::string::npos);
      ++count;
    }
    EXPECT_GT(count, 100);
    EXPECT_LT(count, 1000);
    EXPECT_EQ(http2::number_in(std::string_view(out).substr(out.size() - 4)), enhance_your_calm);
  }
}

TEST_F(Http2Misuse, EndsAFloodThatIsNotRead) {
  connection.receive(http2::hello(), now);
  for (int i = 0; i < 10'000; ++i) connection.receive(http2::frame(http2::ping, 0, 0, "12345678"), now);
  EXPECT_LT(connection.waiting_frames(), 300U);
  read();
  EXPECT_EQ(ended, enhance_your_calm);
}

TEST_F(Http2Misuse, EndsRapidResets) {
  send(http2::hello());
  std::uint32_t stream = 1;
  for (; !ended && stream < 10'000; stream += 2) {
    send(http2::get(stream, "/") + http2::frame(http2::rst_stream, 0, stream, http2::number(cancel, 4)));
    while (connection.next_event()) continue;
  }
  EXPECT_EQ(ended, enhance_your_calm);
  EXPECT_LT(stream, 2000U);
}

TEST_F(Http2Misuse, EndsRequestsThatMakeUsReset) {
  send(http2::hello());
  std::uint32_t stream = 1;
  for (; !ended && stream < 10'000; stream += 2) {
    send(http2::get(stream, "/") +
         http2::frame(http2::window_update, 0, stream, http2::number(0x7fffffff, 4)));
  }
  EXPECT_EQ(ended, enhance_your_calm);
}

TEST_F(Http2Misuse, BearsResetsBetweenAnswers) {
  send(http2::hello());
  for (std::uint32_t stream = 1; stream < 4000; stream += 4) {
    send(http2::get(stream, "/") + http2::frame(http2::rst_stream, 0, stream, http2::number(cancel, 4)));
    send(http2::get(stream + 2, "/"));
    while (connection.next_event()) continue;
    connection.answer(static_cast<std::int32_t>(stream + 2), {}, "today", now);
    read();
  }
  EXPECT_EQ(ended, std::nullopt);
}

// A stream that lasts, and asks now and then whether we are still there, finishes no request.
TEST_F(Http2Misuse, BearsForEverWhatComesNowAndThen) {
  send(http2::hello() + http2::post(1, "/"));
  for (int i = 0; i < 5000; ++i) {
    now += 100ms;
    send(http2::frame(http2::ping, 0, 0, "12345678"));
  }
  EXPECT_EQ(ended, std::nullopt);
}

TEST_F(Http2Misuse, HasNoMorePatienceAfterALongSilence) {
  send(http2::hello() + http2::post(1, "/"));
  now += 24h;
  int count = 0;
  for (; !ended && count < 10'000; ++count) send(http2::frame(http2::ping, 0, 0, "12345678"));
  EXPECT_EQ(ended, enhance_your_calm);
  EXPECT_LT(count, 600);
}

TEST_F(Http2Misuse, EndsAHeaderThatNeverEnds) {
  send(http2::hello() + http2::frame(http2::headers, 0, 1, http2::block(http2::request("GET", "/"))));
  int count = 0;
  for (; !ended && count < 1000; ++count) send(http2::frame(http2::continuation, 0, 1, ""));
  EXPECT_EQ(ended, enhance_your_calm);
  EXPECT_LT(count, 20);
}

TEST_F(Http2Misuse, EndsAHeaderThatIsFarTooLarge) {
  send(http2::hello() + http2::frame(http2::headers, 0, 1, http2::block(http2::request("GET", "/"))));
  const std::string field = http2::block({{"a", std::string(16'000, 'x')}});
  int count = 0;
  for (; !ended && count < 100; ++count) send(http2::frame(http2::continuation, 0, 1, field));
  EXPECT_EQ(ended, enhance_your_calm);
  EXPECT_LE(count, 5);
}

TEST_F(Http2Misuse, ClosesAnIdleConnection) {
  send(http2::hello());
  EXPECT_EQ(connection.due(), now + limits.idle_time);
  now += limits.idle_time;
  expire();
  EXPECT_EQ(ended, 0U);
  EXPECT_TRUE(connection.over());
}

TEST_F(Http2Misuse, EndsAtAHeaderTooSlow) {
  send(http2::hello() + http2::frame(http2::headers, 0, 1, http2::block(http2::request("GET", "/"))));
  EXPECT_EQ(connection.due(), now + limits.header_time);
  now += limits.header_time;
  expire();
  EXPECT_EQ(ended, enhance_your_calm);
}

TEST_F(Http2Misuse, EndsAtAHeaderTooSlowThoughAnotherStreamIsAnswered) {
  send(http2::hello() + http2::get(1, "/") +
       http2::frame(http2::headers, 0, 3, http2::block(http2::request("GET", "/"))));
  connection.answer(1, {}, "today", now);
  read();
  EXPECT_EQ(connection.due(), now + limits.header_time);
  now += limits.header_time;
  expire();
  EXPECT_EQ(ended, enhance_your_calm);
}

TEST_F(Http2Misuse, RefusesABodyTooSlow) {
  send(http2::hello() + http2::post(1, "/"));
  EXPECT_EQ(connection.next_event()->what, Http2Connection::What::header);
  EXPECT_EQ(connection.due(), now + limits.body_time);
  now += limits.body_time;
  expire();
  EXPECT_EQ(connection.next_event()->what, Http2Connection::What::refused);
  EXPECT_EQ(connection.rejection(1).status, 408U);
}

TEST_F(Http2Misuse, ResetsAnAnswerThatIsNotTaken) {
  send(http2::hello() + http2::get(1, "/"));
  while (connection.next_event()) continue;
  EXPECT_EQ(connection.due(), Http2Connection::time_point::max()) << "the service may take its time";
  HttpResponse large;
  large.body.resize(100'000);
  connection.answer(1, large, "today", now);
  read();
  EXPECT_EQ(connection.due(), now + limits.write_time);
  now += limits.write_time;
  expire();
  EXPECT_EQ(reset, cancel);
  EXPECT_TRUE(connection.idle());
}

}  // namespace
}  // namespace usermeta
