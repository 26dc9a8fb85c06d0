#include "tests/commands/script.hpp"

// PostgreSQL goes away at each point in turn; batches under way may have been written or not.

namespace usermeta {
namespace {

using namespace std::chrono_literals;

struct CommandHandlerOutage : testing::Test, Script {
  CommandHandlerOutage() { with_users({"a", "b"}); }
};

TEST_F(CommandHandlerOutage, BeforeTheHead) {
  set("a", "k", "1");
  wants<WantHead>();
  handler.outage();
  start();
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

TEST_F(CommandHandlerOutage, WhileIdle) {
  start();
  handler.outage();
  foreign("a", rules::metadata("k", "1"));
  follow(2, true);
  unlock();
  wants_nothing();
}

TEST_F(CommandHandlerOutage, WhileLoading) {
  start();
  set("a", "k", "1");
  wants<WantLoad>();
  handler.outage();
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

TEST_F(CommandHandlerOutage, WhenLoaded) {
  start();
  set("a", "k", "1");
  load();
  handler.outage();
  foreign("a", rules::metadata("k", "1"));
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

TEST_F(CommandHandlerOutage, WhileFollowing) {
  start();
  set("a", "k", "1");
  const Batch batch = append();
  for (int i = 0; i < 3; ++i) foreign("a", rules::metadata("x", std::to_string(i)));
  misses(batch);
  wants<WantFollow>();
  handler.followed(log.read(2, 2));
  handler.outage();
  follow(4, true);  // where it was, and the lock is lost
  lands(append());
  EXPECT_EQ(answers(), "1: 5 at 6\n");
}

TEST_F(CommandHandlerOutage, WhileUnlocking) {
  start();
  handler.outage();
  follow(2, true);
  wants<WantUnlock>();
  handler.outage();
  follow(2, true);
  unlock();
  wants_nothing();
}

TEST_F(CommandHandlerOutage, ABatchThatDidNotLand) {
  start();
  set("a", "k", "1");
  append();
  handler.outage();
  EXPECT_EQ(answers(), "");
  follow(2, true);
  EXPECT_EQ(answers(), "");
  const Batch again = append();
  EXPECT_EQ(again.known.position, 2);
  lands(again);
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

TEST_F(CommandHandlerOutage, ABatchThatLanded) {
  start();
  set("a", "k", "1");
  submit(BulkSetUserMetadata{"b", {rules::entry("k", "1"), rules::entry("l", "1")}});
  set("nobody", "k", "1");
  const Batch batch = append();
  log.append(batch);
  handler.outage();
  foreign("a", rules::metadata("k", "2"));
  follow(2, true);
  EXPECT_EQ(answers(), "1: 2 at 3\n2: 3 at 5\n3: refused COMMAND-uXHNj\n");
  unlock();
  // The user's state is that after the other's event.
  set("a", "k", "1");
  lands(append());
  EXPECT_EQ(answers(), "4: 4 at 7\n");
}

// Its value may have been erased before this process is back.
TEST_F(CommandHandlerOutage, ABatchThatLandedIsKnownWithoutItsValue) {
  start();
  set("a", "k", "1");
  log.append(append());
  handler.outage();
  wants<WantFollow>();
  auto events = log.read(2, 1);
  events.at(0).salt = salt_of_erased(events.at(0).salt);
  handler.followed(events);
  handler.follow_ended();
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

// One page may end in the middle of it.
TEST_F(CommandHandlerOutage, ABatchThatLandedIsReadInPages) {
  start();
  submit(BulkSetUserMetadata{"a", {rules::entry("k", "1"), rules::entry("l", "1")}});
  log.append(append());
  handler.outage();
  wants<WantFollow>();
  handler.followed(log.read(2, 1));
  handler.outage();
  follow(3, true);
  EXPECT_EQ(answers(), "1: 3 at 4\n");
  unlock();
}

// Nothing was written, so nothing tells whether its head was the log's.
TEST_F(CommandHandlerOutage, ANoChangeIsAskedAgain) {
  foreign("a", rules::metadata("k", "1"));
  start();
  set("a", "k", "1");
  const Batch batch = append();
  log.append(batch);
  handler.outage();
  foreign("a", rules::metadata("k", "2"));
  follow(3, true);
  EXPECT_EQ(answers(), "");
  lands(append());
  EXPECT_EQ(answers(), "1: 4 at 5\n");
}

// Two under way: neither landed, the first, or both.
TEST_F(CommandHandlerOutage, TwoBatches) {
  const char* const answers_on_the_way[] = {"", "1: 2 at 3\n", "1: 2 at 3\n2: 3 at 4\n"};
  for (int landed = 0; landed < 3; ++landed) {
    Script script;
    script.with_users({"a", "b"});
    script.start();
    script.set("a", "k", "1");
    const Batch first = script.append();
    script.set("a", "k", "2");
    const Batch second = script.append();
    script.set("b", "k", "1");  // in the queue
    if (landed > 0) script.log.append(first);
    if (landed > 1) script.log.append(second);
    script.handler.outage();
    script.follow(2, true);
    EXPECT_EQ(script.answers(), answers_on_the_way[landed]) << landed;
    script.lands(script.append());
    script.wants_nothing();
    EXPECT_EQ(script.log.events().size(), 5U);
    EXPECT_EQ(script.handler.pending(), 0U);
    EXPECT_EQ(script.log.events()[2].payload, encode_payload(rules::metadata("k", "1"))) << landed;
    EXPECT_EQ(script.log.events()[3].payload, encode_payload(rules::metadata("k", "2"))) << landed;
    EXPECT_EQ(script.log.events()[4].aggregate, rules::user_id("b")) << landed;
  }
}

// It lands behind another's: then the batch under way missed, and the answer is of the second try.
TEST_F(CommandHandlerOutage, AForeignBatchCameFirst) {
  start();
  set("a", "k", "1");
  const Batch batch = append();
  foreign("a", rules::metadata("k", "1"));
  EXPECT_EQ(log.append(batch), Appended::missed);
  handler.outage();
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

// The outcomes of what was given up before the outage are not told any more.
TEST_F(CommandHandlerOutage, AfterAMissNothingIsSwallowed) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  const Batch second = append();
  foreign("a", rules::metadata("x", "1"));
  misses(first);
  handler.outage();
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 3 at 4\n2: 2 at 5\n");
}

TEST_F(CommandHandlerOutage, AfterAMissNoLoadIsSwallowed) {
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  wants<WantLoad>();
  foreign("a", rules::metadata("x", "1"));
  misses(first);
  handler.outage();
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 3 at 4\n2: 2 at 5\n");
}

// A batch of unknown outcome keeps its place before what came later, through several outages.
TEST_F(CommandHandlerOutage, AgainAndAgain) {
  start();
  set("a", "k", "1");
  append();
  set("a", "k", "2");
  append();
  handler.outage();
  set("a", "k", "3");
  for (int i = 0; i < 3; ++i) {
    wants<WantFollow>();
    handler.outage();
  }
  follow(2, true);
  append();  // unknown again
  handler.outage();
  follow(2, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n2: 3 at 4\n3: 4 at 5\n");
}

TEST_F(CommandHandlerOutage, ABatchThatLandedWhileAnotherOutageCame) {
  start();
  set("a", "k", "1");
  const Batch batch = append();
  handler.outage();
  wants<WantFollow>();
  handler.outage();
  log.append(batch);  // it may get there until the lock has returned
  follow(2, true);
  EXPECT_EQ(answers(), "1: 2 at 3\n");
}

}  // namespace
}  // namespace usermeta
