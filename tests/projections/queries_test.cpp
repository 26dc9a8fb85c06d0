#include <gmock/gmock.h>

#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/read_side.hpp"

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Rows that are in the read model already; the log is empty.
class QueriesTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};
  ReadSide reads{conninfo};

  void row(const std::string& key, const std::string& value = "v", int created = 0,
           const std::string& owner = "o", const std::string& user = "u") {
    sql.run("INSERT INTO user_metadata VALUES ('" + user + "', '" + key + "', '" + value + "', '" + owner +
            "', timestamptz '2025-05-04 12:00+00' + interval '1 second' * " + std::to_string(created) +
            ", '2025-05-05 12:00+00', 7)");
  }
  static UserMetadataListing listing() {
    UserMetadataListing listing;
    listing.user_id = "u";
    listing.orgs = {"o"};
    return listing;
  }
  std::vector<std::string> keys(const UserMetadataListing& listing) {
    std::vector<std::string> result;
    for (const UserMetadataRow& found : reads.list(listing).rows) result.push_back(found.key);
    return result;
  }
  std::vector<std::string> matching(int method, const std::string& key) {
    UserMetadataListing by_key = listing();
    by_key.queries = {{key, method}};
    const auto result = keys(by_key);
    EXPECT_EQ(reads.list(by_key).total, result.size());
    return result;
  }
};

TEST_F(QueriesTest, ARowHasAllItsFields) {
  row("k", "\\x00ff27");
  const auto found = reads.get("u", "k", "o");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, "k");
  EXPECT_EQ(found->value, std::string("\0\xff'", 3));
  EXPECT_EQ(found->owner, "o");
  EXPECT_EQ(to_rfc3339(found->created_at), "2025-05-04T12:00:00Z");
  EXPECT_EQ(to_rfc3339(found->changed_at), "2025-05-05T12:00:00Z");
  EXPECT_EQ(found->sequence, 7);
}

TEST_F(QueriesTest, WhoeverAsksOnAnExecutorWaitsForNoOther) {
  row("k");
  Threads busy;
  Threads free;
  UserMetadataQueries queries({busy.executor(), free.executor()}, {conninfo, "test", 2},
                              std::make_shared<CheckpointWatch>(free.executor()));
  std::promise<void> over;
  boost::asio::post(busy.executor(), [&] { over.get_future().get(); });
  EXPECT_TRUE(free.run(queries.get("u", "k", "o")));
  EXPECT_EQ(free.run(queries.list(listing())).rows.size(), 1U);
  over.set_value();
  EXPECT_TRUE(busy.run(queries.get("u", "k", "o")));
  queries.close();
  busy.join();
  free.join();
}

TEST_F(QueriesTest, ExecutorsShareTheConnectionsThatThereAre) {
  row("k");
  Threads first;
  Threads second;
  UserMetadataQueries queries({first.executor(), second.executor()}, {conninfo, "test", 1},
                              std::make_shared<CheckpointWatch>(first.executor()));
  EXPECT_TRUE(first.run(queries.get("u", "k", "o")));
  EXPECT_TRUE(second.run(queries.get("u", "k", "o")));
  queries.close();
  second.join();
  first.join();
}

TEST_F(QueriesTest, GetFindsNothingOfAnotherKeyUserOrOrganisation) {
  row("k");
  EXPECT_TRUE(reads.get("u", "k", "o"));
  EXPECT_FALSE(reads.get("u", "K", "o"));
  EXPECT_FALSE(reads.get("v", "k", "o"));
  EXPECT_FALSE(reads.get("u", "k", "p"));
}

TEST_F(QueriesTest, AListHoldsWhatBelongsToItsOrganisations) {
  row("a", "v", 0, "o");
  row("b", "v", 0, "p");
  row("c", "v", 0, "q");
  row("d", "v", 0, "o", "another");
  UserMetadataListing of = listing();
  EXPECT_THAT(keys(of), ElementsAre("a"));
  of.orgs = {"o", "q"};
  EXPECT_THAT(keys(of), ElementsAre("a", "c"));
  EXPECT_EQ(reads.list(of).total, 2U);
  of.orgs = {};
  EXPECT_THAT(keys(of), IsEmpty());
  EXPECT_EQ(reads.list(of).total, 0U);
  of.everywhere = true;
  EXPECT_THAT(keys(of), ElementsAre("a", "b", "c"));
}

