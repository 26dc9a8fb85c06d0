#include "http/response_head.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

// 1994-11-06 08:49:37 UTC, RFC 9110's own example.
constexpr std::chrono::system_clock::time_point some_day{std::chrono::seconds(784111777)};

TEST(ResponseHead, CarriesStatusDateFieldsAndLength) {
  HttpResponse response;
  response.status = 404;
  response.fields.add("content-type", "application/json");
  response.fields.add("vary", "origin");
  response.body = "{}";
  EXPECT_EQ(response_head(response, Persistence::keep, some_day),
            "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "content-type: application/json\r\nvary: origin\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseHead, SaysWhatHappensToTheConnection) {
  EXPECT_NE(response_head({}, Persistence::close, some_day).find("\r\nConnection: close\r\n"),
            std::string::npos);
  EXPECT_NE(response_head({}, Persistence::keep_said, some_day).find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
  EXPECT_EQ(response_head({}, Persistence::keep, some_day).find("Connection"), std::string::npos);
}

TEST(ResponseHead, GivesNoLengthWhereThereIsNoBody) {
  for (const unsigned status : {204U, 304U}) {
    HttpResponse response;
    response.status = status;
    EXPECT_FALSE(has_body(status));
    EXPECT_EQ(response_head(response, Persistence::keep, some_day).find("Content-Length"), std::string::npos);
  }
  EXPECT_TRUE(has_body(200));
  EXPECT_NE(response_head({}, Persistence::keep, some_day).find("\r\nContent-Length: 0\r\n"),
            std::string::npos);
}

TEST(ResponseHead, KnowsLeapDaysAndAnUnknownStatus) {
  HttpResponse response;
  response.status = 299;
  const std::chrono::system_clock::time_point leap{std::chrono::seconds(1709251199)};
  EXPECT_EQ(response_head(response, Persistence::keep, leap),
            "HTTP/1.1 299 \r\nDate: Thu, 29 Feb 2024 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, SendsAnAnswerWithTrailersInChunks) {
  HttpResponse response;
  response.body = "twelve bytes";
  response.trailers.add("grpc-status", "0");
  EXPECT_EQ(response_head(response, Persistence::keep, some_day),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(chunked_body(response), "c\r\ntwelve bytes\r\n0\r\ngrpc-status: 0\r\n\r\n");
  response.body.clear();
  EXPECT_EQ(chunked_body(response), "0\r\ngrpc-status: 0\r\n\r\n");
}

TEST(ResponseHead, OfAStreamSaysThatTheConnectionEndsWithIt) {
  EXPECT_EQ(streamed_head({}, true, some_day),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(streamed_head({}, false, some_day),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, AChunkOfNothingIsNone) {
  std::string out;
  append_chunk(out, "0123456789abcdef");
  append_chunk(out, "");
  append_last_chunk(out, {});
  EXPECT_EQ(out, "10\r\n0123456789abcdef\r\n0\r\n\r\n");
}

}  // namespace
}  // namespace usermeta
