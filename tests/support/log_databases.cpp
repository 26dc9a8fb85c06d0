#include "support/log_databases.hpp"

#include <deque>

#include "store/migrate.hpp"
#include "store/postgres_log.hpp"
#include "support/log_in_memory.hpp"
#include "support/sql.hpp"
#include "support/test_postgres.hpp"

namespace usermeta {
namespace {

class InMemory final : public LogDatabase {
 public:
  explicit InMemory(boost::asio::io_context& context) : context_(context) {}
  Log& open() override { return logs_.emplace_back(context_.get_executor(), database_); }
  void until_waiting() override {
    context_.restart();
    context_.poll();
    if (database_->waiting.empty()) throw std::runtime_error("nobody waits");
  }
  void close() override {}

 private:
  boost::asio::io_context& context_;
  std::shared_ptr<MemoryDatabase> database_ = std::make_shared<MemoryDatabase>();
  std::deque<LogInMemory> logs_;
};

class InPostgres final : public LogDatabase {
 public:
  explicit InPostgres(boost::asio::io_context& context)
      : context_(context),
        strand_(boost::asio::make_strand(boost::asio::any_io_executor(context.get_executor()))) {}
  Log& open() override {
    return logs_.emplace_back(strand_, conninfo_, "process " + std::to_string(logs_.size()));
  }
  void until_waiting() override {
    Sql sql(conninfo_);
    const std::string waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
        "current_database()";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (sql.value(waiting) == "0") {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nobody waits");
      context_.restart();
      context_.poll();
    }
  }
  void close() override {
    for (PostgresLog& log : logs_) log.close();
  }

 private:
  boost::asio::io_context& context_;
  PgPipeline::Strand strand_;
  std::string conninfo_ = migrated_database();
  std::deque<PostgresLog> logs_;
};

}  // namespace

std::unique_ptr<LogDatabase> memory_log_database(boost::asio::io_context& context) {
  return std::make_unique<InMemory>(context);
}

std::unique_ptr<LogDatabase> postgres_log_database(boost::asio::io_context& context) {
  return std::make_unique<InPostgres>(context);
}

std::string migrated_database() {
  std::string conninfo = fresh_database();
  migrate(conninfo);
  return conninfo;
}

}  // namespace usermeta
