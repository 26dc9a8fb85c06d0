#include "cli/seen_checkpoint.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/temp_directory.hpp"

namespace usermeta {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class SeenCheckpointTest : public testing::Test {
 protected:
  // Keeps these, one after the other, to the end of the one who keeps.
  void keep(const std::vector<std::string>& notes) {
    SeenCheckpoint seen(data, [this](const std::string& message) { troubles.push_back(message); });
    for (const std::string& note : notes) seen.keep(note);
  }

  TempDirectory directory;
  fs::path data = directory.path() / "data";
  std::vector<std::string> troubles;
};

TEST_F(SeenCheckpointTest, TheLastOneIsThereForTheNextProcess) {
  fs::create_directory(data);
  EXPECT_EQ(SeenCheckpoint::read(data), "");
  keep({"one", "two", "three"});
  EXPECT_EQ(SeenCheckpoint::read(data), "three");
  keep({});
  EXPECT_EQ(SeenCheckpoint::read(data), "three");
  EXPECT_THAT(troubles, ElementsAre());
}

TEST_F(SeenCheckpointTest, WhatCannotBeKeptIsATroubleUntilOneIs) {
  std::promise<void> began, over;
  SeenCheckpoint seen(data, [&](const std::string& message) {
    troubles.push_back(message);
    (message.empty() ? over : began).set_value();
  });
  seen.keep("one");
  began.get_future().wait();
  EXPECT_EQ(SeenCheckpoint::read(data), "");
  fs::create_directory(data);
  seen.keep("two");
  over.get_future().wait();
  EXPECT_EQ(SeenCheckpoint::read(data), "two");
  EXPECT_THAT(troubles, ElementsAre(HasSubstr("audit.checkpoint"), ""));
}

TEST_F(SeenCheckpointTest, WhatCannotBeReadIsNamed) {
  fs::create_directories(data / "audit.checkpoint");
  try {
    SeenCheckpoint::read(data);
    FAIL() << "a directory was read";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr((data / "audit.checkpoint").string()));
  }
}

}  // namespace
}  // namespace usermeta
