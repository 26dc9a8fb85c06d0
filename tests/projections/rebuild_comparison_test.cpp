#include "projections/rebuild_comparison.hpp"

#include <gmock/gmock.h>

#include "projections/rebuild.hpp"
#include "projections/rebuilder.hpp"
#include "support/story.hpp"

namespace usermeta {
namespace {

// SHA-256 of "1", "2" and "other".
const std::string kDigest1 = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
const std::string kDigest2 = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35";
const std::string kDigestOther = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";

// What a rebuild says of the table that it finds.
class RebuildComparisonTest : public RebuildTest {
 protected:
  RebuildComparisonTest() {
    story.set("a", "k", "1").set("b", "k", "2").set("b", "l", "2").set("c", "k", "1");
    project();
  }
  RebuildComparison compare(bool dry_run = true) {
    Rebuilder rebuilder(conninfo);
    rebuilder.options.dry_run = dry_run;
    return rebuilder.run().comparison.value();
  }
  // Each difference as a line.
  static std::string lines(const RebuildComparison& comparison) {
    const auto row = [](const std::optional<RowDifference::Row>& found) {
      return found ? std::to_string(found->sequence) + " " + found->value_digest : "nothing";
    };
    std::string text;
    for (const RowDifference& difference : comparison.first)
      text += difference.user_id + " " + difference.key + ": " + row(difference.in_use) + ", " +
              row(difference.rebuilt) + "\n";
    return text;
  }

