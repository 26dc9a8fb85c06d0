#include <map>
#include <random>

#include <gmock/gmock.h>

#include "projections/history_queries.hpp"
#include "projections/user_metadata_batch.hpp"
#include "store/entropy.hpp"
#include "support/log_databases.hpp"
#include "support/story.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::map<std::string, std::string>;

class UserMetadataAtTest : public testing::Test {
 protected:
  ~UserMetadataAtTest() override {
    queries.close();
    threads.join();
  }

  static std::string text(const PastValue& value) { return value.erased ? "erased" : value.bytes; }
  PastPage page(Position position, const PastListing& listing) {
    const auto found = threads.run(queries.list_at(position, listing));
    if (!found) throw std::runtime_error("no such user");
    return *found;
  }
  Values values(Position position, const std::string& user = "u") {
    Values all;
    for (const PastMetadata& row : page(position, {.user_id = user, .org = "o"}).rows)
      all.emplace(row.key, text(row.value));
    return all;
  }
  std::string value(Position position, const std::string& key, const std::string& user = "u") {
    const auto found = threads.run(queries.get_at(position, user, "o", key));
    return found ? text(found->value) : "-";
  }
  Position at(const std::string& time) { return threads.run(queries.position_at(*from_rfc3339(time))); }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Story story{sql};
  Threads threads{2};
  HistoryQueries queries{threads.executor(), {conninfo, new_process_name()}};
};

