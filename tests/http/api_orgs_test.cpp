// The calls about organisations and members over REST, each with its documented answer and its refusals.

#include <gtest/gtest.h>

#include "tests/http/whole_service.hpp"

namespace usermeta {
namespace {

using Answer = WholeService::Answer;

const std::string kOrgMembers = "/management/v1/orgs/me/members";
const std::string kInstanceMembers = "/admin/v1/members";

class ApiOrgsTest : public testing::Test {
 protected:
  Answer add(const std::string& path, const std::string& id, const std::string& roles) {
    return service.ask("POST", path, R"({"userId":")" + id + R"(","roles":[)" + roles + "]}");
  }

  WholeService service;
  const std::string user = service.add_machine("user");
};

TEST_F(ApiOrgsTest, AreAddedWithTheirCreatorAsOwner) {
  const Answer answer = service.ask("POST", "/management/v1/orgs", R"({"name":" Acme "})");
  EXPECT_EQ(answer.outcome(), "200");
  EXPECT_EQ(members(answer.json), "details id");
  EXPECT_EQ(members(answer.at("/details")), "creationDate resourceOwner sequence");
  EXPECT_EQ(answer.at("/details/resourceOwner"), answer.at("/id"));
  EXPECT_EQ(service.ask("POST", "/management/v1/orgs", R"({"name":"ACME"})").outcome(), "409 6 V3-DKcYh");
  EXPECT_EQ(service.ask("POST", "/management/v1/orgs", "{}").outcome(), "400 3");
  EXPECT_EQ(
      service.ask("POST", "/management/v1/orgs", R"({"name":")" + std::string(201, 'n') + "\"}").outcome(),
      "400 3");
}

TEST_F(ApiOrgsTest, AreActedInByTheHeader) {
  const std::string org = service.ask("POST", "/management/v1/orgs", R"({"name":"other"})").text("/id");
  const WholeService::HeaderFields fields{{"x-zitadel-orgid", org}};
  const Answer added =
      service.ask("POST", "/management/v1/users/machine", R"({"userName":"u2","name":"n"})", fields);
  EXPECT_EQ(added.text("/details/resourceOwner"), org);
  const std::string target = "/management/v1/users/" + added.text("/userId") + "/_lock";
  EXPECT_EQ(service.ask("POST", target).outcome(), "404 5 COMMAND-5M9fs");
  EXPECT_EQ(service.ask("POST", target, "", fields).outcome(), "200");
}

TEST_F(ApiOrgsTest, MembersAreAddedAndRemoved) {
  const Answer added = add(kOrgMembers, user, R"("ORG_OWNER","ORG_OWNER_VIEWER")");
  EXPECT_EQ(added.outcome(), "200");
  EXPECT_EQ(members(added.json), "details");
  EXPECT_EQ(members(added.at("/details")), "creationDate resourceOwner sequence");
  EXPECT_EQ(added.text("/details/resourceOwner"), service.org);
  const Answer removed = service.ask("DELETE", kOrgMembers + "/" + user);
  EXPECT_EQ(removed.outcome(), "200");
  EXPECT_EQ(members(removed.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(service.ask("DELETE", kOrgMembers + "/" + user).text("/details/sequence"),
            removed.text("/details/sequence"));
}

TEST_F(ApiOrgsTest, MembersAreRefused) {
  add(kOrgMembers, user, R"("ORG_OWNER")");
  EXPECT_EQ(add(kOrgMembers, user, R"("ORG_OWNER")").outcome(), "409 6 ORG-poWwe");
  EXPECT_EQ(add(kOrgMembers, "9", R"("ORG_OWNER")").outcome(), "400 9 ORG-GoXOn");
  EXPECT_EQ(add(kOrgMembers, user, R"("ORG_NOPE")").outcome(), "400 3 Org-4N8es");
  EXPECT_EQ(add(kOrgMembers, user, R"("IAM_OWNER")").outcome(), "400 3 Org-4N8es");
  EXPECT_EQ(add(kOrgMembers, user, "").outcome(), "400 3 ORG-4Mlfs");
  EXPECT_EQ(add(kOrgMembers, "", R"("ORG_OWNER")").outcome(), "400 3");
}

TEST_F(ApiOrgsTest, InstanceMembersAreAddedAndRemoved) {
  const Answer added = add(kInstanceMembers, user, R"("IAM_OWNER")");
  EXPECT_EQ(added.outcome(), "200");
  EXPECT_EQ(members(added.json), "details");
  EXPECT_EQ(members(added.at("/details")), "creationDate resourceOwner sequence");
  EXPECT_EQ(add(kInstanceMembers, user, R"("IAM_OWNER")").outcome(), "409 6 INSTA-pFDwe");
  const Answer removed = service.ask("DELETE", kInstanceMembers + "/" + user);
  EXPECT_EQ(members(removed.at("/details")), "changeDate resourceOwner sequence");
  EXPECT_EQ(service.ask("DELETE", kInstanceMembers + "/" + user).outcome(), "200");
  EXPECT_EQ(add(kInstanceMembers, user, R"("ORG_OWNER")").outcome(), "400 3 INSTANCE-4m0fS");
}

TEST_F(ApiOrgsTest, InstanceMembersAreTheOwnersBusiness) {
  for (const std::string role : {"ORG_OWNER", "ORG_USER_MANAGER"}) {
    service.token = service.admin_token;
    service.token = service.add_caller("a " + role, role);
    EXPECT_EQ(add(kInstanceMembers, user, R"("IAM_OWNER")").outcome(), "403 7 AUTH-5mWD2") << role;
    EXPECT_EQ(service.ask("DELETE", kInstanceMembers + "/" + user).outcome(), "403 7 AUTH-5mWD2") << role;
  }
}

// A new role counts from the next request on, and one that is taken away does not.
TEST_F(ApiOrgsTest, RolesCountAtOnce) {
  const std::string token = service.add_token(user);
  const auto set = [&] {
    service.token = token;
    std::string outcome =
        service.ask("POST", "/management/v1/users/" + user + "/metadata/k", kSetBody).outcome();
    service.token = service.admin_token;
    return outcome;
  };
  EXPECT_EQ(set(), "404 5 AUTHZ-cdgFk");
  add(kOrgMembers, user, R"("ORG_OWNER_VIEWER")");
  EXPECT_EQ(set(), "403 7 AUTH-5mWD2");
  service.ask("DELETE", kOrgMembers + "/" + user);
  add(kInstanceMembers, user, R"("IAM_USER_MANAGER")");
  EXPECT_EQ(set(), "200");
  service.ask("DELETE", kInstanceMembers + "/" + user);
  EXPECT_EQ(set(), "404 5 AUTHZ-cdgFk");
}

}  // namespace
}  // namespace usermeta
