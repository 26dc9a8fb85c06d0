#include "commands/roles.hpp"

#include <algorithm>
#include <array>

namespace usermeta {
namespace {

using enum Permission;

constexpr std::uint32_t bit(Permission permission) {
  return 1U << static_cast<unsigned>(permission);
}

constexpr std::uint32_t kManageUsers = bit(user_read) | bit(user_write) | bit(user_delete);

struct Role {
  std::string_view name;
  std::uint32_t permissions;
};

// ZITADEL's roles of an instance and of an organisation, with what they may do here.
constexpr std::array kRoles{
    Role{"IAM_OWNER", kManageUsers | bit(org_create) | bit(org_member_write) | bit(events_read) |
                          bit(instance_member_write)},
    Role{"IAM_OWNER_VIEWER", bit(user_read) | bit(events_read)},
    Role{"IAM_ORG_MANAGER", kManageUsers | bit(org_create) | bit(org_member_write)},
    Role{"IAM_USER_MANAGER", kManageUsers},
    Role{"IAM_ADMIN_IMPERSONATOR", 0},
    Role{"IAM_END_USER_IMPERSONATOR", 0},
    Role{"IAM_LOGIN_CLIENT", bit(user_read) | bit(user_write) | bit(org_member_write)},
    Role{"ORG_OWNER", kManageUsers | bit(org_member_write)},
    Role{"ORG_USER_MANAGER", kManageUsers},
    Role{"ORG_OWNER_VIEWER", bit(user_read)},
    Role{"ORG_SETTINGS_MANAGER", 0},
    Role{"ORG_USER_PERMISSION_EDITOR", bit(user_read)},
    Role{"ORG_PROJECT_PERMISSION_EDITOR", bit(user_read)},
    Role{"ORG_PROJECT_CREATOR", 0},
    Role{"ORG_USER_SELF_MANAGER", 0},
    Role{"ORG_ADMIN_IMPERSONATOR", 0},
    Role{"ORG_END_USER_IMPERSONATOR", 0},
};

const Role* find(std::string_view name) {
  const auto* found = std::ranges::find(kRoles, name, &Role::name);
  return found == kRoles.end() ? nullptr : found;
}

}  // namespace

bool grants(std::string_view role, Permission permission) {
  const Role* found = find(role);
  return found && (found->permissions & bit(permission)) != 0;
}

bool are_org_roles(const std::vector<std::string>& roles) {
  const auto is_org_role = [](const std::string& role) { return role.starts_with("ORG_") && find(role); };
  const auto is_self_management = [](const std::string& role) { return role == "SELF_MANAGEMENT_GLOBAL"; };
  return std::ranges::all_of(roles, is_org_role) || std::ranges::all_of(roles, is_self_management);
}
bool is_instance_role(std::string_view role) {
  return role.starts_with("IAM_") && find(role);
}

}  // namespace usermeta
