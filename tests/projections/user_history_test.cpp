#include <list>

#include <gmock/gmock.h>

#include "projections/history_queries.hpp"
#include "store/entropy.hpp"
#include "support/log_databases.hpp"
#include "support/story.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UserHistoryTest : public testing::Test {
 protected:
  ~UserHistoryTest() override {
    queries.close();
    threads.join();
  }

  static HistoryListing listing(const std::string& key = {}) {
    return {.user_id = "u", .org = "o", .key = key};
  }
  HistoryPage page(const HistoryListing& listing) {
    const auto found = threads.run(queries.history(listing));
    if (!found) throw std::runtime_error("no such user");
    return *found;
  }
  static std::string text(const std::optional<PastValue>& value) {
    if (!value) return "-";
    return value->erased ? "erased" : value->bytes;
  }
  // A line each: sequence, type without "user.", key, before, after.
  static std::vector<std::string> lines(const HistoryPage& page) {
    std::vector<std::string> all;
    for (const Change& change : page.changes)
      all.push_back(std::to_string(change.sequence) + " " + change.type.substr(5) + " " + change.key + " " +
                    text(change.before) + " " + text(change.after));
    return all;
  }
  std::vector<std::string> lines(const HistoryListing& listing) { return lines(page(listing)); }
  static std::vector<Sequence> sequences(const HistoryPage& page) {
    std::vector<Sequence> all;
    for (const Change& change : page.changes) all.push_back(change.sequence);
    return all;
  }
  // All pages one after the other.
  std::vector<Sequence> walk(HistoryListing listing) {
    std::vector<Sequence> all;
    for (;;) {
      const HistoryPage found = page(listing);
      for (const Sequence sequence : sequences(found)) all.push_back(sequence);
      if (found.end || found.next == listing.cursor) return all;
      listing.cursor = found.next;
    }
  }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Story story{sql};
  Threads threads{2};
  HistoryQueries queries{threads.executor(), {conninfo, new_process_name()}};
  std::list<HistoryQueries> sessions;  // others
};

TEST_F(UserHistoryTest, AChangeHasAllItsFields) {
  story("x", kMachine)("u", kMachine);
  story.creator = "x";
  story.set("u", "k", "v");
  const Change change = page(listing()).changes.at(1);
  EXPECT_EQ(change.position, 3);
  EXPECT_EQ(change.sequence, 2);
  EXPECT_EQ(to_rfc3339(change.created_at), "2025-05-04T12:00:03Z");
  EXPECT_EQ(change.type, "user.metadata.set");
  EXPECT_EQ(change.creator, "x");
  EXPECT_EQ(change.creator_name, "Bot");
  EXPECT_EQ(change.origin.request_id, "request 3");
  EXPECT_EQ(change.origin.traceparent, "trace 3");
  EXPECT_EQ(change.origin.address, "192.0.2.7");
  EXPECT_EQ(change.key, "k");
  EXPECT_EQ(change.before, std::nullopt);
  EXPECT_EQ(change.after, PastValue{"v"});
}

TEST_F(UserHistoryTest, EveryEventOfTheUserIsInItAndNoOther) {
  story("u", kMachine).set("u", "a", "1").set("v", "a", "x").set("u", "a", "2").set("u", "b", "3");
  story("u", MetadataRemoved{"a"})("u", UserLocked{}).set("u", "a", "4")("u", MetadataRemovedAll{});
  story.set("u", "a", "5")("u", UserRemoved{});
  EXPECT_THAT(
      lines(listing()),
      ElementsAre("1 machine.added  - -", "2 metadata.set a - 1", "3 metadata.set a 1 2",
                  "4 metadata.set b - 3", "5 metadata.removed a 2 -", "6 locked  - -", "7 metadata.set a - 4",
                  "8 metadata.removed.all  - -", "9 metadata.set a - 5", "10 removed  - -"));
}

