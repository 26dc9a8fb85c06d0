#include "tests/commands/script.hpp"

// Too late and too much.

namespace usermeta {
namespace {

using namespace std::chrono_literals;

constexpr CommandHandler::Deadline kSoon{1s};
constexpr CommandHandler::Deadline kLater{2s};

struct CommandHandlerDeadline : testing::Test, Script {
  CommandHandlerDeadline() {
    with_users({"a"});
    start();
  }
};

TEST_F(CommandHandlerDeadline, InTheQueueItNeverBegins) {
  set("a", "k", "1", kSoon);
  set("a", "k", "2", kLater);
  handler.expire(kSoon - 1ns);
  EXPECT_EQ(answers(), "");
  handler.expire(kSoon);
  EXPECT_EQ(answers(), "1: unavailable\n");
  EXPECT_EQ(handler.pending(), 1U);
  lands(append());
  EXPECT_EQ(answers(), "2: 2 at 2\n");
  EXPECT_EQ(log.events().size(), 2U);
}

TEST_F(CommandHandlerDeadline, AllOfTheQueue) {
  set("a", "k", "1", kSoon);
  handler.expire(kLater);
  wants_nothing();
  EXPECT_EQ(answers(), "1: unavailable\n");
}

TEST_F(CommandHandlerDeadline, WhileItsLoadIsUnderWayItNeverBegins) {
  set("a", "k", "1", kSoon);
  set("a", "l", "1");
  const auto load = wants<WantLoad>();
  handler.expire(kSoon);
  EXPECT_EQ(answers(), "1: unavailable\n");
  handler.loaded(*log.load(load.aggregates, load.names));
  const Batch batch = wants<WantAppend>().batch;
  EXPECT_EQ(batch.events.size(), 1U);
  lands(batch);
  EXPECT_EQ(answers(), "2: 2 at 2\n");
}

TEST_F(CommandHandlerDeadline, InFlightItMayLand) {
  set("a", "k", "1", kSoon);
  const Batch batch = append();
  handler.expire(kSoon);
  EXPECT_EQ(answers(), "1: unavailable\n");
  EXPECT_EQ(handler.pending(), 0U);
  lands(batch);
  EXPECT_EQ(answers(), "");
  EXPECT_EQ(handler.pending(), 0U);
  EXPECT_EQ(log.events().size(), 2U);
}

TEST_F(CommandHandlerDeadline, AfterAMissItIsNotTriedAgain) {
  set("a", "k", "1", kSoon);
  set("a", "l", "1");
  const Batch batch = append();
  handler.expire(kSoon);
  foreign("a", rules::metadata("x", "1"));
  misses(batch);
  follow(1, true);
  const Batch again = append();
  EXPECT_EQ(describe(again), "a 3 user.metadata.set {\"key\":\"l\",\"value\":\"MQ==\"}\n");
  lands(again);
  EXPECT_EQ(answers(), "1: unavailable\n2: 3 at 3\n");
}

TEST_F(CommandHandlerDeadline, OfUnknownOutcomeItIsAnsweredOnce) {
  for (const bool landed : {false, true}) {
    Script script;
    script.with_users({"a"});
    script.start();
    script.set("a", "k", "1", kSoon);
    const Batch batch = script.append();
    if (landed) script.log.append(batch);
    script.handler.outage();
    script.handler.expire(kSoon);
    EXPECT_EQ(script.answers(), "1: unavailable\n");
    script.follow(1, true);
    script.unlock();
    EXPECT_EQ(script.answers(), "");
    EXPECT_EQ(script.log.events().size(), landed ? 2U : 1U);
  }
}

// While the log is away commands come and expire: what was answered is not kept.
TEST_F(CommandHandlerDeadline, WhatWasAnsweredIsNotKept) {
  handler.outage();
  wants<WantFollow>();
  const Ticket late = set("a", "k", std::string(1000, 'v'), kSoon);
  const Ticket other = set("a", "k", std::string(1000, 'v'), kLater);
  handler.expire(kSoon);
  EXPECT_FALSE(keeps(late));
  EXPECT_TRUE(keeps(other));
}

SetUserMetadata set_of(std::size_t bytes) {
  return {"a", rules::entry("k", std::string(bytes, 'v'))};
}

CommandRequest request_of(const Command& command) {
  return {command, rules::kOrg, "caller", [](std::string_view) { return std::nullopt; }, {}, kSoon};
}

CommandHandler::Options few(std::size_t commands, std::size_t bytes) {
  auto options = Script::options();
  options.pending_commands = commands;
  options.pending_bytes = bytes;
  return options;
}

TEST(CommandHandlerOverload, ByCount) {
  Script script(few(2, 1 << 20));
  EXPECT_TRUE(script.handler.submit(request_of(set_of(1))));
  EXPECT_TRUE(script.handler.submit(request_of(set_of(1))));
  EXPECT_FALSE(script.handler.submit(request_of(set_of(1))));
  EXPECT_EQ(script.handler.pending(), 2U);
  script.handler.expire(kSoon);
  EXPECT_TRUE(script.handler.submit(request_of(set_of(1))));
}

TEST(CommandHandlerOverload, CountsWhatIsInFlight) {
  Script script(few(1, 1 << 20));
  script.with_users({"a"});
  script.start();
  EXPECT_TRUE(script.handler.submit(request_of(set_of(1))));
  const Batch batch = script.append();
  EXPECT_FALSE(script.handler.submit(request_of(set_of(1))));
  script.lands(batch);
  EXPECT_TRUE(script.handler.submit(request_of(set_of(1))));
}

TEST(CommandHandlerOverload, ByBytes) {
  Script script(few(100, 10'000));
  EXPECT_TRUE(script.handler.submit(request_of(set_of(5000))));
  EXPECT_FALSE(script.handler.submit(request_of(set_of(5000))));
  EXPECT_TRUE(script.handler.submit(request_of(set_of(3000))));
  script.handler.expire(kSoon);
  EXPECT_TRUE(script.handler.submit(request_of(set_of(9000))));
}

// Otherwise it would never be taken at all.
TEST(CommandHandlerOverload, ALoneCommandIsTakenWhateverItsSize) {
  Script script(few(1, 10));
  EXPECT_TRUE(script.handler.submit(request_of(set_of(5000))));
  EXPECT_FALSE(script.handler.submit(request_of(set_of(1))));
}

TEST(CommandHandlerOverload, CountsEveryKindOfLongText) {
  const std::string text(6000, 'x');
  const Command commands[] = {
      set_of(6000),
      SetUserMetadata{"a", rules::entry(text, "v")},
      BulkSetUserMetadata{
          "a", {rules::entry("k", std::string(3000, 'v')), rules::entry("l", std::string(3000, 'v'))}},
      BulkRemoveUserMetadata{"a", {text}},
      AddOrgMember{"a", {text}},
      AddInstanceMember{"a", {text}},
  };
  for (const Command& command : commands) {
    Script script(few(100, 10'000));
    EXPECT_TRUE(script.handler.submit(request_of(command)));
    EXPECT_FALSE(script.handler.submit(request_of(command))) << command.index();
  }
}

}  // namespace
}  // namespace usermeta
