#include "projections/event_queries.hpp"

#include <gmock/gmock.h>

#include "store/entropy.hpp"
#include "support/event_rows.hpp"
#include "support/log_databases.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EventQueriesTest : public testing::Test {
 protected:
  ~EventQueriesTest() override {
    queries.close();
    threads.join();
  }

  EventPage page(const EventListing& listing) { return threads.run(queries.list(listing)); }
  static std::vector<Position> positions(const EventPage& page) {
    std::vector<Position> all;
    for (const Recorded& event : page.events) all.push_back(event.position);
    return all;
  }
  // All pages one after the other, from the start to the log's end.
  std::vector<Position> walk(EventListing listing) {
    std::vector<Position> all;
    for (int pages = 0; pages < 1000; ++pages) {
      const EventPage found = page(listing);
      for (const Position position : positions(found)) all.push_back(position);
      EXPECT_TRUE(found.end || found.next > listing.after);
      listing.after = found.next;
      if (found.end) return all;
    }
    ADD_FAILURE() << "no end";
    return all;
  }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  EventRows rows{sql};
  Threads threads{2};
  EventQueries queries{threads.executor(), {conninfo, new_process_name()}};
};

TEST_F(EventQueriesTest, AnEventHasAllItsFields) {
  rows.add("u", "user.metadata.set", "org", R"({"key":"k","value":"dg=="})");
  const auto found = threads.run(queries.at(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, 1);
  EXPECT_EQ(found->aggregate, (AggregateId{AggregateType::user, "u"}));
  EXPECT_EQ(found->sequence, 1);
  EXPECT_EQ(found->type, "user.metadata.set");
  EXPECT_EQ(found->revision, 2);
  EXPECT_EQ(to_rfc3339(found->created_at), "2025-05-04T12:00:01Z");
  EXPECT_EQ(found->creator, "creator");
  EXPECT_EQ(found->owner, "org");
  EXPECT_EQ(found->payload, R"({"key":"k","value":"dg=="})");
  EXPECT_EQ(found->origin.request_id, "request");
  EXPECT_EQ(found->origin.traceparent, "trace");
  EXPECT_EQ(found->origin.address, "192.0.2.7");
  EXPECT_FALSE(threads.run(queries.at(0)));
  EXPECT_FALSE(threads.run(queries.at(2)));
}

TEST_F(EventQueriesTest, AnEmptyLogIsAtItsEnd) {
  const EventPage found = page({});
  EXPECT_THAT(found.events, IsEmpty());
  EXPECT_EQ(found.next, 0);
  EXPECT_TRUE(found.end);
}

TEST_F(EventQueriesTest, PagesGoOnWhereTheLastOneEnded) {
  rows.add_many(5, 2);
  EventPage found = page({.limit = 2});
  EXPECT_THAT(positions(found), ElementsAre(1, 2));
  EXPECT_EQ(found.next, 2);
  EXPECT_FALSE(found.end);
  found = page({.after = 2, .limit = 3});
  EXPECT_THAT(positions(found), ElementsAre(3, 4, 5));
  EXPECT_EQ(found.next, 5);
  EXPECT_TRUE(found.end);
  found = page({.after = 5});
  EXPECT_THAT(positions(found), IsEmpty());
  EXPECT_EQ(found.next, 5);
  EXPECT_TRUE(found.end);
}

TEST_F(EventQueriesTest, APositionBeyondTheEndStandsForTheEnd) {
  rows.add_many(3, 1);
  for (const std::string user : {"", "u0", "nobody"})
    for (const Position after : {Position{4}, Position{INT64_MAX}}) {
      const EventPage found = page({.filter = {.user = user}, .after = after});
      EXPECT_THAT(found.events, IsEmpty());
      EXPECT_EQ(found.next, 3) << user;
      EXPECT_TRUE(found.end);
    }
}

TEST_F(EventQueriesTest, EveryFilterLeavesOutWhatItDoesNotMatch) {
  rows.add("a", "user.machine.added", "o");
  rows.add("a", "user.metadata.set", "o");
  rows.add("b", "user.metadata.set", "p");
  rows.add("a", "org.added", "a", "{}", "org");
  rows.add("a", "user.locked", "p");
  EXPECT_THAT(walk({}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(walk({.filter = {.types = {"user.metadata.set"}}}), ElementsAre(2, 3));
  EXPECT_THAT(walk({.filter = {.types = {"user.metadata.set", "user.locked"}}}), ElementsAre(2, 3, 5));
  EXPECT_THAT(walk({.filter = {.org = "p"}}), ElementsAre(3, 5));
  EXPECT_THAT(walk({.filter = {.user = "a"}}), ElementsAre(1, 2, 5));
  EXPECT_THAT(walk({.filter = {.types = {"user.metadata.set"}, .user = "a"}}), ElementsAre(2));
  EXPECT_THAT(walk({.filter = {.user = "a", .org = "p"}}), ElementsAre(5));
  EXPECT_THAT(walk({.filter = {.types = {"user.locked"}, .user = "a", .org = "o"}}), IsEmpty());
  EXPECT_THAT(walk({.filter = {.user = "c"}}), IsEmpty());
  for (const EventFilter& filter : std::vector<EventFilter>{{.types = {"user.metadata.set"}},
                                                            {.org = "p"},
                                                            {.user = "a"},
                                                            {.types = {"org.added"}, .org = "a"}}) {
    std::vector<Position> matching;
    for (const Recorded& event : page({}).events)
      if (filter.matches(event)) matching.push_back(event.position);
    EXPECT_EQ(walk({.filter = filter}), matching);
  }
}

// From every position, of a user whose events are few among others'.
TEST_F(EventQueriesTest, AUsersEventsAreFoundFromEveryPosition) {
  for (int i = 0; i < 40; ++i) rows.add(i % 3 == 1 ? "mine" : "other" + std::to_string(i), "user.locked");
  for (Position after = 0; after <= 40; ++after) {
    std::vector<Position> expected;
    for (Position position = 2; position <= 40; position += 3)
      if (position > after) expected.push_back(position);
    EXPECT_EQ(walk({.filter = {.user = "mine"}, .after = after, .limit = 4}), expected) << after;
  }
}

TEST_F(EventQueriesTest, APageEndsBeforeItsPayloadsAreTooLargeButHasAnEvent) {
  rows.add_many(5, 1, "user.metadata.set", std::string(1000, 'x'));
  for (const std::string user : {"", "u0"}) {
    const EventFilter filter{.user = user};
    EventPage found = page({.filter = filter, .bytes = 2500});
    EXPECT_THAT(positions(found), ElementsAre(1, 2, 3));
    EXPECT_EQ(found.next, 3);
    EXPECT_FALSE(found.end);
    EXPECT_THAT(positions(page({.filter = filter, .after = 3, .bytes = 1})), ElementsAre(4));
    EXPECT_THAT(walk({.filter = filter, .bytes = 1}), ElementsAre(1, 2, 3, 4, 5));
  }
}

// However much of the log does not match, each look is short and leads on.
TEST_F(EventQueriesTest, ALookEndsAndTheNextGoesOnFromThere) {
  rows.add("u0", "user.machine.added");
  rows.add_many(120'000, 1);
  rows.add("u0", "user.locked");
  for (const std::string user : {"", "u0"}) {
    const EventFilter filter{.types = {"user.locked"}, .user = user, .org = {}};
    const EventPage first = page({.filter = filter});
    EXPECT_THAT(first.events, IsEmpty());
    EXPECT_EQ(first.next, kMostLooked);
    EXPECT_FALSE(first.end);
    EXPECT_THAT(walk({.filter = filter}), ElementsAre(120'002));
    EXPECT_THAT(positions(page({.filter = filter, .after = 120'001})), ElementsAre(120'002));
  }
}

TEST_F(EventQueriesTest, AGapInAUsersEventsIsNoEnd) {
  rows.add_many(3, 1);
  sql.run("DELETE FROM events WHERE position = 2");
  EXPECT_THROW(page({.filter = {.user = "u0"}, .after = 1}), UnreadableEvent);
}

TEST_F(EventQueriesTest, WithoutADatabaseItIsAnOutage) {
  EventQueries nowhere(threads.executor(), {"host=/nowhere dbname=x", "p"});
  EXPECT_THROW(threads.run(nowhere.list({})), Outage);
  EXPECT_THROW(threads.run(nowhere.at(1)), Outage);
  nowhere.close();
  threads.join();
}

}  // namespace
}  // namespace usermeta
