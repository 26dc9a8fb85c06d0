#include <gmock/gmock.h>

#include "projections/rebuild.hpp"
#include "projections/rebuilder.hpp"
#include "support/story.hpp"

namespace usermeta {
namespace {

using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Not;

// A rebuild after one that was cut off: what it leaves can be gone on with, or not.
class RebuildResumeTest : public RebuildTest {
 protected:
  // More than a rebuild has under way: one that is cut off behind 4000 leaves something to be read.
  static constexpr Position kEnd = 9000;

  void append() {
    append_many(kEnd);
    to_the_end();
  }
  // As if the table in use had followed so far: what it lacks is not read for the comparison.
  void to_the_end() { sql.run("UPDATE projections SET position = h.position FROM log_head h"); }
  Position left_at() { return std::stol(sql.value("SELECT position FROM rebuild_progress")); }
  void expect_rebuilt() {
    EXPECT_EQ(projected(sql), replayed(sql));
    EXPECT_NE(projected(sql), "");
    EXPECT_EQ(tables(), "user_metadata");
  }
  // That it does not begin with what was left.
  void expect_anew(Rebuilder& rebuilder) {
    EXPECT_EQ(rebuilder.run().position, kEnd);
    EXPECT_EQ(rebuilder.watched.read_after.front(), 0);
    EXPECT_THAT(rebuilder.steps, Not(HasSubstr("goes on")));
    expect_rebuilt();
  }
};

TEST_F(RebuildResumeTest, ItGoesOnWhereAnotherWasCutOffWithoutReadingFromTheStart) {
  append();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  const Position left = left_at();
  EXPECT_GE(left, 4000);
  EXPECT_LT(left, kEnd);
  EXPECT_EQ(projected(sql), "");
  Rebuilder second(conninfo);
  EXPECT_EQ(second.run().position, kEnd);
  EXPECT_THAT(second.watched.read_after, Each(Ge(left)));
  EXPECT_THAT(second.steps, HasSubstr("goes on from position " + std::to_string(left) + "\n"));
  EXPECT_EQ(second.progress.front(), std::pair(left, kEnd));
  expect_rebuilt();
}

TEST_F(RebuildResumeTest, AgainAndAgainAndWithWhatIsAppendedMeanwhile) {
  append();
  for (const unsigned seed : {1U, 2U, 3U}) {
    Rebuilder rebuilder(conninfo);
    cut_off(rebuilder, 4000);
    EXPECT_GE(left_at(), 4000);
    change(seed, 20);
  }
  Rebuilder last(conninfo);
  last.run();
  EXPECT_THAT(last.watched.read_after, Each(Ge(4000)));
  expect_rebuilt();
}

TEST_F(RebuildResumeTest, ItGoesOnWithTheNewTableWhenThatIsThereAlready) {
  append();
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  Rebuilder first(conninfo);
  first.on_step = [this](const std::string& what) {
    if (what.starts_with("sorts")) change(1, 50);
  };
  auto rebuilt = first.begin();
  sql.until_waiting_for_lock("rebuild test");
  sql.terminate("rebuild test");
  EXPECT_THROW(Threads::get(std::move(rebuilt)), Outage);
  holder.run("ROLLBACK");
  EXPECT_EQ(tables(), "rebuild_progress user_metadata user_metadata_rebuilt");
  const Position left = left_at();
  EXPECT_EQ(sql.value("SELECT position FROM log_head"), std::to_string(left));
  EXPECT_GT(left, kEnd);
  change(2, 50);
  to_the_end();
  Rebuilder second(conninfo);
  second.run();
  EXPECT_THAT(second.watched.read_after, Each(Ge(left)));
  EXPECT_THAT(second.steps, Not(HasSubstr("sorts")));
  expect_rebuilt();
}

TEST_F(RebuildResumeTest, OneThatIsCutOffWhileItSortsSortsAgain) {
  append();
  Rebuilder first(conninfo);
  Sql holder(conninfo);
  // At the end of that, all of which is one transaction, what was read is dropped.
  first.on_step = [&holder](const std::string& what) {
    if (what.starts_with("sorts")) holder.run("BEGIN; LOCK TABLE user_metadata_sets IN ACCESS SHARE MODE");
  };
  auto rebuilt = first.begin();
  sql.until_waiting_for_lock("rebuild test");
  sql.terminate("rebuild test");
  EXPECT_THROW(Threads::get(std::move(rebuilt)), Outage);
  holder.run("ROLLBACK");
  EXPECT_EQ(tables(), "rebuild_progress user_metadata user_metadata_gone user_metadata_sets");
  Rebuilder second(conninfo);
  second.run();
  EXPECT_THAT(second.watched.read_after, Each(Ge(kEnd)));
  expect_rebuilt();
}

TEST_F(RebuildResumeTest, WhatAnotherProgramHasLeftIsNotGoneOnWith) {
  append();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  Rebuilder newer(conninfo);
  newer.options.program = "1.1";
  expect_anew(newer);
  EXPECT_THAT(newer.steps, HasSubstr("starts anew"));
}

TEST_F(RebuildResumeTest, NorWhatIsOfAnotherLog) {
  append();
  for (const std::string difference : {"created_at = created_at + interval '1 us'", "aggregate_id = 'other'",
                                       "sequence = sequence + 100000"}) {
    Rebuilder first(conninfo);
    cut_off(first, 4000);
    sql.run("UPDATE events SET " + difference + " WHERE position = " + std::to_string(left_at()));
    Rebuilder second(conninfo);
    EXPECT_EQ(second.run().position, kEnd) << difference;
    EXPECT_EQ(second.watched.read_after.front(), 0) << difference;
    EXPECT_THAT(second.steps, HasSubstr("starts anew"));
  }
}

TEST_F(RebuildResumeTest, NorWhatReachesBeyondTheLog) {
  append();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  sql.run("DELETE FROM events WHERE position > 3000; UPDATE log_head SET position = 3000");
  Rebuilder second(conninfo);
  EXPECT_EQ(second.run().position, 3000);
  EXPECT_EQ(second.watched.read_after.front(), 0);
  expect_rebuilt();
}

// As a crash of PostgreSQL leaves tables that are not in the write-ahead log.
TEST_F(RebuildResumeTest, NorWhatACrashHasEmptied) {
  append();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  EXPECT_EQ(sql.value("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relpersistence ="
                      " 'u' AND relkind = 'r'"),
            "rebuild_progress user_metadata_gone user_metadata_sets");
  sql.run("TRUNCATE rebuild_progress, user_metadata_gone, user_metadata_sets");
  Rebuilder second(conninfo);
  expect_anew(second);
}

TEST_F(RebuildResumeTest, NorAnythingWhenItIsToBeFresh) {
  append();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  Rebuilder second(conninfo);
  second.options.fresh = true;
  expect_anew(second);
}

TEST_F(RebuildResumeTest, WhatWasErasedMeanwhileIsNotInTheNewTable) {
  Story story(sql);
  story.many_sets("u", 4500, 3).many_sets("v", 10, 3);
  to_the_end();
  Rebuilder first(conninfo);
  cut_off(first, 4000);
  story("u", MetadataValuesErased{"k1"})("v", UserRemoved{});
  sql.run(
      "UPDATE events SET payload = '{\"erased\":true,\"key\":\"k1\"}', salt = '\\x01' WHERE aggregate_id = "
      "'u' AND slot = 'metadata/k1'");
  Rebuilder second(conninfo);
  second.run();
  EXPECT_THAT(second.watched.read_after, Each(Ge(4000)));
  EXPECT_EQ(sql.value("SELECT string_agg(user_id || key, ' ' ORDER BY key) FROM user_metadata"), "uk0 uk2");
  EXPECT_EQ(tables(), "user_metadata");
}

TEST_F(RebuildResumeTest, TwoAtOnceAreRefusedAndTheFirstGoesOn) {
  append();
  Rebuilder first(conninfo);
  std::string refused;
  first.on_progress = [&](Position done, Position) {
    if (done == 4000) refused = Rebuilder(conninfo).failure();
  };
  EXPECT_EQ(first.run().position, kEnd);
  EXPECT_THAT(refused, HasSubstr("another rebuild is under way"));
  expect_rebuilt();
}

}  // namespace
}  // namespace usermeta
