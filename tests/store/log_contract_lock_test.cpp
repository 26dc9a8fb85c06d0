#include "support/log_databases.hpp"

namespace usermeta {
namespace {

class LockContract : public LogContract {
 protected:
  Log& other = database->open();
};
INSTANTIATE_TEST_SUITE_P(Log, LockContract, every_log_database(), name_of_log_database);

TEST_P(LockContract, ALockTellsTheHead) {
  happened({{"u", UserLocked{}}});
  const Head locked = lock(log);
  EXPECT_EQ(locked.position, 1);
  EXPECT_EQ(locked.salt, head().salt);
  unlock(log);
}

TEST_P(LockContract, AnotherLogsAppendWaitsUntilTheLocksHolderHasAppended) {
  const Head empty = head();
  lock(log);
  const auto theirs = begin_append(other, batch(empty, {{"w", UserLocked{}}}));
  database->until_waiting();
  EXPECT_FALSE(theirs.answered());
  EXPECT_EQ(append(batch(empty, {{"u", UserLocked{}}})), Appended::written);
  EXPECT_EQ(get(theirs), Appended::missed);
  EXPECT_EQ(head(other).position, 1);
  // And the append has released it.
  EXPECT_EQ(get(begin_append(other, batch(head(), {{"w2", UserLocked{}}}))), Appended::written);
}

TEST_P(LockContract, AnotherLogsAppendGoesOnWhenTheLockIsGivenBack) {
  const Head empty = head();
  lock(log);
  const auto theirs = begin_append(other, batch(empty, {{"w", UserLocked{}}}));
  database->until_waiting();
  EXPECT_FALSE(theirs.answered());
  unlock(log);
  EXPECT_EQ(get(theirs), Appended::written);
}

TEST_P(LockContract, ABatchWithoutEventsGivesTheLockBackToo) {
  const Head empty = head();
  lock(log);
  EXPECT_EQ(append(batch(empty, {})), Appended::written);
  EXPECT_EQ(get(begin_append(other, batch(empty, {{"w", UserLocked{}}}))), Appended::written);
}

TEST_P(LockContract, ALockWaitsForAnothers) {
  lock(log);
  const auto theirs = begin_lock(other);
  database->until_waiting();
  EXPECT_FALSE(theirs.answered());
  EXPECT_EQ(append(batch(Head{}, {{"u", UserLocked{}}})), Appended::written);
  EXPECT_EQ(get(theirs).position, 1);
  unlock(other);
}

TEST_P(LockContract, ReadingGoesOnUnderALock) {
  happened({{"u", UserLocked{}}});
  lock(log);
  EXPECT_EQ(head(other).position, 1);
  const Pending<Page> page;
  other.read(0, page.done());
  EXPECT_EQ(get(page).events.size(), 1U);
  unlock(log);
}

TEST_P(LockContract, LockingTurnByTurnCountsOn) {
  for (int i = 0; i < 5; ++i)
    for (Log* turn : {&log, &other}) {
      const Head known = lock(*turn);
      EXPECT_EQ(get(begin_append(*turn, batch(known, {{"u", UserLocked{}}}))), Appended::written);
    }
  EXPECT_EQ(head().position, 10);
}

}  // namespace
}  // namespace usermeta
