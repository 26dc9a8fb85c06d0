#include "http/http2_connection.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/http2_frames.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using What = Http2Connection::What;
using http2::Frame;

// One side of the wire: what the test sends, and the frames that come back.
class Http2ConnectionTest : public testing::Test {
 protected:
  void send(const std::string& bytes) { connection().receive(bytes, now); }

  // The frames since the last call that are of this type.
  std::vector<Frame> sent(http2::Type type) {
    connection().produce(out_, std::string::npos);
    while (const auto frame = http2::next_frame(out_)) frames_.push_back(*frame);
    std::vector<Frame> found;
    std::erase_if(frames_, [&](const Frame& frame) {
      if (frame.type != type) return false;
      found.push_back(frame);
      return true;
    });
    return found;
  }

  std::string events() {
    std::string all;
    while (const auto event = connection().next_event()) {
      constexpr std::array<const char*, 4> names{"header", "whole", "refused", "gone"};
      all += std::to_string(event->stream) + ' ' + names.at(static_cast<std::size_t>(event->what)) + ';';
    }
    return all;
  }

  void answer(std::int32_t stream, std::string body, const std::string& trailer = "") {
    HttpResponse response;
    response.body = std::move(body);
    if (!trailer.empty()) response.trailers.add("t", trailer);
    connection().answer(stream, std::move(response), "today", now);
  }

  // The error code of the GOAWAY that ends the connection.
  std::uint32_t goodbye() {
    const auto frames = sent(http2::goaway);
    return frames.size() == 1 ? http2::number_in(std::string_view(frames[0].payload).substr(4, 4)) : 9999;
  }

  std::uint32_t reset_code() {
    const auto frames = sent(http2::rst_stream);
    return frames.size() == 1 ? http2::number_in(frames[0].payload) : 9999;
  }

  Http2Connection& connection() {
    if (!connection_) connection_.emplace(limits, bodies, now);
    return *connection_;
  }

  HttpLimits limits;
  ByteBudget bodies{1024 * 1024};
  Http2Connection::time_point now{1000s};

 private:
  std::optional<Http2Connection> connection_;
  std::string out_;
  std::vector<Frame> frames_;
};

TEST_F(Http2ConnectionTest, HandsOverARequest) {
  send(http2::hello() + http2::get(1, "/x?y=%20", {{"accept", "*/*"}}));
  EXPECT_EQ(events(), "1 header;1 whole;");
  const HttpRequest request = connection().take(1);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/x?y=%20");
  EXPECT_EQ(request.fields.find("host"), "a");
  EXPECT_EQ(request.fields.find("accept"), "*/*");
  EXPECT_EQ(sent(http2::settings).size(), 2U) << "ours, and the answer to the client's";
}

TEST_F(Http2ConnectionTest, TrimsFieldsAsHttp1Does) {
  send(http2::hello() + http2::get(1, "/", {{"authorization", "Bearer "}, {"a", "\t b c "}, {"d", " "}}));
  EXPECT_EQ(events(), "1 header;1 whole;");
  const HttpRequest request = connection().take(1);
  EXPECT_EQ(request.fields.find("authorization"), "Bearer");
  EXPECT_EQ(request.fields.find("a"), "b c");
  EXPECT_EQ(request.fields.find("d"), "");
}

TEST_F(Http2ConnectionTest, TakesAStreamByteByByte) {
  const std::string bytes =
      http2::hello() + http2::post(1, "/") + http2::frame(http2::data, http2::end_stream, 1, "abc");
  for (const char byte : bytes) send(std::string(1, byte));
  EXPECT_EQ(events(), "1 header;1 whole;");
  EXPECT_EQ(connection().take(1).body, "abc");
}

TEST_F(Http2ConnectionTest, AnswersWithLengthAndBody) {
  send(http2::hello() + http2::get(1, "/"));
  answer(1, "hello");
  const auto head = sent(http2::headers);
  ASSERT_EQ(head.size(), 1U);
  EXPECT_EQ(head[0].flags, http2::end_headers);
  const auto body = sent(http2::data);
  ASSERT_EQ(body.size(), 1U);
  EXPECT_EQ(body[0].payload, "hello");
  EXPECT_EQ(body[0].flags, http2::end_stream);
  EXPECT_TRUE(connection().idle());
}

