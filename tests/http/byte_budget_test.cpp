// Memory for bodies is bounded over all connections.

#include "http/byte_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/loopback.hpp"

namespace usermeta {
namespace {

TEST(ByteBudget, GivesNoMoreThanThereIs) {
  ByteBudget budget(100);
  ByteBudget::Share a(budget);
  ByteBudget::Share b(budget);
  EXPECT_TRUE(a.grow_to(60));
  EXPECT_FALSE(b.grow_to(41));
  EXPECT_TRUE(b.grow_to(40));
  EXPECT_TRUE(a.grow_to(60));
  EXPECT_FALSE(a.grow_to(61));
}

TEST(ByteBudget, TakesBackWhatIsReleased) {
  ByteBudget budget(100);
  ByteBudget::Share a(budget);
  {
    ByteBudget::Share b(budget);
    EXPECT_TRUE(b.grow_to(100));
    EXPECT_FALSE(a.grow_to(1));
  }
  EXPECT_TRUE(a.grow_to(100));
  a.release();
  ByteBudget::Share c(budget);
  EXPECT_TRUE(c.grow_to(100));
}

TEST(ByteBudget, ABodyThatDoesNotFitGets429UntilOthersAreAnswered) {
  HttpLimits limits;
  limits.bodies_bytes = 300'000;
  LoopbackServer server(limits);
  Gate gate(server.context);
  server.service.on_request = [&gate](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
    if (request.target == "/held") co_await gate.pass();
    co_return HttpResponse{200, {}, "done", {}};
  };
  const std::string body(200'000, 'x');
  const auto post = [&](const std::string& target) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  LoopbackClient held(server);
  ASSERT_TRUE(held.send(post("/held")));
  gate.wait_for_arrival();
  LoopbackClient refused(server);
  EXPECT_EQ(refused.exchange(post("/")).status, 429U);
  gate.open();
  EXPECT_EQ(held.read().status, 200U);
  LoopbackClient later(server);
  EXPECT_EQ(later.exchange(post("/")).status, 200U);
}

}  // namespace
}  // namespace usermeta
