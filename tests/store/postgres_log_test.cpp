#include "store/postgres_log.hpp"

#include <gmock/gmock.h>

#include "support/cut_proxy.hpp"
#include "support/log_databases.hpp"

namespace usermeta {
namespace {

using testing::HasSubstr;

// What the contract does not say: what only a database on the other end of a connection can do.
class PostgresLogTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Threads threads;
  Threads::Strand strand = threads.strand();
  std::vector<std::unique_ptr<PostgresLog>> logs;

  ~PostgresLogTest() override {
    for (const auto& log : logs) Threads::on(strand, [&] { log->close(); });
    threads.join();
  }
  PostgresLog& open(const std::string& by, const std::string& process) {
    return *logs.emplace_back(std::make_unique<PostgresLog>(strand, by, process));
  }
  // Calls the log on its strand: begin<Head>([&](auto done) { log.head(done); }).
  template <class T, class Call>
  std::future<T> begin(Call call) {
    const auto promise = std::make_shared<std::promise<T>>();
    const Log::Done<T> done = [promise](const std::exception_ptr& error, T value) {
      if (error)
        promise->set_exception(error);
      else
        promise->set_value(std::move(value));
    };
    Threads::on(strand, [&] { call(done); });
    return promise->get_future();
  }
  std::future<Appended> append(Log& log, const Batch& batch) {
    return begin<Appended>([&](const Log::Done<Appended>& done) { log.append(batch, done); });
  }
  std::future<Head> lock(Log& log) {
    return begin<Head>([&](const Log::Done<Head>& done) { log.lock(done); });
  }
  Page read(Log& log, Position after) {
    return Threads::get(begin<Page>([&](const Log::Done<Page>& done) { log.read(after, done); }));
  }
  Loaded load(Log& log, const Needed& needed) {
    return Threads::get(begin<Loaded>([&](const Log::Done<Loaded>& done) { log.load({needed}, {}, done); }));
  }
  // Locks until it works, as the writer does.
  Head lock_at_last(Log& log) {
    for (;;) {
      try {
        return Threads::get(lock(log));
      } catch (const Outage&) {
      }
    }
  }
  static Batch batch(const Head& known, const std::string& id, int salt, const Event& event = UserLocked{}) {
    NewEvent added{{AggregateType::user, id}, 1, "o", "c", event, Salt{}, {}};
    added.salt[0] = static_cast<std::byte>(salt);
    return {known, std::chrono::sys_days{std::chrono::May / 4 / 2025}, {added}, {}, {}};
  }
  template <class T>
  static bool is_outage(std::future<T> answer) {
    try {
      Threads::get(std::move(answer));
    } catch (const Outage&) {
      return true;
    }
    return false;
  }
  // An event as another program, or a bad disk, would leave it.
  void insert(Position position, const std::string& aggregate_type, const std::string& id, Sequence sequence,
              const std::string& type, int revision, const std::string& slot, const std::string& payload) {
    sql.run("INSERT INTO events VALUES (" + std::to_string(position) + ", '" + aggregate_type + "', '" + id +
            "', " + std::to_string(sequence) + ", '" + type + "', " + std::to_string(revision) +
            ", '2025-05-04', 'c', 'o', '" + slot + "', '" + payload + "', '\\x01', '', '', '')");
  }
};

// The append is on its way when the connection breaks; it reaches the server only after the lock was taken
// and given back. It must find nobody there to carry it out.
TEST_F(PostgresLogTest, AnAppendOnALostConnectionNeverLandsOnceTheLockWasTaken) {
  CutProxy proxy(conninfo);
  PostgresLog& log = open(proxy.conninfo(), "cut");
  const Batch warm_up = batch(Head{}, "first", 1);
  ASSERT_EQ(Threads::get(append(log, warm_up)), Appended::written);
  const Head known = head_after(warm_up);

  proxy.hold();
  auto lost = append(log, batch(known, "lost", 2));
  proxy.cut_once_something_is_held();
  EXPECT_TRUE(is_outage(std::move(lost)));

  const Head locked = lock_at_last(log);
  EXPECT_EQ(locked.position, 1);
  Threads::get(begin<Head>([&](const Log::Done<Head>& done) { log.unlock(done); }));
  proxy.deliver();
  EXPECT_EQ(Threads::get(append(log, batch(known, "next", 3))), Appended::written);
  EXPECT_EQ(sql.value("SELECT string_agg(aggregate_id, ' ' ORDER BY position) FROM events"), "first next");
}

// The append is at the server already, waiting behind another process, when the connection breaks.
TEST_F(PostgresLogTest, AnAppendThatWaitsAtTheServerIsInTheLogOrNeverWillBeOnceTheLockWasTaken) {
  CutProxy proxy(conninfo);
  PostgresLog& log = open(proxy.conninfo(), "cut");
  ASSERT_EQ(Threads::get(append(log, batch(Head{}, "first", 1))), Appended::written);
  Sql holder(conninfo);
  holder.run("BEGIN; SELECT * FROM log_head FOR UPDATE");
  auto lost = append(log, batch(head_after(batch(Head{}, "first", 1)), "lost", 2));
  sql.until_waiting_for_lock("usermeta append cut");
  proxy.hold();
  proxy.sever();
  EXPECT_TRUE(is_outage(std::move(lost)));

  auto locked = lock(log);
  // The one who waits now is the new connection: the old one was ended.
  sql.until(
      Sql::connections("usermeta append cut") + " AND query LIKE '%FOR UPDATE%' AND wait_event_type = 'Lock'",
      "1");
  EXPECT_EQ(sql.value(Sql::connections("usermeta append cut")), "1");
  holder.run("COMMIT");
  EXPECT_EQ(Threads::get(std::move(locked)).position, 1);
  EXPECT_EQ(sql.value("SELECT string_agg(aggregate_id, ' ' ORDER BY position) FROM events"), "first");
}

TEST_F(PostgresLogTest, TheLockOfAProcessThatIsGoneIsFree) {
  PostgresLog& gone = open(conninfo, "gone");
  PostgresLog& other = open(conninfo, "other");
  Threads::get(lock(gone));
  auto waiting = lock(other);
  sql.until_waiting_for_lock("usermeta append other");
  EXPECT_EQ(sql.terminate("usermeta append gone"), 1);
  EXPECT_EQ(Threads::get(std::move(waiting)).position, 0);
  // What was to be written under it is only written if nothing has happened meanwhile.
  EXPECT_EQ(Threads::get(append(other, batch(Head{}, "first", 1))), Appended::written);
  try {
    EXPECT_EQ(Threads::get(append(gone, batch(Head{}, "late", 2))), Appended::missed);
  } catch (const Outage&) {
    // Or it had not noticed the loss yet.
  }
  EXPECT_EQ(sql.value("SELECT count(*) FROM events"), "1");
}

TEST_F(PostgresLogTest, AnAppendIsDurableWhateverTheDatabasesDefault) {
  sql.run(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END "
      "$$;"
      "CREATE TABLE seen (setting text);"
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      "  INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;"
      "CREATE TRIGGER note AFTER UPDATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION note()");
  ASSERT_EQ(Threads::get(append(open(conninfo, "p"), batch(Head{}, "u", 1))), Appended::written);
  EXPECT_EQ(sql.value("SELECT setting FROM seen"), "on");
}

TEST_F(PostgresLogTest, ABatchThatTheDatabaseRefusesIsAnOutageAndWritesNothing) {
  PostgresLog& log = open(conninfo, "p");
  const Batch first = batch(Head{}, "u", 1);
  ASSERT_EQ(Threads::get(append(log, first)), Appended::written);
  Batch again = batch(head_after(first), "v", 2);
  again.events.push_back(first.events[0]);  // a sequence that is there
  again.claims = {{{"user", "v"}, "v"}};
  EXPECT_TRUE(is_outage(append(log, again)));
  EXPECT_EQ(sql.value("SELECT position FROM log_head"), "1");
  EXPECT_EQ(sql.value("SELECT count(*) FROM events"), "1");
  EXPECT_EQ(sql.value("SELECT count(*) FROM names"), "0");
  EXPECT_EQ(lock_at_last(log).position, 1);
}

TEST_F(PostgresLogTest, AnEventOfAnUnknownAggregateTypeEndsThePageBeforeItAndSaysWhereItIs) {
  insert(1, "user", "u", 1, "user.locked", 2, "state", "{}");
  insert(2, "project", "p", 1, "project.added", 1, "state", "{}");
  insert(3, "user", "u", 2, "user.unlocked", 2, "state", "{}");
  PostgresLog& log = open(conninfo, "p");
  const Page page = read(log, 0);
  EXPECT_EQ(page.events.size(), 1U);
  EXPECT_FALSE(page.end);
  try {
    read(log, 1);
    FAIL() << "read it";
  } catch (const UnreadableEvent& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("position 2"), HasSubstr("project")));
  }
}

