#include "store/data_directory.hpp"

#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/child_process.hpp"
#include "support/subprocess.hpp"
#include "support/temp_directory.hpp"

namespace usermeta {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

// The message that it throws, or nothing.
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(DataDirectory, IsCreatedWithWhatIsMissingAboveIt) {
  TempDirectory temp;
  const auto data = DataDirectory::create_or_open(temp.path() / "a/b/");
  EXPECT_EQ(data.path(), fs::canonical(temp.path()) / "a/b");
  EXPECT_TRUE(fs::exists(data.path() / "usermeta.json"));
  EXPECT_EQ(DataDirectory::open(data.path()).path(), data.path());
}

TEST(DataDirectory, ClaimsAnEmptyVolume) {
  TempDirectory temp;
  fs::create_directory(temp.path() / "lost+found");
  write(temp.path() / "usermeta.json.new", "{");
  EXPECT_EQ(DataDirectory::create_or_open(temp.path()).path(), fs::canonical(temp.path()));
}

TEST(DataDirectory, RefusesAForeignDirectory) {
  TempDirectory temp;
  write(temp.path() / "letter.txt", "dear");
  const auto message = message_of([&] { DataDirectory::create_or_open(temp.path()); });
  EXPECT_THAT(message, HasSubstr(temp.path().string() + " holds something else"));
  EXPECT_THAT(message, HasSubstr("choose another --data"));
  EXPECT_FALSE(fs::exists(temp.path() / "usermeta.json"));
}

TEST(DataDirectory, RefusesAFile) {
  TempDirectory temp;
  write(temp.path() / "file", "");
  EXPECT_THAT(message_of([&] { DataDirectory::create_or_open(temp.path() / "file"); }),
              HasSubstr("is not a directory"));
}

TEST(DataDirectory, RefusesANewerFormatAndADamagedMarker) {
  TempDirectory temp;
  write(temp.path() / "usermeta.json", R"({"product":"usermeta","format":2})");
  EXPECT_THAT(message_of([&] { DataDirectory::create_or_open(temp.path()); }), HasSubstr("has format 2"));
  write(temp.path() / "usermeta.json", "{");
  EXPECT_THAT(message_of([&] { DataDirectory::create_or_open(temp.path()); }), HasSubstr("damaged"));
}

TEST(DataDirectory, OpenNeverClaims) {
  TempDirectory temp;
  EXPECT_THAT(message_of([&] { DataDirectory::open(temp.path()); }), HasSubstr("is not usermeta's"));
  EXPECT_THAT(message_of([&] { DataDirectory::open(temp.path() / "none"); }), HasSubstr("does not exist"));
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(DataDirectory, TheSecondOwnerIsToldTheFirstOnesProcess) {
  TempDirectory temp;
  auto first = DataDirectory::create_or_open(temp.path());
  first.lock();
  EXPECT_TRUE(first.locked());
  auto second = DataDirectory::create_or_open(temp.path());
  EXPECT_THAT(message_of([&] { second.lock(); }),
              HasSubstr("is in use by process " + std::to_string(::getpid())));
  EXPECT_FALSE(second.locked());
}

TEST(DataDirectory, TheLockEndsWithItsProcess) {
  TempDirectory temp;
  in_subprocess([&] {
    auto data = DataDirectory::create_or_open(temp.path());
    data.lock();
    return std::string();
  });
  auto data = DataDirectory::create_or_open(temp.path());
  EXPECT_NO_THROW(data.lock());
}

// Root may write everywhere, so as root the attempt is made as PostgreSQL's user.
TEST(DataDirectory, RefusesWhatIsNotWritable) {
  TempDirectory temp;
  fs::permissions(temp.path(), fs::perms(0555));
  const auto attempt = [&](const fs::path& path) {
    return in_subprocess([&] {
      const auto user = postgres_user();
      if (user.switches && ::setuid(user.uid) != 0) return std::string("setuid");
      return message_of([&] { DataDirectory::create_or_open(path); });
    });
  };
  EXPECT_THAT(attempt(temp.path()), HasSubstr(temp.path().string() + " is not writable"));
  EXPECT_THAT(attempt(temp.path() / "new"), HasSubstr("cannot be created"));
}

}  // namespace
}  // namespace usermeta
