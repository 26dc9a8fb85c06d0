#include <atomic>
#include <mutex>

#include <gmock/gmock.h>

#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

// What a writer tells those who watch it, asked from another thread than its own.

namespace usermeta {
namespace {

using testing::ElementsAre;

struct WriterFigures : testing::Test {
  std::string conninfo = migrated_database();
  Sql holder{conninfo};

  static Writer::Figures of(Process& process) { return process.threads().run(process.writer().figures()); }
};

TEST_F(WriterFigures, AreThoseOfItsCommandsAndItsPlaceInTheLog) {
  Process process(conninfo);
  process.add_user(kUser);
  const Position begin = of(process).commands.head;
  holder.run("BEGIN; SELECT * FROM log_head FOR UPDATE");
  auto first = process.begin(Process::set(kUser, "k", "1"));
  auto second = process.begin(Process::set(kUser, "k", "2"));
  Writer::Figures figures = of(process);
  while (figures.commands.queued.commands + figures.commands.in_flight.commands < 2) figures = of(process);
  EXPECT_EQ(figures.commands.head, begin);
  holder.run("COMMIT");
  Threads::get(std::move(first));
  Threads::get(std::move(second));
  figures = of(process);
  EXPECT_EQ(figures.commands.queued.commands + figures.commands.in_flight.commands, 0U);
  EXPECT_EQ(figures.commands.head, begin + 2);
  EXPECT_EQ(figures.observed, begin + 2);
}

// It reads what changes access alone, and that is all that there is to observe.
TEST_F(WriterFigures, WhoBeginsOnALogHasObservedAllOfIt) {
  {
    Process process(conninfo);
    process.add_user(kUser);
    process.done(Process::set(kUser, "k", "1"));
  }
  Process process(conninfo);
  process.level();
  EXPECT_EQ(of(process).observed, 2);
}

TEST_F(WriterFigures, EveryBatchThatWasWrittenIsTold) {
  std::mutex mutex;
  std::vector<std::size_t> sizes;
  Writer::Options options;
  options.on_batch = [&](std::size_t events, std::chrono::steady_clock::duration time) {
    EXPECT_GT(time.count(), 0);
    const std::lock_guard lock(mutex);
    sizes.push_back(events);
  };
  Process process(conninfo, options);
  process.add_user(kUser);
  process.done(Process::set(kUser, "k", "1"));
  process.done(Process::set(kUser, "k", "1"));  // no change: a batch without an event
  process.done(BulkSetUserMetadata{kUser, {{"a", Value("1")}, {"b", Value("1")}, {"c", Value("1")}}});
  const std::lock_guard lock(mutex);
  EXPECT_THAT(sizes, ElementsAre(1, 1, 0, 3));
}

TEST_F(WriterFigures, ABatchThatMissedIsAConflictAndIsToldWhenItWasWritten) {
  std::atomic<int> batches{0};
  Writer::Options options;
  options.tick = std::chrono::hours(1);  // it learns of the other's events by missing only
  options.on_batch = [&](std::size_t, std::chrono::steady_clock::duration) { ++batches; };
  Process process(conninfo, options);
  process.add_user(kUser);
  Process other(conninfo);
  other.done(Process::set(kUser, "k", "1"));
  process.done(Process::set(kUser, "k", "2"));
  EXPECT_EQ(of(process).commands.since.conflicts, 1U);
  EXPECT_EQ(of(process).commands.since.retried, 1U);
  EXPECT_EQ(batches, 2);
  EXPECT_EQ(of(other).commands.since.conflicts, 0U);
}

}  // namespace
}  // namespace usermeta
