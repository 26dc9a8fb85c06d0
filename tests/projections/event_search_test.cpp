#include "projections/event_search.hpp"

#include <gmock/gmock.h>

#include "projections/event_queries.hpp"
#include "store/entropy.hpp"
#include "support/event_rows.hpp"
#include "support/log_databases.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Each event of the test's log is a second after the one before; the first is at 12:00:01.
class EventSearchTest : public testing::Test {
 protected:
  ~EventSearchTest() override {
    queries.close();
    threads.join();
  }
  std::variant<EventsFound, NotFound> search(const EventSearch& wanted) {
    return threads.run(queries.search(wanted));
  }
  std::vector<Position> positions(const EventSearch& wanted) {
    std::vector<Position> all;
    const auto found = std::get<EventsFound>(search(wanted));
    for (const Recorded& event : found.events) all.push_back(event.position);
    return all;
  }
  static Time at(const std::string& time) { return *from_rfc3339("2025-05-04T12:00:" + time + "Z"); }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  EventRows rows{sql};
  Threads threads{2};
  EventQueries queries{
      threads.executor(),
      {.conninfo = conninfo, .process = new_process_name(), .search_time = std::chrono::milliseconds(300)}};
};

TEST_F(EventSearchTest, IsNewestFirstUnlessAsked) {
  EXPECT_THAT(positions({}), IsEmpty());
  rows.add_many(5, 2);
  EXPECT_THAT(positions({}), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(positions({.limit = 2}), ElementsAre(5, 4));
  EXPECT_THAT(positions({.limit = 2, .oldest_first = true}), ElementsAre(1, 2));
  EXPECT_THAT(positions({.aggregate_id = "u1", .oldest_first = true}), ElementsAre(2, 4));
}

TEST_F(EventSearchTest, TimesAreOpenAtBothEnds) {
  rows.add_many(6, 1);
  EXPECT_THAT(positions({.since = at("02"), .until = at("05")}), ElementsAre(4, 3));
  EXPECT_THAT(positions({.since = at("01.999999"), .until = at("05.000001")}), ElementsAre(5, 4, 3, 2));
  EXPECT_THAT(positions({.since = at("06")}), IsEmpty());
  EXPECT_THAT(positions({.until = at("01")}), IsEmpty());
  EXPECT_THAT(positions({.aggregate_id = "u0", .since = at("04")}), ElementsAre(6, 5));
}

TEST_F(EventSearchTest, AnIdMayBelongToAggregatesOfSeveralTypes) {
  rows.add("x", "user.locked");
  rows.add("x", "org.added", "x", "{}", "org");
  rows.add("y", "user.locked");
  rows.add("x", "user.unlocked");
  EXPECT_THAT(positions({.aggregate_id = "x"}), ElementsAre(4, 2, 1));
  EXPECT_THAT(positions({.aggregate_id = "x", .limit = 2}), ElementsAre(4, 2));
  EXPECT_THAT(positions({.aggregate_id = "x", .aggregate_types = {"org"}}), ElementsAre(2));
  EXPECT_THAT(positions({.above = 1, .aggregate_id = "x"}), ElementsAre(4));
}

TEST_F(EventSearchTest, EditorsHaveTheirNames) {
  rows.add("creator", "user.human.added", "o", R"({"userName":"ada","displayName":"Ada Byron"})");
  rows.add("other", "user.machine.added", "o", R"({"userName":"m","name":"The machine"})");
  sql.run("UPDATE events SET creator = 'other' WHERE position = 1");
  const auto found = std::get<EventsFound>(search({}));
  EXPECT_THAT(found.editors, ElementsAre(Pair("creator", "Ada Byron"), Pair("other", "The machine")));
  sql.run("UPDATE events SET creator = 'SYSTEM'");
  EXPECT_THAT(std::get<EventsFound>(search({})).editors, IsEmpty());
}

TEST_F(EventSearchTest, WhatIsTooLargeIsNotCut) {
  rows.add_many(4, 1, "user.metadata.set", "{\"key\":\"" + std::string(1'000'000, 'x') + "\"}");
  EXPECT_EQ(std::get<NotFound>(search({})), NotFound::too_large);
  EXPECT_EQ(std::get<NotFound>(search({.aggregate_id = "u0"})), NotFound::too_large);
  EXPECT_THAT(positions({.limit = 3}), ElementsAre(4, 3, 2));
}

// It waits for somebody who has the table, for as long as it may.
TEST_F(EventSearchTest, WhatTakesTooLongIsNotAnsweredByHalf) {
  rows.add_many(4, 1);
  EXPECT_THAT(positions({}), ElementsAre(4, 3, 2, 1));
  sql.run("BEGIN; LOCK TABLE events");
  EXPECT_EQ(std::get<NotFound>(search({})), NotFound::takes_too_long);
  EXPECT_EQ(std::get<NotFound>(search({.since = at("01")})), NotFound::takes_too_long);
  sql.run("COMMIT");
  EXPECT_THAT(positions({}), ElementsAre(4, 3, 2, 1));
}

}  // namespace
}  // namespace usermeta
