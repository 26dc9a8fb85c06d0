#include "cli/database.hpp"

#include <cstdlib>
#include <unistd.h>

namespace usermeta {
namespace {

EmbeddedPostgres::Options postgres_options(const DatabaseOptions& options,
                                           const std::shared_ptr<spdlog::logger>& log) {
  EmbeddedPostgres::Options result;
  if (!options.postgres_bin.empty()) result.binaries = options.postgres_bin;
  result.log = [log](const std::string& line) { log->info("PostgreSQL: {}", line); };
  return result;
}

}  // namespace

std::string default_data_directory() {
  if (::geteuid() == 0) return "/var/lib/usermeta";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state)
    return std::string(state) + "/usermeta";
  if (const char* home = std::getenv("HOME"); home && *home)
    return std::string(home) + "/.local/state/usermeta";
  return "./usermeta-data";
}

Database::Database(const DatabaseOptions& options, std::shared_ptr<spdlog::logger> log)
    : log_(std::move(log)),
      data_(DataDirectory::create_or_open(options.data)),
      conninfo_(options.database_url) {
  if (!conninfo_.empty()) return;
  data_.lock();
  postgres_ = std::make_unique<EmbeddedPostgres>(data_, postgres_options(options, log_));
}

void Database::start() {
  if (!postgres_) return;
  postgres_->start();
  conninfo_ = postgres_->connection_string();
}

void Database::interrupt() noexcept {
  if (postgres_) postgres_->interrupt();
}

void Database::stop() {
  if (postgres_) postgres_->stop();
}

CommandDatabase::CommandDatabase(const DatabaseOptions& options, std::shared_ptr<spdlog::logger> log)
    : conninfo_(options.database_url) {
  if (!conninfo_.empty()) return;
  data_ = DataDirectory::open(options.data);
  if (auto running = EmbeddedPostgres::running_connection_string(*data_)) {
    conninfo_ = *running;
    return;
  }
  data_->lock();
  postgres_ = std::make_unique<EmbeddedPostgres>(*data_, postgres_options(options, log));
  postgres_->start();
  conninfo_ = postgres_->connection_string();
}

CommandDatabase::~CommandDatabase() {
  if (postgres_) postgres_->stop();
}

}  // namespace usermeta
