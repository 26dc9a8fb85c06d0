#include "store/migrate.hpp"

#include <memory>
#include <stdexcept>

#include <libpq-fe.h>

#include "store/migrations.hpp"
#include "store/pg_connect.hpp"
#include "store/pg_values.hpp"

namespace usermeta {
namespace {

// Any number that no other program on the database is likely to use.
constexpr const char* kLock = "SELECT pg_advisory_lock(7310201118)";

// pg_terminate_backend waits for the end of what it terminates from 14 on.
constexpr int kOldestServer = 140'000;

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// Null when libpq cannot read it.
Options parse(const std::string& conninfo) {
  return {PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree};
}

Connection connect(const std::string& conninfo) {
  // What libpq would say about it may quote the password. (A name alone, without '=' or ':', is fine by it.)
  if (!parse(conninfo) && conninfo.find_first_of("=:") != std::string::npos)
    throw std::runtime_error(
        "cannot read --database-url: it wants postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special "
        "characters in it as %XX, or keyword=value pairs as libpq has them");
  const char* keywords[] = {"connect_timeout", "dbname", "application_name", nullptr};
  const char* values[] = {"10", conninfo.c_str(), "usermeta", nullptr};
  Connection connection(PQconnectdbParams(keywords, values, 1), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw std::runtime_error("cannot use the database " + without_password(conninfo) + ": " +
                             trouble_of(connection.get()) +
                             "; check --database-url and that PostgreSQL runs");
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

// Runs one or more statements in text format.
PgRows execute(const Connection& connection, const std::string& sql, const std::string& what) {
  PgRows rows(PQexec(connection.get(), sql.c_str()));
  const ExecStatusType status = rows.status();
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(what + ": " + trouble_of(connection.get()));
  return rows;
}

std::size_t version_of(const Connection& connection, const std::string& conninfo) {
  const PgRows found =
      execute(connection, "SELECT to_regclass('usermeta.schema_version') IS NOT NULL", "cannot look");
  if (found.text(0, 0) != "t") return 0;
  const PgRows rows =
      execute(connection, "SELECT coalesce(max(version), 0) FROM usermeta.schema_version", "cannot look");
  const std::size_t version = std::stoul(rows.text(0, 0));
  if (version > kMigrations.size())
    throw std::runtime_error("the database " + without_password(conninfo) + " is at schema " +
                             std::to_string(version) + ", newer than this usermeta, which knows up to " +
                             std::to_string(kMigrations.size()) + ": start the newer usermeta");
  return version;
}

void check_server(const Connection& connection, const std::string& conninfo) {
  if (PQserverVersion(connection.get()) < kOldestServer)
    throw std::runtime_error("the database " + without_password(conninfo) +
                             " is older than PostgreSQL 14; upgrade it, or let usermeta run its own");
  const std::string encoding = execute(connection, "SHOW server_encoding", "cannot look").text(0, 0);
  if (encoding != "UTF8")
    throw std::runtime_error("the database " + without_password(conninfo) + " has the encoding " + encoding +
                             "; create it with ENCODING 'UTF8'");
}

std::string setting(const Connection& connection, const std::string& name) {
  return execute(connection, "SELECT setting FROM pg_settings WHERE name = '" + name + "'", "cannot look")
      .text(0, 0);
}

}  // namespace

void migrate(const std::string& conninfo) {
  const Connection connection = connect(conninfo);
  check_server(connection, conninfo);
  execute(connection, kLock, "cannot take the lock for migrations");
  const std::size_t version = version_of(connection, conninfo);
  if (version == 0) {
    execute(
        connection,
        "CREATE SCHEMA IF NOT EXISTS usermeta;"
        "CREATE TABLE IF NOT EXISTS usermeta.schema_version (version integer PRIMARY KEY, name text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())",
        "cannot make the schema usermeta (its role needs CREATE on the database)");
  }
  for (std::size_t next = version; next < kMigrations.size(); ++next) {
    const Migration& migration = kMigrations[next];
    const std::string name(migration.name);
    execute(connection,
            "BEGIN; SET LOCAL search_path = usermeta; " + std::string(migration.sql) +
                "; INSERT INTO usermeta.schema_version (version, name) VALUES (" + std::to_string(next + 1) +
                ", '" + name + "'); COMMIT",
            "migration " + name + " failed, nothing of it was applied");
  }
}

void check_schema(const std::string& conninfo) {
  const Connection connection = connect(conninfo);
  const std::size_t version = version_of(connection, conninfo);
  if (version < kMigrations.size())
    throw std::runtime_error("the database " + without_password(conninfo) + " is at schema " +
                             std::to_string(version) +
                             ", older than this usermeta: run `usermeta serve` on it once");
}

std::vector<std::string> settings_to_mind(const std::string& conninfo) {
  const Connection connection = connect(conninfo);
  std::vector<std::string> sentences;
  if (std::stoll(setting(connection, "max_wal_size")) < 4096)
    sentences.emplace_back("max_wal_size is below 4GB: frequent checkpoints will slow writes down");
  if (std::stoll(setting(connection, "shared_buffers")) < 16384)
    sentences.emplace_back("shared_buffers is below 128MB: reads will often go to disk");
  if (setting(connection, "fsync") != "on")
    sentences.emplace_back("fsync is off: acknowledged changes can be lost when the machine crashes");
  if (setting(connection, "full_page_writes") != "on")
    sentences.emplace_back("full_page_writes is off: a crash of the machine can damage the database");
  return sentences;
}

std::string without_password(const std::string& conninfo) {
  const Options options = parse(conninfo);
  if (!options) return "(given by an unreadable --database-url)";
  std::string text;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    // libpq marks what a dialog would hide with a star.
    if (!option->val || !*option->val || *option->dispchar == '*') continue;
    text += (text.empty() ? "" : " ") + std::string(option->keyword) + "=" + option->val;
  }
  return "\"" + text + "\"";
}

}  // namespace usermeta