TEST_F(PostgresLogTest, AnEventOfAnUnknownTypeIsReadAsItIs) {
  insert(1, "user", "u", 1, "user.of.the.future", 7, "state", "{\"a\": [1]}");
  const Page page = read(open(conninfo, "p"), 0);
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_EQ(page.events[0].type, "user.of.the.future");
  EXPECT_EQ(page.events[0].revision, 7);
  EXPECT_EQ(page.events[0].payload, "{\"a\": [1]}");
}

TEST_F(PostgresLogTest, WhatADecisionNeedsAndCannotBeReadIsUnreadableNotAnOutage) {
  const std::string key = metadata_slot("k");
  insert(1, "user", "newer", 1, "user.metadata.set", 3, key, "{\"key\":\"k\",\"value\":\"dg==\"}");
  insert(2, "user", "no json", 1, "user.metadata.set", 2, key, "{\"key\":");
  insert(3, "user", "no base64", 1, "user.metadata.set", 2, key, "{\"key\":\"k\",\"value\":\"%%\"}");
  insert(4, "user", "no value", 1, "user.metadata.set", 2, key, "{\"key\":\"k\"}");
  insert(5, "user", "unknown", 1, "user.of.the.future", 1, "state", "{}");
  insert(6, "user", "good", 1, "user.metadata.set", 2, key, "{\"key\":\"k\",\"value\":\"dg==\"}");
  PostgresLog& log = open(conninfo, "p");
  for (const std::string id : {"newer", "no json", "no base64", "no value", "unknown"})
    EXPECT_THROW(load(log, {{AggregateType::user, id}, true, {key}}), UnreadableEvent) << id;
  EXPECT_EQ(load(log, {{AggregateType::user, "good"}, true, {key}}).facts.size(), 1U);
}

