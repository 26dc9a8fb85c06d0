#include "proof/log_check.hpp"

#include <gmock/gmock.h>

#include "tests/proof/signed_log.hpp"

namespace usermeta {
namespace {

using testing::HasSubstr;

class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() {
    log.add("u", MachineAdded{"bot", "Bot", "", 0});
    log.add("u", MetadataSet{"a", Value("1")});
    log.add("v", MachineAdded{"bat", "Bat", "", 0});
    log.add("u", MetadataSet{"b", Value("2")});
    log.add("v", MetadataSet{"a", Value("3")});
    log.add("u", MetadataValuesErased{"a"});
    log.add("v", MetadataValuesErased{""});
    log.add("v", MetadataSet{"a", Value("4")});
    erase_all();
  }

  void erase_all() {
    log.erase(2, 6);
    log.erase(5, 7);
  }
  // "good", or the first position that differs and how; `sizes`: of the checkpoints that are known.
  std::string verdict(const std::vector<std::size_t>& sizes = {8}) const {
    LogCheck check(log.root(8).origin, {});
    for (const std::size_t size : sizes) check.expect(log.root(size));
    for (const Evidence& evidence : log.events)
      if (const auto found = check.add(evidence)) return text(*found);
    if (const auto found = check.end(true)) return text(*found);
    EXPECT_EQ(check.tree().root(), log.tree.root());
    return "good";
  }
  static std::string text(const Difference& found) {
    return std::to_string(found.position) + ": " + found.what;
  }
  Recorded& event(std::size_t position) { return log.events.at(position - 1).event; }
  Evidence& evidence(std::size_t position) { return log.events.at(position - 1); }

