#include "store/pipeline.hpp"

namespace usermeta {
namespace {

using testing::HasSubstr;

TEST_F(Pipeline, AnswersComeInTheOrderOfTheCallsAndNeverWithinThem) {
  std::vector<std::int64_t> answers;
  std::promise<void> all;
  on([&] {
    for (std::int64_t i = 0; i < 300; ++i)
      pipeline->run(kEcho, number(i), [&](const std::exception_ptr& error, const PgRows& rows) {
        answers.push_back(error ? -1 : rows.int8(0, 0));
        if (answers.size() == 300) all.set_value();
      });
    EXPECT_TRUE(answers.empty());
  });
  all.get_future().get();
  for (std::int64_t i = 0; i < 300; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)], i);
}

TEST_F(Pipeline, AFailingStatementTakesNoOtherAlong) {
  EXPECT_THAT(outcomes(kDivide, {3, 0, 4, 0, 6}), testing::ElementsAre("4", "22012", "3", "22012", "2"));
}

// Without BEGIN PostgreSQL commits at the sync point, behind the statement's result.
TEST_F(Pipeline, ACommitThatFailsIsItsStatementsFailure) {
  sql.run("CREATE TABLE public.deferred (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  const PgStatement twice{"twice", "INSERT INTO deferred VALUES (1), (1)"};
  for (int i = 0; i < 2; ++i) {
    auto failing = begin(twice);
    auto behind = begin(kEcho, number(5));
    try {
      Threads::get(std::move(failing));
      FAIL() << "it was committed";
    } catch (const StatementFailed& failed) {
      EXPECT_EQ(failed.sqlstate(), "23505");
    }
    EXPECT_EQ(Threads::get(std::move(behind)).int8(0, 0), 5);
  }
}

TEST_F(Pipeline, AStatementThatCouldNotBePreparedIsPreparedAgain) {
  const PgStatement count{"count", "SELECT count(*) FROM late"};
  EXPECT_THAT(outage(begin(count)), HasSubstr("late"));
  sql.run("CREATE TABLE public.late ()");
  EXPECT_EQ(ask(count).int8(0, 0), 0);
}

// The same literal in two files may have two addresses.
TEST_F(Pipeline, AStatementIsKnownByItsNameWhereverTheNameIsKept) {
  const std::string name = "echo";
  const PgStatement again{name.c_str(), kEcho.sql};
  EXPECT_EQ(ask(kEcho, number(1)).int8(0, 0), 1);
  EXPECT_EQ(ask(again, number(2)).int8(0, 0), 2);
}

TEST_F(Pipeline, WhatWasUnderWayOnALostConnectionFailsAndTheNextConnects) {
  const std::int64_t before = ask(kPid).int8(0, 0);
  auto sleeping = begin(kSleep);
  auto behind = begin(kEcho, number(1));
  sql.until(
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
      "1");
  EXPECT_EQ(sql.terminate("test pipeline"), 1);
  EXPECT_NE(outage(std::move(sleeping)), "no outage");
  EXPECT_NE(outage(std::move(behind)), "no outage");
  EXPECT_NE(ask(kPid).int8(0, 0), before);
}

TEST_F(Pipeline, ALostIdleConnectionIsNoticedBeforeItIsUsed) {
  const std::int64_t before = ask(kPid).int8(0, 0);
  ASSERT_EQ(sql.terminate("test pipeline"), 1);
  sql.until("SELECT count(*) FROM pg_stat_activity WHERE pid = " + std::to_string(before), "0");
  // It may be used just when it goes, but not twice.
  std::int64_t after = 0;
  try {
    after = ask(kPid).int8(0, 0);
  } catch (const Outage&) {
    after = ask(kPid).int8(0, 0);
  }
  EXPECT_NE(after, before);
}

TEST_F(Pipeline, AStatementThatTakesLongerThanItsPatienceIsALostConnection) {
  open({conninfo, "impatient", "", std::chrono::milliseconds(100)});
  auto sleeping = begin(kSleep);
  EXPECT_THAT(outage(std::move(sleeping)), HasSubstr("100 ms"));
  EXPECT_EQ(ask(kEcho, number(7)).int8(0, 0), 7);
}

TEST_F(Pipeline, ManyQuickStatementsDoNotAddUpToImpatience) {
  open({conninfo, "impatient", "", std::chrono::milliseconds(1500)});
  const PgStatement nap{"nap", "SELECT pg_sleep(0.02), $1::bigint"};
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(ask(nap, number(i)).int8(0, 1), i);
}

TEST_F(Pipeline, CloseFailsWhatIsUnderWayAndWhatComesLater) {
  auto sleeping = begin(kSleep);
  sql.until(
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
      "1");
  on([this] { pipeline->close(); });
  EXPECT_THAT(outage(std::move(sleeping)), HasSubstr("stopping"));
  EXPECT_THAT(outage(begin(kEcho, number(1))), HasSubstr("stopping"));
}

TEST_F(Pipeline, CloseBeforeAnythingWasAsked) {
  on([this] { pipeline->close(); });
  EXPECT_THAT(outage(begin(kEcho, number(1))), HasSubstr("stopping"));
}

TEST_F(Pipeline, ResetRollsBackAndGoesOnWithANewConnection) {
  sql.run("CREATE TABLE public.t (n bigint)");
  ask({"begin", "BEGIN"});
  ask({"insert", "INSERT INTO t VALUES ($1)"}, number(1));
  on([this] { pipeline->reset("because"); });
  // It may come while the old connection is still being given up.
  const std::string first = outage(begin(kEcho, number(1)));
  EXPECT_TRUE(first == "because" || first == "no outage") << first;
  EXPECT_EQ(ask({"count", "SELECT count(*) FROM t"}).int8(0, 0), 0);
}

TEST_F(Pipeline, NoServerIsAnOutageThatSaysSoAndItTriesAgain) {
  open({"host=/nowhere user=x dbname=x", "lost", ""});
  EXPECT_THAT(outage(begin(kEcho, number(1))), HasSubstr("/nowhere"));
  EXPECT_THAT(outage(begin(kEcho, number(1))), HasSubstr("/nowhere"));
}

TEST_F(Pipeline, WhereItsConnectionStandsIsCounted) {
  const auto counts = std::make_shared<PgConnectionCounts>();
  // "connecting/open/lost/failed"
  const auto counted = [&] {
    return std::to_string(counts->connecting) + "/" + std::to_string(counts->open) + "/" +
           std::to_string(counts->lost) + "/" + std::to_string(counts->failed);
  };
  open({.conninfo = conninfo, .application_name = "counted", .settings = "", .counts = counts});
  EXPECT_EQ(counted(), "0/0/0/0");
  on([&] {
    pipeline->run(kEcho, number(1), [](const std::exception_ptr&, const PgRows&) {});
    EXPECT_EQ(counted(), "1/0/0/0");
  });
  ask(kEcho, number(1));
  EXPECT_EQ(counted(), "0/1/0/0");
  auto sleeping = begin(kSleep);
  sql.until("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted' AND state = 'active'",
            "1");
  EXPECT_EQ(sql.terminate("counted"), 1);
  EXPECT_NE(outage(std::move(sleeping)), "no outage");
  EXPECT_EQ(counted(), "0/0/1/0");
  ask(kEcho, number(1));
  EXPECT_EQ(counted(), "0/1/1/0");
  // Ours to close: not lost.
  on([this] { pipeline->close(); });
  outage(begin(kEcho, number(1)));
  EXPECT_EQ(counted(), "0/0/1/0");
}

TEST_F(Pipeline, AnAttemptThatFailsIsCounted) {
  const auto counts = std::make_shared<PgConnectionCounts>();
  open({.conninfo = "host=/nowhere user=x dbname=x",
        .application_name = "",
        .settings = "",
        .counts = counts});
  EXPECT_THAT(outage(begin(kEcho, number(1))), HasSubstr("/nowhere"));
  EXPECT_EQ(counts->failed, 1U);
  EXPECT_EQ(counts->lost, 0U);
  EXPECT_EQ(counts->connecting, 0);
}

TEST_F(Pipeline, ItsSessionHasItsNameAndSettings) {
  const PgRows rows = ask({"show",
                           "SELECT current_setting('application_name'), current_setting('work_mem'),"
                           " current_setting('TimeZone'), current_setting('client_encoding')"});
  EXPECT_EQ(rows.text(0, 0) + " " + rows.text(0, 1) + " " + rows.text(0, 2) + " " + rows.text(0, 3),
            "test pipeline 123kB UTC UTF8");
}

TEST_F(Pipeline, MoreThanSocketsHoldGoesOutAndComesIn) {
  const PgStatement echo{"echo_bytes", "SELECT $1::bytea"};
  const std::string large(8 << 20, 'x');
  std::vector<std::future<PgRows>> answers;
  for (int i = 0; i < 6; ++i)
    answers.push_back(begin(echo, std::move(PgParams().bytes(large + std::to_string(i)))));
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(Threads::get(std::move(answers[static_cast<std::size_t>(i)])).bytes(0, 0) ==
                large + std::to_string(i));
}

}  // namespace
}  // namespace usermeta
