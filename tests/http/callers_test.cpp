#include "http/callers.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "http/token.hpp"
#include "tests/http/run_coroutine.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const Time kPast{std::chrono::sys_days{std::chrono::January / 1 / 2020}};
const std::string kToken = "umpat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kOther = "umpat_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

// A log that others append to: it only can be read, and counts how often it was, after the start.
class ForeignLog final : public Log {
 public:
  explicit ForeignLog(Writer::Strand strand) : strand_(std::move(strand)) {}

  void head(Done<Head> done) override { answer(std::move(done), Head{}); }
  void read(Position after, Done<Page> done) override {
    ++reads;
    if (on_read) on_read();
    if (away) return fail(std::move(done));
    Page page;
    for (const Recorded& event : events)
      if (event.position > after) page.events.push_back(event);
    answer(std::move(done), std::move(page));
  }
  void read_access(Position, Position, Done<Page> done) override { answer(std::move(done), Page{}); }
  void load(std::vector<Needed>, std::vector<Name>, Done<Loaded> done) override { fail(std::move(done)); }
  void append(const Batch&, Done<Appended> done) override { fail(std::move(done)); }
  void lock(Done<Head> done) override { fail(std::move(done)); }
  void unlock(Done<Head> done) override { fail(std::move(done)); }

  void append(const AggregateId& aggregate, const std::string& owner, const Event& event) {
    const EventType& type = type_of(event);
    Recorded recorded;
    recorded.position = static_cast<Position>(events.size()) + 1;
    recorded.aggregate = aggregate;
    recorded.sequence = 1;
    recorded.type = type.name;
    recorded.revision = type.revision;
    recorded.owner = owner;
    recorded.payload = encode_payload(event);
    events.push_back(std::move(recorded));
  }

  std::vector<Recorded> events;
  int reads = 0;
  std::function<void()> on_read;
  bool away = false;

 private:
  template <class T>
  void answer(Done<T> done, T value) {
    asio::post(strand_, [done = std::move(done), value = std::move(value)] { done(nullptr, value); });
  }
  template <class T>
  void fail(Done<T> done) {
    asio::post(strand_, [done = std::move(done)] { done(std::make_exception_ptr(Outage("away")), T{}); });
  }

  Writer::Strand strand_;
};

// One user with a token and a role in organisation "1", which is its own; organisation "2" is another.
class CallersTest : public testing::Test {
 public:
  CallersTest() {
    apply({AggregateType::org, "1"}, "1", OrgAdded{"one"});
    apply({AggregateType::org, "2"}, "2", OrgAdded{"two"});
    apply({AggregateType::org, "1"}, "1", OrgMemberAdded{"7", {"ORG_OWNER_VIEWER"}});
    apply(kUser, "1", pat("t1", kToken, kNoExpiry));
    writer_.start();
    run(writer_.level(1min));
    log_.reads = 0;
  }
  ~CallersTest() override {
    run(writer_.stop(0ms));
    context_.restart();
    context_.run();
  }

 protected:
  static PatAdded pat(const std::string& id, const std::string& token, Time expiration) {
    return {id, expiration, {}, hash_of_token(token)};
  }
  void apply(const AggregateId& aggregate, const std::string& owner, const Event& event) {
    directory_.apply({aggregate, 1, kPast, owner, event});
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    return run_coroutine(context_, std::move(work));
  }

  // The caller's user id, or the refusal.
  std::variant<std::string, Refusal> authenticate(const std::optional<std::string>& authorization) {
    const auto result = run(callers_.authenticate({authorization, {}, {}, {}, {}}));
    if (const auto* refusal = std::get_if<Refusal>(&result)) return *refusal;
    return std::get<Caller>(result).user_id;
  }
  // The organisation that is acted in, or the refusal.
  std::variant<std::string, Refusal> authorise(const std::string& org, Permission permission) {
    const auto result = run(callers_.authorise({"Bearer " + kToken, org, {}, {}, {}}, permission));
    if (const auto* refusal = std::get_if<Refusal>(&result)) return *refusal;
    EXPECT_EQ(std::get<Permitted>(result).caller.user_id, "7");
    return std::get<Permitted>(result).org;
  }
  int levels() const { return log_.reads; }

