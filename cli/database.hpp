#pragma once

#include <memory>
#include <optional>
#include <string>

#include <spdlog/logger.h>

#include "store/data_directory.hpp"
#include "store/embedded_postgres.hpp"

namespace usermeta {

struct DatabaseOptions {
  std::string data;          // the data directory
  std::string database_url;  // empty: PostgreSQL of our own below the data directory
  std::string postgres_bin;  // empty: looked for
};

// /var/lib/usermeta for root, else $XDG_STATE_HOME/usermeta or ~/.local/state/usermeta.
std::string default_data_directory();

// The database that a command works on: a foreign one, or PostgreSQL of our own below the data directory. Its
// functions throw std::runtime_error with a message that names the thing and the way out.
class Database {
 public:
  // For the service: makes the data directory and the cluster when they are missing, and keeps others out.
  Database(const DatabaseOptions& options, std::shared_ptr<spdlog::logger> log);

  // Brings our own PostgreSQL up. Blocks; `interrupt` (any thread, also from a signal handler) makes it
  // throw.
  void start();
  void interrupt() noexcept;
  // Stops it. Blocks.
  void stop();

  const std::string& conninfo() const { return conninfo_; }
  bool embedded() const { return postgres_ != nullptr; }
  const DataDirectory& data() const { return data_; }

 private:
  std::shared_ptr<spdlog::logger> log_;
  DataDirectory data_;
  std::unique_ptr<EmbeddedPostgres> postgres_;
  std::string conninfo_;
};

// For operators' commands: the same database, whether or not a service is running on it. PostgreSQL of our
// own is started for as long as this object lives when it does not run already.
class CommandDatabase {
 public:
  CommandDatabase(const DatabaseOptions& options, std::shared_ptr<spdlog::logger> log);
  ~CommandDatabase();
  CommandDatabase(const CommandDatabase&) = delete;
  CommandDatabase& operator=(const CommandDatabase&) = delete;

  const std::string& conninfo() const { return conninfo_; }

 private:
  std::optional<DataDirectory> data_;
  std::unique_ptr<EmbeddedPostgres> postgres_;
  std::string conninfo_;
};

}  // namespace usermeta
