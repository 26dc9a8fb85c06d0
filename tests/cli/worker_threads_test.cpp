#include "cli/worker_threads.hpp"

#include <future>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace usermeta {
namespace {

namespace asio = boost::asio;

std::thread::id thread_of(const asio::any_io_executor& executor) {
  return asio::post(executor, asio::use_future([] { return std::this_thread::get_id(); })).get();
}

TEST(WorkerThreads, EachExecutorHasAThreadOfItsOwn) {
  const WorkerThreads workers(3);
  std::set<std::thread::id> threads;
  for (const auto& executor : workers.executors()) {
    const std::thread::id thread = thread_of(executor);
    EXPECT_EQ(thread_of(executor), thread);
    threads.insert(thread);
  }
  EXPECT_EQ(threads.size(), 3U);
}

TEST(WorkerThreads, ThereIsOneAtLeast) {
  EXPECT_EQ(WorkerThreads(0).executors().size(), 1U);
}

// Each round asks something of the first thread and waits on the other one for the answer.
asio::awaitable<void> ask(asio::any_io_executor first, int& answers) {
  const auto answer = []() -> asio::awaitable<int> { co_return 1; };
  for (int i = 0; i < 1000; ++i) {
    const int one = co_await asio::co_spawn(first, answer, asio::use_awaitable);
    answers += one;
  }
}

TEST(WorkerThreads, WhatTheOthersAskOfTheFirstIsAnsweredBeforeItEnds) {
  WorkerThreads workers(2);
  const auto executors = workers.executors();
  int answers = 0;
  asio::co_spawn(executors.back(), ask(executors.front(), answers), asio::detached);
  workers.join(true);
  EXPECT_EQ(answers, 1000);
}

TEST(WorkerThreads, CanBeStoppedInTheMiddle) {
  WorkerThreads workers(2);
  std::promise<void> runs;
  // Goes on for ever.
  std::function<void()> again = [&, executor = workers.executors().back()] { asio::post(executor, again); };
  asio::post(workers.executors().back(), [&] {
    again();
    runs.set_value();
  });
  runs.get_future().get();
  workers.join(false);
}

}  // namespace
}  // namespace usermeta
