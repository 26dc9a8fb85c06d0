#include "projections/directory.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace usermeta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr Time kNow = std::chrono::sys_days{std::chrono::May / 4 / 2025};
constexpr Time kLater = kNow + std::chrono::hours{1};

Digest hash(const std::string& token) {
  return sha256(token);
}

class DirectoryTest : public testing::Test {
 protected:
  Directory directory;

  void user(const std::string& id, const Event& event) {
    directory.apply({{AggregateType::user, id}, 1, kNow, "org of " + id, event});
  }
  void org(const std::string& id, const Event& event) {
    directory.apply({{AggregateType::org, id}, 1, kNow, id, event});
  }
  void instance(const Event& event) { directory.apply({{AggregateType::instance, "i"}, 1, kNow, "", event}); }
  void token(const std::string& of, const std::string& id, Time expiration = kLater) {
    user(of, PatAdded{id, expiration, {}, hash(id)});
  }
  bool lives(const std::string& id, Time now = kNow) const {
    const bool found = directory.find(hash(id), now).has_value();
    EXPECT_EQ(directory.is_live(hash(id), now), found);
    return found;
  }
  Directory::Standing standing(const std::string& user_id, const std::string& org_id) const {
    return directory.standing(user_id, org_id,
                              [](std::string_view role) { return role.ends_with("WRITER"); });
  }
  Directory::Scope scope(const std::string& user_id) const {
    return directory.scope(user_id, [](std::string_view role) { return role.ends_with("WRITER"); });
  }
};

TEST_F(DirectoryTest, ATokenIsFoundByItsHashAndSaysWhose) {
  token("u", "t");
  const auto caller = directory.find(hash("t"), kNow);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->user_id + " " + caller->org + " " + caller->token_id, "u org of u t");
  EXPECT_EQ(caller->token_hash, hash("t"));
  EXPECT_FALSE(lives("another"));
  Digest almost = hash("t");
  almost.back() ^= std::byte{1};
  EXPECT_FALSE(directory.find(almost, kNow));
}

TEST_F(DirectoryTest, ATokenExpiresAtItsMoment) {
  token("u", "t");
  EXPECT_TRUE(lives("t", kLater - std::chrono::microseconds(1)));
  EXPECT_FALSE(lives("t", kLater));
}

TEST_F(DirectoryTest, ARemovedTokenIsGoneAndOthersStay) {
  token("u", "t1");
  token("u", "t2");
  user("u", PatRemoved{"t1"});
  user("u", PatRemoved{"never there"});
  user("x", PatRemoved{"t2"});
  EXPECT_FALSE(lives("t1"));
  EXPECT_TRUE(lives("t2"));
}

TEST_F(DirectoryTest, LockingDeactivatingOrRemovingTheOwnerEndsItsTokensForGood) {
  for (const Event& end : {Event(UserLocked{}), Event(UserDeactivated{}), Event(UserRemoved{})}) {
    token("u", "t1");
    token("u", "t2");
    token("v", "other");
    user("u", end);
    EXPECT_FALSE(lives("t1"));
    EXPECT_FALSE(lives("t2"));
    EXPECT_TRUE(lives("other"));
    user("u", UserUnlocked{});
    user("u", UserReactivated{});
    EXPECT_FALSE(lives("t1"));
    token("u", "made after");
    EXPECT_TRUE(lives("made after"));
  }
}

TEST_F(DirectoryTest, ATokenWithoutAHashNeverLives) {
  user("u", PatAdded{"t", kLater, {}, std::nullopt});
  EXPECT_THAT(directory.tokens(), IsEmpty());
  user("u", PatRemoved{"t"});
}

TEST_F(DirectoryTest, AnEventThatIsToldAgainChangesNothing) {
  token("u", "t");
  token("u", "t");
  EXPECT_EQ(directory.tokens().size(), 1U);
  user("u", PatRemoved{"t"});
  user("u", PatRemoved{"t"});
  EXPECT_FALSE(lives("t"));
  token("u", "t2");
  token("u", "t2");
  user("u", PatRemoved{"t2"});
  user("u", UserLocked{});
  EXPECT_FALSE(lives("t2"));
}

TEST_F(DirectoryTest, OrganisationsExistOnceAdded) {
  EXPECT_FALSE(directory.org_exists("o"));
  org("o", OrgAdded{"Name"});
  EXPECT_TRUE(directory.org_exists("o"));
  EXPECT_FALSE(directory.org_exists("Name"));
}

