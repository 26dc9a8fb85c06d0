#include "tests/commands/script.hpp"

// Another process was faster: the batches under way are decided again, in order, on what it did.

namespace usermeta {
namespace {

using namespace std::chrono_literals;

struct CommandHandlerMiss : testing::Test, Script {
  CommandHandlerMiss() { with_users({"a", "b"}); }
};

TEST_F(CommandHandlerMiss, IsDecidedAgainUnderTheLock) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  foreign("a", rules::metadata("l", "1"));
  misses(first);
  EXPECT_EQ(answers(), "");
  follow(2, true);
  const Batch again = append();
  EXPECT_EQ(again.known.position, 3);
  EXPECT_EQ(describe(again), "a 3 user.metadata.set {\"key\":\"k\",\"value\":\"MQ==\"}\n");
  lands(again);
  EXPECT_EQ(answers(), "1: 3 at 4\n");
  wants_nothing();  // the append released the lock
}

// The other set the same value: no event of ours, but its details.
TEST_F(CommandHandlerMiss, IsDecidedOnWhatTheOtherDid) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  foreign("a", rules::metadata("k", "1"));
  misses(first);
  follow(2, true);
  const Batch again = append();
  EXPECT_TRUE(again.events.empty());
  lands(again);
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

// Without the events that were missed, the cached user would take the sequence twice.
TEST_F(CommandHandlerMiss, FoldsWhatWasMissedIntoOthersToo) {
  start();
  set("b", "k", "1");
  lands(append());
  set("a", "k", "1");
  const Batch batch = append();
  foreign("b", rules::metadata("k", "2"));
  misses(batch);
  follow(3, true);
  lands(append());
  set("b", "k", "2");
  set("b", "l", "2");
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n2: 2 at 5\n3: 3 at 5\n4: 4 at 6\n");
}

TEST_F(CommandHandlerMiss, TakesTheBatchBehindAlong) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("a", "k", "2");
  set("b", "k", "1");
  const Batch second = append();
  set("b", "k", "2");  // still in the queue
  foreign("b", rules::metadata("x", "1"));
  misses(first);
  follow(2, true);
  EXPECT_EQ(log.append(second), Appended::missed);
  handler.appended(Appended::missed);  // of the second: swallowed
  // All of them in their order, as far as a batch takes them.
  const Batch again = append();
  EXPECT_EQ(describe(again),
            "a 2 user.metadata.set {\"key\":\"k\",\"value\":\"MQ==\"}\n"
            "a 3 user.metadata.set {\"key\":\"k\",\"value\":\"Mg==\"}\n"
            "b 3 user.metadata.set {\"key\":\"k\",\"value\":\"MQ==\"}\n");
  wants_nothing();  // under the lock, one batch at a time
  lands(again);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 4\n2: 3 at 5\n3: 3 at 6\n4: 4 at 7\n");
}

// The outcome of the batch behind may come at any time until the next batch's.
TEST_F(CommandHandlerMiss, SwallowsTheOutcomeOfTheBatchBehindWhenever) {
  for (int when = 0; when < 3; ++when) {
    Script script;
    script.with_users({"a"});
    script.start();
    script.set("a", "k", "1");
    const Batch first = script.append();
    script.set("a", "k", "2");
    const Batch second = script.append();
    script.foreign("a", rules::metadata("x", "1"));
    script.misses(first);
    if (when == 0) script.misses(second);
    const auto want = script.wants<WantFollow>();
    if (when == 1) script.misses(second);
    script.handler.followed(script.log.read(want.after));
    script.handler.follow_ended();
    const Batch again = script.append();
    if (when == 2) script.misses(second);
    script.lands(again);
    EXPECT_EQ(script.answers(), "1: 3 at 3\n2: 4 at 4\n") << when;
    script.wants_nothing();
  }
}

// Another process' batch of the same length at the same place: the position alone would let the second pass.
TEST_F(CommandHandlerMiss, AForeignBatchOfTheSameLengthIsNotOurs) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("a", "l", "1");
  const Batch second = append();
  foreign("a", rules::metadata("x", "1"));
  EXPECT_EQ(second.known.position, log.head().position);
  misses(first);
  misses(second);
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 3 at 4\n2: 4 at 5\n");
}