  SignedLog log;
};

TEST_F(LogCheckTest, WhatWasSignedIsGood) {
  EXPECT_EQ(verdict(), "good");
  EXPECT_EQ(verdict({1, 2, 3, 4, 5, 6, 7, 8}), "good");
  EXPECT_EQ(verdict({3}), "good") << "what is behind a checkpoint is not signed yet";
  EXPECT_EQ(verdict({4, 4, 8}), "good") << "an old one may be known twice";
}

const std::string kAnother = "the event is not the one that was put into the tree";

TEST_F(LogCheckTest, AnyChangeOfAnEventIsFoundWhereItIs) {
  const SignedLog before = log;
  const auto changed = [&](std::size_t position, auto change) {
    log = before;
    change(event(position));
    return verdict();
  };
  EXPECT_EQ(changed(4, [](Recorded& e) { e.payload[8] ^= 1; }), "4: " + kAnother);
  EXPECT_EQ(changed(4, [](Recorded& e) { e.salt[3] ^= std::byte{1}; }), "4: " + kAnother);
  EXPECT_EQ(changed(3, [](Recorded& e) { e.creator = "another"; }), "3: " + kAnother);
  EXPECT_EQ(changed(1, [](Recorded& e) { e.created_at -= std::chrono::hours(1); }), "1: " + kAnother);
  EXPECT_EQ(changed(8, [](Recorded& e) { e.owner = "another"; }), "8: " + kAnother);
}

TEST_F(LogCheckTest, ALostEventIsFoundWhereItWas) {
  log.events.erase(log.events.begin() + 3);
  EXPECT_EQ(verdict(), "4: the event is missing");
}

TEST_F(LogCheckTest, AnEventThatIsThereTwice) {
  log.events.insert(log.events.begin() + 3, log.events[2]);
  EXPECT_EQ(verdict(), "3: the event is there twice");
}

TEST_F(LogCheckTest, TwoThatHaveChangedPlaces) {
  std::swap(event(4), event(5));
  std::swap(event(4).position, event(5).position);
  EXPECT_EQ(verdict(), "4: " + kAnother);
}

TEST_F(LogCheckTest, ALogThatEndsTooEarly) {
  log.events.pop_back();
  EXPECT_EQ(verdict(), "8: the log ends before it, but was signed up to position 8");
}

// The roots alone tell, and they tell between which two of them.
TEST_F(LogCheckTest, WhoeverHasNotTheKeyRewritesInVain) {
  event(4).creator = "another";
  log.hash_again();
  EXPECT_EQ(verdict(), "1: one of the events from here to position 8 is not what was signed");
  EXPECT_EQ(verdict({3, 5, 8}), "4: one of the events from here to position 5 is not what was signed");
  EXPECT_EQ(verdict({3, 4, 8}), "4: one of the events from here to position 4 is not what was signed");
}

TEST_F(LogCheckTest, ASequenceWithAGapIsFoundThoughItWasSigned) {
  SignedLog other;
  other.add("u", MachineAdded{"bot", "Bot", "", 0});
  other.add("u", UserLocked{});
  other.events[1].event.sequence = 3;
  other.hash_again();
  log = other;
  LogCheck check(log.root(2).origin, {});
  EXPECT_FALSE(check.add(log.events[0]));
  EXPECT_EQ(text(*check.add(log.events[1])), "2: the sequence 3 of users/u comes after 1");
  log.events[0].event.sequence = 2;
  log.hash_again();
  LogCheck first(log.root(2).origin, {});
  EXPECT_EQ(text(*first.add(log.events[0])), "1: the sequence 2 of users/u comes after 0");
}

TEST_F(LogCheckTest, ADateThatGoesBackIsFoundThoughItWasSigned) {
  event(5).created_at = event(4).created_at - std::chrono::microseconds(1);
  log.hash_again();
  EXPECT_EQ(verdict({}), "5: the event is dated before the one before it");
}

// The calendar repeats itself after 10,000 years, and an entry has four digits for the year.
TEST_F(LogCheckTest, ADateOfAnotherMillenniumIsFound) {
  const Time date = event(8).created_at;
  const auto moved = [&](int years) {
    const auto day = std::chrono::floor<std::chrono::days>(date);
    event(8).created_at =
        date + (std::chrono::sys_days{std::chrono::year_month_day{day} + std::chrono::years{years}} - day);
    return verdict();
  };
  EXPECT_THAT(moved(10'000), HasSubstr("8: the event at position 8 is dated outside"));
  EXPECT_THAT(moved(-10'000), HasSubstr("8: "));
  event(8).created_at = date + std::chrono::days{146'097} * 25;
  EXPECT_THAT(verdict(), HasSubstr("8: the event at position 8 is dated outside"));
  event(8).created_at = date + std::chrono::days{146'097} / 400 * 65536;
  EXPECT_THAT(verdict(), HasSubstr("8: "));
}

TEST_F(LogCheckTest, WhatIsErasedMustHaveBeenAskedFor) {
  const SignedLog before = log;
  log.erase(4, 6);
  EXPECT_THAT(verdict(), HasSubstr("4: the value is erased, but the event at position 6 has not asked"))
      << "key";
  log = before;
  log.erase(4, 8);
  EXPECT_THAT(verdict(), HasSubstr("4: the value is erased, but the event at position 8 has not asked"));
  log = before;
  log.erase(4, 7);
  EXPECT_EQ(verdict(), "5: the event is erased by one that is for another user");
  log = before;
  log.erase(8, 7);
  EXPECT_EQ(verdict(), "8: the event is erased by one that was before it");
  log = before;
  log.erase(8, 9);
  EXPECT_EQ(verdict(), "8: the value is erased by an event at position 9, which is not there");
  log = before;
  evidence(5).erased_by = 0;
  evidence(5).payload_hash.reset();
  EXPECT_EQ(verdict(), "5: " + kAnother) << "erased, and nobody says so";
  log = before;
  evidence(4).payload_hash = payload_hash(event(4).salt, event(4).payload);
  event(4).payload = R"({"key":"b","value":"eA=="})";
  EXPECT_EQ(verdict(), "4: the event counts as erased, but has more than an erased one has");
  event(4).payload = R"({"erased":true,"key":"b"})";
  EXPECT_EQ(verdict(), "4: the event is erased by one that was before it");
}

TEST_F(LogCheckTest, WhatIsErasedHasItsKeyAndNothingElse) {
  event(2).payload = R"({"key":"a","value":"Mg=="})";
  EXPECT_EQ(verdict(), "2: the event counts as erased, but has more than an erased one has");
  event(2).payload = R"({"erased":true,"key":"a" })";
  EXPECT_EQ(verdict(), "2: the event counts as erased, but has more than an erased one has");
  event(2).payload = R"({"erased":true,"key":"b"})";
  EXPECT_THAT(verdict(), HasSubstr("2: the value is erased, but the event at position 6 has not asked"));
  event(2).payload = "{";
  EXPECT_THAT(verdict(), HasSubstr("2: the event is erased, but cannot be read"));
  event(2).payload = R"({"erased":true,"key":"a"})";
  EXPECT_EQ(verdict(), "good");
  evidence(2).payload_hash->at(5) ^= std::byte{1};
  EXPECT_EQ(verdict(), "2: " + kAnother);
}

TEST_F(LogCheckTest, APartProvesTheErasuresThatItAsksForItself) {
  LogCheck check(log.root(8).origin, {});
  std::string counts;
  for (const Evidence& evidence : log.events) {
    EXPECT_FALSE(check.add(evidence));
    counts += std::to_string(check.erased()) + "/" + std::to_string(check.unasked()) + " ";
  }
  EXPECT_EQ(counts, "0/0 0/1 0/1 0/1 0/2 1/1 2/0 2/0 ");
}

TEST_F(LogCheckTest, APartIsCheckedFromWhereItBegins) {
  TreeEdge before;
  for (std::size_t i = 0; i < 3; ++i) before.add(*log.events[i].leaf);
  const auto part = [&] {
    LogCheck check(log.root(8).origin, before);
    check.expect(log.root(8));
    for (std::size_t i = 3; i < log.events.size(); ++i)
      if (const auto found = check.add(log.events[i])) return text(*found);
    const auto found = check.end(false);
    return found ? text(*found) : "good";
  };
  EXPECT_EQ(part(), "good");
  event(7).creator = "another";
  log.hash_again();
  EXPECT_EQ(part(), "4: one of the events from here to position 8 is not what was signed");
}

}  // namespace
}  // namespace usermeta
