#include <gmock/gmock.h>

#include "support/log_databases.hpp"

namespace usermeta {
namespace {

using testing::IsEmpty;

class AppendContract : public LogContract {};
INSTANTIATE_TEST_SUITE_P(Log, AppendContract, every_log_database(), name_of_log_database);

std::vector<Position> positions(const std::vector<Recorded>& events) {
  std::vector<Position> result;
  for (const Recorded& event : events) result.push_back(event.position);
  return result;
}

TEST_P(AppendContract, AnEmptyLogHasAHeadOfZeros) {
  const Head empty = head();
  EXPECT_EQ(empty.position, 0);
  EXPECT_EQ(empty.salt, Salt{});
  EXPECT_EQ(empty.created_at, Time{});
  const Page page = read(0);
  EXPECT_TRUE(page.events.empty());
  EXPECT_TRUE(page.end);
}

TEST_P(AppendContract, PositionsCountFromOneWithoutGapsInTheOrderOfTheAppends) {
  happened({{"u1", MachineAdded{"a", "a", "", 0}}, {"u2", MachineAdded{"b", "b", "", 0}}});
  happened({{"u1", metadata_set("k", "1")}});
  happened({{"u2", UserLocked{}}, {"u1", metadata_set("k", "2")}, {"u2", UserUnlocked{}}});

  const std::vector<Recorded> all = read_all();
  EXPECT_EQ(positions(all), (std::vector<Position>{1, 2, 3, 4, 5, 6}));
  std::string order;
  for (const Recorded& event : all)
    order += event.aggregate.id + " " + std::to_string(event.sequence) + " " + event.type + "\n";
  EXPECT_EQ(order,
            "u1 1 user.machine.added\nu2 1 user.machine.added\nu1 2 user.metadata.set\nu2 2 user.locked\n"
            "u1 3 user.metadata.set\nu2 3 user.unlocked\n");
  EXPECT_EQ(head().position, 6);
}

TEST_P(AppendContract, TheHeadIsTheNewestEvent) {
  const Batch one = batch(head(), {{"u", MachineAdded{"a", "a", "", 0}}, {"u", UserLocked{}}});
  EXPECT_EQ(append(one), Appended::written);
  EXPECT_EQ(head().position, 2);
  EXPECT_EQ(head().salt, one.events.back().salt);
  EXPECT_EQ(head().created_at, one.created_at);
}

TEST_P(AppendContract, TheDateOfABatchIsThatOfItsEventsToTheMicrosecond) {
  happened({{"u", MachineAdded{"a", "a", "", 0}}, {"u", UserLocked{}}});
  const Time first = created_at - std::chrono::microseconds(1);
  created_at += std::chrono::years(80);
  happened({{"u", UserUnlocked{}}});
  const std::vector<Recorded> all = read_all();
  EXPECT_EQ(all[0].created_at, first);
  EXPECT_EQ(all[1].created_at, first);
  EXPECT_EQ(all[2].created_at, created_at - std::chrono::microseconds(1));
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GE(all[i].created_at, all[i - 1].created_at);
}

TEST_P(AppendContract, ABatchOnAnOldHeadIsMissedAndLeavesNothing) {
  happened({{"u", MachineAdded{"a", "a", "", 0}}});
  const Head old = head();
  happened({{"u", metadata_set("k", "1")}});
  const Head now = head();

  Batch late = batch(old, {{"v", MachineAdded{"b", "b", "", 0}}, {"v", UserLocked{}}});
  late.claims = {{{"user", "b"}, "v"}};
  EXPECT_EQ(append(late), Appended::missed);
  EXPECT_EQ(head().position, now.position);
  EXPECT_EQ(head().salt, now.salt);
  EXPECT_EQ(head().created_at, now.created_at);
  EXPECT_EQ(read_all().size(), 2U);
  const AggregateId v{AggregateType::user, "v"};
  EXPECT_THAT(load({{v, true, {}}}).facts, IsEmpty());
  EXPECT_THAT(load({}, {{"user", "b"}}).taken, IsEmpty());
}

TEST_P(AppendContract, AMissReleasesNoName) {
  const Head empty = head();
  Batch claiming = batch(empty, {{"u", MachineAdded{"a", "a", "", 0}}});
  claiming.claims = {{{"user", "a"}, "u"}};
  EXPECT_EQ(append(claiming), Appended::written);
  Batch late = batch(empty, {{"u", UserRemoved{}}});
  late.releases = {{"user", "a"}};
  EXPECT_EQ(append(late), Appended::missed);
  EXPECT_EQ(load({}, {{"user", "a"}}).taken.size(), 1U);
}

// Another process appended as many events as we did: the position alone would let our next batch pass.
TEST_P(AppendContract, AForeignBatchOfTheSameLengthDoesNotLetTheBatchBehindOursPass) {
  const Head empty = head();
  const Batch first = batch(empty, {{"u", MachineAdded{"a", "a", "", 0}}});
  const Batch second = batch(head_after(first), {{"u", UserLocked{}}});

  Log& other = database->open();
  Batch foreign = batch(empty, {{"w", MachineAdded{"c", "c", "", 0}}});
  foreign.created_at = first.created_at;
  EXPECT_EQ(get(begin_append(other, foreign)), Appended::written);

  const auto first_answer = begin_append(log, first);
  const auto second_answer = begin_append(log, second);
  EXPECT_EQ(get(first_answer), Appended::missed);
  EXPECT_EQ(get(second_answer), Appended::missed);
  const std::vector<Recorded> all = read_all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].aggregate.id, "w");
}

