#include "projections/head_look.hpp"

#include <gtest/gtest.h>

#include "store/pg_query.hpp"
#include "support/log_databases.hpp"
#include "support/sql.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

// The head is behind a view that counts how often it is asked for, and a table that can be locked.
class HeadLookTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Threads threads{2};
  std::shared_ptr<PgPipeline> pipeline = std::make_shared<PgPipeline>(
      threads.strand(), PgPipeline::Options{conninfo, "look", "-c search_path=usermeta"});
  std::shared_ptr<HeadLook> head = std::make_shared<HeadLook>(pipeline);

  HeadLookTest() {
    sql.run(
        "CREATE SEQUENCE looks; ALTER TABLE log_head RENAME TO hidden;"
        "CREATE VIEW log_head AS SELECT position + 0 * nextval('usermeta.looks') AS position FROM hidden");
  }
  ~HeadLookTest() override {
    Threads::on(pipeline->strand(), [this] { pipeline->close(); });
    threads.join();
  }
  int looks() { return std::stoi(sql.value("SELECT last_value FROM looks")); }
  void move_head(const std::string& to) { sql.run("UPDATE hidden SET position = " + to); }
};

TEST_F(HeadLookTest, ItIsTheHead) {
  EXPECT_EQ(threads.run(head->look()), 0);
  move_head("42");
  EXPECT_EQ(threads.run(head->look()), 42);
}

TEST_F(HeadLookTest, OneLookServesAllWhoAskBeforeItBegins) {
  Sql holder(conninfo);
  holder.run("BEGIN; LOCK TABLE hidden IN ACCESS EXCLUSIVE MODE");
  auto first = threads.spawn(head->look());
  sql.until_waiting_for_lock("look");
  std::vector<std::future<Position>> others;
  const auto& strand = pipeline->strand();
  for (int i = 0; i < 50; ++i)
    others.push_back(boost::asio::co_spawn(strand, head->look(), boost::asio::use_future));
  // All of them have asked when this one has had its turn.
  Threads::on(strand, [] {});
  holder.run("UPDATE hidden SET position = 7; COMMIT");
  Threads::get(std::move(first));
  for (auto& look : others) EXPECT_EQ(Threads::get(std::move(look)), 7);
  EXPECT_EQ(looks(), 2);
}

TEST_F(HeadLookTest, ALookThatIsUnderWayDoesNotServeWhoAsksNow) {
  for (int i = 1; i <= 100; ++i) {
    auto under_way = threads.spawn(head->look());
    move_head(std::to_string(i));
    EXPECT_EQ(threads.run(head->look()), i);
    Threads::get(std::move(under_way));
  }
}

TEST_F(HeadLookTest, AnOutageIsToldToAllAndTheNextLookWorks) {
  EXPECT_EQ(threads.run(head->look()), 0);
  Sql holder(conninfo);
  holder.run("BEGIN; LOCK TABLE hidden IN ACCESS EXCLUSIVE MODE");
  auto first = threads.spawn(head->look());
  sql.until_waiting_for_lock("look");
  sql.terminate("look");
  EXPECT_THROW(Threads::get(std::move(first)), Outage);
  holder.run("COMMIT");
  EXPECT_EQ(threads.run(head->look()), 0);
}

}  // namespace
}  // namespace usermeta
