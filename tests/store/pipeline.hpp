#pragma once

#include <gmock/gmock.h>

#include "store/pg_pipeline.hpp"
#include "store/pg_query.hpp"
#include "support/sql.hpp"
#include "support/test_postgres.hpp"
#include "support/threads.hpp"

namespace usermeta {

inline constexpr PgStatement kEcho{"echo", "SELECT $1::bigint"};
inline constexpr PgStatement kSleep{"sleep", "SELECT pg_sleep(60)"};
inline constexpr PgStatement kDivide{"divide", "SELECT 12 / $1::bigint"};
inline constexpr PgStatement kPid{"pid", "SELECT pg_backend_pid()::bigint"};

class Pipeline : public testing::Test {
 protected:
  std::string conninfo = fresh_database();
  Sql sql{conninfo};
  Threads threads;
  std::shared_ptr<PgPipeline> pipeline;

  void SetUp() override { open({conninfo, "test pipeline", "-c work_mem=123kB"}); }
  void TearDown() override {
    on([this] { pipeline->close(); });
    threads.join();
  }
  void open(const PgPipeline::Options& options) {
    pipeline = std::make_shared<PgPipeline>(threads.strand(), options);
  }
  template <class Action>
  void on(Action action) {
    Threads::on(pipeline->strand(), action);
  }
  std::future<PgRows> begin(const PgStatement& statement, PgParams params = {}) {
    return threads.spawn(query(*pipeline, statement, std::move(params)));
  }
  PgRows ask(const PgStatement& statement, PgParams params = {}) {
    return Threads::get(begin(statement, std::move(params)));
  }
  // What a statement answers to each of these numbers, all run in one turn: its first value, "done" where it
  // has no rows, the SQLSTATE where it fails.
  std::vector<std::string> outcomes(const PgStatement& statement, const std::vector<std::int64_t>& numbers) {
    std::vector<std::string> all;
    std::promise<void> complete;
    on([&] {
      for (const std::int64_t n : numbers)
        pipeline->run(statement, number(n), [&](const std::exception_ptr& error, const PgRows& rows) {
          try {
            if (error) std::rethrow_exception(error);
            all.push_back(rows.size() == 0 ? "done" : std::to_string(rows.int8(0, 0)));
          } catch (const StatementFailed& failed) {
            all.push_back(failed.sqlstate());
          }
          if (all.size() == numbers.size()) complete.set_value();
        });
    });
    complete.get_future().get();
    return all;
  }
  static PgParams number(std::int64_t value) { return std::move(PgParams().int8(value)); }
  static std::string outage(std::future<PgRows> answer) {
    try {
      Threads::get(std::move(answer));
    } catch (const Outage& error) {
      return error.what();
    }
    return "no outage";
  }
};

}  // namespace usermeta
