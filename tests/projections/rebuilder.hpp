#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "projections/rebuild.hpp"
#include "store/postgres_log.hpp"
#include "support/load.hpp"
#include "support/log_databases.hpp"
#include "support/read_side.hpp"

namespace usermeta {

// A log that notes behind which positions it was read.
class WatchedLog final : public Log {
 public:
  explicit WatchedLog(Log& log) : log_(log) {}
  void head(Done<Head> done) override { log_.head(std::move(done)); }
  void read(Position after, Done<Page> done) override {
    read_after.push_back(after);
    log_.read(after, std::move(done));
  }
  void read_access(Position after, Position until, Done<Page> done) override {
    log_.read_access(after, until, std::move(done));
  }
  void load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) override {
    log_.load(std::move(aggregates), std::move(names), std::move(done));
  }
  void append(const Batch& batch, Done<Appended> done) override { log_.append(batch, std::move(done)); }
  void lock(Done<Head> done) override { log_.lock(std::move(done)); }
  void unlock(Done<Head> done) override { log_.unlock(std::move(done)); }

  std::vector<Position> read_after;

 private:
  Log& log_;
};

// What `usermeta projections rebuild` has.
class Rebuilder {
 public:
  explicit Rebuilder(const std::string& conninfo)
      : pipeline_(std::make_shared<PgPipeline>(
            strand_, PgPipeline::Options{conninfo, "rebuild test", "-c search_path=usermeta"})),
        log_(strand_, conninfo, "(rebuild) " + new_process_name()) {}
  ~Rebuilder() {
    Threads::on(strand_, [this] {
      pipeline_->close();
      log_.close();
    });
    threads_.join();
  }
  Rebuilder(const Rebuilder&) = delete;
  Rebuilder& operator=(const Rebuilder&) = delete;

  std::future<Rebuilt> begin() {
    options.progress = [this](Position done, Position of) {
      progress.emplace_back(done, of);
      on_progress(done, of);
    };
    options.step = [this](const std::string& what) {
      steps += what + "\n";
      on_step(what);
    };
    return boost::asio::co_spawn(strand_, rebuild_user_metadata(*pipeline_, watched, options),
                                 boost::asio::use_future);
  }
  Rebuilt run() { return Threads::get(begin()); }
  std::string failure() {
    try {
      run();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no failure";
  }

  // Fails, and begins the next one without letting go of the thread.
  std::pair<std::string, std::string> two_failures() {
    const auto attempt = [this]() -> boost::asio::awaitable<std::string> {
      try {
        options.progress = [](Position, Position) {};
        options.step = [](const std::string&) {};
        co_await rebuild_user_metadata(*pipeline_, log_, options);
      } catch (const std::exception& error) {
        co_return error.what();
      }
      co_return "no failure";
    };
    const auto both = [attempt]() -> boost::asio::awaitable<std::pair<std::string, std::string>> {
      std::string first = co_await attempt();
      std::string second = co_await attempt();
      co_return std::pair(std::move(first), std::move(second));
    };
    return Threads::get(boost::asio::co_spawn(strand_, both(), boost::asio::use_future));
  }

  RebuildOptions options{.program = "1.0"};
  std::function<void(Position done, Position of)> on_progress = [](Position, Position) {};
  std::function<void(const std::string& what)> on_step = [](const std::string&) {};
  std::vector<std::pair<Position, Position>> progress;
  std::string steps;

 private:
  Threads threads_;
  Threads::Strand strand_ = threads_.strand();
  std::shared_ptr<PgPipeline> pipeline_;
  PostgresLog log_;

 public:
  WatchedLog watched{log_};
};

class RebuildTest : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};

  void change(unsigned seed, int commands) {
    Process process(conninfo);
    process.threads().run(random_changes(process.writer(), seed, commands));
  }
  // Several pages of sets and removals of a few users' keys.
  void append_many(int events = 5000) {
    const std::string count = std::to_string(events);
    sql.run(
        "SELECT setseed(0.25);"
        "INSERT INTO events SELECT n, 'user', 'm' || u, row_number() OVER (PARTITION BY u ORDER BY n),"
        " CASE WHEN w < 0.003 THEN 'user.metadata.removed.all' WHEN w < 0.3 THEN 'user.metadata.removed'"
        "  ELSE 'user.metadata.set' END, 2, now() + n * interval '1 ms', 'c', 'o', 'metadata/k',"
        " CASE WHEN w < 0.003 THEN '{}' WHEN w < 0.3 THEN '{\"key\":\"k' || k || '\"}'"
        "  ELSE '{\"key\":\"k' || k || '\",\"value\":\"' || encode(n::text::bytea, 'base64') || '\"}' END,"
        " '\\x00', '', '', '' FROM (SELECT n, (random() * 4)::int AS u, (random() * 400)::int AS k,"
        "  random() AS w FROM generate_series(1, " +
        count +
        ") n) made;"
        "UPDATE log_head SET position = " +
        count + ", created_at = now() + interval '1 hour'");
  }
  // A projector that follows the log to its end and stops.
  void project() {
    ReadSide reads(conninfo);
    reads.start();
    until_projected(sql);
  }
  // Breaks off behind that position, as if it had been killed.
  void cut_off(Rebuilder& rebuilder, Position behind) {
    rebuilder.on_progress = [&](Position done, Position) {
      if (done >= behind) sql.terminate("rebuild test");
    };
    EXPECT_THROW(rebuilder.run(), Outage);
  }
  std::string checkpoint() { return sql.value("SELECT position FROM projections"); }
  std::string tables() {
    return sql.value(
        "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE tablename LIKE "
        "'user_metadata%' OR tablename = 'rebuild_progress'");
  }
};

}  // namespace usermeta
