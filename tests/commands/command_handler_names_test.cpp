#include "commands/name.hpp"
#include "tests/commands/script.hpp"

// Names are looked up as of the log's head, with nothing of ours under way.

namespace usermeta {
namespace {

struct CommandHandlerNames : testing::Test, Script {
  CommandHandlerNames() {
    with_users({"a"});
    start();
  }
  Ticket add(const std::string& user, const std::string& name) {
    return submit(AddMachineUser{user, rules::machine(name)});
  }
};

using Claims = std::vector<std::pair<Name, std::string>>;

TEST_F(CommandHandlerNames, AreLookedUpFoldedAndClaimed) {
  add("b", "New");
  const auto load = wants<WantLoad>();
  EXPECT_EQ(load.names, std::vector<Name>{user_name_claim("new")});
  handler.loaded(*log.load(load.aggregates, load.names));
  const Batch batch = wants<WantAppend>().batch;
  EXPECT_EQ(batch.claims, (Claims{{user_name_claim("new"), "b"}}));
  EXPECT_TRUE(batch.releases.empty());
  lands(batch);
  EXPECT_EQ(answers(), "1: 1 at 2\n");
}

TEST_F(CommandHandlerNames, ATakenOneIsRefused) {
  add("b", "BOT-a");
  lands(append());
  EXPECT_EQ(answers(), "1: refused V3-DKcYh\n");
}

TEST_F(CommandHandlerNames, OfTwoInABatchTheFirstHasIt) {
  add("b", "new");
  add("c", "NEW");
  add("d", "other");
  const Batch batch = append();
  EXPECT_EQ(batch.claims, (Claims{{user_name_claim("new"), "b"}, {user_name_claim("other"), "d"}}));
  lands(batch);
  EXPECT_EQ(answers(), "1: 1 at 2\n2: refused V3-DKcYh\n3: 1 at 3\n");
}

TEST_F(CommandHandlerNames, ARefusedClaimIsFreeForTheNext) {
  add("a", "new");  // the id is taken
  add("b", "new");
  lands(append());
  EXPECT_EQ(answers(), "1: refused COMMAND-k2una\n2: 1 at 2\n");
}

TEST_F(CommandHandlerNames, AnIdTwiceInABatch) {
  add("b", "one");
  add("b", "two");
  const Batch batch = append();
  EXPECT_EQ(batch.claims, (Claims{{user_name_claim("one"), "b"}}));
  lands(batch);
  EXPECT_EQ(answers(), "1: 1 at 2\n2: refused COMMAND-k2una\n");
}

TEST_F(CommandHandlerNames, ARemovalFreesItForTheCommandBehind) {
  submit(RemoveUser{"a"});
  add("b", "bot-a");
  const Batch remove = append();
  EXPECT_EQ(remove.releases, std::vector<Name>{user_name_claim("bot-a")});
  EXPECT_TRUE(remove.claims.empty());
  lands(remove);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 2\n2: 1 at 3\n");
  EXPECT_EQ(log.names().at(user_name_claim("bot-a")), "b");
}

TEST_F(CommandHandlerNames, AClaimWaitsUntilNothingIsUnderWay) {
  set("a", "k", "1");
  const Batch first = append();
  add("b", "new");
  set("a", "k", "2");
  wants_nothing();  // and those behind it keep their places
  lands(first);
  const Batch second = append();
  EXPECT_EQ(second.events.size(), 2U);
  // Nothing need wait for a claim, unless it is one itself.
  set("a", "k", "3");
  set("a", "k", "4");
  const Batch third = append();
  add("c", "newer");
  wants_nothing();
  lands(second);
  wants_nothing();
  lands(third);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 2\n2: 1 at 3\n3: 3 at 4\n4: 4 at 5\n5: 5 at 6\n6: 1 at 7\n");
}

TEST_F(CommandHandlerNames, AClaimEndsTheBatchBeforeIt) {
  set("a", "k", "0");
  const Batch first = append();
  set("a", "k", "1");
  add("b", "new");
  const Batch second = append();
  EXPECT_EQ(second.events.size(), 1U);
  wants_nothing();
  lands(first);
  lands(second);
  lands(append());
}

TEST_F(CommandHandlerNames, AnotherProcessWasFaster) {
  add("b", "new");
  const Batch batch = append();
  foreign("x", rules::machine("new"));
  misses(batch);
  follow(1, true);
  lands(append());
  EXPECT_EQ(answers(), "1: refused V3-DKcYh\n");
}

// Looked up, then freed by another before the refusal was confirmed.
TEST_F(CommandHandlerNames, ARefusalIsConfirmedToo) {
  add("b", "bot-a");
  const Batch batch = append();
  EXPECT_TRUE(batch.events.empty());
  foreign("a", UserRemoved{});
  misses(batch);
  follow(1, true);
  lands(append());
  EXPECT_EQ(answers(), "1: 1 at 3\n");
}

TEST_F(CommandHandlerNames, OfUnknownOutcome) {
  add("b", "new");
  log.append(append());
  handler.outage();
  add("c", "new");
  follow(1, true);
  EXPECT_EQ(answers(), "1: 1 at 2\n");
  lands(append());
  EXPECT_EQ(answers(), "2: refused V3-DKcYh\n");
}

TEST_F(CommandHandlerNames, OfOrganisations) {
  submit(AddOrg{"1", "Acme", "7"});
  submit(AddOrg{"2", "ACME", "7"});
  const Batch first = append();
  EXPECT_EQ(first.claims, (Claims{{org_name_claim("acme"), "1"}}));
  EXPECT_EQ(first.events.at(0).owner, "1");
  wants_nothing();  // it changes access
  lands(first);
  lands(append());
  EXPECT_EQ(answers(), "1: 2 at 3\n2: refused V3-DKcYh\n");
}

}  // namespace
}  // namespace usermeta