TEST_F(UserHistoryTest, AKeysHistoryHasWhatTookAllKeys) {
  story("u", kMachine).set("u", "a", "1").set("u", "b", "x").set("u", "a", "2")("u", MetadataRemoved{"a"});
  story("u", MetadataRemovedAll{}).set("u", "a", "3")("u", MetadataRemovedAll{}).set("u", "a", "4");
  story("u", UserDeactivated{})("u", UserRemoved{});
  const std::vector<std::string> expected{"2 metadata.set a - 1",     "4 metadata.set a 1 2",
                                          "5 metadata.removed a 2 -", "6 metadata.removed.all  - -",
                                          "7 metadata.set a - 3",     "8 metadata.removed.all  3 -",
                                          "9 metadata.set a - 4",     "11 removed  4 -"};
  EXPECT_EQ(lines(listing("a")), expected);
  HistoryListing newest = listing("a");
  newest.newest_first = true;
  EXPECT_EQ(lines(newest), std::vector<std::string>(expected.rbegin(), expected.rend()));
  EXPECT_THAT(lines(listing("c")),
              ElementsAre("6 metadata.removed.all  - -", "8 metadata.removed.all  - -", "11 removed  - -"));
}

TEST_F(UserHistoryTest, WhatIsErasedIsSaidToBe) {
  const MetadataSet erased{"a", Value(""), true};
  story("u", kMachine)("u", erased)("u", erased)("u", MetadataValuesErased{"a"}).set("u", "a", "3");
  story("u", MetadataValuesErased{})("u", UserRemoved{})("u", MetadataValuesErased{"a"});
  const std::vector<std::string> expected{"2 metadata.set a - erased", "3 metadata.set a erased erased",
                                          "4 metadata.values.erased a erased -", "5 metadata.set a - 3"};
  std::vector<std::string> of_key = expected;
  for (const char* line :
       {"6 metadata.values.erased  3 -", "7 removed  - -", "8 metadata.values.erased a - -"})
    of_key.emplace_back(line);
  EXPECT_EQ(lines(listing("a")), of_key);
  std::vector<std::string> of_user = expected;
  of_user.insert(of_user.begin(), "1 machine.added  - -");
  for (const char* line :
       {"6 metadata.values.erased  - -", "7 removed  - -", "8 metadata.values.erased a - -"})
    of_user.emplace_back(line);
  EXPECT_EQ(lines(listing()), of_user);
}

// A key that nothing but the user's end took.
TEST_F(UserHistoryTest, AnErasureBehindTheUsersEndFindsNoValue) {
  story("u", kMachine)("u", MetadataSet{"a", Value(""), true})("u", UserRemoved{});
  story("u", MetadataValuesErased{"a"});
  EXPECT_THAT(lines(listing("a")), ElementsAre("2 metadata.set a - erased", "3 removed  erased -",
                                               "4 metadata.values.erased a - -"));
}

TEST_F(UserHistoryTest, KeysAreTakenAsTheyAre) {
  const std::string odd = "it's \"%_/\\ ü";
  story("u", kMachine).set("u", odd, "1").set("u", "it's", "2").set("u", odd, "3");
  EXPECT_THAT(lines(listing(odd)),
              ElementsAre("2 metadata.set " + odd + " - 1", "4 metadata.set " + odd + " 1 3"));
}

TEST_F(UserHistoryTest, ACreatorWhoIsAHumanGoesByTheDisplayNameAndOneWhoIsNoUserByNone) {
  story("h", HumanAdded{"ada", "Ada", "Byron", "", "Lady Ada", "", 0, "a@b.c"});
  story.creator = "h";
  story("u", kMachine);
  story.creator = "SYSTEM";
  story("u", UserLocked{});
  const HistoryPage found = page(listing());
  EXPECT_EQ(found.changes.at(0).creator_name, "Lady Ada");
  EXPECT_EQ(found.changes.at(1).creator, "SYSTEM");
  EXPECT_EQ(found.changes.at(1).creator_name, "");
}

TEST_F(UserHistoryTest, AUserOfAnotherOrganisationOrNoneIsNobody) {
  story("u", kMachine);
  EXPECT_FALSE(threads.run(queries.history({.user_id = "v", .org = "o"})));
  EXPECT_FALSE(threads.run(queries.history({.user_id = "u", .org = "p"})));
  EXPECT_FALSE(threads.run(queries.history({.user_id = "u", .org = ""})));
  EXPECT_TRUE(threads.run(queries.history({.user_id = "u", .org = "o"})));
  EXPECT_FALSE(threads.run(queries.history({.user_id = "u", .org = "p", .key = "k"})));
}