TEST_P(AppendContract, BatchesTakeEffectInTheOrderOfTheCallsWithoutWaitingForEachOther) {
  std::vector<Pending<Appended>> answers;
  Head known = head();
  for (int i = 0; i < 20; ++i) {
    const std::string id = std::to_string(i);
    const Batch next = batch(known, {{id, MachineAdded{id, id, "", 0}}, {id, UserLocked{}}});
    known = head_after(next);
    answers.push_back(begin_append(log, next));
  }
  for (const auto& answer : answers) EXPECT_EQ(get(answer), Appended::written);
  const std::vector<Recorded> all = read_all();
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].aggregate.id, std::to_string(i / 2));
}

TEST_P(AppendContract, OfTwoLogsOnTheSameHeadOneWins) {
  Log& other = database->open();
  const Head empty = head();
  const Batch ours = batch(empty, {{"u", MachineAdded{"a", "a", "", 0}}});
  const Batch theirs = batch(empty, {{"v", MachineAdded{"b", "b", "", 0}}});
  const auto one = begin_append(log, ours);
  const auto two = begin_append(other, theirs);
  EXPECT_NE(get(one), get(two));
  EXPECT_EQ(read_all().size(), 1U);
}

TEST_P(AppendContract, ABatchWithoutEventsAsksWhetherItsHeadIsTheHead) {
  const Head empty = head();
  EXPECT_EQ(append(batch(empty, {})), Appended::written);
  happened({{"u", MachineAdded{"a", "a", "", 0}}});
  EXPECT_EQ(append(batch(empty, {})), Appended::missed);
  EXPECT_EQ(append(batch(head(), {})), Appended::written);
  Head other_salt = head();
  other_salt.salt[3] = std::byte{7};
  EXPECT_EQ(append(batch(other_salt, {})), Appended::missed);
  EXPECT_EQ(head().position, 1);
  EXPECT_EQ(read_all().size(), 1U);
}

TEST_P(AppendContract, AMissedBatchCanBeAppendedOnTheNewHead) {
  const Head empty = head();
  happened({{"u", MachineAdded{"a", "a", "", 0}}});
  Batch again = batch(empty, {{"u", UserLocked{}}});
  EXPECT_EQ(append(again), Appended::missed);
  again.known = head();
  EXPECT_EQ(append(again), Appended::written);
  EXPECT_EQ(read_all().size(), 2U);
}

}  // namespace
}  // namespace usermeta
