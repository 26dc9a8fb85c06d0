#include "cli/set_up.hpp"

#include <fstream>
#include <sys/stat.h>

#include <boost/asio/dispatch.hpp>
#include <gtest/gtest.h>

#include "commands/roles.hpp"
#include "http/token.hpp"
#include "store/migrate.hpp"
#include "store/postgres_log.hpp"
#include "support/temp_directory.hpp"
#include "support/test_postgres.hpp"
#include "tests/http/run_coroutine.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

// What a process has of a database when it starts: the directory is level with the log.
class Process {
 public:
  explicit Process(const std::string& conninfo) : log_(strand_, conninfo, new_process_name()) {
    writer_.start();
    level();
  }
  ~Process() {
    run_coroutine(context_, writer_.stop(0ms));
    asio::dispatch(strand_, [this] { log_.close(); });
    context_.restart();
    context_.run();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool set_up(const fs::path& token_file) {
    return run_coroutine(context_, set_up_instance(writer_, directory_, ids_, token_file));
  }
  void level() { run_coroutine(context_, writer_.level(20s)); }
  const Directory& directory() const { return directory_; }

 private:
  asio::io_context context_;
  Writer::Strand strand_{asio::make_strand(asio::any_io_executor(context_.get_executor()))};
  SaltSource salts_;
  IdSource ids_;
  Directory directory_;
  PostgresLog log_;
  // No tick: it learns of others when it is told to.
  Writer writer_{strand_,
                 log_,
                 {.handler = {.new_salt = [this] { return salts_.next(); }},
                  .tick = 1h,
                  .on_access = [this](const Fact& fact) { directory_.apply(fact); },
                  .on_appended = {},
                  .on_head = {},
                  .on_outage = {}}};
};

class SetUpTest : public testing::Test {
 protected:
  SetUpTest() { migrate(conninfo_); }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_.path()))
      names.push_back(entry.path().filename());
    return names;
  }
  static std::string content(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  const std::string conninfo_ = fresh_database();
  const TempDirectory directory_;
  const fs::path token_file_ = directory_.path() / "admin.pat";
  const fs::path unsure_ = directory_.path() / "admin.pat.new";
};

TEST_F(SetUpTest, MakesAnOwnerAndLeavesItsToken) {
  Process process(conninfo_);
  EXPECT_TRUE(process.set_up(token_file_));
  const std::string token = content(token_file_);
  ASSERT_TRUE(token.ends_with('\n'));
  EXPECT_TRUE(looks_like_token(token.substr(0, token.size() - 1)));
  struct stat status {};
  ASSERT_EQ(::stat(token_file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(files(), std::vector<std::string>{"admin.pat"});

  const auto admin = administrator(process.directory(), token_file_);
  ASSERT_TRUE(admin);
  EXPECT_EQ(process.directory().instance_owners(), std::vector<std::string>{admin->user_id});
  EXPECT_TRUE(process.directory().org_exists(admin->org));
  const auto owns = [](std::string_view role) { return grants(role, Permission::instance_member_write); };
  EXPECT_EQ(process.directory().standing(admin->user_id, admin->org, owns), Directory::Standing::permitted);
}

TEST_F(SetUpTest, DoesNothingTheSecondTime) {
  Process process(conninfo_);
  process.set_up(token_file_);
  const std::string token = content(token_file_);
  EXPECT_FALSE(process.set_up(token_file_));
  Process later(conninfo_);
  EXPECT_FALSE(later.set_up(token_file_));
  EXPECT_EQ(content(token_file_), token);
  EXPECT_EQ(later.directory().tokens().size(), 1U);
  EXPECT_EQ(files(), std::vector<std::string>{"admin.pat"});
}

TEST_F(SetUpTest, OfTwoAtATimeOneIsRefusedAndLeavesNothing) {
  Process first(conninfo_);
  Process second(conninfo_);  // and does not know yet of the first
  EXPECT_TRUE(first.set_up(token_file_));
  EXPECT_FALSE(second.set_up(directory_.path() / "second.pat"));
  EXPECT_EQ(files(), std::vector<std::string>{"admin.pat"});
  second.level();
  EXPECT_EQ(second.directory().instance_owners().size(), 1U);
  EXPECT_EQ(second.directory().tokens().size(), 1U);
}

// A start that was cut off between the commit and the file's new name.
TEST_F(SetUpTest, FinishesWhatWasCutOff) {
  Process(conninfo_).set_up(token_file_);
  fs::rename(token_file_, unsure_);
  Process later(conninfo_);
  EXPECT_FALSE(later.set_up(token_file_));
  EXPECT_TRUE(administrator(later.directory(), token_file_));
  EXPECT_EQ(files(), std::vector<std::string>{"admin.pat"});
}

// And one that was cut off before the commit.
TEST_F(SetUpTest, TakesNoTokenThatCameToNothing) {
  std::ofstream(unsure_) << new_token() << '\n';
  Process process(conninfo_);
  EXPECT_TRUE(process.set_up(token_file_));
  EXPECT_TRUE(administrator(process.directory(), token_file_));
  std::ofstream(unsure_) << new_token() << '\n';
  const std::string token = content(token_file_);
  EXPECT_FALSE(process.set_up(token_file_));
  EXPECT_EQ(content(token_file_), token);
}

TEST_F(SetUpTest, KnowsNoAdministratorByOtherFiles) {
  Process process(conninfo_);
  process.set_up(token_file_);
  EXPECT_FALSE(administrator(process.directory(), directory_.path() / "none"));
  for (const std::string& text : {std::string(), std::string("\n"), new_token() + "\n"}) {
    std::ofstream(token_file_) << text;
    EXPECT_FALSE(administrator(process.directory(), token_file_)) << text;
  }
}

}  // namespace
}  // namespace usermeta
