#include <mutex>

#include <gmock/gmock.h>

#include "support/load.hpp"
#include "support/log_databases.hpp"
#include "support/read_side.hpp"

namespace usermeta {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ProjectorTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};

  void change(Process& process, unsigned seed, int commands) {
    process.threads().run(random_changes(process.writer(), seed, commands));
  }
  void expect_projected() {
    until_projected(sql);
    EXPECT_EQ(projected(sql), replayed(sql));
    EXPECT_NE(projected(sql), "");
  }
  // The next event in the log as another program leaves it.
  void insert(const std::string& aggregate_type, const std::string& type, int revision,
              const std::string& payload) {
    sql.run("INSERT INTO events SELECT position + 1, '" + aggregate_type +
            "', 'u1-0',"
            " (SELECT count(*) + 1 FROM events WHERE aggregate_id = 'u1-0'), '" +
            type + "', " + std::to_string(revision) + ", created_at, 'c', '" + kOrg + "', 'metadata/k', '" +
            payload +
            "', decode(lpad(to_hex(position + 1), 32, 'f'), 'hex'), '', '', '' FROM log_head;"
            "UPDATE log_head SET position = position + 1, salt = decode(lpad(to_hex(position + 1), 32, 'f'), "
            "'hex')");
  }
  std::string checkpoint() { return sql.value("SELECT position FROM projections"); }
  void until_standing_still() { sql.until("SELECT failure IS NOT NULL FROM projections", "t"); }
};

TEST_F(ProjectorTest, TheTableIsWhatTheLogAddsUpTo) {
  ReadSide reads(conninfo);
  reads.start();
  Process process(conninfo);
  for (unsigned seed = 1; seed <= 4; ++seed) change(process, seed, 120);
  expect_projected();
}

TEST_F(ProjectorTest, EventsFromBeforeItsStartAreProjectedInPages) {
  Process process(conninfo);
  change(process, 1, 100);
  sql.run(
      "INSERT INTO events SELECT (SELECT position FROM log_head) + n, 'user', 'many', n, "
      "'user.metadata.set', 2,"
      " now(), 'c', 'o', 'metadata/k', '{\"key\":\"k' || n % 50 || '\",\"value\":\"' ||"
      " encode(n::text::bytea, 'base64') || '\"}', '\\x00', '', '', '' FROM generate_series(1, 2500) n;"
      "UPDATE log_head SET position = position + 2500, created_at = now()");
  ReadSide reads(conninfo);
  reads.start();
  expect_projected();
}

TEST_F(ProjectorTest, RebuildingFromZeroGivesTheSameTable) {
  Process process(conninfo);
  change(process, 1, 150);
  {
    ReadSide reads(conninfo);
    reads.start();
    expect_projected();
  }
  const std::string before = projected(sql);
  sql.run("TRUNCATE user_metadata; UPDATE projections SET position = 0");
  ReadSide reads(conninfo);
  reads.start();
  until_projected(sql);
  EXPECT_EQ(projected(sql), before);
}

TEST_F(ProjectorTest, KilledConnectionsUnderLoadLeaveTheTableAsTheLogSays) {
  ReadSide reads(conninfo);
  reads.start();
  Process process(conninfo);
  auto load = process.threads().spawn(random_changes(process.writer(), 7, 600));
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    const Position from = std::stol(checkpoint());
    const auto head = [&] { return std::stol(sql.value("SELECT position FROM log_head")); };
    while (std::stol(checkpoint()) < from + 10 &&
           load.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      reads.projector().poke();
    killed += sql.terminate("usermeta project%");
    if (round % 2 == 0) killed += sql.terminate("usermeta read (projector)%");
    ASSERT_GE(head(), from);
  }
  EXPECT_GT(killed, 0);
  Threads::get(std::move(load));
  expect_projected();
}

