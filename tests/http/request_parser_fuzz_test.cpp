#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/request_parser.hpp"

namespace usermeta {
namespace {

struct Outcome {
  std::vector<std::string> requests;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, const std::function<std::size_t()>& piece) {
  RequestParser parser(HttpLimits{});
  Outcome outcome;
  while (true) {
    const auto step = parser.step();
    outcome.refused = step == RequestParser::Step::refused || step == RequestParser::Step::foreign;
    if (outcome.refused || (step == RequestParser::Step::more && bytes.empty())) return outcome;
    if (step == RequestParser::Step::done) {
      const HttpRequest request = parser.take();
      outcome.requests.push_back(request.method + ' ' + request.target + ' ' + request.body);
    }
    if (step != RequestParser::Step::more) continue;
    const std::span<char> space = parser.space();
    const std::size_t now = std::min({piece(), space.size(), bytes.size()});
    std::memcpy(space.data(), bytes.data(), now);
    bytes.remove_prefix(now);
    parser.received(now);
  }
}

// Two readers of the same bytes must see the same requests, however the network cuts the bytes up; and no
// stream, however broken, may trip an assertion or a sanitizer.
TEST(RequestParserFuzz, BrokenStreamsReadTheSameInAnyPieces) {
  const std::string good =
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n01\r\nd\r\n0\r\nT: 1\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello\r\n"
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://h/d "
      "HTTP/1.0\r\n\r\n";
  const std::string spice = std::string("\r\n\r\n \t:;,=\"\\019afHTP\x7f\xff") + '\0';
  std::mt19937 random(20251123);  // NOLINT: the same streams every time
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::size_t edits = below(4); edits > 0; --edits) {
      const std::size_t at = below(bytes.size());
      const std::size_t kind = below(3);
      if (kind == 0) bytes[at] = spice[below(spice.size())];
      if (kind == 1) bytes.insert(at, 1, spice[below(spice.size())]);
      if (kind == 2) bytes.erase(at, 1 + below(3));
    }
    const Outcome whole = parse(bytes, [&] { return bytes.size(); });
    ASSERT_EQ(parse(bytes, [] { return std::size_t{1}; }), whole) << bytes;
    ASSERT_EQ(parse(bytes, [&] { return 1 + below(7); }), whole) << bytes;
    ASSERT_TRUE(bytes != good || whole.requests.size() == 4) << "what is good is read as such";
    if (whole.refused) ++refused;
  }
  EXPECT_GT(refused, 5'000U);
}

}  // namespace
}  // namespace usermeta