TEST_F(QueriesTest, ByKeyMeansInTheOrderOfItsBytes) {
  for (const std::string& key :
       std::vector<std::string>{"b", "B", "a", "ä", "Z", "_", "10", "9", "", "\U0001F511", "\uFFFD"})
    row(key);
  EXPECT_THAT(keys(listing()),
              ElementsAre("", "10", "9", "B", "Z", "_", "a", "b", "ä", "\uFFFD", "\U0001F511"));
}

TEST_F(QueriesTest, ByDateMeansByCreationThenByKey) {
  row("a", "v", 2);
  row("d", "v", 1);
  row("b", "v", 3);
  row("c", "v", 1);
  UserMetadataListing by_date = listing();
  for (const std::vector<KeyQuery>& queries : std::vector<std::vector<KeyQuery>>{{}, {{"", 2}}}) {
    by_date.queries = queries;
    by_date.order = UserMetadataOrder::newest_first;
    EXPECT_THAT(keys(by_date), ElementsAre("b", "a", "c", "d"));
    by_date.order = UserMetadataOrder::oldest_first;
    EXPECT_THAT(keys(by_date), ElementsAre("c", "d", "a", "b"));
  }
}

TEST_F(QueriesTest, APartOfTheListStillCountsAll) {
  for (const std::string& key : std::vector<std::string>{"a", "b", "c", "d", "e"}) row(key);
  UserMetadataListing part = listing();
  for (const auto order :
       {UserMetadataOrder::by_key, UserMetadataOrder::oldest_first, UserMetadataOrder::newest_first}) {
    part.order = order;
    part.offset = 1;
    part.limit = 2;
    EXPECT_THAT(keys(part), ElementsAre("b", "c"));
    EXPECT_EQ(reads.list(part).total, 5U);
    part.offset = 4;
    EXPECT_THAT(keys(part), ElementsAre("e"));
    part.offset = UINT64_MAX;
    EXPECT_THAT(keys(part), IsEmpty());
    EXPECT_EQ(reads.list(part).total, 5U);
    part.offset = 0;
    part.limit = UINT32_MAX;
    EXPECT_EQ(keys(part).size(), 5U);
  }
}

TEST_F(QueriesTest, KeysAreMatchedInEightWays) {
  for (const std::string& key :
       std::vector<std::string>{"Key", "key", "KEYHOLE", "keyhole", "monkey", "MONKEY", "x"})
    row(key);
  EXPECT_THAT(matching(0, "key"), ElementsAre("key"));
  EXPECT_THAT(matching(1, "kEy"), ElementsAre("Key", "key"));
  EXPECT_THAT(matching(2, "key"), ElementsAre("key", "keyhole"));
  EXPECT_THAT(matching(3, "kEy"), ElementsAre("KEYHOLE", "Key", "key", "keyhole"));
  EXPECT_THAT(matching(4, "ey"), ElementsAre("Key", "key", "keyhole", "monkey"));
  EXPECT_THAT(matching(5, "EY"), ElementsAre("KEYHOLE", "Key", "MONKEY", "key", "keyhole", "monkey"));
  EXPECT_THAT(matching(6, "key"), ElementsAre("key", "monkey"));
  EXPECT_THAT(matching(7, "kEy"), ElementsAre("Key", "MONKEY", "key", "monkey"));
}

TEST_F(QueriesTest, CaseIsThatOfUnicode) {
  row("ÄRGER");
  row("КЛЮЧ");
  EXPECT_THAT(matching(1, "ärger"), ElementsAre("ÄRGER"));
  EXPECT_THAT(matching(3, "Клю"), ElementsAre("КЛЮЧ"));
  EXPECT_THAT(matching(5, "люч"), ElementsAre("КЛЮЧ"));
  EXPECT_THAT(matching(7, "rgEr"), ElementsAre("ÄRGER"));
  EXPECT_THAT(matching(4, "ärger"), IsEmpty());
  EXPECT_THAT(matching(7, "ÜRGER"), IsEmpty());
}

TEST_F(QueriesTest, WildcardsAndEscapesArePlainCharacters) {
  for (const std::string& key : std::vector<std::string>{"a%b", "a_b", "a\\b", "axb", ".*", "''"})
    row(key == "''" ? "''''" : key);
  for (int method = 0; method < 8; ++method) {
    EXPECT_THAT(matching(method, "a%b"), ElementsAre("a%b")) << method;
    EXPECT_THAT(matching(method, "a_b"), ElementsAre("a_b")) << method;
    EXPECT_THAT(matching(method, "a\\b"), ElementsAre("a\\b")) << method;
    EXPECT_THAT(matching(method, ".*"), ElementsAre(".*")) << method;
    EXPECT_THAT(matching(method, "''"), ElementsAre("''")) << method;
  }
}

