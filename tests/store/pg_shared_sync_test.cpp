#include "store/pipeline.hpp"

namespace usermeta {
namespace {

using testing::Each;
using testing::ElementsAre;

// PostgreSQL's clock stands still up to the sync point.
constexpr PgStatement kClock{"clock",
                             "SELECT $1::bigint * 0 + (extract(epoch FROM now()) * 1000000)::bigint"};

class SharedSyncPoint : public Pipeline {
 protected:
  void SetUp() override {
    open({.conninfo = conninfo, .application_name = "test pipeline", .settings = "", .shares_syncs = true});
  }
};

TEST_F(SharedSyncPoint, IsThatOfAllStatementsOfOneTurn) {
  ask(kClock, number(0));  // prepares it
  const auto clocks = outcomes(kClock, {1, 2, 3});
  EXPECT_THAT(clocks, Each(clocks.front()));
  EXPECT_NE(outcomes(kClock, {1}), std::vector{clocks.front()});
}

TEST_F(SharedSyncPoint, LetsAFailingStatementTakeNoOtherAlong) {
  EXPECT_THAT(outcomes(kDivide, {3}), ElementsAre("4"));  // prepares it
  EXPECT_THAT(outcomes(kDivide, {3, 0, 4, 0, 6}), ElementsAre("4", "22012", "3", "22012", "2"));
}

TEST_F(SharedSyncPoint, FailsAllWhenItsCommitFails) {
  sql.run("CREATE TABLE public.deferred (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  const PgStatement add{"add", "INSERT INTO deferred VALUES ($1::bigint)"};
  EXPECT_THAT(outcomes(add, {0}), ElementsAre("done"));  // prepares it
  EXPECT_THAT(outcomes(add, {1, 2, 2}), ElementsAre("23505", "23505", "23505"));
  EXPECT_EQ(sql.value("SELECT count(*) FROM public.deferred"), "1");
}

TEST_F(SharedSyncPoint, IsLostWithItsConnectionAndNoneLaterIs) {
  const std::int64_t before = ask(kPid).int8(0, 0);
  ask(kEcho, number(0));
  auto sleeping = begin(kSleep);
  std::vector<std::future<PgRows>> behind;
  for (int i = 0; i < 3; ++i) behind.push_back(begin(kEcho, number(i)));
  sql.until(
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
      "1");
  EXPECT_EQ(sql.terminate("test pipeline"), 1);
  EXPECT_NE(outage(std::move(sleeping)), "no outage");
  for (auto& answer : behind) EXPECT_NE(outage(std::move(answer)), "no outage");
  EXPECT_NE(ask(kPid).int8(0, 0), before);
  EXPECT_THAT(outcomes(kDivide, {3, 0, 4}), ElementsAre("4", "22012", "3"));
  EXPECT_EQ(ask(kEcho, number(7)).int8(0, 0), 7);
}

}  // namespace
}  // namespace usermeta
