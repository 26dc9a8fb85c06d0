#include "projections/rebuild.hpp"

#include <gmock/gmock.h>

#include "projections/rebuilder.hpp"

namespace usermeta {
namespace {

using testing::HasSubstr;

TEST_F(RebuildTest, ItMakesTheTableThatTheLogAddsUpToAndReplacesTheOldOne) {
  change(1, 200);
  sql.run(
      "INSERT INTO user_metadata VALUES ('wrong', 'k', 'v', 'o', now(), now(), 1);"
      "UPDATE projections SET failure = 'stands still'");
  Rebuilder rebuilder(conninfo);
  const Position reached = rebuilder.run().position;
  EXPECT_EQ(std::to_string(reached), sql.value("SELECT position FROM log_head"));
  EXPECT_EQ(checkpoint(), std::to_string(reached));
  EXPECT_EQ(sql.value("SELECT failure IS NULL FROM projections"), "t");
  EXPECT_NE(projected(sql), "");
  EXPECT_EQ(projected(sql), replayed(sql));
  EXPECT_EQ(tables(), "user_metadata");
}

TEST_F(RebuildTest, TheNewTableIsDeclaredAsTheMigrationsDeclareIt) {
  const std::string declared =
      "SELECT concat_ws(E'\\n', relpersistence, coalesce(reloptions::text, '-'),"
      " (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attcollation,"
      "   attnotnull, attstorage, attcompression, coalesce(attstattarget, -1), atthasdef,"
      "   coalesce(attoptions::text, '-')), ', ' ORDER BY attnum)"
      "  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),"
      " (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY pg_get_constraintdef(oid))"
      "  FROM pg_constraint WHERE conrelid = c.oid),"
      " (SELECT string_agg(regexp_replace(pg_get_indexdef(indexrelid), ' \\w+ ON', ''), ' ')"
      "  FROM pg_index WHERE indrelid = c.oid))"
      " FROM pg_class c WHERE oid = 'user_metadata'::regclass";
  change(1, 50);
  const std::string before = sql.value(declared);
  Rebuilder(conninfo).run();
  EXPECT_EQ(sql.value(declared), before);
}

TEST_F(RebuildTest, WhatWentAndCameAgainOverManyPagesIsFolded) {
  append_many();
  Rebuilder(conninfo).run();
  EXPECT_EQ(projected(sql), replayed(sql));
  EXPECT_NE(projected(sql), "");
}

TEST_F(RebuildTest, ItsProgressBeginsAtNothingAndReachesTheEnd) {
  change(1, 50);
  sql.run(
      "INSERT INTO events SELECT (SELECT position FROM log_head) + n, 'user', 'many', n, 'user.unlocked', 2,"
      " now(), 'c', 'o', 'state', '{}', '\\x00', '', '', '' FROM generate_series(1, 9000) n;"
      "UPDATE log_head SET position = position + 9000, created_at = now()");
  Rebuilder rebuilder(conninfo);
  const Position reached = rebuilder.run().position;
  const auto& progress = rebuilder.progress;
  ASSERT_GE(progress.size(), 4U);
  EXPECT_EQ(progress.front(), std::pair(Position{0}, reached));
  EXPECT_EQ(progress.back(), std::pair(reached, reached));
  for (std::size_t i = 1; i < progress.size(); ++i) EXPECT_GE(progress[i].first, progress[i - 1].first);
}

TEST_F(RebuildTest, AnEmptyLogMakesAnEmptyTable) {
  Rebuilder rebuilder(conninfo);
  EXPECT_EQ(rebuilder.run().position, 0);
  EXPECT_EQ(projected(sql), "");
}

TEST_F(RebuildTest, OneAfterTheOtherOnOneConnectionOrAnother) {
  change(1, 60);
  Rebuilder rebuilder(conninfo);
  Rebuilder another(conninfo);
  for (int i = 0; i < 2; ++i) {
    rebuilder.run();
    another.run();
  }
  EXPECT_EQ(projected(sql), replayed(sql));
  // It has all that the first one had.
  EXPECT_EQ(
      sql.value(
          "SELECT count(*) FROM pg_constraint WHERE conrelid = 'user_metadata'::regclass AND contype = 'p'"),
      "1");
}

TEST_F(RebuildTest, TheServiceGoesOnAllTheWhile) {
  Process process(conninfo);
  ReadSide reads(conninfo);
  reads.start();
  process.threads().run(random_changes(process.writer(), 1, 100));
  process.add_user("reader");
  std::atomic<bool> over{false};
  std::atomic<int> written{0};
  const auto keep_writing = [&]() -> boost::asio::awaitable<void> {
    for (unsigned seed = 2; !over; ++seed) {
      co_await random_changes(process.writer(), seed, 40);
      ++written;
    }
  };
  auto writing = process.threads().spawn(keep_writing());
  for (int i = 0; i < 5; ++i) {
    const int before = written;
    Rebuilder rebuilder(conninfo);
    auto rebuilt = rebuilder.begin();
    // Reads see what was written, before, in and after the moment of the swap.
    int round = 0;
    do {
      const std::string value = std::to_string(i) + "-" + std::to_string(round++);
      process.done(Process::set("reader", "k", value));
      EXPECT_EQ(reads.get("reader", "k", kOrg).value().value, value);
    } while (rebuilt.wait_for(std::chrono::seconds(0)) != std::future_status::ready);
    rebuilt.get();
    while (written == before) std::this_thread::yield();
  }
  over = true;
  Threads::get(std::move(writing));
  until_projected(sql);
  EXPECT_EQ(projected(sql), replayed(sql));
}

TEST_F(RebuildTest, WhatAnInterruptedOneLeftIsClearedAway) {
  change(1, 100);
  sql.run(
      "CREATE TABLE user_metadata_rebuilt (LIKE user_metadata INCLUDING ALL);"
      "INSERT INTO user_metadata_rebuilt VALUES ('left', 'over', 'v', 'o', now(), now(), 1)");
  Rebuilder(conninfo).run();
  EXPECT_EQ(projected(sql), replayed(sql));
  EXPECT_EQ(tables(), "user_metadata");
}

TEST_F(RebuildTest, OneThatLosesItsConnectionLeavesTheOldTable) {
  change(1, 100);
  sql.run("INSERT INTO user_metadata VALUES ('old', 'k', 'v', 'o', now(), now(), 1)");
  const std::string before = projected(sql);
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  Rebuilder rebuilder(conninfo);
  auto rebuilt = rebuilder.begin();
  sql.until_waiting_for_lock("rebuild test");
  sql.terminate("rebuild test");
  EXPECT_THROW(Threads::get(std::move(rebuilt)), Outage);
  holder.run("ROLLBACK");
  EXPECT_EQ(projected(sql), before);
  EXPECT_EQ(checkpoint(), "0");
  rebuilder.run();
  EXPECT_EQ(projected(sql), replayed(sql));
}

TEST_F(RebuildTest, OneThatLosesItsConnectionBetweenTwoPagesOfTheSwapLeavesTheOldTable) {
  change(1, 100);
  sql.run("INSERT INTO user_metadata VALUES ('old', 'k', 'v', 'o', now(), now(), 1)");
  const std::string before = projected(sql);
  Rebuilder rebuilder(conninfo);
  // What the swap finds in addition cannot be read before the connection has gone.
  Sql holder(conninfo);
  bool appended = false;
  rebuilder.on_progress = [&](Position done, Position of) {
    if (done < of || std::exchange(appended, true)) return;
    change(2, 50);
    holder.run("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
  };
  auto rebuilt = rebuilder.begin();
  sql.until_waiting_for_lock("%(rebuild)%");
  sql.terminate("rebuild test");
  sql.until(Sql::connections("rebuild test"), "0");
  holder.run("ROLLBACK");
  EXPECT_THROW(Threads::get(std::move(rebuilt)), Outage);
  EXPECT_TRUE(appended);
  EXPECT_EQ(projected(sql), before);
  EXPECT_EQ(checkpoint(), "0");
}

TEST_F(RebuildTest, AFailedOneLeavesItsConnectionToTheNextAtOnce) {
  change(1, 50);
  sql.run("UPDATE events SET payload = '{' WHERE type = 'user.metadata.set'");
  Rebuilder rebuilder(conninfo);
  const auto [first, second] = rebuilder.two_failures();
  EXPECT_THAT(first, HasSubstr("position "));
  EXPECT_EQ(second, first);
  // Nor does the open connection keep others out.
  EXPECT_EQ(Rebuilder(conninfo).failure(), first);
}

// The pages behind them are on their way already: those may not be kept without them.
TEST_F(RebuildTest, PagesThatCannotBeKeptAreMissedByNoneThatFollow) {
  append_many(9000);
  Rebuilder rebuilder(conninfo);
  rebuilder.on_progress = [this](Position done, Position) {
    if (done == 0) sql.run("ALTER TABLE user_metadata_sets ADD CHECK (position <> 2000)");
  };
  EXPECT_THAT(rebuilder.failure(), HasSubstr("violates check constraint"));
  EXPECT_EQ(sql.value("SELECT position FROM rebuild_progress"), "0");
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata_sets"), "0");
  EXPECT_EQ(Rebuilder(conninfo).run().position, 9000);
  EXPECT_EQ(projected(sql), replayed(sql));
}

TEST_F(RebuildTest, TwoAtOnceAreRefused) {
  change(1, 50);
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  Rebuilder first(conninfo);
  auto rebuilt = first.begin();
  sql.until_waiting_for_lock("rebuild test");
  EXPECT_THAT(Rebuilder(conninfo).failure(), HasSubstr("another rebuild is under way"));
  holder.run("COMMIT");
  EXPECT_GT(Threads::get(std::move(rebuilt)).position, 0);
  EXPECT_EQ(projected(sql), replayed(sql));
}

TEST_F(RebuildTest, AnEventThatCannotBeReadEndsItAndSaysWhere) {
  change(1, 100);
  const std::string bad = sql.value("SELECT max(position) FROM events WHERE type = 'user.metadata.set'");
  sql.run("INSERT INTO user_metadata VALUES ('old', 'k', 'v', 'o', now(), now(), 1)");
  const std::string before = projected(sql);
  Rebuilder rebuilder(conninfo);
  for (const std::string damage :
       {"revision = 3", "type = 'user.of.the.future'", "payload = '{'", "aggregate_type = 'project'"}) {
    sql.run("BEGIN; CREATE TABLE kept AS SELECT * FROM events WHERE position = " + bad +
            "; UPDATE events SET " + damage + " WHERE position = " + bad + "; COMMIT");
    EXPECT_THAT(rebuilder.failure(), HasSubstr("position " + bad)) << damage;
    EXPECT_EQ(projected(sql), before);
    EXPECT_EQ(checkpoint(), "0");
    sql.run("BEGIN; DELETE FROM events WHERE position = " + bad +
            "; INSERT INTO events SELECT * FROM kept; DROP TABLE kept; COMMIT");
  }
  EXPECT_EQ(rebuilder.failure(), "no failure");
  EXPECT_EQ(projected(sql), replayed(sql));
}

TEST_F(RebuildTest, ALogThatEndsBeforeItsHeadIsDamagedNotEndless) {
  change(1, 50);
  sql.run("UPDATE log_head SET position = position + 1");
  EXPECT_THAT(Rebuilder(conninfo).failure(), HasSubstr("before its head"));
}

}  // namespace
}  // namespace usermeta