// The same for a batch that only asks whether its head is the log's.
TEST_F(CommandHandlerMiss, ANoChangeBehindAMissIsNotConfirmed) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("a", "k", "1");
  const Batch second = append();
  EXPECT_TRUE(second.events.empty());
  foreign("a", rules::metadata("k", "2"));
  misses(first);
  misses(second);
  EXPECT_EQ(answers(), "");
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 3 at 4\n2: 3 at 4\n");
}

TEST_F(CommandHandlerMiss, OnlyTheSecondMisses) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  const Batch second = append();
  lands(first);
  EXPECT_EQ(answers(), "1: 2 at 3\n");
  foreign("b", rules::metadata("x", "1"));
  misses(second);
  follow(3, true);
  lands(append());
  EXPECT_EQ(answers(), "2: 3 at 5\n");
}

TEST_F(CommandHandlerMiss, ALoadUnderWayIsIgnored) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  const auto load = wants<WantLoad>();
  const Loaded late = *log.load(load.aggregates, load.names);
  foreign("b", rules::metadata("k", "1"));
  misses(first);
  const auto follow = wants<WantFollow>();
  handler.loaded(late);
  wants_nothing();
  handler.followed(log.read(follow.after));
  handler.follow_ended();
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 4\n2: 2 at 4\n");
}

// The same when the late load comes behind the next one was wanted, or fails.
TEST_F(CommandHandlerMiss, ALoadUnderWayIsIgnoredLater) {
  for (const bool fails : {false, true}) {
    Script script;
    script.with_users({"a", "b"});
    script.start();
    script.set("a", "k", "1");
    const Batch first = script.append();
    script.set("b", "k", "1");
    script.wants<WantLoad>();
    script.foreign("b", rules::metadata("k", "1"));
    script.misses(first);
    script.follow(2, true);
    const auto again = script.wants<WantLoad>();
    EXPECT_EQ(again.aggregates.size(), 2U);
    if (fails)
      script.handler.load_failed();
    else
      script.handler.loaded({});
    script.wants_nothing();
    EXPECT_EQ(script.answers(), "");
    script.handler.loaded(*script.log.load(again.aggregates, again.names));
    script.lands(script.append());
    EXPECT_EQ(script.answers(), "1: 2 at 4\n2: 2 at 4\n");
  }
}

// The load is done and the batch not decided yet when the one before it misses.
TEST_F(CommandHandlerMiss, ALoadedBatchGoesBackToo) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  load();
  foreign("b", rules::metadata("k", "1"));
  misses(first);
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 4\n2: 2 at 4\n");
}

TEST_F(CommandHandlerMiss, GivesTheLockBackWhenNothingIsLeft) {
  start();
  set("a", "k", "1", Deadline{1s});
  const Batch first = append();
  foreign("a", rules::metadata("x", "1"));
  misses(first);
  handler.expire(Deadline{1s});
  follow(2, true);
  wants<WantUnlock>();
  wants_nothing();
  set("a", "k", "2");
  wants_nothing();
  handler.unlocked();
  lands(append());
  EXPECT_EQ(answers(), "1: unavailable\n2: 3 at 4\n");
}

// A load that fails under the lock leaves nothing to append.
TEST_F(CommandHandlerMiss, GivesTheLockBackAfterAFailedLoad) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  log.foreign_unreadable(rules::user_id("a"), rules::kOrg, now);
  misses(first);
  follow(2, true);
  load();
  EXPECT_EQ(answers(), "1: unavailable\n");
  unlock();
  wants_nothing();
}

TEST_F(CommandHandlerMiss, FollowsInPages) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  for (int i = 0; i < 3; ++i) foreign("a", rules::metadata("x", std::to_string(i)));
  misses(first);
  wants<WantFollow>();
  handler.followed(log.read(2, 2));
  wants_nothing();
  handler.followed(log.read(4, 2));
  handler.followed({});
  wants_nothing();
  handler.follow_ended();
  lands(append());
  EXPECT_EQ(answers(), "1: 5 at 6\n");
}

TEST_F(CommandHandlerMiss, AWrittenBatchBehindAMissIsABug) {
  start();
  set("a", "k", "1");
  append();
  set("a", "l", "1");
  append();
  handler.appended(Appended::missed);
  EXPECT_THROW(handler.appended(Appended::written), std::logic_error);
}

}  // namespace
}  // namespace usermeta
