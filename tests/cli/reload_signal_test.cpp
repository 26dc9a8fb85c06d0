#include "cli/reload_signal.hpp"

#include <chrono>
#include <csignal>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(ReloadSignal, AsksEachTime) {
  asio::io_context context;
  int asked = 0;
  ReloadSignal reload(context.get_executor(), [&] { ++asked; });
  for (int times = 1; times <= 3; ++times) {
    ASSERT_EQ(std::raise(SIGHUP), 0);
    while (asked < times) ASSERT_EQ(context.run_one_for(20s), 1U);
    EXPECT_EQ(asked, times);
  }
}

TEST(ReloadSignal, ForgottenHasNoEffectAndKeepsNobodyWaiting) {
  asio::io_context context;
  ReloadSignal reload(context.get_executor(), [] { FAIL(); });
  reload.forget();
  ASSERT_EQ(std::raise(SIGHUP), 0);
  context.run_for(20s);
  EXPECT_TRUE(context.stopped()) << "something is still waited for";
}

TEST(ReloadSignal, ForgottenByWhoIsAsked) {
  asio::io_context context;
  ReloadSignal* known = nullptr;
  ReloadSignal reload(context.get_executor(), [&] { known->forget(); });
  known = &reload;
  ASSERT_EQ(std::raise(SIGHUP), 0);
  context.run_for(20s);
  EXPECT_TRUE(context.stopped());
}

}  // namespace
}  // namespace usermeta
