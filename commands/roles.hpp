#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace usermeta {

enum class Permission : std::uint8_t {
  user_read,
  user_write,
  user_delete,
  org_create,
  org_member_write,
  events_read,
  instance_member_write,
};

// Whether the role (of an organisation or, with the prefix IAM_, of the instance) includes the permission.
bool grants(std::string_view role, Permission permission);

// Whether a member of an organisation can have these roles: all known ones of an organisation, or just the
// one that lets users manage themselves, which does not go with others.
bool are_org_roles(const std::vector<std::string>& roles);
// Whether it is a known role that a member of the instance can have.
bool is_instance_role(std::string_view role);

}  // namespace usermeta
