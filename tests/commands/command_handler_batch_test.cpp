#include "tests/commands/script.hpp"

// Commands become batches: what fills one, what follows another, what is answered when.

namespace usermeta {
namespace {

using namespace std::chrono_literals;

struct CommandHandlerBatch : testing::Test, Script {};

TEST_F(CommandHandlerBatch, ALoneCommandDoesNotWait) {
  with_users({"a"});
  start();
  wants_nothing();
  set("a", "k", "1");
  const auto load = wants<WantLoad>();
  ASSERT_EQ(load.aggregates.size(), 1U);
  EXPECT_EQ(load.aggregates[0].aggregate, rules::user_id("a"));
  EXPECT_TRUE(load.aggregates[0].header);
  EXPECT_EQ(load.aggregates[0].slots, std::vector<std::string>{"metadata/k"});
  EXPECT_TRUE(load.names.empty());
  wants_nothing();
  handler.loaded(*log.load(load.aggregates, load.names));
  const Batch batch = wants<WantAppend>().batch;
  EXPECT_EQ(batch.known.position, 1);
  EXPECT_EQ(describe(batch), "a 2 user.metadata.set {\"key\":\"k\",\"value\":\"MQ==\"}\n");
  EXPECT_EQ(batch.events[0].owner, rules::kOrg);
  EXPECT_EQ(batch.events[0].creator, "caller");
  wants_nothing();
  EXPECT_EQ(answers(), "");
  lands(batch);
  EXPECT_EQ(answers(), "1: 2 at 2\n");
  wants_nothing();
  EXPECT_EQ(handler.pending(), 0U);
  EXPECT_EQ(handler.head().position, 2);
}

TEST_F(CommandHandlerBatch, NothingBeforeTheHeadIsKnown) {
  with_users({"a"});
  set("a", "k", "1");
  wants<WantHead>();
  wants_nothing();
  handler.head_is(log.head());
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 2\n");
}

TEST_F(CommandHandlerBatch, WhatIsInMemoryIsNotLoadedAgain) {
  with_users({"a"});
  start();
  set("a", "k", "1");
  lands(append());
  set("a", "k", "2");
  lands(wants<WantAppend>().batch);
  set("a", "other", "1");
  const auto load = wants<WantLoad>();
  EXPECT_FALSE(load.aggregates.at(0).header);
  EXPECT_EQ(load.aggregates.at(0).slots, std::vector<std::string>{"metadata/other"});
}

TEST_F(CommandHandlerBatch, OneLoadForAllOfABatch) {
  with_users({"a", "b"});
  start();
  set("a", "k", "1");
  set("b", "k", "1");
  set("a", "l", "1");
  const auto load = wants<WantLoad>();
  ASSERT_EQ(load.aggregates.size(), 2U);
  EXPECT_EQ(load.aggregates[0].slots, (std::vector<std::string>{"metadata/k", "metadata/l"}));
  handler.loaded(*log.load(load.aggregates, load.names));
  lands(wants<WantAppend>().batch);
  EXPECT_EQ(answers(), "1: 2 at 3\n2: 2 at 4\n3: 3 at 5\n");
}

TEST_F(CommandHandlerBatch, FillsWhileOthersAreInFlight) {
  with_users({"a", "b", "c"});
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("b", "k", "1");
  const Batch second = append();
  // Two are under way: the third fills.
  set("c", "k", "1");
  set("a", "k", "2");
  wants_nothing();
  lands(first);
  const Batch third = append();
  EXPECT_EQ(third.events.size(), 2U);
  wants_nothing();
  lands(second);
  lands(third);
  EXPECT_EQ(answers(), "1: 2 at 4\n2: 2 at 5\n3: 2 at 6\n4: 3 at 7\n");
}

TEST_F(CommandHandlerBatch, TheNextRestsOnTheOneInFlight) {
  with_users({"a"});
  start();
  set("a", "k", "1");
  const Batch first = append();
  set("a", "k", "1");  // no change, if the first is written
  set("a", "k", "2");
  const Batch second = append();
  EXPECT_EQ(second.known.position, 2);
  EXPECT_EQ(second.known.salt, first.events.back().salt);
  EXPECT_EQ(describe(second), "a 3 user.metadata.set {\"key\":\"k\",\"value\":\"Mg==\"}\n");
  lands(first);
  lands(second);
  EXPECT_EQ(answers(), "1: 2 at 2\n2: 2 at 2\n3: 3 at 3\n");
}

TEST_F(CommandHandlerBatch, IsBoundedInCommands) {
  with_users({"a"});
  start();
  for (int i = 0; i < 6; ++i) set("a", "k" + std::to_string(i), "1");
  EXPECT_EQ(append().events.size(), 3U);
  EXPECT_EQ(append().events.size(), 3U);
}

TEST_F(CommandHandlerBatch, FollowsOneInFlightWhenItIsAsLarge) {
  with_users({"a"});
  start();
  set("a", "k", "1");
  set("a", "k", "2");
  const Batch first = append();
  set("a", "k", "3");
  wants_nothing();
  set("a", "k", "4");
  const Batch second = append();
  EXPECT_EQ(second.events.size(), 2U);
  lands(first);
  set("a", "k", "5");
  wants_nothing();
  lands(second);
  EXPECT_EQ(append().events.size(), 1U);
}

TEST(CommandHandlerBatchBytes, IsBounded) {
  auto options = Script::options();
  options.batch_bytes = 5000;
  Script script(options);
  script.with_users({"a"});
  script.start();
  script.set("a", "k", std::string(3000, 'v'));
  script.set("a", "l", std::string(3000, 'v'));
  script.set("a", "m", std::string(9000, 'v'));  // more than a batch: goes alone
  const Batch first = script.append();
  EXPECT_EQ(first.events.size(), 1U);
  const Batch second = script.append();
  EXPECT_EQ(second.events.size(), 1U);
  script.lands(first);
  EXPECT_EQ(script.append().events.size(), 1U);
}

TEST_F(CommandHandlerBatch, TheFirstOfAnEmptyLog) {
  start();
  submit(SetUpInstance{"i", rules::kOrg, "Acme", "a", "Admin", "9", sha256("t")});
  const Batch batch = append();
  EXPECT_EQ(batch.known.position, 0);
  EXPECT_EQ(batch.events.size(), 5U);
  EXPECT_EQ(batch.claims.size(), 2U);
  lands(batch);
  submit(SetUpInstance{"i", rules::kOrg, "Acme", "a", "Admin", "9", sha256("t")});
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 5\n2: refused \n");
}

// The answer rests on the head, so it is given when the log has confirmed it.
TEST_F(CommandHandlerBatch, NoChangeIsAnsweredWhenItIsConfirmed) {
  with_users({"a"});
  foreign("a", rules::metadata("k", "1"));
  start();
  set("a", "k", "1");
  const Batch batch = append();
  EXPECT_TRUE(batch.events.empty());
  EXPECT_EQ(batch.known.position, 2);
  EXPECT_EQ(answers(), "");
  lands(batch);
  EXPECT_EQ(answers(), "1: 2 at 2\n");
  EXPECT_EQ(log.events().size(), 2U);
}

TEST_F(CommandHandlerBatch, ARefusalIsAnsweredWhenItIsConfirmed) {
  start();
  set("nobody", "k", "1");
  const Batch batch = append();
  EXPECT_TRUE(batch.events.empty());
  EXPECT_EQ(answers(), "");
  lands(batch);
  EXPECT_EQ(answers(), "1: refused COMMAND-uXHNj\n");
}

TEST_F(CommandHandlerBatch, ARefusalStopsNoOther) {
  with_users({"a"});
  start();
  set("a", "k", "1");
  set("nobody", "k", "1");
  set("a", "l", "1");
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 2\n2: refused COMMAND-uXHNj\n3: 3 at 3\n");
}

TEST_F(CommandHandlerBatch, CarriesTheRequest) {
  with_users({"a"});
  start();
  handler.submit({SetUserMetadata{"a", rules::entry("k", "1")}, rules::kOrg, "42",
                  [](std::string_view) { return std::nullopt; }, Origin{"r-1", "00-1", "::1"}});
  const NewEvent event = append().events.at(0);
  EXPECT_EQ(event.creator, "42");
  EXPECT_EQ(event.origin.request_id, "r-1");
  EXPECT_EQ(event.origin.traceparent, "00-1");
  EXPECT_EQ(event.origin.address, "::1");
}

TEST_F(CommandHandlerBatch, EveryEventHasItsOwnSalt) {
  with_users({"a"});
  start();
  submit(BulkSetUserMetadata{"a", {rules::entry("k", "1"), rules::entry("l", "1")}});
  const Batch batch = append();
  EXPECT_NE(batch.events.at(0).salt, batch.events.at(1).salt);
}

TEST_F(CommandHandlerBatch, TimeNeverGoesBack) {
  with_users({"a"});
  start();
  now = rules::kNoon + 1h;
  set("a", "k", "1");
  const Batch first = append();
  EXPECT_EQ(first.created_at, rules::kNoon + 1h);
  now = rules::kNoon - 1h;  // the clock was set back
  set("a", "k", "2");
  const Batch second = append();
  EXPECT_EQ(second.created_at, rules::kNoon + 1h);
  lands(first);
  lands(second);
  // Another process' clock is ahead of ours.
  log.foreign(rules::user_id("a"), rules::kOrg, UserLocked{}, rules::kNoon + 2h);
  handler.catch_up();
  follow(3, false);
  set("a", "k", "3");
  EXPECT_EQ(append().created_at, rules::kNoon + 2h);
}

// The directory learns it when the batch is written; until then nobody knows who may do what.
TEST_F(CommandHandlerBatch, AnEventThatChangesAccessHoldsBackTheRest) {
  with_users({"a", "b"});
  start();
  set("a", "k", "1");
  submit(LockUser{"b"});
  set("a", "k", "2");
  const Batch first = append();
  EXPECT_EQ(first.events.size(), 2U);
  wants_nothing();
  lands(first);
  forbidden.insert(rules::kOrg);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n2: 2 at 4\n3: refused AUTH-7fs1e\n");
}

TEST_F(CommandHandlerBatch, ARefusedAccessCommandHoldsBackNothing) {
  with_users({"a"});
  start();
  submit(UnlockUser{"a"});
  submit(LockUser{"nobody"});
  set("a", "k", "1");
  EXPECT_EQ(append().events.size(), 1U);
  for (const char* value : {"2", "3", "4"}) set("a", "k", value);
  EXPECT_EQ(append().events.size(), 3U);
}

}  // namespace
}  // namespace usermeta
