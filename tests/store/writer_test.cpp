#include "store/writer.hpp"

#include <deque>
#include <mutex>

#include <gmock/gmock.h>

#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What a writer's on_access or on_outage was told, for another thread.
class Told {
 public:
  void add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    all_ += text + "\n";
  }
  std::string all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  void until_contains(const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (all().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("never told: " + text);
      std::this_thread::yield();
    }
  }

 private:
  mutable std::mutex mutex_;
  std::string all_;
};

class WriterTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Sql holder{conninfo};

  // As another process that appends for a long time.
  void hold_the_log() { holder.run("BEGIN; SELECT * FROM log_head FOR UPDATE"); }
  void let_go() { holder.run("COMMIT"); }

  static Writer::Options telling(Told& told) {
    Writer::Options options;
    options.on_access = [&told](const Fact& fact) {
      told.add(fact.aggregate.id + " " + std::string(type_of(fact.event).name));
    };
    return options;
  }
  std::string access_events() {
    std::string text;
    for (const auto& row : sql.run("SELECT aggregate_id, type FROM events WHERE type IN ('user.locked',"
                                   " 'org.added', 'org.member.added', 'user.removed') ORDER BY position"))
      text += row[0] + " " + row[1] + "\n";
    return text;
  }
  void insert_at_head(const std::string& id, const std::string& type, int revision, const std::string& slot) {
    sql.run("INSERT INTO events SELECT position + 1, 'user', '" + id +
            "', (SELECT count(*) + 1 FROM events WHERE aggregate_id = '" + id + "'), '" + type + "', " +
            std::to_string(revision) + ", created_at, 'c', '" + kOrg + "', '" + slot +
            "', '{}', sha256(convert_to((position + 1)::text, 'UTF8')), '', '', '' FROM log_head;"
            "UPDATE log_head SET position = position + 1,"
            " salt = substring(sha256(convert_to((position + 1)::text, 'UTF8')) FOR 16)");
    sql.run("UPDATE events SET salt = substring(salt FOR 16)");
  }
};

TEST_F(WriterTest, ACommandWhoseDeadlinePassesIsUnavailableAndTheNextGoesOn) {
  Process process(conninfo);
  process.add_user(kUser);
  hold_the_log();
  CommandRequest request = Process::request(Process::set(kUser, "k", "v"));
  request.deadline = std::chrono::steady_clock::now() + 100ms;
  EXPECT_TRUE(std::holds_alternative<Unavailable>(Threads::get(process.begin(std::move(request)))));
  let_go();
  EXPECT_GE(process.done(Process::set(kUser, "k", "w")), 2);
}

TEST_F(WriterTest, MoreThanItTakesOnIsRefusedAtOnceAndTheRestIsDone) {
  Writer::Options options;
  options.handler.pending_commands = 4;
  Process process(conninfo, options);
  process.add_user(kUser);
  hold_the_log();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 10; ++i) answers.push_back(process.begin(Process::set(kUser, "k", std::to_string(i))));
  int overloaded = 0;
  for (std::size_t i = 4; i < 10; ++i) {
    const Answer answer = Threads::get(std::move(answers[i]));
    const auto* refusal = std::get_if<Refusal>(&answer);
    if (refusal && *refusal == Refusal::too_many_commands) ++overloaded;
  }
  EXPECT_EQ(overloaded, 6);
  let_go();
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(std::holds_alternative<Done>(Threads::get(std::move(answers[i]))));
}

TEST_F(WriterTest, WhoWaitsForEachAnswerIsNeverRefused) {
  Writer::Options options;
  options.handler.pending_commands = 1;
  Process process(conninfo, options);
  process.add_user(kUser);
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(std::holds_alternative<Done>(process.handle(Process::set(kUser, "k", std::to_string(i)))))
        << i;
}