class LoadCost : public PostgresLogTest, public testing::WithParamInterface<const char*> {};

// By the rows that the server had to look at for it, as its statistics say.
TEST_P(LoadCost, DoesNotGrowWithTheAggregatesHistory) {
  const std::string type = GetParam();
  const std::string last =
      type == "user" ? "user.metadata.set', 2, now(), '', '', 'metadata/k' || n % 100, '{\"value\":\"\"}"
                     : "org.member.added', 1, now(), '', '', 'member/' || n, '{}";
  sql.run("INSERT INTO events SELECT n, '" + type + "', 'x', n, '" + last +
          "', '', '', '', '' FROM generate_series(1, 30000) n; ANALYZE events");
  const std::string looked_at =
      "SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'events')"
      " FROM pg_stat_user_tables WHERE relname = 'events'";
  sql.run("SELECT pg_stat_reset()");
  PostgresLog& log = open(conninfo, "cost");
  load(log, {{*find_aggregate_type(type), "x"}, true, {type == "user" ? "metadata/k7" : "member/7"}});
  Threads::on(strand, [&] { log.close(); });
  sql.until(Sql::connections("%cost"), "0");
  EXPECT_LT(std::stol(sql.value(looked_at)), 50);
  EXPECT_GT(std::stol(sql.value(looked_at)), 0);
}
INSTANTIATE_TEST_SUITE_P(Of, LoadCost, testing::Values("user", "org"));

}  // namespace
}  // namespace usermeta
