#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "events/log.hpp"
#include "store/pg_pipeline.hpp"

namespace usermeta {

// The log in PostgreSQL (tables of store/migrations/0001_log.sql), on two connections: one appends and locks,
// one reads. All functions are called on `strand`, and every `done` is called there.
class PostgresLog final : public Log {
 public:
  // `process` is unique among all processes on the database: the log's connections carry it in their name, so
  // that a lost one's server process can be found and ended. `counts`: where its connections are counted.
  PostgresLog(PgPipeline::Strand strand, const std::string& conninfo, const std::string& process,
              const std::shared_ptr<PgConnectionCounts>& counts = {});
  ~PostgresLog() override;

  void head(Done<Head> done) override;
  void read(Position after, Done<Page> done) override;
  void read_access(Position after, Position until, Done<Page> done) override;
  void load(std::vector<Needed> aggregates, std::vector<Name> names, Done<Loaded> done) override;
  void append(const Batch& batch, Done<Appended> done) override;
  void lock(Done<Head> done) override;
  void unlock(Done<Head> done) override;

  // Fails everything under way and never connects again. Its executor must have run dry before it is
  // destroyed.
  void close();

 private:
  void commit(Appended outcome, Done<Appended> done);

  std::shared_ptr<PgPipeline> appender_;
  std::shared_ptr<PgPipeline> reader_;
  std::string appender_name_;
  bool locked_ = false;
  // An append's outcome is unknown: the server process of that lost connection may still be at it.
  bool fence_ = false;
};

}  // namespace usermeta