TEST_F(UserHistoryTest, PagesGoOnWhereTheLastOneEnded) {
  story("u", kMachine).set("v", "k0", "x").many_sets("u", 6, 2);
  for (const std::string key : {"", "k0"})
    for (const bool newest : {false, true})
      for (const std::uint32_t limit : {1U, 2U, 3U, 100U}) {
        HistoryListing all = listing(key);
        all.newest_first = newest;
        all.limit = limit;
        std::vector<Sequence> expected =
            key.empty() ? std::vector<Sequence>{1, 2, 3, 4, 5, 6, 7} : std::vector<Sequence>{3, 5, 7};
        if (newest) std::ranges::reverse(expected);
        EXPECT_EQ(walk(all), expected) << key << newest << limit;
      }
  HistoryListing first = listing();
  first.limit = 7;
  EXPECT_TRUE(page(first).end);
  first.limit = 6;
  EXPECT_FALSE(page(first).end);
}

// So that whoever wants to know what came since asks again with the same cursor.
TEST_F(UserHistoryTest, BehindTheEndThereIsNothingAndTheCursorStays) {
  story("u", kMachine);
  HistoryListing behind = listing();
  behind.cursor = 1;
  EXPECT_THAT(page(behind).changes, IsEmpty());
  EXPECT_EQ(page(behind).next, 1);
  EXPECT_TRUE(page(behind).end);
  story.set("u", "k", "v");
  EXPECT_THAT(sequences(page(behind)), ElementsAre(2));
}

TEST_F(UserHistoryTest, APageEndsBeforeItsValuesAreTooLargeButHasAChange) {
  story("u", kMachine);
  for (int i = 0; i < 4; ++i) story.set("u", "k", std::string(1000, static_cast<char>('a' + i)));
  HistoryListing small = listing("k");
  small.bytes = 4500;  // a set of it has 1,354 bytes, with what was before 2,708
  EXPECT_THAT(sequences(page(small)), ElementsAre(2, 3, 4));
  EXPECT_FALSE(page(small).end);
  small.bytes = 1;
  EXPECT_THAT(sequences(page(small)), ElementsAre(2));
  EXPECT_THAT(walk(small), ElementsAre(2, 3, 4, 5));
}

// By the indexes alone, before anything was analysed: a page reads what it shows and not the history.
TEST_F(UserHistoryTest, APageDoesNotReadTheWholeHistory) {
  story("u", kMachine).many_sets("u", 20'000, 3);
  for (const std::string key : {"", "k1"})
    for (const bool newest : {false, true}) {
      HistoryListing first = listing(key);
      first.newest_first = newest;
      first.limit = 10;
      sql.run("SELECT pg_stat_reset()");
      HistoryQueries& once =
          sessions.emplace_back(threads.executor(), HistoryQueries::Options{conninfo, new_process_name()});
      EXPECT_EQ(threads.run(once.history(first))->changes.size(), 10U);
      // What a session has counted it tells at its end.
      once.close();
      sql.until("SELECT sum(idx_tup_fetch) > 0 FROM pg_stat_user_tables WHERE relname = 'events'", "t");
      EXPECT_EQ(sql.value("SELECT max(idx_tup_fetch) < 500 AND max(seq_scan) = 0 FROM pg_stat_user_tables"
                          " WHERE relname = 'events'"),
                "t")
          << key << newest;
    }
}

TEST_F(UserHistoryTest, WithoutADatabaseItIsAnOutage) {
  HistoryQueries nowhere(threads.executor(), {"host=/nowhere dbname=x", "p"});
  EXPECT_THROW(threads.run(nowhere.history(listing())), Outage);
  EXPECT_THROW(threads.run(nowhere.position_at(Position{1})), Outage);
  nowhere.close();
  threads.join();
}

}  // namespace
}  // namespace usermeta
