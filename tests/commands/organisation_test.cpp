#include <gtest/gtest.h>

#include "commands/name.hpp"
#include "tests/commands/given.hpp"

namespace usermeta::rules {
namespace {

using namespace std::chrono_literals;
using Roles = std::vector<std::string>;

TEST(AddOrg, ItsCreatorIsItsOwner) {
  given()
      .when(AddOrg{kOrg, "Acme", "7"})
      .then(OrgAdded{"Acme"}, OrgMemberAdded{"7", {"ORG_OWNER"}})
      .then_claims({{Name{"org", "acme"}, kOrg}});
}

TEST(AddOrg, ATakenName) {
  given().taken(org_name_claim("acme")).when(AddOrg{kOrg, "ACME", "7"}).then_refused(Refusal::name_taken);
  given()
      .taken(user_name_claim("acme"))
      .when(AddOrg{kOrg, "Acme", "7"})
      .then(OrgAdded{"Acme"}, OrgMemberAdded{"7", {"ORG_OWNER"}});
}

TEST(AddOrg, NeedsPermissionWhereTheCallerActs) {
  given()
      .in(kOtherOrg)
      .taken(org_name_claim("acme"))
      .refused_in(kOtherOrg, Refusal::permission_missing)
      .when(AddOrg{kOrg, "Acme", "7"})
      .then_refused(Refusal::permission_missing);
}

Command add_member(Roles roles) {
  return AddOrgMember{kUser, std::move(roles)};
}

TEST(AddOrgMember, AUser) {
  given(OrgAdded{"Acme"}, machine())
      .when(add_member({"ORG_OWNER", "ORG_USER_MANAGER"}))
      .then(OrgMemberAdded{kUser, {"ORG_OWNER", "ORG_USER_MANAGER"}});
  given(OrgAdded{"Acme"}, human(), UserLocked{})
      .when(add_member({"ORG_OWNER"}))
      .then(OrgMemberAdded{kUser, {"ORG_OWNER"}});
}

TEST(AddOrgMember, AgainAfterRemoval) {
  given(OrgAdded{"Acme"}, machine(), OrgMemberAdded{kUser, {"ORG_OWNER"}}, OrgMemberRemoved{kUser})
      .when(add_member({"ORG_OWNER_VIEWER"}))
      .then(OrgMemberAdded{kUser, {"ORG_OWNER_VIEWER"}});
}

TEST(AddOrgMember, NoRoles) {
  given(OrgAdded{"Acme"}, machine()).when(add_member({})).then_refused(Refusal::member_roles_missing);
}

TEST(AddOrgMember, RolesThatAreNoneOfAnOrganisation) {
  const auto org = given(OrgAdded{"Acme"}, machine());
  for (const Roles& roles : {Roles{"NOPE"}, Roles{"IAM_OWNER"}, Roles{"ORG_OWNER", "IAM_OWNER"},
                             Roles{"ORG_NOPE"}, Roles{"org_owner"}, Roles{""}})
    org.when(add_member(roles)).then_refused(Refusal::member_role_unknown);
}

TEST(AddOrgMember, UnknownUser) {
  given(OrgAdded{"Acme"}).when(add_member({"ORG_OWNER"})).then_refused(Refusal::member_user_unknown);
  given(OrgAdded{"Acme"}, machine(), UserRemoved{})
      .when(add_member({"ORG_OWNER"}))
      .then_refused(Refusal::member_user_unknown);
}

TEST(AddOrgMember, Twice) {
  given(OrgAdded{"Acme"}, machine(), OrgMemberAdded{kUser, {"ORG_OWNER"}})
      .when(add_member({"ORG_OWNER_VIEWER"}))
      .then_refused(Refusal::member_exists);
}

TEST(AddOrgMember, ChecksInOrder) {
  const auto forbidden = given(OrgAdded{"Acme"}).refused_in(kOrg, Refusal::permission_missing);
  forbidden.when(add_member({})).then_refused(Refusal::permission_missing);
  given(OrgAdded{"Acme"}).when(add_member({})).then_refused(Refusal::member_roles_missing);
  given(OrgAdded{"Acme"}).when(add_member({"NOPE"})).then_refused(Refusal::member_role_unknown);
}

TEST(RemoveOrgMember, AMember) {
  given(OrgAdded{"Acme"}, machine(), OrgMemberAdded{kUser, {"ORG_OWNER"}})
      .when(RemoveOrgMember{kUser})
      .then(OrgMemberRemoved{kUser});
}

TEST(RemoveOrgMember, OneThatIsNone) {
  given(OrgAdded{"Acme"}).when(RemoveOrgMember{kUser}).then_unchanged({1, kNoon + 1s, kOrg});
  given(OrgAdded{"Acme"}, OrgMemberAdded{kUser, {"ORG_OWNER"}}, OrgMemberRemoved{kUser})
      .when(RemoveOrgMember{kUser})
      .then_unchanged({3, kNoon + 3s, kOrg});
}

TEST(RemoveOrgMember, NeedsPermission) {
  given(OrgAdded{"Acme"})
      .refused_in(kOrg, Refusal::permission_missing)
      .when(RemoveOrgMember{kUser})
      .then_refused(Refusal::permission_missing);
}

Command add_to_instance(Roles roles) {
  return AddInstanceMember{kUser, std::move(roles)};
}

TEST(AddInstanceMember, AUser) {
  given(InstanceAdded{"i"}, machine())
      .when(add_to_instance({"IAM_OWNER"}))
      .then(InstanceMemberAdded{kUser, {"IAM_OWNER"}});
}

TEST(AddInstanceMember, RolesThatAreNoneOfTheInstance) {
  const auto instance = given(InstanceAdded{"i"}, machine());
  for (const Roles& roles : {Roles{"NOPE"}, Roles{"ORG_OWNER"}, Roles{"IAM_OWNER", "ORG_OWNER"},
                             Roles{"IAM_NOPE"}, Roles{"SELF_MANAGEMENT_GLOBAL"}})
    instance.when(add_to_instance(roles)).then_refused(Refusal::instance_member_role_unknown);
}

TEST(AddInstanceMember, UnknownUser) {
  given(InstanceAdded{"i"})
      .when(add_to_instance({"IAM_OWNER"}))
      .then_refused(Refusal::instance_member_user_unknown);
}

TEST(AddInstanceMember, Twice) {
  given(InstanceAdded{"i"}, machine(), InstanceMemberAdded{kUser, {"IAM_OWNER"}})
      .when(add_to_instance({"IAM_OWNER"}))
      .then_refused(Refusal::instance_member_exists);
}

TEST(AddInstanceMember, NeedsPermission) {
  given(InstanceAdded{"i"})
      .refused_in(kOrg, Refusal::permission_missing)
      .when(add_to_instance({"NOPE"}))
      .then_refused(Refusal::permission_missing);
}

TEST(RemoveInstanceMember, AMemberOrNone) {
  given(InstanceAdded{"i"}, InstanceMemberAdded{kUser, {"IAM_OWNER"}})
      .when(RemoveInstanceMember{kUser})
      .then(InstanceMemberRemoved{kUser});
  given(InstanceAdded{"i"}).when(RemoveInstanceMember{kUser}).then_unchanged({1, kNoon + 1s, kInstanceId});
}

TEST(RemoveInstanceMember, NeedsPermission) {
  given(InstanceAdded{"i"})
      .refused_in(kOrg, Refusal::permission_missing)
      .when(RemoveInstanceMember{kUser})
      .then_refused(Refusal::permission_missing);
}

const SetUpInstance kSetUp{"i", kOrg, "Acme", kUser, "Admin", "9", sha256("secret of 9")};

TEST(SetUpInstance, AnOrganisationAndItsOwner) {
  given()
      .when(kSetUp)
      .then(InstanceAdded{"i"}, OrgAdded{"Acme"}, MachineAdded{"Admin", "Admin", "", 0}, token("9"),
            InstanceMemberAdded{kUser, {"IAM_OWNER"}})
      .then_claims({{Name{"org", "acme"}, kOrg}, {Name{"user", "admin"}, kUser}});
}

TEST(SetUpInstance, OnlyOnce) {
  given(InstanceAdded{"other"}).when(kSetUp).then_refused(Refusal::instance_exists);
}

}  // namespace
}  // namespace usermeta::rules
