#pragma once

#include <memory>
#include <string>

#include "store/pg_pipeline.hpp"
#include "support/log_databases.hpp"
#include "support/sql.hpp"
#include "support/threads.hpp"

namespace usermeta {

// A fresh database with all tables, and a connection to it on a thread of its own; a base of tests.
class MigratedSession {
 protected:
  explicit MigratedSession(const std::string& settings = "-c search_path=usermeta",
                           const std::string& name = "test")
      : pipeline(std::make_shared<PgPipeline>(
            threads.strand(),
            PgPipeline::Options{.conninfo = conninfo, .application_name = name, .settings = settings})) {}
  ~MigratedSession() {
    Threads::on(pipeline->strand(), [this] { pipeline->close(); });
    threads.join();
  }
  MigratedSession(const MigratedSession&) = delete;
  MigratedSession& operator=(const MigratedSession&) = delete;

  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  Threads threads;
  const std::shared_ptr<PgPipeline> pipeline;
};

}  // namespace usermeta
