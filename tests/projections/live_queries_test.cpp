#include "projections/live_queries.hpp"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>

#include "store/entropy.hpp"
#include "support/event_rows.hpp"
#include "support/log_databases.hpp"
#include "support/threads.hpp"

namespace usermeta {
namespace {

using testing::IsEmpty;

std::vector<Position> run_of(Position first, Position last) {
  std::vector<Position> all;
  for (; first <= last; ++first) all.push_back(first);
  return all;
}

// A follower, and how often it was woken.
class Follower {
 public:
  Follower(Threads& threads, LiveQueries& all, const EventFilter& filter = {}, Position after = 0)
      : threads_(threads), query_(all.open(filter, after, [this] { wake(); })) {}

  LiveQuery::Next next() { return threads_.run(query_->next()); }
  // What comes until there is no more.
  std::vector<Position> all() {
    std::vector<Position> found;
    for (LiveQuery::Next some = next();; some = next()) {
      for (const auto& event : some.events) found.push_back(event->position);
      if (!some.more) return found;
    }
  }
  // Waits until it is woken, once for each time.
  bool woken() {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(30), [this] { return wakes_ > 0; });
    if (came) --wakes_;
    return came;
  }
  // What comes until so many have come, however they are told of.
  std::vector<Position> until(std::size_t count) {
    std::vector<Position> found = all();
    while (found.size() < count && woken())
      for (const Position position : all()) found.push_back(position);
    return found;
  }
  Position reached() const { return query_->reached(); }
  bool is_open() const { return query_ != nullptr; }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
  }

  Threads& threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int wakes_ = 0;
  std::unique_ptr<LiveQuery> query_;
};

class LiveQueriesTest : public testing::Test {
 protected:
  ~LiveQueriesTest() override {
    live.close();
    queries.close();
    threads.join();
  }
  void append(const std::string& user = "u", const std::string& type = "user.metadata.set") {
    rows.add(user, type);
    live.poke();
  }

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  EventRows rows{sql};
  Threads threads{2};
  EventQueries queries{threads.executor(), {conninfo, new_process_name()}};
  LiveQueries live{threads.executor(),
                   queries,
                   {.conninfo = conninfo, .process = new_process_name(), .most = 20, .tail_bytes = 10'000}};
};

TEST_F(LiveQueriesTest, TellsWhatHasHappenedAndThenWhatHappens) {
  rows.add_many(1200, 3);
  Follower follower(threads, live);
  EXPECT_EQ(follower.all(), run_of(1, 1200));
  for (Position position = 1201; position < 1210; ++position) {
    append();
    EXPECT_EQ(follower.until(1), run_of(position, position));
    EXPECT_EQ(follower.reached(), position);
  }
}

TEST_F(LiveQueriesTest, BeginsWhereItIsTold) {
  rows.add_many(10, 1);
  EXPECT_EQ(Follower(threads, live, {}, 7).all(), run_of(8, 10));
  Follower at_end(threads, live, {}, INT64_MAX);
  EXPECT_THAT(at_end.all(), IsEmpty());
  EXPECT_EQ(at_end.reached(), 10);
  append();
  EXPECT_EQ(at_end.until(1), run_of(11, 11));
}

// Between the page that had all and the first wait.
TEST_F(LiveQueriesTest, MissesNothingThatComesBeforeItWaits) {
  rows.add_many(10, 1);
  Follower follower(threads, live);
  EXPECT_EQ(follower.next().events.size(), 10U);
  rows.add_many(5, 1);
  EXPECT_EQ(follower.until(5), run_of(11, 15));
}

TEST_F(LiveQueriesTest, PassesOverWhatDoesNotMatchAndKnowsHowFar) {
  Follower follower(threads, live, {.user = "mine"});
  EXPECT_THAT(follower.all(), IsEmpty());
  append("other");
  ASSERT_TRUE(follower.woken());
  EXPECT_THAT(follower.all(), IsEmpty());
  EXPECT_EQ(follower.reached(), 1);
  append("mine");
  EXPECT_EQ(follower.until(1), run_of(2, 2));
}

TEST_F(LiveQueriesTest, FollowersShareOneConnection) {
  rows.add_many(100, 1);
  std::vector<std::unique_ptr<Follower>> followers;
  for (Position i = 0; i < 20; ++i) {
    followers.push_back(std::make_unique<Follower>(threads, live, EventFilter{}, i * 5));
    EXPECT_EQ(followers.back()->all(), run_of(i * 5 + 1, 100));
  }
  append();
  for (const auto& follower : followers) EXPECT_EQ(follower->until(1), run_of(101, 101));
  EXPECT_EQ(sql.value(Sql::connections("usermeta tail%")), "1");
  EXPECT_EQ(sql.value(Sql::connections("usermeta events%")), "1");
}

TEST_F(LiveQueriesTest, TakesSoManyAndNoMore) {
  std::vector<std::unique_ptr<Follower>> followers;
  for (int i = 0; i < 20; ++i) followers.push_back(std::make_unique<Follower>(threads, live));
  EXPECT_FALSE(Follower(threads, live).is_open());
  EXPECT_EQ(live.count(), 20U);
  followers.pop_back();
  EXPECT_TRUE(Follower(threads, live).is_open());
}

// The tail keeps some fifteen events here.
TEST_F(LiveQueriesTest, WhoFallsBehindReadsTheLogAndMissesNothing) {
  Follower slow(threads, live);
  Follower quick(threads, live);
  EXPECT_THAT(slow.all(), IsEmpty());
  EXPECT_THAT(quick.all(), IsEmpty());
  for (Position position = 1; position <= 100; ++position) {
    append();
    EXPECT_EQ(quick.until(1), run_of(position, position));
  }
  EXPECT_EQ(slow.until(100), run_of(1, 100));
  append();
  EXPECT_EQ(slow.until(1), run_of(101, 101));
}

TEST_F(LiveQueriesTest, ALostConnectionIsNoMatterToFollowers) {
  Follower follower(threads, live);
  EXPECT_THAT(follower.all(), IsEmpty());
  append();
  EXPECT_EQ(follower.until(1), run_of(1, 1));
  EXPECT_THAT(follower.all(), IsEmpty());
  EXPECT_EQ(sql.terminate("usermeta tail%"), 1);
  append();
  EXPECT_EQ(follower.until(1), run_of(2, 2));
}

TEST_F(LiveQueriesTest, StandsStillBeforeAnEventThatItCannotRead) {
  Follower follower(threads, live);
  EXPECT_THAT(follower.all(), IsEmpty());
  rows.add("x", "x", "o", "{}", "unheard of");
  live.poke();
  ASSERT_TRUE(follower.woken());
  EXPECT_THROW(follower.next(), UnreadableEvent);
  EXPECT_EQ(follower.reached(), 0);
}

TEST_F(LiveQueriesTest, WhoHasLeftIsNotWoken) {
  bool woken = false;
  {
    const auto left = live.open({}, 0, [&woken] { woken = true; });
    while (threads.run(left->next()).more) {
    }
  }
  Follower stays(threads, live);
  EXPECT_THAT(stays.all(), IsEmpty());
  append();
  EXPECT_EQ(stays.until(1), run_of(1, 1));
  EXPECT_FALSE(woken);
}

}  // namespace
}  // namespace usermeta