// The read model refuses a row: then the checkpoint may not move either.
TEST_F(ProjectorTest, TheCheckpointIsCommittedWithWhatTheEventsDid) {
  sql.run("ALTER TABLE user_metadata ADD CONSTRAINT poison CHECK (key <> 'poison')");
  std::atomic<bool> trouble{false};
  ReadSide reads(conninfo, [&](const std::string& message) { trouble = !message.empty(); });
  reads.start();
  Process process(conninfo);
  process.add_user("u");
  process.done(Process::set("u", "good", "1"));
  until_projected(sql);
  process.done(Process::set("u", "poison", "1"));
  while (!trouble) std::this_thread::yield();
  EXPECT_EQ(checkpoint(), "2");
  sql.run("ALTER TABLE user_metadata DROP CONSTRAINT poison");
  expect_projected();
  while (trouble) std::this_thread::yield();
}

TEST_F(ProjectorTest, AnEventThatItCannotApplyStopsItUntilItIsMended) {
  std::mutex mutex;
  std::vector<std::string> troubles;
  ReadSide reads(conninfo, [&](const std::string& message) {
    const std::lock_guard lock(mutex);
    troubles.push_back(message);
  });
  {
    Process process(conninfo);
    change(process, 1, 30);
  }
  const std::string last_good = sql.value("SELECT position FROM log_head");
  insert("user", "user.metadata.set", 3, "{\"key\":\"k\",\"value\":\"dg==\"}");
  insert("user", "user.metadata.set", 2, "{\"key\":\"behind\",\"value\":\"dg==\"}");
  reads.start();
  until_standing_still();
  EXPECT_EQ(checkpoint(), last_good);
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata WHERE key = 'behind'"), "0");
  const auto says_where =
      AllOf(HasSubstr("position " + std::to_string(std::stol(last_good) + 1)), HasSubstr("revision 3"));
  EXPECT_THAT(reads.projector().failure(), says_where);
  EXPECT_THAT(sql.value("SELECT failure FROM projections"), says_where);

  sql.run("UPDATE events SET revision = 2");
  expect_projected();
  EXPECT_EQ(sql.value("SELECT count(*) FROM user_metadata WHERE key = 'behind'"), "1");
  EXPECT_EQ(sql.value("SELECT failure IS NULL FROM projections"), "t");
  while (!reads.projector().failure().empty()) std::this_thread::yield();
  const std::lock_guard lock(mutex);
  ASSERT_EQ(troubles.size(), 2U);
  EXPECT_THAT(troubles[0], says_where);
  EXPECT_EQ(troubles[1], "");
}

TEST_F(ProjectorTest, UnknownTypesOfEventsAndAggregatesAndDamagedPayloadsStopIt) {
  ReadSide reads(conninfo);
  reads.start();
  Process(conninfo).add_user("u1-0");
  struct Bad {
    std::string aggregate_type, type, payload;
  };
  for (const Bad& bad : {Bad{"user", "user.of.the.future", "{}"}, Bad{"project", "project.added", "{}"},
                         Bad{"user", "user.metadata.set", "{\"key\":"},
                         Bad{"user", "user.metadata.set", "{\"value\":\"%\"}"}}) {
    insert(bad.aggregate_type, bad.type, 2, bad.payload);
    const std::string head = sql.value("SELECT position FROM log_head");
    until_standing_still();
    EXPECT_THAT(reads.projector().failure(), HasSubstr("position " + head)) << bad.type;
    EXPECT_EQ(std::stol(checkpoint()) + 1, std::stol(head)) << bad.type;
    sql.run(
        "UPDATE events SET aggregate_type = 'user', type = 'user.unlocked', payload = '{}' WHERE position "
        "= " +
        head);
    until_projected(sql);
    sql.until("SELECT failure IS NULL FROM projections", "t");
  }
}

// What it is handed is nowhere in the table of events.
std::shared_ptr<const Batch> appended(Position known, const std::string& key) {
  Batch batch;
  batch.known.position = known;
  batch.created_at = std::chrono::sys_days{std::chrono::May / 4 / 2025};
  batch.events.push_back(
      {{AggregateType::user, "u"}, 1, kOrg, "creator", MetadataSet{key, Value("v")}, Salt{}, {}});
  return std::make_shared<const Batch>(std::move(batch));
}

// It takes nothing before it has the lock: so it is told until it has.
void tell(ReadSide& reads, Sql& sql, const std::shared_ptr<const Batch>& batch) {
  while (std::stol(sql.value("SELECT position FROM projections")) <= batch->known.position)
    reads.projector().appended(batch);
}