  const AggregateId kUser{AggregateType::user, "7"};
  asio::io_context context_;
  Writer::Strand strand_{asio::make_strand(asio::any_io_executor(context_.get_executor()))};
  Directory directory_;
  ForeignLog log_{strand_};
  // No tick comes within a test: only level() reads the log.
  Writer writer_{strand_,
                 log_,
                 {.handler = {.new_salt = [] { return Salt{}; }},
                  .tick = 1h,
                  .on_access = [this](const Fact& fact) { directory_.apply(fact); },
                  .on_appended = {},
                  .on_head = {},
                  .on_outage = {}}};
  Callers callers_{directory_, writer_};
};

using Result = std::variant<std::string, Refusal>;

TEST_F(CallersTest, AKnownTokenNeedsNoLookAtTheLog) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR "})
    EXPECT_EQ(authenticate(scheme + kToken), Result("7")) << scheme;
  EXPECT_EQ(levels(), 0);
}

TEST_F(CallersTest, NoTokenIsToldFromAMalformedOne) {
  EXPECT_EQ(authenticate(std::nullopt), Result(Refusal::no_token));
  for (const std::string& malformed :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Bearer  "), kToken,
        "Bearer  " + kToken, "Bearer " + kToken + " ", "Bearer " + kToken + " x", " Bearer " + kToken,
        "Bearer:" + kToken, "Bearer\t" + kToken, "Basic " + kToken, "Bearers " + kToken, "Beare " + kToken})
    EXPECT_EQ(authenticate(malformed), Result(Refusal::token_malformed)) << malformed;
  EXPECT_EQ(levels(), 0);
}

