#include "support/test_postgres.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <unistd.h>
#include <vector>

#include <libpq-fe.h>

#include "store/data_directory.hpp"
#include "store/embedded_postgres.hpp"
#include "support/temp_directory.hpp"

namespace usermeta {

namespace {

// A cluster of this process.
struct OwnCluster {
  TempDirectory directory;
  DataDirectory data = DataDirectory::create_or_open(directory.path() / "data");
  EmbeddedPostgres server{data, {{}, throw_away_settings(), [](const std::string&) {}}};

  OwnCluster() {
    data.lock();
    server.start();
  }
};

class TestServer {
 public:
  TestServer() : server_(shared_or_own()), connection_(PQconnectdb(server_.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw std::runtime_error("test PostgreSQL: " + std::string(PQerrorMessage(connection_.get())));
    }
    execute("SET client_min_messages = warning");
  }
  ~TestServer() {
    for (const auto& database : databases_) {
      try {
        execute("DROP DATABASE " + database + " WITH (FORCE)");
      } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
      }
    }
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string create() {
    const auto name = "test_" + std::to_string(::getpid()) + "_" + std::to_string(databases_.size());
    // One that a killed process with the same id left.
    execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    execute("CREATE DATABASE " + name);
    databases_.push_back(name);
    const auto part = [](const char* text) { return std::string(text ? text : ""); };
    return "host='" + part(PQhost(connection_.get())) + "' port=" + part(PQport(connection_.get())) +
           " user=" + part(PQuser(connection_.get())) + " dbname=" + name;
  }

 private:
  std::string shared_or_own() {
    if (const char* shared = std::getenv("USERMETA_TEST_POSTGRES")) return shared;
    return own_.emplace().server.connection_string();
  }

  void execute(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                               PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      throw std::runtime_error(sql + ": " + PQerrorMessage(connection_.get()));
    }
  }

  std::optional<OwnCluster> own_;
  std::string server_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::vector<std::string> databases_;
};

}  // namespace

std::string fresh_database() {
  static TestServer server;
  return server.create();
}

PostgresSettings throw_away_settings() {
  return {
      {"fsync", "off"}, {"full_page_writes", "off"}, {"shared_buffers", "128MB"}, {"min_wal_size", "80MB"}};
}

}  // namespace usermeta
