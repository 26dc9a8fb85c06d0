#include "projections/checkpoint_watch.hpp"

#include <gtest/gtest.h>

#include "support/threads.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

class CheckpointWatchTest : public testing::Test {
 protected:
  Threads threads{2};
  std::shared_ptr<CheckpointWatch> watch = std::make_shared<CheckpointWatch>(threads.executor());

  bool reached(Position position, std::chrono::milliseconds patience) {
    return threads.run(watch->reached(position, patience));
  }
};

TEST_F(CheckpointWatchTest, WhatIsReachedAlreadyIsNotWaitedFor) {
  int wanted = 0;
  watch->on_wanted([&] { ++wanted; });
  watch->advance(5);
  EXPECT_TRUE(reached(0, 0ms));
  EXPECT_TRUE(reached(5, 1h));
  EXPECT_EQ(wanted, 0);
  EXPECT_EQ(watch->wanted(), 0);
}

TEST_F(CheckpointWatchTest, ItTellsHowFarTheProjectionHasCome) {
  EXPECT_EQ(watch->position(), 0);
  watch->advance(5);
  watch->advance(3);
  EXPECT_TRUE(reached(5, 1h));
  EXPECT_EQ(watch->position(), 5);
}

TEST_F(CheckpointWatchTest, EachWaitsForItsOwnPosition) {
  std::promise<void> wanted;
  watch->on_wanted([&, waiters = 0]() mutable {
    if (++waiters == 3) wanted.set_value();
  });
  auto one = threads.spawn(watch->reached(1, 1h));
  auto two = threads.spawn(watch->reached(2, 1h));
  auto two_again = threads.spawn(watch->reached(2, 1h));
  wanted.get_future().get();
  EXPECT_EQ(watch->wanted(), 2);
  watch->advance(1);
  EXPECT_TRUE(Threads::get(std::move(one)));
  EXPECT_EQ(two.wait_for(0s), std::future_status::timeout);
  EXPECT_EQ(watch->wanted(), 2);
  watch->advance(3);
  EXPECT_TRUE(Threads::get(std::move(two)));
  EXPECT_TRUE(Threads::get(std::move(two_again)));
  EXPECT_EQ(watch->wanted(), 0);
}

TEST_F(CheckpointWatchTest, PatienceEnds) {
  EXPECT_FALSE(reached(1, 1ms));
  EXPECT_EQ(watch->wanted(), 0);
}

TEST_F(CheckpointWatchTest, AWaitForWhatMayNeverComeHurriesNobodyBeyondWhatIsThere) {
  watch->advance(5);
  std::promise<void> wanted;
  watch->on_wanted([&] { wanted.set_value(); });
  auto waiting = threads.spawn(watch->reached(100, 7, 1h));
  wanted.get_future().get();
  EXPECT_EQ(watch->wanted(), 7);
  watch->advance(7);
  EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
  EXPECT_EQ(watch->wanted(), 7);
  watch->advance(100);
  EXPECT_TRUE(Threads::get(std::move(waiting)));
}

TEST_F(CheckpointWatchTest, ItNeverGoesBack) {
  watch->advance(7);
  watch->advance(3);
  EXPECT_TRUE(reached(7, 1ms));
}

TEST_F(CheckpointWatchTest, SomebodyWhoBeginsToWaitIsAnnounced) {
  std::promise<void> wanted;
  watch->on_wanted([&] { wanted.set_value(); });
  auto waiting = threads.spawn(watch->reached(9, 1h));
  wanted.get_future().get();
  watch->advance(9);
  EXPECT_TRUE(Threads::get(std::move(waiting)));
}

TEST_F(CheckpointWatchTest, ManyWaitWhileItAdvances) {
  std::vector<std::future<bool>> waiting;
  for (Position position = 1; position <= 300; ++position) {
    waiting.push_back(threads.spawn(watch->reached(position, 1h)));
    if (position % 3 == 0) watch->advance(position - 1);
  }
  watch->advance(300);
  for (auto& each : waiting) EXPECT_TRUE(Threads::get(std::move(each)));
  EXPECT_EQ(watch->wanted(), 0);
}

}  // namespace
}  // namespace usermeta