TEST_F(CallersTest, ATokenThatCannotBeOursNeedsNoLookAtTheLog) {
  for (const std::string token : {"x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "umpat_short"})
    EXPECT_EQ(authenticate("Bearer " + token), Result(Refusal::token_unknown)) << token;
  EXPECT_EQ(authenticate("Bearer " + kToken + "x"), Result(Refusal::token_unknown));
  EXPECT_EQ(levels(), 0);
}

TEST_F(CallersTest, AnUnknownTokenIsLookedForInTheLogOnce) {
  EXPECT_EQ(authenticate("Bearer " + kOther), Result(Refusal::token_unknown));
  EXPECT_EQ(levels(), 1);
}

TEST_F(CallersTest, ATokenMadeElsewhereJustNowIsKnown) {
  log_.append(kUser, "1", pat("t2", kOther, kNoExpiry));
  EXPECT_EQ(authenticate("Bearer " + kOther), Result("7"));
  EXPECT_EQ(levels(), 1);
  EXPECT_EQ(authenticate("Bearer " + kOther), Result("7"));
  EXPECT_EQ(levels(), 1);
}

TEST_F(CallersTest, AnExpiredTokenIsNone) {
  apply(kUser, "1", pat("t2", kOther, kPast));
  EXPECT_EQ(authenticate("Bearer " + kOther), Result(Refusal::token_unknown));
}

TEST_F(CallersTest, ATokenEndsWithItsOwner) {
  for (const Event& end : {Event(UserLocked{}), Event(UserDeactivated{}), Event(UserRemoved{})}) {
    apply(kUser, "1", pat("t2", kOther, kNoExpiry));
    EXPECT_EQ(authenticate("Bearer " + kOther), Result("7"));
    apply(kUser, "1", end);
    apply(kUser, "1", UserUnlocked{});
    apply(kUser, "1", UserReactivated{});
    EXPECT_EQ(authenticate("Bearer " + kOther), Result(Refusal::token_unknown));
  }
}

TEST_F(CallersTest, AnOutageIsNoRefusal) {
  log_.on_read = [this] { asio::co_spawn(context_, writer_.stop(0ms), asio::detached); };
  log_.away = true;
  EXPECT_THROW(authenticate("Bearer " + kOther), Outage);
}

TEST_F(CallersTest, ActsInTheCallersOwnOrganisationUnlessTheHeaderNamesOne) {
  apply({AggregateType::org, "2"}, "2", OrgMemberAdded{"7", {"ORG_OWNER"}});
  EXPECT_EQ(authorise("", Permission::user_read), Result("1"));
  EXPECT_EQ(authorise("1", Permission::user_read), Result("1"));
  EXPECT_EQ(authorise("2", Permission::user_write), Result("2"));
  EXPECT_EQ(levels(), 0);
}

TEST_F(CallersTest, AnUnknownOrganisationIsLookedForInTheLogOnce) {
  EXPECT_EQ(authorise("3", Permission::user_read), Result(Refusal::org_unknown));
  EXPECT_EQ(levels(), 1);
}

TEST_F(CallersTest, TellsNoRoleFromARoleThatIsNotEnough) {
  EXPECT_EQ(authorise("2", Permission::user_read), Result(Refusal::no_role));
  EXPECT_EQ(levels(), 1);
  EXPECT_EQ(authorise("1", Permission::user_write), Result(Refusal::permission_missing));
  EXPECT_EQ(levels(), 2);
}

TEST_F(CallersTest, AnOrganisationAndARoleGivenElsewhereJustNowAreKnown) {
  const AggregateId org{AggregateType::org, "3"};
  log_.append(org, "3", OrgAdded{"three"});
  log_.append(org, "3", OrgMemberAdded{"7", {"ORG_OWNER"}});
  EXPECT_EQ(authorise("3", Permission::user_write), Result("3"));
  EXPECT_EQ(levels(), 1);
  log_.append({AggregateType::org, "2"}, "2", OrgMemberAdded{"7", {"ORG_OWNER"}});
  EXPECT_EQ(authorise("2", Permission::user_write), Result("2"));
  EXPECT_EQ(levels(), 2);
}

TEST_F(CallersTest, RolesOfTheInstanceHoldInEveryOrganisation) {
  apply({AggregateType::instance, "0"}, "", InstanceMemberAdded{"7", {"IAM_OWNER"}});
  EXPECT_EQ(authorise("2", Permission::user_write), Result("2"));
  EXPECT_EQ(authorise("", Permission::instance_member_write), Result("1"));
}

TEST_F(CallersTest, AsksAgainAtTheDecision) {
  const Caller caller = std::get<Caller>(run(callers_.authenticate({"Bearer " + kToken, {}, {}, {}, {}})));
  const Allowed read = callers_.still_allowed(caller, Permission::user_read);
  const Allowed write = callers_.still_allowed(caller, Permission::user_write);
  const Allowed write_v2 = callers_.allowed_on_user(caller, Permission::user_write);
  EXPECT_EQ(read("1"), std::nullopt);
  EXPECT_EQ(read("2"), Refusal::no_role);
  EXPECT_EQ(write("1"), Refusal::permission_missing);
  EXPECT_EQ(write_v2("1"), Refusal::permission_missing_v2);
  EXPECT_EQ(write_v2("2"), Refusal::no_role);
  apply({AggregateType::org, "1"}, "1", OrgMemberRemoved{"7"});
  EXPECT_EQ(read("1"), Refusal::no_role);
  apply(kUser, "1", PatRemoved{"t1"});
  for (const Allowed& allowed : {read, write, write_v2}) EXPECT_EQ(allowed("1"), Refusal::token_unknown);
}

TEST_F(CallersTest, KnowsWhereAPermissionHolds) {
  apply({AggregateType::org, "2"}, "2", OrgMemberAdded{"7", {"ORG_SETTINGS_MANAGER"}});
  const Caller caller{"7", "1", "t1", hash_of_token(kToken)};
  EXPECT_EQ(callers_.scope(caller, Permission::user_read).orgs, std::vector<std::string>{"1"});
  EXPECT_FALSE(callers_.scope(caller, Permission::user_read).everywhere);
  EXPECT_TRUE(callers_.scope(caller, Permission::user_write).any_role);
  EXPECT_TRUE(callers_.scope(caller, Permission::user_write).orgs.empty());
  EXPECT_FALSE(callers_.scope({"8", "1", "t9", {}}, Permission::user_read).any_role);
}

}  // namespace
}  // namespace usermeta