TEST_F(ProjectorTest, WhatItsProcessAppendedIsNotReadBack) {
  ReadSide reads(conninfo);
  reads.start();
  tell(reads, sql, appended(0, "handed"));
  tell(reads, sql, appended(1, "handed too"));
  EXPECT_EQ(sql.value("SELECT string_agg(key, ', ' ORDER BY key) FROM user_metadata"), "handed, handed too");
}

// What it keeps in memory is bounded, whatever holds it up.
TEST_F(ProjectorTest, WhatItIsToldOfWhileItIsHeldUpIsForgottenBeyondABound) {
  Process process(conninfo);
  process.add_user("u");
  ReadSide reads(conninfo);
  reads.start();
  until_projected(sql);
  Sql other(conninfo);
  other.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  process.done(Process::set("u", "k", "v"));
  reads.projector().poke();
  sql.until_waiting_for_lock("usermeta project%");
  std::vector<std::weak_ptr<const Batch>> told;
  for (Position position = 0; position < 24; ++position) {
    auto batch = appended(position, std::string(1 << 20, 'k'));
    told.emplace_back(batch);
    reads.projector().appended(std::move(batch));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!told.front().expired()) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  other.run("ROLLBACK");
}

TEST_F(ProjectorTest, WhatOthersAppendedBeforeIsReadFromTheLog) {
  Process process(conninfo);
  process.add_user("u");
  process.done(Process::set("u", "read", "1"));
  ReadSide reads(conninfo);
  reads.start();
  tell(reads, sql, appended(2, "handed"));
  EXPECT_EQ(sql.value("SELECT string_agg(key, ', ' ORDER BY key) FROM user_metadata"), "handed, read");
}

TEST_F(ProjectorTest, TwoProcessesFeedOneProjector) {
  ReadSide reads(conninfo);
  reads.start();
  Writer::Options options;
  options.on_appended = [&](const std::shared_ptr<const Batch>& batch) { reads.projector().appended(batch); };
  Process fed(conninfo, options);
  Process other(conninfo);
  for (unsigned seed = 1; seed <= 4; ++seed) {
    auto load = other.threads().spawn(random_changes(other.writer(), 100 + seed, 60));
    change(fed, seed, 60);
    Threads::get(std::move(load));
  }
  expect_projected();
}

TEST_F(ProjectorTest, OneProjectsAtATimeAndAnotherTakesOver) {
  Process process(conninfo);
  change(process, 1, 50);
  auto first = std::make_unique<ReadSide>(conninfo);
  first->start();
  until_projected(sql);
  ReadSide second(conninfo);
  second.start();
  const std::string locks =
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND"
      " database = (SELECT oid FROM pg_database WHERE datname = current_database())";
  change(process, 2, 50);
  // It does not project, but it knows how far the other is.
  const Position head = std::stol(sql.value("SELECT position FROM log_head"));
  EXPECT_TRUE(second.threads().run(second.watch().reached(head, std::chrono::seconds(30))));
  EXPECT_EQ(sql.value(locks), "1");
  first.reset();
  change(process, 3, 50);
  expect_projected();
  EXPECT_EQ(sql.value(locks), "1");
}

TEST_F(ProjectorTest, ACheckpointThatMovedBehindItsBackIsReadAgain) {
  Process process(conninfo);
  change(process, 1, 40);
  ReadSide reads(conninfo);
  reads.start();
  until_projected(sql);
  // As a rebuild does that has gone further.
  Sql other(conninfo);
  other.run("BEGIN; SELECT * FROM projections FOR UPDATE");
  process.done(AddMachineUser{"late", {"late", "late", "", 0}});
  reads.projector().poke();
  sql.until_waiting_for_lock("usermeta project%");
  other.run("UPDATE projections SET position = position + 1; COMMIT");
  change(process, 2, 40);
  expect_projected();
}

TEST_F(ProjectorTest, StopReturnsWhateverItIsAt) {
  for (const std::string& where : {conninfo, std::string("host=/nowhere dbname=x")}) {
    ReadSide reads(where);
    reads.start().projector().poke();
    reads.stop();
  }
  ReadSide(conninfo).stop();
}

}  // namespace
}  // namespace usermeta