TEST_F(UserMetadataAtTest, AKeyHasAllItsFields) {
  story("u", kMachine).set("v", "k", "x").set("u", "k", "v").set("u", "k", "w");
  const auto found = threads.run(queries.get_at(3, "u", "o", "k"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, "k");
  EXPECT_EQ(found->value, PastValue{"v"});
  EXPECT_EQ(found->position, 3);
  EXPECT_EQ(found->sequence, 2);
  EXPECT_EQ(to_rfc3339(found->changed_at), "2025-05-04T12:00:03Z");
  EXPECT_EQ(found->creator, "creator");
}

TEST_F(UserMetadataAtTest, ItIsExactAtEveryPosition) {
  story("u", kMachine).set("u", "a", "1").set("v", "a", "x").set("u", "b", "2").set("u", "a", "3");
  story("u", MetadataRemoved{"b"})("u", MetadataRemovedAll{}).set("u", "b", "4")("u", UserRemoved{});
  const std::vector<Values> expected{{},
                                     {},
                                     {{"a", "1"}},
                                     {{"a", "1"}},
                                     {{"a", "1"}, {"b", "2"}},
                                     {{"a", "3"}, {"b", "2"}},
                                     {{"a", "3"}},
                                     {},
                                     {{"b", "4"}},
                                     {}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto position = static_cast<Position>(i);
    EXPECT_EQ(values(position), expected[i]) << i;
    for (const std::string key : {"a", "b", "c"}) {
      const auto found = expected[i].find(key);
      EXPECT_EQ(value(position, key), found == expected[i].end() ? "-" : found->second) << i << key;
    }
  }
}

// By the read model's own rules, of any history, at each of its positions.
TEST_F(UserMetadataAtTest, ItIsWhatTheEventsUpToThereAddUpTo) {
  std::mt19937 random(7);
  std::map<std::string, UserMetadataBatch> batches;
  std::map<std::string, Sequence> sequences;
  std::vector<std::map<std::string, Values>> expected(1);
  const auto happens = [&](const std::string& user, const Event& event) {
    story(user, event);
    const EventType& type = type_of(event);
    batches[user].apply({static_cast<Position>(expected.size()),
                         {type.aggregate, user},
                         ++sequences[user],
                         std::string(type.name),
                         type.revision,
                         {},
                         "c",
                         "o",
                         encode_payload(event),
                         {},
                         {}});
    expected.push_back(expected.back());
    Values& values = expected.back()[user];
    values.clear();
    for (const auto& [key, row] : batches[user].set()) values[key.second] = row.value;
  };
  for (const char* user : {"u", "v"}) happens(user, kMachine);
  for (int i = 0; i < 150; ++i) {
    const std::string user = random() % 2 ? "u" : "v";
    const std::string key(1, static_cast<char>('a' + random() % 3));
    switch (random() % 10) {
      case 0:
        happens(user, MetadataRemovedAll{});
        break;
      case 1:
        happens(user, MetadataRemoved{key});
        break;
      case 2:
        happens(user, UserLocked{});
        break;
      case 3:
        happens(user, MetadataValuesErased{random() % 2 ? key : ""});
        break;
      default:
        happens(user, MetadataSet{key, Value(std::to_string(i))});
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (const char* user : {"u", "v"}) {
      ASSERT_EQ(values(static_cast<Position>(i), user), expected[i][user]) << i << user;
      for (const std::string key : {"a", "b", "c"}) {
        const auto found = expected[i][user].find(key);
        ASSERT_EQ(value(static_cast<Position>(i), key, user),
                  found == expected[i][user].end() ? "-" : found->second)
            << i << user << key;
      }
    }
}

TEST_F(UserMetadataAtTest, WhatWasErasedSinceIsSaidToBe) {
  const MetadataSet erased{"a", Value(""), true};
  story("u", kMachine)("u", erased).set("u", "b", "1")("u", MetadataValuesErased{"a"});
  EXPECT_EQ(values(3), (Values{{"a", "erased"}, {"b", "1"}}));
  EXPECT_EQ(value(3, "a"), "erased");
  EXPECT_EQ(values(4), (Values{{"b", "1"}}));
  EXPECT_EQ(value(4, "a"), "-");
}

TEST_F(UserMetadataAtTest, ATimeIsTheLastPositionAtOrBeforeIt) {
  EXPECT_EQ(at("2025-05-04T12:00:00Z"), 0);
  story("u", kMachine).set("u", "a", "1").set("u", "a", "2").set("u", "a", "3");
  EXPECT_EQ(at("2025-05-04T12:00:00.999999Z"), 0);
  EXPECT_EQ(at("2025-05-04T12:00:01Z"), 1);
  EXPECT_EQ(at("2025-05-04T12:00:01.999999Z"), 1);
  EXPECT_EQ(at("2025-05-04T12:00:02Z"), 2);
  EXPECT_EQ(at("2025-05-04T12:00:03Z"), 3);
  EXPECT_EQ(at("2025-05-04T12:00:04Z"), 4);
  EXPECT_EQ(at("2999-01-01T00:00:00Z"), 4);
}

// The events of one batch share one date: all of them are at it.
TEST_F(UserMetadataAtTest, OfSeveralEventsOfOneDateATimeIsTheLast) {
  story.seconds = "interval '0'";
  story("u", kMachine).set("u", "a", "1").set("u", "a", "2");
  EXPECT_EQ(at("2025-05-04T12:00:00Z"), 3);
  EXPECT_EQ(at("2025-05-04T11:59:59.999999Z"), 0);
}

TEST_F(UserMetadataAtTest, APositionBeyondTheEndStandsForTheEnd) {
  story("u", kMachine).set("u", "a", "1");
  EXPECT_EQ(threads.run(queries.position_at(Position{1})), 1);
  EXPECT_EQ(threads.run(queries.position_at(Position{2})), 2);
  EXPECT_EQ(threads.run(queries.position_at(Position{3})), 2);
  EXPECT_EQ(threads.run(queries.position_at(Position{INT64_MAX})), 2);
}

TEST_F(UserMetadataAtTest, AUserOfAnotherOrganisationOrNoneIsNobody) {
  story("u", kMachine).set("u", "a", "1");
  EXPECT_FALSE(threads.run(queries.list_at(2, {.user_id = "v", .org = "o"})));
  EXPECT_FALSE(threads.run(queries.list_at(2, {.user_id = "u", .org = "p"})));
  EXPECT_FALSE(threads.run(queries.get_at(2, "u", "p", "a")));
  EXPECT_TRUE(threads.run(queries.get_at(2, "u", "o", "a")));
}

TEST_F(UserMetadataAtTest, PagesGoByKeyInTheOrderOfItsBytes) {
  story("u", kMachine);
  for (const char* key : {"b", "B", "a", "ä", "_", "10", "9", "\U0001F511", "\uFFFD"})
    story.set("u", key, "v");
  std::vector<std::string> keys;
  PastListing listing{.user_id = "u", .org = "o", .limit = 2};
  for (;;) {
    const PastPage found = page(10, listing);
    for (const PastMetadata& row : found.rows) keys.push_back(row.key);
    if (found.end) break;
    EXPECT_EQ(found.rows.size(), 2U);
    listing.after = keys.back();
  }
  EXPECT_THAT(keys, ElementsAre("10", "9", "B", "_", "a", "b", "ä", "\uFFFD", "\U0001F511"));
  listing = {.user_id = "u", .org = "o", .after = "b", .bytes = 1};
  EXPECT_THAT(page(10, listing).rows.size(), 1U);
  EXPECT_FALSE(page(10, listing).end);
  listing.after = "\U0001F511";
  EXPECT_THAT(page(10, listing).rows, IsEmpty());
  EXPECT_TRUE(page(10, listing).end);
}

}  // namespace
}  // namespace usermeta
