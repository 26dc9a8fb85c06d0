#include "store/migrate.hpp"

#include <thread>

#include <gmock/gmock.h>

#include "store/migrations.hpp"
#include "support/sql.hpp"
#include "support/test_postgres.hpp"

namespace usermeta {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no failure";
}

std::string tables(Sql& sql) {
  return sql.value(
      "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'usermeta'");
}

const std::string kTables =
    "audit_checkpoints audit_log audit_tiles erased_payloads erasure_checkpoint events log_head names "
    "projections schema_version user_metadata";

TEST(Migrate, AFreshDatabaseGetsAllMigrationsInOrder) {
  const std::string conninfo = fresh_database();
  migrate(conninfo);
  Sql sql(conninfo);
  EXPECT_EQ(tables(sql), kTables);
  const Sql::Rows applied = sql.run("SELECT version, name FROM schema_version ORDER BY version");
  ASSERT_EQ(applied.size(), kMigrations.size());
  for (std::size_t i = 0; i < applied.size(); ++i) {
    EXPECT_EQ(applied[i][0], std::to_string(i + 1));
    EXPECT_EQ(applied[i][1], kMigrations[i].name);
    EXPECT_EQ(std::stoul(applied[i][1].substr(0, 4)), i + 1) << "numbered files";
  }
  EXPECT_NO_THROW(check_schema(conninfo));
}

// With the default a core analyses the log for a third of a second, again and again.
TEST(Migrate, NoColumnOfTheLogHasFineStatistics) {
  const std::string conninfo = fresh_database();
  migrate(conninfo);
  Sql sql(conninfo);
  EXPECT_EQ(sql.value("SELECT coalesce(string_agg(attname, ' '), '') FROM pg_attribute LEFT JOIN pg_index i"
                      " ON indexrelid = attrelid AND indrelid = 'events'::regclass WHERE attnum > 0"
                      " AND (attrelid = 'events'::regclass OR indkey[attnum - 1] = 0)"
                      " AND attstattarget IS DISTINCT FROM 10"),
            "");
}

TEST(Migrate, AgainChangesNothing) {
  const std::string conninfo = fresh_database();
  migrate(conninfo);
  Sql sql(conninfo);
  sql.run("UPDATE log_head SET position = 7");
  const std::string when = sql.value("SELECT max(applied_at) FROM schema_version");
  migrate(conninfo);
  EXPECT_EQ(sql.value("SELECT max(applied_at) FROM schema_version"), when);
  EXPECT_EQ(sql.value("SELECT position FROM log_head"), "7");
}

TEST(Migrate, ManyAtOnceDoItOnce) {
  const std::string conninfo = fresh_database();
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { failures += failure([&] { migrate(conninfo); }) != "no failure"; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  Sql sql(conninfo);
  EXPECT_EQ(sql.value("SELECT count(*) FROM schema_version"), std::to_string(kMigrations.size()));
}

TEST(Migrate, OneThatWasInterruptedIsAppliedFromItsBeginning) {
  const std::string conninfo = fresh_database();
  migrate(conninfo);
  Sql sql(conninfo);
  sql.run(
      "DROP TABLE projections, user_metadata, erased_payloads, erasure_checkpoint, audit_log, audit_tiles,"
      " audit_checkpoints; DROP INDEX events_erasures;"
      " DELETE FROM schema_version WHERE version > 1");
  EXPECT_THAT(failure([&] { check_schema(conninfo); }), AllOf(HasSubstr("at schema 1"), HasSubstr("older")));
  migrate(conninfo);
  EXPECT_EQ(tables(sql), kTables);
}

TEST(Migrate, OneThatFailsLeavesNothingAndSaysItsName) {
  const std::string conninfo = fresh_database();
  Sql sql(conninfo);
  sql.run("CREATE SCHEMA usermeta; CREATE TABLE usermeta.log_head ()");
  EXPECT_THAT(failure([&] { migrate(conninfo); }), AllOf(HasSubstr("0001_log"), HasSubstr("log_head")));
  EXPECT_EQ(tables(sql), "log_head schema_version");
  sql.run("DROP TABLE usermeta.log_head");
  migrate(conninfo);
}

TEST(Migrate, ADatabaseNewerThanTheProgramIsRefusedUntouched) {
  const std::string conninfo = fresh_database();
  migrate(conninfo);
  Sql sql(conninfo);
  sql.run("INSERT INTO schema_version (version, name) VALUES (9999, '9999_future')");
  for (const auto& call : {&migrate, &check_schema})
    EXPECT_THAT(failure([&] { call(conninfo); }),
                AllOf(HasSubstr("schema 9999"), HasSubstr("newer"), HasSubstr("start the newer usermeta")));
}

TEST(Migrate, AnUntouchedDatabaseIsTooOldForCommandsThatOnlyRead) {
  const std::string conninfo = fresh_database();
  EXPECT_THAT(failure([&] { check_schema(conninfo); }), HasSubstr("usermeta serve"));
  Sql sql(conninfo);
  EXPECT_EQ(sql.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'usermeta'"), "0");
}

TEST(Migrate, ADatabaseOfAnotherEncodingIsRefused) {
  const std::string conninfo = fresh_database();
  Sql sql(conninfo);
  const std::string name = sql.value("SELECT current_database()") + "_ascii";
  sql.run("CREATE DATABASE " + name + " ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const std::string message = failure([&] { migrate(conninfo + " dbname=" + name); });
  sql.run("DROP DATABASE " + name + " WITH (FORCE)");
  EXPECT_THAT(message, AllOf(HasSubstr("SQL_ASCII"), HasSubstr("ENCODING 'UTF8'"), HasSubstr(name)));
}

TEST(Migrate, ADatabaseThatCannotBeReachedIsNamedWithoutItsPassword) {
  for (const std::string url :
       {"postgresql://ada:s3cret@localhost:1/things", "host=/nowhere password=s3cret dbname=things",
        "postgresql://ada@localhost:1/things?password=s3cret&sslpassword=s3cret"}) {
    const std::string message = failure([&] { migrate(url); });
    EXPECT_THAT(message, AllOf(HasSubstr("things"), HasSubstr("--database-url"), Not(HasSubstr("s3cret"))))
        << url;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(Migrate, AUrlThatCannotBeReadDoesNotGiveItsPasswordAwayEither) {
  for (const std::string url :
       {"postgresql://ada:s3cret%zz@localhost/things", "postgresql://ada:s3cret@[localhost/things",
        "postgresql://ada:x@localhost/things?s3cret", "host=localhost pasword=s3cret",
        "host=localhost 's3cret"})
    EXPECT_THAT(failure([&] { migrate(url); }), AllOf(HasSubstr("--database-url"), Not(HasSubstr("s3cret"))))
        << url;
}

TEST(Migrate, SettingsToMindAreSentences) {
  const std::string conninfo = fresh_database();
  std::string text;
  for (const std::string& sentence : settings_to_mind(conninfo)) text += sentence + "\n";
  // The throw-away cluster's.
  EXPECT_THAT(text, AllOf(HasSubstr("fsync is off"), HasSubstr("full_page_writes is off")));
  EXPECT_THAT(text, Not(HasSubstr("shared_buffers")));
}

}  // namespace
}  // namespace usermeta
