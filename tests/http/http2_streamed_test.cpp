// Streamed calls over HTTP/2, as a script of bytes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2_connection.hpp"
#include "tests/support/http2_frames.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using What = Http2Connection::What;

class Http2Streamed : public testing::Test {
 protected:
  void SetUp() override {
    send(http2::hello() + http2::post(1, "/"));
    ASSERT_EQ(connection.next_event()->what, What::header);
    ASSERT_TRUE(connection.open(1));
    sent(http2::settings);
    send(http2::frame(http2::settings, http2::ack, 0, ""));  // from now on our window is what it says
  }

  void send(const std::string& bytes) { connection.receive(bytes, now); }
  void send_data(std::size_t bytes, int flags = 0) {
    send(http2::frame(http2::data, flags, 1, std::string(bytes, 'x')));
  }

  std::vector<http2::Frame> sent(http2::Type type) {
    connection.produce(out_, std::string::npos);
    while (const auto frame = http2::next_frame(out_)) frames_.push_back(*frame);
    std::vector<http2::Frame> found;
    std::erase_if(frames_, [&](const http2::Frame& frame) {
      if (frame.type == type) found.push_back(frame);
      return frame.type == type;
    });
    return found;
  }

  // By how much the windows were opened.
  std::size_t opened(std::uint32_t stream) {
    std::size_t bytes = 0;
    std::erase_if(updates_, [&](const http2::Frame& update) {
      if (update.stream == stream) bytes += http2::number_in(update.payload);
      return update.stream == stream;
    });
    return bytes;
  }
  void collect_updates() {
    for (const auto& update : sent(http2::window_update)) updates_.push_back(update);
  }

  void begin() { connection.begin(1, {}, "today", now); }

  HttpLimits limits;
  static constexpr std::size_t room = 4 * 1024 * 1024;
  ByteBudget bodies{room};
  Http2Connection::time_point now{1000s};
  Http2Connection connection{limits, bodies, now};

 private:
  std::string out_;
  std::vector<http2::Frame> frames_;
  std::vector<http2::Frame> updates_;
};

TEST_F(Http2Streamed, AnswersBeforeTheRequestEnds) {
  begin();
  EXPECT_EQ(sent(http2::headers).size(), 1U);
  connection.write(1, "one", now);
  EXPECT_EQ(sent(http2::data).at(0).payload, "one");
  EXPECT_TRUE(sent(http2::data).empty());
  send_data(3);
  EXPECT_EQ(connection.next_event()->what, What::bytes);
  EXPECT_EQ(connection.read(1), "xxx");
  connection.write(1, "two", now);
  EXPECT_EQ(sent(http2::data).at(0).payload, "two");
  send_data(0, http2::end_stream);
  EXPECT_EQ(connection.next_event()->what, What::whole);
  EXPECT_TRUE(connection.read_whole(1));
  Fields trailers;
  trailers.add("t", "1");
  connection.end(1, trailers, now);
  const auto last = sent(http2::headers);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].flags, http2::end_headers | http2::end_stream);
  EXPECT_TRUE(connection.idle());
}

TEST_F(Http2Streamed, OpensTheStreamsWindowOnlyAsItIsRead) {
  send(http2::post(3, "/") + http2::post(5, "/"));
  EXPECT_TRUE(connection.open(3) && connection.open(5));
  for (const unsigned stream : {1U, 3U, 5U}) {
    for (int i = 0; i < 16; ++i) send(http2::frame(http2::data, 0, stream, std::string(16'000, 'x')));
  }
  collect_updates();
  EXPECT_EQ(opened(1), 0U);
  EXPECT_GT(opened(0), 500'000U) << "the connection's is open for other streams";
  EXPECT_EQ(connection.read(1).size(), 256'000U);
  collect_updates();
  EXPECT_EQ(opened(1), 256'000U);
  EXPECT_EQ(opened(3), 0U);
}

TEST_F(Http2Streamed, CannotBeMadeToKeepMoreThanTheWindow) {
  for (int i = 0; i < 17; ++i) send_data(16'000);
  const auto goodbye = sent(http2::goaway);
  const auto reset = sent(http2::rst_stream);
  ASSERT_EQ(goodbye.size() + reset.size(), 1U);
  EXPECT_EQ(
      http2::number_in(
          std::string_view((reset.empty() ? goodbye : reset)[0].payload).substr(reset.empty() ? 4 : 0, 4)),
      3U);
}

TEST_F(Http2Streamed, CountsWhatIsUnreadAndKeptAgainstTheBudget) {
  ByteBudget::Share other(bodies);
  ASSERT_TRUE(other.grow_to(room - 40'000));
  send_data(10'000);
  EXPECT_EQ(connection.read(1).size(), 10'000U);
  EXPECT_TRUE(connection.keep(1, 20'000));
  EXPECT_FALSE(connection.keep(1, 50'000));
  EXPECT_TRUE(connection.keep(1, 30'000));
  EXPECT_TRUE(sent(http2::rst_stream).empty());
  send_data(16'000);
  EXPECT_EQ(http2::number_in(sent(http2::rst_stream).at(0).payload), 11U);
  EXPECT_TRUE(other.grow_to(room)) << "and all is given back";
}

TEST_F(Http2Streamed, MayLastWhileNothingHappens) {
  begin();
  sent(http2::headers);
  now += 24h;
  EXPECT_EQ(connection.due(), Http2Connection::time_point::max());
  connection.expire(now);
  connection.write(1, "late", now);
  EXPECT_EQ(sent(http2::data).at(0).payload, "late");
  EXPECT_EQ(connection.due(), Http2Connection::time_point::max());
}

TEST_F(Http2Streamed, IsResetWhenThePeerTakesNothing) {
  begin();
  connection.write(1, std::string(100'000, 'x'), now);
  sent(http2::data);
  EXPECT_EQ(connection.unsent(1), 100'000U - 65'535U);
  EXPECT_EQ(connection.due(), now + limits.write_time);
  now += limits.write_time;
  connection.expire(now);
  EXPECT_EQ(http2::number_in(sent(http2::rst_stream).at(0).payload), 8U);
  EXPECT_FALSE(connection.wants(1));
}

TEST_F(Http2Streamed, ForgetsWhatThePeerHasReset) {
  begin();
  send(http2::frame(http2::rst_stream, 0, 1, http2::number(8, 4)));
  EXPECT_EQ(connection.next_event()->what, What::gone);
  connection.write(1, "x", now);
  connection.end(1, {}, now);
  EXPECT_EQ(connection.read(1), "");
  EXPECT_EQ(connection.unsent(1), 0U);
  EXPECT_TRUE(sent(http2::data).empty());
}

TEST_F(Http2Streamed, IsNotOpenedWhenTheHeaderIsRefused) {
  send(http2::post(3, "/", {{"content-length", "99999999"}}));
  ASSERT_EQ(connection.next_event()->what, What::header);
  EXPECT_FALSE(connection.open(3));
  EXPECT_EQ(connection.next_event()->what, What::refused);
}

}  // namespace
}  // namespace usermeta