TEST_F(WriterTest, LevelReturnsWhenEverythingBeforeItWentThroughOnAccess) {
  Told told;
  Process one(conninfo);
  Writer::Options options = telling(told);
  options.tick = 1h;
  Process other(conninfo, options);
  other.level();
  for (int i = 0; i < 10; ++i) {
    const std::string id = "u" + std::to_string(i);
    one.add_user(id);
    one.done(LockUser{id});
    other.level();
    EXPECT_THAT(told.all(), HasSubstr(id + " user.locked"));
  }
}

TEST_F(WriterTest, AnIdleProcessLearnsWhatOthersDidByItself) {
  Told told;
  Process idle(conninfo, telling(told));
  Process busy(conninfo);
  busy.add_user(kUser);
  busy.done(LockUser{kUser});
  told.until_contains(kUser + " user.locked");
}

TEST_F(WriterTest, EveryEventThatChangesAccessIsToldOnceInTheLogsOrderInEveryProcess) {
  std::array<Told, 3> told;
  std::deque<Process> processes;
  for (Told& each : told) processes.emplace_back(conninfo, telling(each));
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 60; ++i) {
    Process& process = processes[static_cast<std::size_t>(i) % 3];
    const std::string id = std::to_string(i);
    process.add_user(id);
    answers.push_back(process.begin(LockUser{id}));
    answers.push_back(process.begin(RemoveUser{id}));
  }
  for (auto& answer : answers) EXPECT_TRUE(std::holds_alternative<Done>(Threads::get(std::move(answer))));
  const std::string expected = access_events();
  EXPECT_EQ(std::ranges::count(expected, '\n'), 120);
  for (std::size_t i = 0; i < 3; ++i) {
    processes[i].level();
    EXPECT_EQ(told[i].all(), expected) << "process " << i;
  }
  Told late;
  Process begun_later(conninfo, telling(late));
  begun_later.level();
  EXPECT_EQ(late.all(), expected);
}

TEST_F(WriterTest, WhatACommandChangesAboutAccessIsToldBeforeItsAnswer) {
  Told told;
  Process process(conninfo, telling(told));
  for (int i = 0; i < 10; ++i) {
    const std::string id = "u" + std::to_string(i);
    process.add_user(id);
    process.done(LockUser{id});
    EXPECT_THAT(told.all(), HasSubstr(id + " user.locked"));
  }
}

// The caller is locked by another process after this one has last looked.
TEST_F(WriterTest, ACommandIsRefusedWhenItsCallerMayNotAnyMoreAtTheTimeOfTheDecision) {
  std::atomic<bool> locked{false};
  Writer::Options options;
  options.tick = 1h;
  options.on_access = [&](const Fact& fact) {
    locked = locked || std::holds_alternative<UserLocked>(fact.event);
  };
  Process one(conninfo);
  one.add_user(kUser);
  one.add_user("caller");
  Process other(conninfo, options);
  EXPECT_EQ(other.done(Process::set(kUser, "k", "before")), 2);
  one.done(LockUser{"caller"});
  ASSERT_FALSE(locked);

  CommandRequest request = Process::request(Process::set(kUser, "k", "after"));
  request.allowed = [&](std::string_view) {
    return locked ? std::optional(Refusal::token_unknown) : std::nullopt;
  };
  EXPECT_EQ(std::get<Refusal>(Threads::get(other.begin(request))), Refusal::token_unknown);
  EXPECT_EQ(sql.value("SELECT count(*) FROM events WHERE aggregate_id = '" + kUser + "'"), "2");
}

TEST_F(WriterTest, StopAnswersWhatRunsInTimeAndTakesNothingNew) {
  Process process(conninfo);
  process.add_user(kUser);
  hold_the_log();
  auto running = process.begin(Process::set(kUser, "k", "v"));
  sql.until_waiting_for_lock("usermeta append%");
  auto stopped = process.threads().spawn(process.writer().stop(30s));
  EXPECT_EQ(std::get<Refusal>(process.handle(Process::set(kUser, "k", "late"))), Refusal::stopping);
  let_go();
  EXPECT_EQ(std::get<Done>(Threads::get(std::move(running))).details.sequence, 2);
  Threads::get(std::move(stopped));
}

