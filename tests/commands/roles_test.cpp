#include "commands/roles.hpp"

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using enum Permission;

// One row a role: user.read, user.write, user.delete, org.create, org.member.write, events.read, and the
// right to change the instance's members.
struct RoleRow {
  const char* role;
  const char* may;
};
const RoleRow kRoleRows[] = {
    {"IAM_OWNER", "rwdcmei"},
    {"IAM_OWNER_VIEWER", "r    e "},
    {"IAM_ORG_MANAGER", "rwdcm  "},
    {"IAM_USER_MANAGER", "rwd    "},
    {"IAM_LOGIN_CLIENT", "rw  m  "},
    {"IAM_ADMIN_IMPERSONATOR", "       "},
    {"IAM_END_USER_IMPERSONATOR", "       "},
    {"ORG_OWNER", "rwd m  "},
    {"ORG_USER_MANAGER", "rwd    "},
    {"ORG_OWNER_VIEWER", "r      "},
    {"ORG_USER_PERMISSION_EDITOR", "r      "},
    {"ORG_PROJECT_PERMISSION_EDITOR", "r      "},
    {"ORG_SETTINGS_MANAGER", "       "},
    {"ORG_PROJECT_CREATOR", "       "},
    {"ORG_USER_SELF_MANAGER", "       "},
    {"ORG_ADMIN_IMPERSONATOR", "       "},
    {"ORG_END_USER_IMPERSONATOR", "       "},
    {"SELF_MANAGEMENT_GLOBAL", "       "},
    {"PROJECT_OWNER", "       "},
    {"NOPE", "       "},
    {"", "       "},
    {"org_owner", "       "},
    {"ORG_OWNER ", "       "},
};

std::string permissions_of(std::string_view role) {
  const std::pair<char, Permission> all[] = {
      {'r', user_read},        {'w', user_write},  {'d', user_delete},           {'c', org_create},
      {'m', org_member_write}, {'e', events_read}, {'i', instance_member_write},
  };
  std::string may;
  for (const auto& [letter, permission] : all) may += grants(role, permission) ? letter : ' ';
  return may;
}

TEST(Roles, GrantWhatTheTableSays) {
  for (const RoleRow& row : kRoleRows) EXPECT_EQ(permissions_of(row.role), row.may) << row.role;
}

TEST(Roles, OfAnOrganisation) {
  for (const RoleRow& row : kRoleRows) {
    const std::string_view role = row.role;
    const bool known = role.starts_with("ORG_") && !role.ends_with(' ');
    EXPECT_EQ(are_org_roles({std::string(role)}), known || role == "SELF_MANAGEMENT_GLOBAL") << role;
  }
  EXPECT_TRUE(are_org_roles({"ORG_OWNER", "ORG_OWNER", "ORG_OWNER_VIEWER"}));
  EXPECT_FALSE(are_org_roles({"ORG_OWNER", "NOPE"}));
  EXPECT_FALSE(are_org_roles({"ORG_OWNER", "IAM_OWNER"}));
  EXPECT_FALSE(are_org_roles({"ORG_OWNER", "SELF_MANAGEMENT_GLOBAL"}));
}

TEST(Roles, OfTheInstance) {
  for (const RoleRow& row : kRoleRows) {
    const std::string_view role = row.role;
    EXPECT_EQ(is_instance_role(role), role.starts_with("IAM_")) << role;
  }
  EXPECT_FALSE(is_instance_role("IAM_NOPE"));
}

}  // namespace
}  // namespace usermeta
