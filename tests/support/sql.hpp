#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <libpq-fe.h>

namespace usermeta {

// A blocking connection for what a test does behind the program's back, in text format.
class Sql {
 public:
  using Rows = std::vector<std::vector<std::string>>;

  explicit Sql(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
      throw std::runtime_error("test: " + std::string(PQerrorMessage(connection_.get())));
    run("SET client_min_messages = error; SET search_path = usermeta");
  }

  // Where the server is: its socket's directory, and its port.
  std::string host() const { return PQhost(connection_.get()); }
  std::string port() const { return PQport(connection_.get()); }

  // One or more statements; the rows of the last one. Null is "null".
  Rows run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()),
                                                               PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
      throw std::runtime_error(sql + ": " + PQerrorMessage(connection_.get()));
    Rows rows(static_cast<std::size_t>(PQntuples(result.get())));
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        const bool null = PQgetisnull(result.get(), static_cast<int>(row), column) != 0;
        rows[row].emplace_back(null ? "null" : PQgetvalue(result.get(), static_cast<int>(row), column));
      }
    return rows;
  }
  std::string value(const std::string& sql) { return run(sql).at(0).at(0); }

  // Asks again and again until the value is as expected; for what another process does in its own time.
  // Throws after half a minute.
  void until(const std::string& sql, const std::string& expected) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (value(sql) != expected) {
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("never became " + expected + ": " + sql);
      std::this_thread::yield();
    }
  }

  // How many connections this database has whose name is LIKE that, as SQL.
  static std::string connections(const std::string& like) {
    return "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name "
           "LIKE '" +
           like + "'";
  }
  // Ends the server processes of this database's connections whose name is LIKE that; how many they were.
  int terminate(const std::string& like) {
    return std::stoi(
        value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '" +
              like + "' AND datname = current_database()"));
  }
  void until_waiting_for_lock(const std::string& like) {
    until("SELECT 0 < (" + connections(like) + " AND wait_event_type = 'Lock')", "t");
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

}  // namespace usermeta
