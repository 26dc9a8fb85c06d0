#include <gtest/gtest.h>

#include "store/writer.hpp"
#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

namespace usermeta {
namespace {

using namespace std::chrono_literals;

class WriterLevel : public testing::Test {
 protected:
  std::string conninfo = migrated_database();
  Sql sql{conninfo};
};

TEST_F(WriterLevel, GivesUpWhenTheLogCannotBeReadInTime) {
  Process process(conninfo);
  process.level();
  sql.run("ALTER TABLE events RENAME TO gone");
  EXPECT_THROW(process.threads().run(process.writer().level(300ms)), Outage);
  sql.run("ALTER TABLE gone RENAME TO events");
  process.level();
}

TEST_F(WriterLevel, OneThatGivesUpLeavesThoseThatWaitLonger) {
  Process process(conninfo);
  process.level();
  sql.run("ALTER TABLE events RENAME TO gone");
  auto brief = process.threads().spawn(process.writer().level(100ms));
  auto patient = process.threads().spawn(process.writer().level(1h));
  auto as_patient = process.threads().spawn(process.writer().level(1h));
  EXPECT_THROW(Threads::get(std::move(brief)), Outage);
  sql.run("ALTER TABLE gone RENAME TO events");
  Threads::get(std::move(patient));
  Threads::get(std::move(as_patient));
}

}  // namespace
}  // namespace usermeta
