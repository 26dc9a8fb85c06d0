#include "cli/stop_signals.hpp"

#include <csignal>
#include <functional>
#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// An executor with two threads, which runs dry when nothing is left to be waited for.
struct TwoThreads {
  asio::io_context context{2};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::future<void> first = std::async(std::launch::async, [this] { context.run(); });
  std::future<void> second = std::async(std::launch::async, [this] { context.run(); });

  ~TwoThreads() { context.stop(); }
  bool run_dry() {
    work.reset();
    return first.wait_for(20s) == std::future_status::ready &&
           second.wait_for(20s) == std::future_status::ready;
  }
};

TEST(StopSignals, TheFirstSignalAsks) {
  for (const int number : {SIGTERM, SIGINT}) {
    TwoThreads threads;
    int asked = 0;
    StopSignals signals(threads.context.get_executor(), [&] { ++asked; });
    EXPECT_FALSE(signals.asked());
    ASSERT_EQ(std::raise(number), 0);
    signals.wait();
    EXPECT_TRUE(signals.asked());
    EXPECT_EQ(asked, 1);
    signals.forget();
    EXPECT_TRUE(threads.run_dry());
  }
}

TEST(StopSignals, TheSecondEndsTheProcess) {
  const auto twice = [] {
    TwoThreads threads;
    StopSignals signals(
        threads.context.get_executor(), [] {}, 0ms);
    std::raise(SIGTERM);
    signals.wait();
    std::raise(SIGINT);
    threads.run_dry();
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(twice(), testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(StopSignals, OnesRightBehindTheFirstAreTheSameRequest) {
  TwoThreads threads;
  int asked = 0;
  StopSignals signals(
      threads.context.get_executor(), [&] { ++asked; }, 24h);
  asio::signal_set others(threads.context, SIGTERM, SIGINT);
  for (const int number : {SIGTERM, SIGTERM, SIGINT}) {
    std::promise<void> delivered;
    others.async_wait([&](boost::system::error_code, int) { delivered.set_value(); });
    ASSERT_EQ(std::raise(number), 0);
    delivered.get_future().wait();
    signals.wait();
  }
  signals.forget();
  EXPECT_TRUE(threads.run_dry());
  EXPECT_EQ(asked, 1);
}

// Whoever stops may be done with it before the thread that got the signal is: the other thread is free to run
// what forget() posts. Nothing may be left to wait for then.
TEST(StopSignals, ForgottenWhileTheFirstIsStillBeingHandled) {
  TwoThreads threads;
  std::function<void()> on_asked;
  StopSignals signals(threads.context.get_executor(), [&] { on_asked(); });
  on_asked = [&] {
    signals.forget();
    std::promise<void> later;
    asio::post(threads.context, [&] { later.set_value(); });
    later.get_future().wait();
  };
  ASSERT_EQ(std::raise(SIGTERM), 0);
  signals.wait();
  EXPECT_TRUE(threads.run_dry());
}

TEST(StopSignals, ForgottenBeforeAnySignal) {
  TwoThreads threads;
  StopSignals signals(threads.context.get_executor(), [] { FAIL(); });
  signals.forget();
  EXPECT_TRUE(threads.run_dry());
  EXPECT_FALSE(signals.asked());
}

}  // namespace
}  // namespace usermeta