  Story story{sql};
};

TEST_F(RebuildComparisonTest, TwoTablesOfTheSameRowsHaveTheSameSumWhateverTheirOrder) {
  sql.run("UPDATE user_metadata SET sequence = sequence WHERE user_id = 'a'");  // moves it to the end
  const RebuildComparison comparison = compare();
  EXPECT_EQ(comparison.position, 4);
  EXPECT_EQ(comparison.in_use.rows, 4);
  EXPECT_NE(comparison.in_use.checksum, 0U);
  EXPECT_EQ(comparison.in_use, comparison.rebuilt);
  EXPECT_EQ(comparison.different, 0);
  EXPECT_EQ(comparison.users_left_out, 0);
}

TEST_F(RebuildComparisonTest, WhatWasChangedByHandIsListedByADryRunAndMendedByARebuild) {
  const std::string right = projected(sql);
  sql.run(
      "UPDATE user_metadata SET value = 'other' WHERE user_id = 'a'; DELETE FROM user_metadata WHERE key ="
      " 'l'; INSERT INTO user_metadata VALUES ('d', 'k', '2', 'o', now(), now(), 7)");
  const std::string wrong = projected(sql);
  const std::string expected = "a k: 1 " + kDigestOther + ", 1 " + kDigest1 + "\n" +  //
                               "b l: nothing, 2 " + kDigest2 + "\n" +                 //
                               "d k: 7 " + kDigest2 + ", nothing\n";
  for (const bool dry_run : {true, false}) {
    EXPECT_EQ(projected(sql), wrong);
    const RebuildComparison comparison = compare(dry_run);
    EXPECT_EQ(lines(comparison), expected);
    EXPECT_EQ(comparison.different, 3);
    EXPECT_EQ(comparison.in_use.rows, 4);
    EXPECT_EQ(comparison.rebuilt.rows, 4);
    EXPECT_NE(comparison.in_use.checksum, comparison.rebuilt.checksum);
  }
  EXPECT_EQ(projected(sql), right);
  EXPECT_EQ(compare().different, 0);
}

TEST_F(RebuildComparisonTest, EveryColumnCounts) {
  for (const std::string change :
       {"value = 'other'", "owner = 'other'", "created_at = now()", "changed_at = now()", "sequence = 9"}) {
    sql.run("BEGIN; CREATE TABLE kept AS SELECT * FROM user_metadata; UPDATE user_metadata SET " + change +
            " WHERE user_id = 'c'; COMMIT");
    EXPECT_EQ(compare().different, 1) << change;
    sql.run(
        "BEGIN; TRUNCATE user_metadata; INSERT INTO user_metadata SELECT * FROM kept; DROP TABLE kept;"
        " COMMIT");
  }
  EXPECT_EQ(compare().different, 0);
}

TEST_F(RebuildComparisonTest, TheFirstTwentyAreListedAndAllAreCounted) {
  story.many_sets("many", 90, 90);
  project();
  sql.run("UPDATE user_metadata SET value = 'other'");
  const RebuildComparison comparison = compare();
  EXPECT_EQ(comparison.different, 94);
  ASSERT_EQ(comparison.first.size(), kMostDifferences);
  EXPECT_EQ(comparison.first.front().user_id, "a");
  EXPECT_EQ(comparison.first[4].key, "k0");
  EXPECT_EQ(comparison.first[5].key, "k1");
  EXPECT_EQ(comparison.first[6].key, "k10");
}

TEST_F(RebuildComparisonTest, ADryRunChangesNothing) {
  sql.run(
      "UPDATE user_metadata SET value = 'other' WHERE user_id = 'a'; UPDATE projections SET failure = 'f'");
  story.set("a", "n", "1");
  const std::string before = projected(sql);
  Rebuilder rebuilder(conninfo);
  rebuilder.options.dry_run = true;
  EXPECT_EQ(rebuilder.run().position, 5);
  EXPECT_EQ(projected(sql), before);
  EXPECT_EQ(sql.run("SELECT position, failure FROM projections"), (Sql::Rows{{"4", "f"}}));
  EXPECT_EQ(tables(), "user_metadata");
}

TEST_F(RebuildComparisonTest, WhoHasChangedSinceATableThatStandsStillIsLeftOut) {
  sql.run("UPDATE user_metadata SET value = 'other' WHERE user_id IN ('a', 'b')");
  story.set("b", "m", "1")("c", MetadataRemoved{"k"})("x", UserRemoved{});
  const RebuildComparison comparison = compare();
  EXPECT_EQ(comparison.position, 4);
  EXPECT_EQ(comparison.users_left_out, 3);
  EXPECT_EQ(lines(comparison), "a k: 1 " + kDigestOther + ", 1 " + kDigest1 + "\n");
  EXPECT_EQ(comparison.in_use.rows, 1);
  EXPECT_EQ(comparison.rebuilt.rows, 1);
}

TEST_F(RebuildComparisonTest, ATableThatClaimsMoreThanTheLogHasIsComparedWithAllOfTheLog) {
  sql.run(
      "UPDATE projections SET position = 100; UPDATE user_metadata SET value = 'other' WHERE user_id = 'a'");
  const RebuildComparison comparison = compare(false);
  EXPECT_EQ(comparison.position, 4);
  EXPECT_EQ(comparison.different, 1);
  EXPECT_EQ(checkpoint(), "4");
}

TEST_F(RebuildComparisonTest, ATableThatIsFarBehindIsNotComparedButReplaced) {
  story.many_sets("many", 100'001, 10);
  Rebuilder rebuilder(conninfo);
  const Rebuilt rebuilt = rebuilder.run();
  EXPECT_FALSE(rebuilt.comparison);
  EXPECT_EQ(rebuilt.behind, 100'001);
  EXPECT_EQ(checkpoint(), "100005");
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata"), "14");
}

// The comparison's snapshot is of another moment than the new table.
TEST_F(RebuildComparisonTest, TheNewTableIsBroughtToWhereTheOtherOneIs) {
  sql.run("UPDATE user_metadata SET value = 'other' WHERE user_id = 'a'");
  Rebuilder rebuilder(conninfo);
  rebuilder.options.dry_run = true;
  rebuilder.on_step = [this](const std::string& what) {
    if (what != "compares the tables") return;
    story.set("c", "k", "2").set("n", "k", "2")("b", MetadataRemoved{"k"});
    project();
  };
  const RebuildComparison comparison = rebuilder.run().comparison.value();
  EXPECT_EQ(comparison.position, 7);
  EXPECT_EQ(comparison.users_left_out, 0);
  EXPECT_EQ(lines(comparison), "a k: 1 " + kDigestOther + ", 1 " + kDigest1 + "\n");
}

TEST_F(RebuildComparisonTest, ItWaitsForTheProjectorThatIsAtIt) {
  ReadSide reads(conninfo);
  reads.start();
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  story.set("c", "k", "2");
  sql.until_waiting_for_lock("usermeta project%");
  Rebuilder rebuilder(conninfo);
  rebuilder.options.dry_run = true;
  rebuilder.on_step = [&](const std::string& what) {
    if (what == "compares the tables") holder.run("COMMIT");
  };
  const RebuildComparison comparison = rebuilder.run().comparison.value();
  EXPECT_EQ(comparison.position, 5);
  EXPECT_EQ(comparison.users_left_out, 0);
  EXPECT_EQ(comparison.different, 0);
}

TEST_F(RebuildComparisonTest, TheServiceIsNotHeldUpByIt) {
  Rebuilder rebuilder(conninfo);
  rebuilder.options.dry_run = true;
  // The comparison waits for this one in the middle, and nobody for the comparison.
  Sql holder(conninfo);
  rebuilder.on_step = [&](const std::string& what) {
    if (what == "compares the tables")
      holder.run("BEGIN; LOCK TABLE user_metadata_rebuilt IN ACCESS EXCLUSIVE MODE");
  };
  auto rebuilt = rebuilder.begin();
  sql.until_waiting_for_lock("rebuild test");
  story.set("c", "k", "2");
  project();
  EXPECT_EQ(checkpoint(), "5");
  holder.run("COMMIT");
  const RebuildComparison comparison = Threads::get(std::move(rebuilt)).comparison.value();
  EXPECT_EQ(comparison.position, 4);
  EXPECT_EQ(comparison.different, 0);
}

}  // namespace
}  // namespace usermeta
