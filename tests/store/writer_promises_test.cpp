#include <deque>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

// The promises of the log, kept by whole writers with threads of their own on a real database.
class Promises : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};

  // Positions and every aggregate's sequences are 1, 2, 3 ..., the clock runs forward, the head is the
  // newest.
  void expect_whole() {
    EXPECT_EQ(sql.value("SELECT count(*) = coalesce(max(position), 0) AND count(DISTINCT position) = count(*)"
                        " FROM events"),
              "t");
    EXPECT_EQ(sql.value("SELECT count(*) FROM (SELECT 1 FROM events GROUP BY aggregate_type, aggregate_id"
                        " HAVING max(sequence) <> count(*) OR min(sequence) <> 1) broken"),
              "0");
    EXPECT_EQ(
        sql.value(
            "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY position) AS back,"
            " sequence < lag(sequence) OVER (PARTITION BY aggregate_id ORDER BY position) AS order_lost"
            " FROM events) e WHERE back OR order_lost"),
        "0");
    EXPECT_EQ(sql.value("SELECT (SELECT (position, salt, created_at) FROM log_head) ="
                        " (SELECT (position, salt, created_at) FROM events ORDER BY position DESC LIMIT 1)"),
              "t");
  }
  std::string value_at(Sequence sequence) {
    return sql.value(
        "SELECT convert_from(decode(payload::json ->> 'value', 'base64'), 'UTF8') FROM events"
        " WHERE aggregate_id = '" +
        kUser + "' AND sequence = " + std::to_string(sequence));
  }
};

struct Acknowledged {
  std::string value;
  Sequence sequence;
  Sequence newest_before;  // that was known when it was asked for
};

// Sets values of its own one after the other.
struct Client {
  Process& process;
  std::string name;
  int count;
  std::atomic<Sequence>& newest;
  std::vector<Acknowledged> acknowledged = {};
  int unavailable = 0;

  asio::awaitable<void> run() {
    for (int i = 0; i < count; ++i) {
      const std::string value = name + "-" + std::to_string(i);
      const Sequence before = newest.load();
      CommandRequest request = Process::request(Process::set(kUser, "key", value));
      const Answer answer = co_await process.writer().handle(std::move(request));
      if (const auto* done = std::get_if<Done>(&answer)) {
        acknowledged.push_back({value, done->details.sequence, before});
        for (Sequence seen = newest.load();
             seen < done->details.sequence && !newest.compare_exchange_weak(seen, done->details.sequence);) {
        }
      } else {
        ++unavailable;
      }
    }
  }
};

TEST_F(Promises, AnAnswerIsGivenWhenAnotherConnectionCanSeeTheEvent) {
  Process process(conninfo);
  process.add_user(kUser);
  for (int i = 0; i < 20; ++i) {
    const Sequence sequence = process.done(Process::set(kUser, "k", std::to_string(i)));
    EXPECT_EQ(sequence, i + 2);
    EXPECT_EQ(value_at(sequence), std::to_string(i));
  }
  expect_whole();
}

TEST_F(Promises, SixteenAtOnceOnOneKeyGetSixteenSequences) {
  Process process(conninfo, {}, 2);
  process.add_user(kUser);
  std::atomic<Sequence> newest{1};
  std::deque<Client> clients;
  std::vector<std::future<void>> runs;
  for (int i = 0; i < 16; ++i) clients.push_back({process, "c" + std::to_string(i), 100, newest});
  for (Client& client : clients) runs.push_back(process.threads().spawn(client.run()));
  for (auto& run : runs) Threads::get(std::move(run));

  std::map<Sequence, std::string> values;
  for (const Client& client : clients) {
    EXPECT_EQ(client.unavailable, 0);
    for (const Acknowledged& set : client.acknowledged) {
      EXPECT_GT(set.sequence, set.newest_before);
      EXPECT_TRUE(values.emplace(set.sequence, set.value).second) << "given twice: " << set.sequence;
    }
  }
  EXPECT_EQ(values.size(), 1600U);
  EXPECT_EQ(values.begin()->first, 2);
  EXPECT_EQ(values.rbegin()->first, 1601);
  EXPECT_EQ(value_at(1601), values.rbegin()->second);
  expect_whole();
}