TEST_F(DirectoryTest, ARoleOfAnOrganisationHoldsThere) {
  org("o", OrgMemberAdded{"writer", {"READER", "WRITER"}});
  org("o", OrgMemberAdded{"reader", {"READER"}});
  EXPECT_EQ(standing("writer", "o"), Directory::Standing::permitted);
  EXPECT_EQ(standing("writer", "p"), Directory::Standing::no_role);
  EXPECT_EQ(standing("reader", "o"), Directory::Standing::no_permission);
  EXPECT_EQ(standing("stranger", "o"), Directory::Standing::no_role);
  org("o", OrgMemberRemoved{"writer"});
  org("o", OrgMemberRemoved{"writer"});
  EXPECT_EQ(standing("writer", "o"), Directory::Standing::no_role);
  EXPECT_EQ(standing("reader", "o"), Directory::Standing::no_permission);
}

TEST_F(DirectoryTest, ARoleOfTheInstanceHoldsEverywhere) {
  instance(InstanceMemberAdded{"writer", {"IAM_WRITER"}});
  instance(InstanceMemberAdded{"reader", {"IAM_READER"}});
  org("o", OrgMemberAdded{"reader", {"WRITER"}});
  EXPECT_EQ(standing("writer", "anywhere"), Directory::Standing::permitted);
  EXPECT_EQ(standing("reader", "o"), Directory::Standing::permitted);
  EXPECT_EQ(standing("reader", "p"), Directory::Standing::no_permission);
  instance(InstanceMemberRemoved{"writer"});
  EXPECT_EQ(standing("writer", "anywhere"), Directory::Standing::no_role);
}

TEST_F(DirectoryTest, ARemovedUserHasNoRolesLeft) {
  instance(InstanceMemberAdded{"u", {"IAM_WRITER"}});
  org("o", OrgMemberAdded{"u", {"WRITER"}});
  user("u", UserRemoved{});
  EXPECT_EQ(standing("u", "o"), Directory::Standing::no_role);
  EXPECT_FALSE(scope("u").any_role);
  EXPECT_THAT(directory.instance_owners(), IsEmpty());
}

TEST_F(DirectoryTest, ScopeIsWhereThePermissionHolds) {
  org("o1", OrgMemberAdded{"u", {"WRITER"}});
  org("o2", OrgMemberAdded{"u", {"READER"}});
  org("o3", OrgMemberAdded{"u", {"READER", "WRITER"}});
  EXPECT_THAT(scope("u").orgs, UnorderedElementsAre("o1", "o3"));
  EXPECT_TRUE(scope("u").any_role);
  EXPECT_FALSE(scope("u").everywhere);

  instance(InstanceMemberAdded{"r", {"IAM_READER"}});
  EXPECT_TRUE(scope("r").any_role);
  EXPECT_FALSE(scope("r").everywhere);
  instance(InstanceMemberAdded{"w", {"IAM_WRITER"}});
  EXPECT_TRUE(scope("w").everywhere);
  EXPECT_FALSE(scope("stranger").any_role);
  EXPECT_FALSE(scope("stranger").everywhere);
  EXPECT_THAT(scope("stranger").orgs, IsEmpty());
}

TEST_F(DirectoryTest, TokensAreListedByUserAndIdExpiredOnesToo) {
  token("v", "t3");
  token("u", "t2", kNow - std::chrono::hours{1});
  token("u", "t1");
  std::vector<std::string> listed;
  for (const auto& [caller, expiration] : directory.tokens())
    listed.push_back(caller.user_id + " " + caller.token_id + (expiration < kNow ? " expired" : ""));
  EXPECT_THAT(listed, ElementsAre("u t1", "u t2 expired", "v t3"));
}

TEST_F(DirectoryTest, TheInstancesOwnersAreListed) {
  instance(InstanceMemberAdded{"b", {"IAM_OWNER"}});
  instance(InstanceMemberAdded{"a", {"IAM_ORG_MANAGER", "IAM_OWNER"}});
  instance(InstanceMemberAdded{"c", {"IAM_OWNER_VIEWER"}});
  EXPECT_THAT(directory.instance_owners(), ElementsAre("a", "b"));
}

TEST_F(DirectoryTest, AsManyAskAsLikeWhileItChanges) {
  token("u", "stays");
  std::atomic<bool> over{false};
  std::atomic<int> missed{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i)
    askers.emplace_back([&] {
      while (!over) missed += !lives("stays");
    });
  for (int i = 0; i < 2000; ++i) {
    token("v" + std::to_string(i % 7), "t" + std::to_string(i));
    org("o" + std::to_string(i), OrgMemberAdded{"u", {"WRITER"}});
    if (i % 3 == 0) user("v" + std::to_string(i % 7), UserLocked{});
  }
  over = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace usermeta
