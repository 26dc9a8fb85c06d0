#include "store/embedded_postgres.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "support/subprocess.hpp"
#include "support/temp_directory.hpp"
#include "support/test_postgres.hpp"

namespace usermeta {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

// One value that the database answers, or the error's text.
std::string query(const std::string& conninfo, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) return "done";
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return PQerrorMessage(connection.get());
  return PQgetvalue(result.get(), 0, 0);
}

// Lines that the server's owner logs; a test waits for the one that it wants.
class Lines {
 public:
  void add(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  // Whether that many lines with `part` came within 30 s.
  bool wait_for(const std::string& part, int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] {
      return std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
               return line.find(part) != std::string::npos;
             }) >= count;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// One life of a service on a data directory.
struct Service {
  Lines lines;
  DataDirectory data;
  EmbeddedPostgres postgres;

  explicit Service(const fs::path& path, std::optional<fs::path> binaries = {})
      : data(DataDirectory::create_or_open(path)),
        postgres(data, {std::move(binaries), throw_away_settings(),
                        [this](const std::string& line) { lines.add(line); }}) {
    data.lock();
    postgres.start();
  }
};

std::string start_message(const fs::path& path, std::optional<fs::path> binaries = {}) {
  try {
    Service service(path, std::move(binaries));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

pid_t server_pid(const fs::path& data) {
  const auto file = read_postmaster_file(data / "postgres");
  return file ? file->pid : -1;
}

TEST(EmbeddedPostgres, KeepsItsDataOverAStop) {
  TempDirectory temp;
  {
    Service service(temp.path() / "data");
    EXPECT_TRUE(service.postgres.alive());
    const auto conninfo = service.postgres.connection_string();
    EXPECT_EQ(query(conninfo, "CREATE TABLE kept AS SELECT 42 AS value"), "done");
    EXPECT_EQ(query(conninfo, "SELECT current_user || ' ' || current_database()"), "usermeta usermeta");
    EXPECT_EQ(query(conninfo, "SHOW data_checksums"), "on");
    EXPECT_EQ(query(conninfo, "SHOW server_encoding"), "UTF8");
    EXPECT_EQ(query(conninfo, "SELECT datcollate FROM pg_database WHERE datname = current_database()"),
              "C.UTF-8");
    EXPECT_EQ(query(conninfo, "SHOW max_wal_size"), "4GB");
    EXPECT_EQ(query(conninfo, "SHOW listen_addresses"), "");
    service.postgres.stop();
    EXPECT_FALSE(service.postgres.alive());
    EXPECT_FALSE(EmbeddedPostgres::running_connection_string(service.data));
  }
  Service again(temp.path() / "data");
  EXPECT_EQ(query(again.postgres.connection_string(), "SELECT value FROM kept"), "42");
}

TEST(EmbeddedPostgres, OperatorsFindTheRunningServer) {
  TempDirectory temp;
  Service service(temp.path());
  const auto data = DataDirectory::open(temp.path());
  EXPECT_EQ(EmbeddedPostgres::running_connection_string(data), service.postgres.connection_string());
  struct stat status {};
  ASSERT_EQ(::stat((temp.path() / "run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((temp.path() / "postgres.log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(EmbeddedPostgres, AKilledServerIsStartedAgain) {
  TempDirectory temp;
  Service service(temp.path());
  const auto conninfo = service.postgres.connection_string();
  query(conninfo, "CREATE TABLE kept AS SELECT 1 AS value");
  for (int round = 2; round <= 3; ++round) {
    ::kill(server_pid(temp.path()), SIGKILL);
    ASSERT_TRUE(service.lines.wait_for("ended unexpectedly (signal 9)", round - 1));
    ASSERT_TRUE(service.lines.wait_for("started PostgreSQL", round));
    EXPECT_EQ(query(conninfo, "SELECT value FROM kept"), "1");
  }
}

TEST(EmbeddedPostgres, AKilledServersSessionsAreWaitedFor) {
  TempDirectory temp;
  Service service(temp.path());
  const auto conninfo = service.postgres.connection_string();
  const std::unique_ptr<PGconn, decltype(&PQfinish)> session(PQconnectdb(conninfo.c_str()), PQfinish);
  const auto backend = PQbackendPID(session.get());
  // It cannot see that its server has died, and holds the shared memory.
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  ::kill(server_pid(temp.path()), SIGKILL);
  EXPECT_TRUE(service.lines.wait_for("is still in use; trying again"));
  EXPECT_FALSE(service.postgres.alive());
  ::kill(backend, SIGCONT);
  ASSERT_TRUE(service.lines.wait_for("started PostgreSQL", 2));
  EXPECT_EQ(query(conninfo, "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, AServerThatAKilledServiceLeftIsTakenOver) {
  TempDirectory temp;
  const auto left = in_subprocess([&] {
    const auto* service = new Service(temp.path());  // never destroyed
    return query(service->postgres.connection_string(), "CREATE TABLE kept AS SELECT 7 AS value") +
           std::to_string(server_pid(temp.path()));
  });
  Service service(temp.path());
  EXPECT_EQ(left, "done" + std::to_string(server_pid(temp.path())));
  EXPECT_TRUE(service.lines.wait_for("took over the running"));
  EXPECT_EQ(query(service.postgres.connection_string(), "SELECT value FROM kept"), "7");
  // Not our child, and supervised and stopped all the same.
  ::kill(server_pid(temp.path()), SIGKILL);
  ASSERT_TRUE(service.lines.wait_for("started PostgreSQL"));
  service.postgres.stop();
  EXPECT_EQ(server_pid(temp.path()), -1);
}

TEST(EmbeddedPostgres, ALockFileThatNamesAnotherProgramIsNoObstacle) {
  TempDirectory temp;
  { Service service(temp.path()); }
  std::ofstream(temp.path() / "postgres/postmaster.pid")
      << ::getpid() << "\n/elsewhere\n1\n5432\n\n\n0 0\nready\n";
  std::ofstream(temp.path() / "run/.s.PGSQL.5432.lock") << ::getpid() << "\n";
  Service service(temp.path());
  EXPECT_TRUE(service.lines.wait_for("started PostgreSQL"));
}

TEST(EmbeddedPostgres, AHalfMadeClusterIsMadeAgain) {
  TempDirectory temp;
  { DataDirectory::create_or_open(temp.path()); }
  fs::create_directories(temp.path() / "postgres.new.abcdef/base");
  std::ofstream(temp.path() / "postgres.new.abcdef/PG_VERSION") << "15\n";
  Service service(temp.path());
  EXPECT_EQ(query(service.postgres.connection_string(), "SELECT 1"), "1");
  EXPECT_FALSE(fs::exists(temp.path() / "postgres.new.abcdef"));
}

TEST(EmbeddedPostgres, LongAndOddPathsWork) {
  TempDirectory temp;
  const auto path = temp.path() / std::string(120, 'x') / "it's, a \"path\" \\ ü";
  Service service(path);
  EXPECT_EQ(query(service.postgres.connection_string(), "SELECT 1"), "1");
  const auto sockets = ClusterLayout(service.data.path()).sockets();
  EXPECT_TRUE(fs::exists(sockets));
  service.postgres.stop();
  EXPECT_FALSE(fs::exists(sockets));
}

TEST(EmbeddedPostgres, TheSecondServiceIsRefused) {
  TempDirectory temp;
  Service service(temp.path());
  EXPECT_THAT(start_message(temp.path()), HasSubstr("is in use by process " + std::to_string(::getpid())));
  EXPECT_EQ(query(service.postgres.connection_string(), "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, MissingProgramsAndAnotherVersionSayWhatToInstall) {
  TempDirectory temp;
  EXPECT_THAT(start_message(temp.path() / "data", temp.path()), HasSubstr("install package postgresql-15"));
  fs::create_directory(temp.path() / "data/postgres");
  std::ofstream(temp.path() / "data/postgres/PG_VERSION") << "9\n";
  EXPECT_THAT(start_message(temp.path() / "data"), HasSubstr("was made by PostgreSQL 9, but only version "));
}

TEST(EmbeddedPostgres, AServerThatCannotStartSaysWhy) {
  TempDirectory temp;
  { Service service(temp.path()); }
  std::ofstream(temp.path() / "postgres/postgresql.auto.conf") << "work_mem = 'much'\n";
  const auto message = start_message(temp.path());
  EXPECT_THAT(message, HasSubstr("FATAL:"));
  EXPECT_THAT(message, HasSubstr("postgres.log"));
}

TEST(EmbeddedPostgres, ADirectoryThatItsUserCannotEnterIsNamed) {
  if (::geteuid() != 0) return;  // PostgreSQL runs as oneself then
  TempDirectory temp;
  fs::create_directory(temp.path() / "closed");
  fs::permissions(temp.path() / "closed", fs::perms(0700));
  const auto message = start_message(temp.path() / "closed/data");
  EXPECT_THAT(message, HasSubstr("cannot enter " + (temp.path() / "closed").string() + ":"));
  EXPECT_THAT(message, HasSubstr("choose another --data"));
}

TEST(EmbeddedPostgres, AClosedDataDirectoryOfOursIsOpenedForItsUser) {
  TempDirectory temp;
  fs::permissions(temp.path(), fs::perms(0700));
  Service service(temp.path());
  EXPECT_EQ(query(service.postgres.connection_string(), "SELECT 1"), "1");
}

TEST(EmbeddedPostgres, AnInterruptedStartThrowsAndStops) {
  TempDirectory temp;
  auto data = DataDirectory::create_or_open(temp.path());
  data.lock();
  EmbeddedPostgres postgres(data, {{}, throw_away_settings(), {}});
  postgres.interrupt();
  EXPECT_THROW(postgres.start(), std::runtime_error);
  postgres.stop();
  EXPECT_EQ(server_pid(temp.path()), -1);
}

TEST(PostgresSettings, SharedBuffersAreASixteenthWithinBounds) {
  constexpr std::uint64_t gigabyte = 1024 * 1024 * 1024;
  EXPECT_EQ(shared_buffers_megabytes(gigabyte / 4), 128u);
  EXPECT_EQ(shared_buffers_megabytes(4 * gigabyte), 512u);
  EXPECT_EQ(shared_buffers_megabytes(64 * gigabyte), 4096u);
}

TEST(PostgresSettings, ValuesAreQuoted) {
  EXPECT_THAT(settings_text({{"a", "it's \\"}}, {{"b", "2"}}), HasSubstr("a = 'it''s \\\\'\nb = '2'\n"));
}

TEST(TestPostgres, GivesAnEmptyDatabaseEachTime) {
  const auto first = fresh_database();
  const auto second = fresh_database();
  EXPECT_NE(first, second);
  query(first, "CREATE TABLE t ()");
  EXPECT_EQ(query(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

}  // namespace
}  // namespace usermeta
