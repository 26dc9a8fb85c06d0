#include "commands/command_figures.hpp"

#include "tests/commands/script.hpp"

// What is counted for those who watch.

namespace usermeta {
namespace {

CommandHandler::Options of_two() {
  CommandHandler::Options options = Script::options();
  options.pending_commands = 2;
  return options;
}

struct CommandFiguresTest : testing::Test, Script {
  CommandFiguresTest() { with_users({"a", "b"}); }

  // "queued 1, in flight 2"
  std::string commands() const {
    const CommandFigures figures = handler.figures();
    EXPECT_EQ(figures.queued.commands + figures.in_flight.commands, handler.pending());
    return "queued " + std::to_string(figures.queued.commands) + ", in flight " +
           std::to_string(figures.in_flight.commands);
  }
};

TEST_F(CommandFiguresTest, ACommandIsQueuedThenInFlightThenGone) {
  start();
  EXPECT_EQ(commands(), "queued 0, in flight 0");
  set("a", "k", "1");
  EXPECT_EQ(commands(), "queued 1, in flight 0");
  const auto wanted = wants<WantLoad>();
  EXPECT_EQ(commands(), "queued 1, in flight 0");
  handler.loaded(*log.load(wanted.aggregates, wanted.names));
  const Batch batch = append();
  EXPECT_EQ(commands(), "queued 0, in flight 1");
  set("b", "k", "1");
  EXPECT_EQ(commands(), "queued 1, in flight 1");
  lands(batch);
  EXPECT_EQ(commands(), "queued 1, in flight 0");
}

TEST_F(CommandFiguresTest, BytesAreThoseOfTheCommands) {
  start();
  set("a", "k", "1");
  const std::size_t small = handler.figures().queued.bytes;
  EXPECT_GT(small, 0U);
  const Batch batch = append();
  EXPECT_EQ(handler.figures().in_flight.bytes, small);
  set("a", "k", std::string(1001, 'x'));
  EXPECT_EQ(handler.figures().queued.bytes, small + 1000);
  EXPECT_EQ(handler.figures().in_flight.bytes, small);
  lands(batch);
  lands(append());
  EXPECT_EQ(handler.figures().queued.bytes + handler.figures().in_flight.bytes, 0U);
}

TEST_F(CommandFiguresTest, WhatWasAnsweredByItsDeadlineCountsNoMore) {
  start();
  const auto past = Deadline::min();
  set("a", "k", "1", past);
  append();
  set("a", "k", "2", past);
  handler.expire(Deadline{});
  EXPECT_EQ(commands(), "queued 0, in flight 0");
}

TEST_F(CommandFiguresTest, OfUnknownOutcomeACommandIsInFlight) {
  start();
  set("a", "k", "1");
  append();
  handler.outage();
  EXPECT_EQ(commands(), "queued 0, in flight 1");
  follow(2, true);
  EXPECT_EQ(commands(), "queued 1, in flight 0");
  EXPECT_EQ(handler.figures().since.conflicts, 0U);
}

TEST_F(CommandFiguresTest, AMissIsAConflictHoweverManyBatchesItTakesAlong) {
  start();
  set("a", "k", "1");
  set("b", "k", "1");
  const Batch first = append();
  set("a", "k", "2");
  set("a", "k", "3");
  const Batch second = append();
  set("b", "k", "2");  // never decided, so not retried either
  foreign("a", rules::metadata("l", "1"));
  misses(first);
  EXPECT_EQ(handler.figures().since.conflicts, 1U);
  EXPECT_EQ(handler.figures().since.retried, 4U);
  misses(second);
  follow(2, true);
  lands(append());
  EXPECT_EQ(handler.figures().since.conflicts, 1U);
  EXPECT_EQ(handler.figures().since.retried, 4U);
}

TEST_F(CommandFiguresTest, AHitIsAnAggregateOfWhichNothingIsMissing) {
  start();
  const auto hits_and_misses = [this] {
    const CommandFigures::Since since = handler.figures().since;
    return std::to_string(since.cache_hits) + "/" + std::to_string(since.cache_misses);
  };
  set("a", "k", "1");
  lands(append());
  EXPECT_EQ(hits_and_misses(), "0/1");
  set("a", "k", "2");
  lands(append());
  EXPECT_EQ(hits_and_misses(), "1/1");
  set("a", "other", "1");  // the user is there, the key is not
  set("a", "k", "3");
  lands(append());
  EXPECT_EQ(hits_and_misses(), "2/2");
}

TEST_F(CommandFiguresTest, TheCacheAndTheHead) {
  start();
  EXPECT_EQ(handler.figures().cache_entries, 0U);
  EXPECT_EQ(handler.figures().head, 2);
  set("a", "k", "1");
  lands(append());
  EXPECT_EQ(handler.figures().cache_entries, 1U);
  EXPECT_EQ(handler.figures().cache_bytes, handler.cache().bytes());
  EXPECT_GT(handler.figures().cache_bytes, 0U);
  EXPECT_EQ(handler.figures().head, 3);
}

TEST(CommandFiguresOfFew, WhatIsNotTakenIsCounted) {
  Script script(of_two());
  script.with_users({"a"});
  script.start();
  script.set("a", "k", "1");
  script.set("a", "k", "2");
  const auto more = [&] {
    return script.handler.submit({SetUserMetadata{"a", {"k", Value("3")}}, rules::kOrg, "caller", {}, {}});
  };
  EXPECT_FALSE(more());
  EXPECT_FALSE(more());
  EXPECT_EQ(script.handler.figures().since.refused, 2U);
  EXPECT_EQ(script.handler.figures().queued.commands, 2U);
}

}  // namespace
}  // namespace usermeta
