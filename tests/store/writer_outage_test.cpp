#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "store/writer.hpp"
#include "support/log_databases.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"

namespace usermeta {
namespace {

// A full disk: the log can be read all the time.
TEST(WriterOutage, IsToldOnceAndOverOnlyWhenAnAppendWentWell) {
  const std::string conninfo = migrated_database();
  Sql sql{conninfo};
  std::mutex mutex;
  std::vector<std::string> told;
  Writer::Options options;
  options.on_outage = [&](const std::string& message) {
    const std::lock_guard lock(mutex);
    told.push_back(message);
  };
  Process process(conninfo, options);
  process.add_user("1");
  sql.run("CREATE SEQUENCE attempts");
  sql.run("ALTER TABLE events ADD CONSTRAINT full_disk CHECK (nextval('attempts') < 0) NOT VALID");
  auto set = process.begin(Process::set("1", "k", "v"));
  while (sql.value("SELECT last_value >= 4 FROM attempts") == "f") std::this_thread::yield();
  sql.run("ALTER TABLE events DROP CONSTRAINT full_disk");
  EXPECT_TRUE(std::holds_alternative<Done>(Threads::get(std::move(set))));
  const std::lock_guard lock(mutex);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_NE(told[0].find("full_disk"), std::string::npos) << told[0];
  EXPECT_EQ(told[1], "");
}

}  // namespace
}  // namespace usermeta
