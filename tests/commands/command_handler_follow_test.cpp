#include "tests/commands/script.hpp"

// What others append is learnt by following the log.

namespace usermeta {
namespace {

using namespace std::chrono_literals;

struct CommandHandlerFollow : testing::Test, Script {};

TEST_F(CommandHandlerFollow, CatchesUpWhenIdle) {
  with_users({"a"});
  start();
  set("a", "k", "1");
  lands(append());
  answers();
  foreign("a", rules::metadata("k", "2"));
  handler.catch_up();
  follow(2, false);
  wants_nothing();
  EXPECT_EQ(handler.head().position, 3);
  set("a", "k", "2");
  lands(append());
  EXPECT_EQ(answers(), "2: 3 at 3\n");
}

TEST_F(CommandHandlerFollow, DoesNotCatchUpWhileAtWork) {
  with_users({"a"});
  handler.catch_up();
  start();
  set("a", "k", "1");
  handler.catch_up();  // nothing under way yet: follows first
  follow(1, false);
  const auto load = wants<WantLoad>();
  handler.catch_up();
  wants_nothing();
  handler.loaded(*log.load(load.aggregates, load.names));
  const Batch batch = wants<WantAppend>().batch;
  handler.catch_up();
  wants_nothing();
  lands(batch);
  wants_nothing();
}

// Between the lock and the next want nothing may forget that it is held.
TEST_F(CommandHandlerFollow, CatchingUpKeepsTheLock) {
  with_users({"a"});
  start();
  set("a", "k", "1", Deadline{1s});
  const Batch batch = append();
  foreign("a", UserLocked{});
  misses(batch);
  handler.expire(Deadline{1s});
  follow(1, true);
  handler.catch_up();
  unlock();
  wants_nothing();
}

// What an event of a newer program means is not known: only a command on that user fails, until an upgrade.
TEST_F(CommandHandlerFollow, AnUnreadableEventStopsItsAggregateOnly) {
  with_users({"a", "b"});
  start();
  set("a", "k", "1");
  lands(append());
  log.foreign_unreadable(rules::user_id("a"), rules::kOrg, now);
  foreign("b", rules::metadata("k", "1"));
  handler.catch_up();
  follow(3, false);
  EXPECT_EQ(handler.head().position, 5);
  EXPECT_FALSE(handler.cache().contains(rules::user_id("a")));
  set("a", "k", "2");
  load();
  EXPECT_EQ(answers(), "1: 2 at 3\n2: unavailable\n");
  EXPECT_EQ(handler.pending(), 0U);
  set("b", "k", "2");
  lands(append());
  EXPECT_EQ(answers(), "3: 3 at 6\n");
}

TEST(CommandHandlerCache, IsShrunkWhenABatchHasLanded) {
  auto options = Script::options();
  options.cache_bytes = 0;
  Script script(options);
  script.with_users({"a"});
  script.start();
  script.set("a", "k", "1");
  const Batch first = script.append();
  script.set("a", "k", "2");
  const Batch second = script.append();
  script.lands(first);
  EXPECT_EQ(script.handler.cache().size(), 1U);  // the second still rests on it
  script.lands(second);
  EXPECT_EQ(script.handler.cache().size(), 0U);
  EXPECT_EQ(script.handler.cache().bytes(), 0U);
}

}  // namespace
}  // namespace usermeta
