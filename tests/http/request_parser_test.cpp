#include "http/request_parser.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/request_line.hpp"

namespace usermeta {
namespace {

using Step = RequestParser::Step;

// Feeds bytes as a connection would, `piece` at a time; stops at the first refusal. Every step but `more`.
std::vector<Step> feed(RequestParser& parser, std::string_view bytes, std::size_t piece,
                       std::vector<HttpRequest>* requests = nullptr) {
  std::vector<Step> steps;
  while (true) {
    const Step step = parser.step();
    if (step != Step::more) steps.push_back(step);
    if (step == Step::refused || step == Step::foreign) return steps;
    if (step == Step::done) {
      HttpRequest request = parser.take();
      if (requests != nullptr) requests->push_back(std::move(request));
    }
    if (step != Step::more) continue;
    if (bytes.empty()) return steps;
    const std::span<char> space = parser.space();
    const std::size_t now = std::min({piece, space.size(), bytes.size()});
    std::memcpy(space.data(), bytes.data(), now);
    bytes.remove_prefix(now);
    parser.received(now);
  }
}

std::string get_with(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

std::string chunked(std::string_view chunks) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

HttpLimits small_limits() {
  HttpLimits limits;
  limits.header_bytes = 1024;
  limits.body_bytes = 100;
  return limits;
}

struct Bad {
  const char* name;
  std::string bytes;
  unsigned status;
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

class RefusedRequest : public testing::TestWithParam<Bad> {};

TEST_P(RefusedRequest, IsRefusedInWhateverPiecesItCame) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, GetParam().bytes.size()}) {
    RequestParser parser(small_limits());
    const std::vector<Step> steps = feed(parser, GetParam().bytes, piece);
    ASSERT_FALSE(steps.empty());
    ASSERT_EQ(steps.back(), Step::refused);
    EXPECT_EQ(parser.rejection().status, GetParam().status);
    EXPECT_FALSE(parser.at_rest());
    EXPECT_EQ(parser.step(), Step::refused);
  }
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Forms, RefusedRequest,
    testing::Values(
        Bad{"TlsHello", "\x16\x03\x01"s, 400}, Bad{"NulFirst", "\0GET / HTTP/1.1\r\n\r\n"s, 400},
        Bad{"MethodOnly", "GET\r\n\r\n", 400}, Bad{"NoVersion", "GET /\r\n\r\n", 400},
        Bad{"ShortVersion", "GET / H\r\n\r\n", 400},
        Bad{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"LeadingSpace", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"MethodNoToken", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"NoSuchVersion", "GET / HTTP/x.1\r\nHost: a\r\n\r\n", 400},
        Bad{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"Version2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Bad{"Preface", "PRI * HTTP/2.0\r\n\r\n", 505}, Bad{"Version09", "GET / HTTP/0.9\r\n\r\n", 505},
        Bad{"NulInTarget", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
        Bad{"BareCr", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
        Bad{"BareLf", "GET / HTTP/1.1\nHost: a\n\n", 400},
        Bad{"BareLfInField", get_with("X: a\nY: b\r\n"), 400},
        Bad{"NulInField", get_with("X: a\0b\r\n"s), 400},
        Bad{"ControlInField", get_with("X: a\x07\r\n"), 400},
        Bad{"SpaceBeforeColon", get_with("X : a\r\n"), 400}, Bad{"NoColon", get_with("X\r\n"), 400},
        Bad{"NoName", get_with(": a\r\n"), 400}, Bad{"Folded", get_with("X: a\r\n b\r\n"), 400},
        Bad{"FoldedTab", get_with("X: a\r\n\tb\r\n"), 400},
        Bad{"FoldedFirst", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        Bad{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400}, Bad{"TwoHosts", get_with("Host: b\r\n"), 400},
        Bad{"HeaderTooLarge", get_with("X: " + std::string(1024, 'x') + "\r\n"), 431},
        Bad{"EndlessTarget", "GET /" + std::string(2048, 'x'), 431}),
    [](const auto& tested) { return tested.param.name; });

TEST(RequestParser, ARequestOfAnotherProtocolIsForeign) {
  for (const char* line : {"INVALID CONNECTION PREFACE", "OPTIONS * RTSP/1.0", "GET / ICAP/1.0"}) {
    RequestParser parser(small_limits());
    EXPECT_EQ(feed(parser, line + "\r\n\r\n"s, 1).back(), Step::foreign) << line;
    EXPECT_FALSE(parser.at_rest());
    EXPECT_EQ(parser.step(), Step::foreign);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedRequest,
    testing::Values(
        Bad{"LengthNegative", get_with("Content-Length: -1\r\n"), 400},
        Bad{"LengthPlus", get_with("Content-Length: +1\r\n"), 400},
        Bad{"LengthHex", get_with("Content-Length: 0x1\r\n"), 400},
        Bad{"LengthEmpty", get_with("Content-Length:\r\n"), 400},
        Bad{"LengthOverflow", get_with("Content-Length: 18446744073709551616\r\n"), 400},
        Bad{"LengthList", get_with("Content-Length: 5, 5\r\n"), 400},
        Bad{"LengthTwice", get_with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        Bad{"LengthThenChunked", get_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"ChunkedThenLength", get_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        Bad{"ChunkedTwice", get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"ChunkedIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Bad{"Gzip", get_with("Transfer-Encoding: gzip\r\n"), 501},
        Bad{"GzipChunked", get_with("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Bad{"Identity", get_with("Transfer-Encoding: identity\r\n"), 501},
        Bad{"ChunkNoHex", chunked("x\r\n"), 400}, Bad{"ChunkNegative", chunked("-1\r\n"), 400},
        Bad{"ChunkNoSize", chunked("\r\n\r\n"), 400},
        Bad{"ChunkOverflow", chunked("ffffffffffffffff0\r\n"), 400},
        Bad{"ChunkTooLong", chunked("1\r\nab\r\n0\r\n\r\n"), 400},
        Bad{"ChunkWithoutItsLineEnd", chunked("1\r\na0\r\r\n"), 400},
        Bad{"ChunkBareCr", chunked("1\rxx\r\n"), 400}, Bad{"ChunkExtensionBad", chunked("1;;\r\na\r\n"), 400},
        Bad{"ChunkExtensionLf", chunked("1;a=\"\n\"\r\na\r\n0\r\n\r\n"), 400},
        Bad{"ChunkExtensionLong", chunked("1;a=" + std::string(2000, 'x')), 431},
        Bad{"ChunkExtensionLongAndWhole", chunked("1;a=" + std::string(2000, 'x') + "\r\n"), 431},
        Bad{"ChunkSizeLongAndWhole", chunked(std::string(2000, '0') + "1\r\n"), 431},
        Bad{"TrailerBad", chunked("0\r\nX y\r\n\r\n"), 400},
        Bad{"TrailerLength", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
        Bad{"TrailerLong", chunked("0\r\nX: " + std::string(2000, 'x')), 431},
        Bad{"TrailerLongAndWhole", chunked("0\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"), 431},
        Bad{"DeclaredTooLarge", get_with("Content-Length: 101\r\n"), 413},
        Bad{"ChunkTooLarge", chunked("65\r\n"), 413},
        Bad{"ChunksTooLarge", chunked("64\r\n" + std::string(100, 'x') + "\r\n1\r\nx\r\n"), 413},
        Bad{"Expectation", get_with("Expect: more\r\n"), 417}),
    [](const auto& tested) { return tested.param.name; });

TEST(RequestParser, TakesAStreamInWhateverPiecesItComes) {
  const std::string stream =
      "\r\n\r\nPOST /a?b=%20c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:\t2 \r\nEmpty:\r\nContent-Length: "
      "5\r\n\r\nhello"
      "\r\nGET /next HTTP/1.0\r\n\r\n" +
      chunked("3;a=b;c=\"d\"\r\nabc\r\n02\r\nde\r\n0\r\nTrailer: x\r\n\r\n") +
      get_with("Content-Length: 0\r\n");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    RequestParser parser(small_limits());
    std::vector<HttpRequest> requests;
    const std::vector<Step> steps = feed(parser, stream, piece, &requests);
    ASSERT_EQ(requests.size(), 4U) << "in pieces of " << piece;
    EXPECT_EQ(steps.size(), 8U);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].target, "/a?b=%20c");
    EXPECT_EQ(requests[0].body, "hello");
    const std::vector<std::pair<std::string, std::string>> fields(requests[0].fields.begin(),
                                                                  requests[0].fields.end());
    EXPECT_EQ(fields,
              (std::vector<std::pair<std::string, std::string>>{
                  {"host", "h"}, {"x-a", "1"}, {"x-a", "2"}, {"empty", ""}, {"content-length", "5"}}));
    EXPECT_EQ(requests[0].fields.find("x-a"), "1");
    EXPECT_EQ(requests[0].fields.find("x-b"), std::nullopt);
    EXPECT_EQ(requests[1].target, "/next");
    EXPECT_EQ(requests[2].body, "abcde");
    EXPECT_EQ(requests[2].fields.find("trailer"), std::nullopt);
    EXPECT_EQ(requests[3].body, "");
    EXPECT_TRUE(parser.at_rest());
  }
}

TEST(RequestParser, LeavesTheTargetsBytesAlone) {
  RequestParser parser(small_limits());
  std::vector<HttpRequest> requests;
  feed(parser, "FOO /\xC3\xA4%00%2F\"<> HTTP/1.1\r\nHost: a\r\n\r\n", 1000, &requests);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "FOO");
  EXPECT_EQ(requests[0].target, "/\xC3\xA4%00%2F\"<>");
}

TEST(RequestParser, TakesAHeaderAndABodyOfExactlyTheLimit) {
  const HttpLimits limits = small_limits();
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nX: ";
  const std::string padding(limits.header_bytes - start.size() - 4, 'x');
  const std::string body(limits.body_bytes, 'b');
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4000}}) {
    RequestParser parser(limits);
    std::vector<HttpRequest> requests;
    feed(parser, start + padding + "\r\n\r\n" + body, piece, &requests);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].body, body);
    RequestParser other(limits);
    EXPECT_EQ(feed(other, start + padding + "x\r\n\r\n" + body, piece), std::vector<Step>{Step::refused});
    EXPECT_EQ(other.rejection().status, 431U);
  }
}

TEST(RequestParser, ReadsALargeBodyThroughAGrowingBuffer) {
  RequestParser parser(HttpLimits{});
  std::string body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * i);
  std::vector<HttpRequest> requests;
  feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body + get_with(""),
       1'000'000, &requests);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(requests[0].body == body);
}

TEST(RequestParser, KnowsWhoKeepsTheConnection) {
  const auto keeps = [](const std::string& bytes) {
    RequestParser parser(small_limits());
    std::memcpy(parser.space().data(), bytes.data(), bytes.size());
    parser.received(bytes.size());
    EXPECT_EQ(parser.step(), Step::header);
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps(get_with("")));
  EXPECT_FALSE(keeps(get_with("Connection: Close\r\n")));
  EXPECT_FALSE(keeps(get_with("Connection: te, close\r\n")));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParser, DropsABodyButCountsIt) {
  RequestParser parser(small_limits());
  const auto give = [&](const std::string& bytes) {
    std::memcpy(parser.space().data(), bytes.data(), bytes.size());
    parser.received(bytes.size());
  };
  give(chunked("1\r\na\r\n"));
  ASSERT_EQ(parser.step(), Step::header);
  parser.drop_body();
  ASSERT_EQ(parser.step(), Step::more);
  EXPECT_TRUE(parser.request().body.empty());
  give("64\r\n");
  EXPECT_EQ(parser.step(), Step::refused);
  EXPECT_EQ(parser.rejection().status, 413U);
}

TEST(RequestParser, WantsContinueOnlyForABodyThatIsToComeAndToBeRead) {
  const auto wants = [](const std::string& bytes) {
    RequestParser parser(small_limits());
    std::memcpy(parser.space().data(), bytes.data(), bytes.size());
    parser.received(bytes.size());
    EXPECT_EQ(parser.step(), Step::header);
    return parser.wants_continue();
  };
  EXPECT_TRUE(wants(get_with("Expect: 100-Continue\r\nContent-Length: 1\r\n")));
  EXPECT_TRUE(wants(get_with("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")));
  EXPECT_FALSE(wants(get_with("Content-Length: 1\r\n")));
  EXPECT_FALSE(wants(get_with("Expect: 100-continue\r\n")));
  EXPECT_FALSE(wants(get_with("Expect: 100-continue\r\nContent-Length: 1\r\n") + "x"));
  EXPECT_FALSE(wants(get_with("Expect: 100-continue\r\nContent-Length: 101\r\n")));
  EXPECT_FALSE(wants("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"));
}

TEST(RequestLine, BringsAnAbsoluteTargetIntoOriginForm) {
  EXPECT_EQ(origin_form("/a"), "/a");
  EXPECT_EQ(origin_form("*"), "*");
  EXPECT_EQ(origin_form("a:80"), "a:80");
  EXPECT_EQ(origin_form("http://h/a?b"), "/a?b");
  EXPECT_EQ(origin_form("HTTPS://h:1/a"), "/a");
  EXPECT_EQ(origin_form("http://h"), "/");
  EXPECT_EQ(origin_form("http://h?b"), "/?b");
}

}  // namespace
}  // namespace usermeta
