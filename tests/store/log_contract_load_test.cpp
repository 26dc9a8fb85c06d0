#include <gmock/gmock.h>

#include "support/log_databases.hpp"

namespace usermeta {
namespace {

class LoadContract : public LogContract {
 protected:
  // The facts, one a line: "ID SEQUENCE TYPE".
  std::string facts(std::vector<Needed> needed) {
    std::string text;
    for (const Fact& fact : load(std::move(needed)).facts)
      text += fact.aggregate.id + " " + std::to_string(fact.sequence) + " " +
              std::string(type_of(fact.event).name) + "\n";
    return text;
  }
};
INSTANTIATE_TEST_SUITE_P(Log, LoadContract, every_log_database(), name_of_log_database);

AggregateId user(const std::string& id) {
  return {AggregateType::user, id};
}

TEST_P(LoadContract, AHeaderIsFirstLastAndTheLastOfEachPartThatStatesAreMadeOf) {
  happened({{"u", HumanAdded{"ada", "Ada", "L", "", "", "", 1, "a@b.c"}},
            {"u", HumanEmailVerified{}},
            {"u", UserLocked{}},
            {"u", UserUnlocked{}},
            {"u", metadata_set("a", "1")},
            {"u", MetadataRemovedAll{}},
            {"u", metadata_set("a", "2")},
            {"u", metadata_set("b", "3")},
            {"u", PatRemoved{"t1"}},
            {"u", PatRemoved{"t2"}}});
  EXPECT_EQ(facts({{user("u"), true, {}}}),
            "u 1 user.human.added\nu 2 user.human.email.verified\nu 4 user.unlocked\n"
            "u 6 user.metadata.removed.all\nu 8 user.metadata.set\nu 10 user.pat.removed\n");
}

TEST_P(LoadContract, OneEventThatIsAllOfAHeaderComesOnce) {
  happened({{"u", MachineAdded{"bot", "", "", 0}}});
  EXPECT_EQ(facts({{user("u"), true, {"state", "metadata"}}}), "u 1 user.machine.added\n");
}

TEST_P(LoadContract, ASlotIsItsLastEvent) {
  happened({{"u", MachineAdded{"bot", "", "", 0}},
            {"u", metadata_set("a", "1")},
            {"u", metadata_set("b", "1")},
            {"u", metadata_set("a", "2")},
            {"u", MetadataRemoved{"b"}},
            {"u", metadata_set("", "x")}});
  EXPECT_EQ(facts({{user("u"), false, {metadata_slot("a")}}}), "u 4 user.metadata.set\n");
  EXPECT_EQ(facts({{user("u"), false, {metadata_slot("b"), metadata_slot("a")}}}),
            "u 4 user.metadata.set\nu 5 user.metadata.removed\n");
  EXPECT_EQ(facts({{user("u"), false, {metadata_slot("c"), "metadata", token_slot("t")}}}), "");
}

TEST_P(LoadContract, AFactSaysWhoseAndWhen) {
  happened({{"u", MachineAdded{"bot", "Bot", "does", 1}}});
  const Loaded loaded = load({{user("u"), true, {}}});
  ASSERT_EQ(loaded.facts.size(), 1U);
  const Fact& fact = loaded.facts[0];
  EXPECT_EQ(fact.owner, "org");
  EXPECT_EQ(fact.created_at, head().created_at);
  const auto& added = std::get<MachineAdded>(fact.event);
  EXPECT_EQ(added.user_name + added.name + added.description, "botBotdoes");
  EXPECT_EQ(added.access_token_type, 1);
}

TEST_P(LoadContract, AValueComesByItsDigestOnly) {
  std::string bytes;
  for (int i = 0; i < 500'000; ++i) bytes += static_cast<char>(i % 251 + (i >> 8));
  happened({{"u", metadata_set("k \"☃\"\\", bytes)}});
  const Loaded loaded = load({{user("u"), false, {metadata_slot("k \"☃\"\\")}}});
  ASSERT_EQ(loaded.facts.size(), 1U);
  const auto& set = std::get<MetadataSet>(loaded.facts[0].event);
  EXPECT_EQ(set.key, "k \"☃\"\\");
  EXPECT_EQ(set.value.bytes(), "");
  EXPECT_EQ(set.value.digest(), sha256(bytes));
}

TEST_P(LoadContract, AValueThatIsErasedIsNone) {
  happened({{"u", MetadataSet{"k", Value(""), true}}});
  const Loaded loaded = load({{user("u"), false, {metadata_slot("k")}}});
  ASSERT_EQ(loaded.facts.size(), 1U);
  const auto& set = std::get<MetadataSet>(loaded.facts[0].event);
  EXPECT_EQ(set.key, "k");
  EXPECT_TRUE(set.erased);
}

TEST_P(LoadContract, WhatDoesNotExistHasNoFacts) {
  happened({{"u", MachineAdded{"bot", "", "", 0}}});
  EXPECT_EQ(facts({{user("x"), true, {"state"}}}), "");
  EXPECT_EQ(facts({{{AggregateType::org, "u"}, true, {"state"}}}), "");
  EXPECT_EQ(facts({}), "");
}

TEST_P(LoadContract, AggregatesOfOneIdAndAnotherTypeAreOthers) {
  happened({{"1", OrgAdded{"o"}}, {"1", MachineAdded{"bot", "", "", 0}}, {"1", InstanceAdded{"i"}}});
  EXPECT_EQ(facts({{{AggregateType::org, "1"}, true, {}}}), "1 1 org.added\n");
  EXPECT_EQ(facts({{user("1"), true, {}}}), "1 1 user.machine.added\n");
}

TEST_P(LoadContract, LoadsAreAnsweredInTheOrderOfTheCalls) {
  happened({{"u", MachineAdded{"bot", "", "", 0}}});
  const std::vector<std::vector<Needed>> asked{
      {{user("u"), true, {"state"}}}, {}, {{user("u"), false, {"state"}}}, {{user("x"), true, {}}}};
  std::vector<std::size_t> answered;
  Pending<Loaded> last;
  for (std::size_t i = 0; i < asked.size(); ++i)
    log.load(asked[i], {{"user", "bot"}},
             [&answered, i, last](const std::exception_ptr& error, Loaded loaded) {
               answered.push_back(i);
               if (answered.size() == 4) last.done()(error, std::move(loaded));
             });
  get(last);
  EXPECT_THAT(answered, testing::ElementsAre(0, 1, 2, 3));
}

TEST_P(LoadContract, ManyAggregatesComeInOneAnswerByAggregateAndSequence) {
  std::vector<std::pair<std::string, Event>> events;
  std::vector<Needed> needed;
  for (int i = 0; i < 300; ++i) {
    const std::string id = "u" + std::to_string(1000 + (i * 7) % 300);
    events.emplace_back(id, MachineAdded{id, "", "", 0});
    events.emplace_back(id, metadata_set("k", id));
    needed.push_back({user(id), i % 2 == 0, {metadata_slot("k")}});
  }
  happened(events);
  const Loaded loaded = load(needed);
  EXPECT_EQ(loaded.facts.size(), 450U);
  for (std::size_t i = 1; i < loaded.facts.size(); ++i)
    EXPECT_LT(std::tie(loaded.facts[i - 1].aggregate, loaded.facts[i - 1].sequence),
              std::tie(loaded.facts[i].aggregate, loaded.facts[i].sequence));
}

}  // namespace
}  // namespace usermeta