// Linearizable: an answer's sequence is above every one that was known before it was asked for.
TEST_F(Promises, SeveralProcessesActAsIfOneCommandRanAfterTheOther) {
  std::deque<Process> processes;
  for (int i = 0; i < 3; ++i) processes.emplace_back(conninfo);
  processes[0].add_user(kUser);
  std::atomic<Sequence> newest{1};
  std::deque<Client> clients;
  std::vector<std::future<void>> runs;
  for (int i = 0; i < 12; ++i)
    clients.push_back({processes[static_cast<std::size_t>(i) % 3], "c" + std::to_string(i), 40, newest});
  for (Client& client : clients) runs.push_back(client.process.threads().spawn(client.run()));
  for (auto& run : runs) Threads::get(std::move(run));

  std::set<Sequence> sequences;
  for (const Client& client : clients) {
    EXPECT_EQ(client.unavailable, 0);
    for (const Acknowledged& set : client.acknowledged) {
      EXPECT_GT(set.sequence, set.newest_before);
      EXPECT_TRUE(sequences.insert(set.sequence).second);
      EXPECT_EQ(value_at(set.sequence), set.value);
    }
  }
  EXPECT_EQ(sequences.size(), 480U);
  expect_whole();
}

TEST_F(Promises, EqualSetsAtOnceThroughSeveralProcessesMakeOneEvent) {
  std::deque<Process> processes;
  for (int i = 0; i < 3; ++i) processes.emplace_back(conninfo);
  processes[0].add_user(kUser);
  for (int round = 0; round < 25; ++round) {
    std::vector<std::future<Answer>> answers;
    for (int i = 0; i < 9; ++i)
      answers.push_back(
          processes[static_cast<std::size_t>(i) % 3].begin(Process::set(kUser, "k", std::to_string(round))));
    for (auto& answer : answers)
      EXPECT_EQ(std::get<Done>(Threads::get(std::move(answer))).details.sequence, round + 2);
  }
  EXPECT_EQ(sql.value("SELECT count(*) FROM events"), "26");
  expect_whole();
}

TEST_F(Promises, TheClockDoesNotGoBackBehindAnotherProcessesClock) {
  Process process(conninfo);
  process.add_user(kUser);
  const std::string future = "2100-01-01 00:00:00.5+00";
  sql.run("INSERT INTO events VALUES (2, 'user', 'x', 1, 'user.locked', 2, '" + future +
          "', 'c', 'o', 'state', '{}',"
          " '\\x0f0e0d0c0b0a09080706050403020100', '', '', ''); UPDATE log_head SET position = 2, salt = "
          "'\\x0f0e0d0c0b0a09080706050403020100', created_at = '" +
          future + "'");
  process.done(Process::set(kUser, "k", "v"));
  EXPECT_EQ(sql.value("SELECT created_at = '" + future + "' FROM events WHERE position = 3"), "t");
}

TEST_F(Promises, ConnectionsKilledUnderLoadLoseNothingThatWasAcknowledged) {
  std::deque<Process> processes;
  for (int i = 0; i < 2; ++i) processes.emplace_back(conninfo);
  processes[0].add_user(kUser);
  std::atomic<Sequence> newest{1};
  std::deque<Client> clients;
  std::vector<std::future<void>> runs;
  for (int i = 0; i < 8; ++i)
    clients.push_back({processes[static_cast<std::size_t>(i) % 2], "c" + std::to_string(i), 60, newest});
  for (Client& client : clients) runs.push_back(client.process.threads().spawn(client.run()));
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    // Only when it has got going again.
    const Sequence from = newest.load();
    while (newest.load() < from + 20 && newest.load() < 300) std::this_thread::yield();
    killed += sql.terminate("usermeta%");
  }
  EXPECT_GE(killed, 8);
  for (auto& run : runs) Threads::get(std::move(run));

  const Sql::Rows rows = sql.run(
      "SELECT sequence, convert_from(decode(payload::json ->> 'value', 'base64'), 'UTF8')"
      " FROM events WHERE type = 'user.metadata.set'");
  std::map<std::string, Sequence> stored;
  for (const auto& row : rows)
    EXPECT_TRUE(stored.emplace(row[1], std::stol(row[0])).second) << "stored twice: " << row[1];
  std::size_t acknowledged = 0;
  for (const Client& client : clients) {
    acknowledged += client.acknowledged.size();
    for (const Acknowledged& set : client.acknowledged) {
      EXPECT_EQ(stored[set.value], set.sequence) << set.value;
      EXPECT_GT(set.sequence, set.newest_before);
    }
  }
  // Nobody had a deadline, so everybody was answered in the end.
  EXPECT_EQ(acknowledged, 480U);
  EXPECT_EQ(stored.size(), 480U);
  expect_whole();
}

}  // namespace
}  // namespace usermeta