TEST_F(WriterTest, StopDoesNotWaitLongerThanItsGrace) {
  Process process(conninfo);
  process.add_user(kUser);
  hold_the_log();
  auto running = process.begin(Process::set(kUser, "k", "v"));
  sql.until_waiting_for_lock("usermeta append%");
  auto level = process.threads().spawn(process.writer().level(1h));
  process.threads().run(process.writer().stop(10ms));
  EXPECT_TRUE(std::holds_alternative<Unavailable>(Threads::get(std::move(running))));
  EXPECT_THROW(Threads::get(std::move(level)), Outage);
  EXPECT_THROW(process.threads().run(process.writer().level(1h)), Outage);
  let_go();
}

TEST_F(WriterTest, AnEventAboutAccessThatCannotBeReadAtTheStartIsAnOutageUntilItIsMended) {
  Process(conninfo).add_user(kUser);
  insert_at_head(kUser, "user.locked", 2, "state");
  insert_at_head(kUser, "user.locked", 99, "state");
  Told told, outages;
  Writer::Options options = telling(told);
  options.on_outage = [&](const std::string& message) { outages.add(message.empty() ? "over" : message); };
  Process process(conninfo, options);
  outages.until_contains("revision 99");
  sql.run("UPDATE events SET revision = 2");
  process.level();
  // Those before it were told once, however often it was tried.
  EXPECT_EQ(told.all(), kUser + " user.locked\n" + kUser + " user.locked\n");
  EXPECT_THAT(outages.all(), HasSubstr("over"));
}

TEST_F(WriterTest, AnEventAboutAccessThatCannotBeReadLaterIsAnOutageUntilItIsMended) {
  Told told, outages;
  Writer::Options options = telling(told);
  options.on_outage = [&](const std::string& message) { outages.add(message.empty() ? "over" : message); };
  Process process(conninfo, options);
  process.add_user(kUser);
  sql.run("BEGIN");
  insert_at_head(kUser, "user.locked", 2, "state");
  insert_at_head(kUser, "user.locked", 99, "state");
  sql.run("COMMIT");
  outages.until_contains("revision 99");
  CommandRequest request = Process::request(Process::set(kUser, "k", "v"));
  request.deadline = std::chrono::steady_clock::now() + 300ms;
  EXPECT_TRUE(std::holds_alternative<Unavailable>(Threads::get(process.begin(request))));
  sql.run("UPDATE events SET revision = 2");
  process.level();
  EXPECT_EQ(told.all(), kUser + " user.locked\n" + kUser + " user.locked\n");
}

TEST_F(WriterTest, AUserWhoseEventsCannotBeReadIsUnavailableAndOthersAreServed) {
  Process process(conninfo);
  process.add_user("good");
  insert_at_head("bad", "user.of.the.future", 1, "state");
  Process fresh(conninfo);
  EXPECT_TRUE(std::holds_alternative<Unavailable>(fresh.handle(Process::set("bad", "k", "v"))));
  EXPECT_EQ(fresh.done(Process::set("good", "k", "v")), 2);
}

TEST_F(WriterTest, ADatabaseThatIsAwayIsToldOnceAndWhenItIsBack) {
  Told outages;
  Writer::Options options;
  options.on_outage = [&](const std::string& message) { outages.add(message.empty() ? "over" : message); };
  Process process(conninfo, options);
  process.add_user(kUser);
  sql.run("ALTER TABLE events RENAME TO gone");
  outages.until_contains("events");
  sql.run("ALTER TABLE gone RENAME TO events");
  EXPECT_EQ(process.done(Process::set(kUser, "k", "v")), 2);
  outages.until_contains("over");
}

}  // namespace
}  // namespace usermeta