TEST_F(Http2ConnectionTest, SendsTrailersAfterTheBody) {
  send(http2::hello() + http2::get(1, "/") + http2::get(3, "/"));
  answer(1, "hello", "1");
  answer(3, "", "1");
  const auto heads = sent(http2::headers);
  ASSERT_EQ(heads.size(), 4U);
  std::vector<int> last;
  for (const Frame& head : heads) {
    if ((head.flags & http2::end_stream) != 0) last.push_back(static_cast<int>(head.stream));
  }
  EXPECT_THAT(last, testing::UnorderedElementsAre(1, 3));
  for (const Frame& body : sent(http2::data)) EXPECT_EQ(body.flags, http2::none);
  EXPECT_TRUE(connection().idle());
}

TEST_F(Http2ConnectionTest, GivesHeadNoBody) {
  send(http2::hello() + http2::frame(http2::headers, http2::end_headers | http2::end_stream, 1,
                                     http2::block(http2::request("HEAD", "/"))));
  EXPECT_EQ(events(), "1 header;1 whole;");
  answer(1, "hello");
  EXPECT_EQ(sent(http2::headers).at(0).flags, http2::end_headers | http2::end_stream);
  EXPECT_TRUE(sent(http2::data).empty());
}

TEST_F(Http2ConnectionTest, RespectsThePeersWindow) {
  send(http2::hello() + http2::get(1, "/"));
  answer(1, std::string(100'000, 'x'));
  std::size_t bytes = 0;
  for (const Frame& frame : sent(http2::data)) bytes += frame.payload.size();
  EXPECT_EQ(bytes, 65'535U);
  EXPECT_TRUE(sent(http2::data).empty());
  for (const unsigned stream : {0U, 1U}) {
    send(http2::frame(http2::window_update, 0, stream, http2::number(50'000, 4)));
  }
  for (const Frame& frame : sent(http2::data)) bytes += frame.payload.size();
  EXPECT_EQ(bytes, 100'000U);
}

TEST_F(Http2ConnectionTest, OpensTheWindowForBodiesLargerThanIt) {
  send(http2::hello() + http2::post(1, "/"));
  EXPECT_EQ(events(), "1 header;");
  sent(http2::window_update);
  std::size_t opened = 0;
  for (int i = 0; i < 60; ++i) {
    send(http2::frame(http2::data, 0, 1, std::string(10'000, 'x')));
    for (const Frame& frame : sent(http2::window_update)) {
      if (frame.stream == 1) opened += http2::number_in(frame.payload);
    }
  }
  EXPECT_GT(opened, 400'000U);
  send(http2::frame(http2::data, http2::end_stream, 1, "y"));
  EXPECT_EQ(events(), "1 whole;");
  EXPECT_EQ(connection().take(1).body.size(), 600'001U);
}

TEST_F(Http2ConnectionTest, RefusesABodyTooLargeAndStopsIt) {
  limits.body_bytes = 10;
  send(http2::hello() + http2::post(1, "/") + http2::frame(http2::data, 0, 1, "01234567890"));
  EXPECT_EQ(events(), "1 header;1 refused;");
  EXPECT_EQ(connection().rejection(1).status, 413U);
  answer(1, "too large");
  EXPECT_EQ(sent(http2::data).at(0).flags, http2::end_stream);
  send(http2::frame(http2::data, 0, 1, "more") + http2::get(3, "/"));
  EXPECT_EQ(events(), "3 header;3 whole;") << "the connection goes on";
  EXPECT_TRUE(sent(http2::rst_stream).empty()) << "the client has time to see the answer";
  now = connection().due();
  connection().expire(now);
  EXPECT_EQ(reset_code(), 0U);
}

TEST_F(Http2ConnectionTest, RefusesADeclaredLengthTooLargeAfterTheHeadersOwnAnswer) {
  limits.body_bytes = 10;
  send(http2::hello() + http2::post(1, "/", {{"content-length", "11"}}));
  EXPECT_EQ(events(), "1 header;1 refused;");
  send(http2::post(3, "/none", {{"content-length", "11"}}));
  ASSERT_EQ(connection().next_event()->what, What::header);
  answer(3, "none");
  EXPECT_EQ(events(), "");
}

// RFC 9110 section 10.1.1.
TEST_F(Http2ConnectionTest, TakesAnExpectationInAnyCase) {
  send(http2::hello() + http2::post(1, "/", {{"expect", "100-Continue"}}));
  EXPECT_EQ(events(), "1 header;");
  connection().go_on(1);
  EXPECT_EQ(sent(http2::headers).size(), 1U);
  send(http2::post(3, "/", {{"expect", "200-ok"}}));
  EXPECT_EQ(events(), "3 header;3 refused;");
}

TEST_F(Http2ConnectionTest, RefusesAHeaderTooLarge) {
  send(http2::hello() + http2::get(1, "/", {{"a", std::string(limits.header_bytes - 300, 'x')}}));
  EXPECT_EQ(events(), "1 header;1 whole;");
  send(http2::get(3, "/", {{"a", std::string(limits.header_bytes - 100, 'x')}}));
  EXPECT_EQ(events(), "3 refused;");
  EXPECT_EQ(connection().rejection(3).status, 431U);
}

TEST_F(Http2ConnectionTest, RefusesWhatTheBudgetHasNoRoomFor) {
  limits.body_bytes = 4 * 1024 * 1024;
  send(http2::hello() + http2::post(1, "/") + http2::post(3, "/"));
  EXPECT_EQ(events(), "1 header;3 header;");
  std::string said;
  for (int i = 0; said.empty() && i < 120; ++i) {
    send(http2::frame(http2::data, 0, i < 60 ? 1 : 3, std::string(10'000, 'x')));
    sent(http2::window_update);
    said = events();
  }
  EXPECT_EQ(said, "3 refused;");
  EXPECT_EQ(connection().rejection(3).status, 429U);
}

TEST_F(Http2ConnectionTest, ResetsAMalformedRequestOnly) {
  const std::vector<http2::Pairs> wrong{{{":method", "GET"}, {":scheme", "http"}},
                                        http2::request("GET", "/", {{"connection", "close"}}),
                                        http2::request("GET", "/", {{"Upper", "x"}}),
                                        http2::request("GET", "/", {{"a", "b\nc"}}),
                                        http2::request("GET", "/", {{"content-length", "1"}})};
  send(http2::hello());
  std::uint32_t stream = 1;
  for (const auto& fields : wrong) {
    send(http2::frame(http2::headers, http2::end_headers | http2::end_stream, stream, http2::block(fields)));
    EXPECT_EQ(reset_code(), 1U) << stream;
    stream += 2;
  }
  EXPECT_THAT(events(), testing::Not(HasSubstr("whole")));
  send(http2::get(stream, "/"));
  EXPECT_THAT(events(), HasSubstr("whole"));
}

TEST_F(Http2ConnectionTest, TellsOfACancelledStream) {
  send(http2::hello() + http2::get(1, "/"));
  EXPECT_EQ(events(), "1 header;1 whole;");
  send(http2::frame(http2::rst_stream, 0, 1, http2::number(8, 4)));
  EXPECT_EQ(events(), "1 gone;");
  answer(1, "late");
  EXPECT_TRUE(sent(http2::headers).empty());
}

TEST_F(Http2ConnectionTest, RefusesMoreStreamsThanItHas) {
  send(http2::hello());
  for (std::uint32_t i = 0; i < 101; ++i) send(http2::get(2 * i + 1, "/"));
  EXPECT_EQ(reset_code(), 7U) << "REFUSED_STREAM";
  // Trailers of the refused one that were under way.
  send(http2::frame(http2::headers, http2::end_headers | http2::end_stream, 201, http2::block({{"t", "1"}})));
  EXPECT_TRUE(sent(http2::goaway).empty());
}

TEST_F(Http2ConnectionTest, FinishesWhatItOwes) {
  send(http2::hello() + http2::get(1, "/"));
  events();
  connection().finish();
  EXPECT_EQ(goodbye(), 0U);
  EXPECT_FALSE(connection().over());
  send(http2::get(3, "/"));
  EXPECT_EQ(events(), "");
  answer(1, "owed");
  EXPECT_EQ(sent(http2::data).at(0).payload, "owed");
  EXPECT_TRUE(connection().over());
}

}  // namespace
}  // namespace usermeta