TEST_F(QueriesTest, AnEmptyTextIsInEveryKeyAndEqualsNone) {
  row("a");
  row("b");
  for (const int method : {0, 1}) EXPECT_THAT(matching(method, ""), IsEmpty());
  for (const int method : {2, 3, 4, 5, 6, 7}) EXPECT_THAT(matching(method, ""), ElementsAre("a", "b"));
}

TEST_F(QueriesTest, AllConditionsMustHold) {
  for (const std::string& key : std::vector<std::string>{"abc", "abd", "xbc"}) row(key);
  UserMetadataListing both = listing();
  both.queries = {{"ab", 2}, {"C", 7}};
  EXPECT_THAT(keys(both), ElementsAre("abc"));
}

TEST_F(QueriesTest, APageEndsBeforeItsValuesPass3MebibytesButHasARow) {
  sql.run(
      "INSERT INTO user_metadata SELECT 'u', chr(97 + n), convert_to(repeat('x', 1048576), 'UTF8'), 'o', "
      "now(),"
      " now(), 1 FROM generate_series(0, 4) n");
  UserMetadataListing first = listing();
  UserMetadataListing rest = listing();
  rest.offset = 3;
  for (const auto order :
       {UserMetadataOrder::by_key, UserMetadataOrder::oldest_first, UserMetadataOrder::newest_first}) {
    first.order = rest.order = order;
    EXPECT_THAT(keys(first), ElementsAre("a", "b", "c"));
    EXPECT_EQ(reads.list(first).total, 5U);
    EXPECT_THAT(keys(rest), ElementsAre("d", "e"));
  }
  sql.run("UPDATE user_metadata SET value = convert_to(repeat('x', 4000000), 'UTF8') WHERE key = 'a'");
  EXPECT_THAT(keys(listing()), ElementsAre("a"));
}

TEST_F(QueriesTest, PingSaysWhetherTheDatabaseAnswers) {
  EXPECT_NO_THROW(reads.threads().run(reads.queries().ping()));
  ReadSide nowhere("host=/nowhere dbname=x");
  EXPECT_THROW(nowhere.threads().run(nowhere.queries().ping()), Outage);
  EXPECT_THROW(nowhere.get("u", "k", "o"), Outage);
}

TEST_F(QueriesTest, AProjectionThatStandsStillIsAnOutageWhenPatienceIsOver) {
  sql.run("UPDATE log_head SET position = 1");
  ReadSide impatient(conninfo, {}, std::chrono::milliseconds(50));
  EXPECT_THROW(impatient.get("u", "k", "o"), Outage);
  EXPECT_THROW(impatient.list(listing()), Outage);
}

// Through the process that projects and through another one, while others write as well.
TEST_F(QueriesTest, WhatWasWrittenIsReadAtOnceUnderLoad) {
  Process writer(conninfo, {}, 2);
  writer.add_user("mine");
  writer.add_user("theirs");
  reads.start();
  ReadSide other(conninfo);
  other.start();
  std::atomic<bool> over{false};
  const auto load = [&]() -> boost::asio::awaitable<void> {
    for (int i = 0; !over; ++i) {
      CommandRequest request =
          Process::request(Process::set("theirs", "k" + std::to_string(i % 50), std::to_string(i)));
      co_await writer.writer().handle(std::move(request));
    }
  };
  std::vector<std::future<void>> loads;
  for (int i = 0; i < 4; ++i) loads.push_back(writer.threads().spawn(load()));
  for (int i = 0; i < 60; ++i) {
    const Sequence sequence = writer.done(Process::set("mine", "k", std::to_string(i)));
    ReadSide& side = i % 2 == 0 ? reads : other;
    const auto found = side.get("mine", "k", kOrg);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value, std::to_string(i));
    EXPECT_EQ(found->sequence, sequence);
  }
  over = true;
  for (auto& each : loads) Threads::get(std::move(each));
}

// A caller may name any position: the projector must not look for it again and again.
TEST_F(QueriesTest, AWaitForAPositionBeyondTheLogHurriesTheProjectionUpToTheLogsEndOnly) {
  sql.run("UPDATE log_head SET position = 7");
  std::promise<void> wanted;
  reads.watch().on_wanted([&] { wanted.set_value(); });
  auto waiting = reads.threads().spawn(reads.queries().reached(1000));
  wanted.get_future().get();
  EXPECT_EQ(reads.watch().wanted(), 7);
  reads.watch().advance(1000);
  EXPECT_TRUE(Threads::get(std::move(waiting)));
  EXPECT_TRUE(reads.threads().run(reads.queries().reached(1000)));
}

}  // namespace
}  // namespace usermeta
