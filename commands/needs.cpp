#include "commands/needs.hpp"

#include <algorithm>

#include "commands/name.hpp"
#include "commands/organisation.hpp"

namespace usermeta {
namespace {

Needed user(const std::string& id, std::vector<std::string> slots = {}) {
  return {{AggregateType::user, id}, true, std::move(slots)};
}
Needed org(const std::string& id, std::vector<std::string> slots = {}) {
  return {{AggregateType::org, id}, true, std::move(slots)};
}
Needed instance(std::vector<std::string> slots = {}) {
  return {{AggregateType::instance, kInstanceId}, true, std::move(slots)};
}

struct NeedsOf {
  const std::string& acting_org;

  Needs operator()(const SetUserMetadata& c) const {
    return {{user(c.user_id, {metadata_slot(c.entry.key)})}, {}};
  }
  Needs operator()(const BulkSetUserMetadata& c) const {
    Needed needed = user(c.user_id);
    for (const MetadataEntry& entry : c.entries) needed.slots.push_back(metadata_slot(entry.key));
    return {{std::move(needed)}, {}};
  }
  Needs operator()(const RemoveUserMetadata& c) const {
    return {{user(c.user_id, {metadata_slot(c.key)})}, {}};
  }
  Needs operator()(const BulkRemoveUserMetadata& c) const {
    Needed needed = user(c.user_id);
    for (const std::string& key : c.keys) needed.slots.push_back(metadata_slot(key));
    return {{std::move(needed)}, {}};
  }
  Needs operator()(const EraseMetadataValues& c) const {
    if (c.key.empty()) return {{user(c.user_id)}, {}};
    return {{user(c.user_id, {metadata_slot(c.key)})}, {}};
  }
  Needs operator()(const AddHumanUser& c) const {
    return {{user(c.user_id)}, {user_name_claim(c.human.user_name)}};
  }
  Needs operator()(const AddMachineUser& c) const {
    return {{user(c.user_id)}, {user_name_claim(c.machine.user_name)}};
  }
  Needs operator()(const RemovePersonalAccessToken& c) const {
    return {{user(c.user_id, {token_slot(c.token_id)})}, {}};
  }
  Needs operator()(const AddOrg& c) const { return {{org(c.org_id)}, {org_name_claim(c.name)}}; }
  Needs operator()(const AddOrgMember& c) const {
    return {{org(acting_org, {member_slot(c.user_id)}), user(c.user_id)}, {}};
  }
  Needs operator()(const RemoveOrgMember& c) const {
    return {{org(acting_org, {member_slot(c.user_id)})}, {}};
  }
  Needs operator()(const AddInstanceMember& c) const {
    return {{instance({member_slot(c.user_id)}), user(c.user_id)}, {}};
  }
  Needs operator()(const RemoveInstanceMember& c) const { return {{instance({member_slot(c.user_id)})}, {}}; }
  Needs operator()(const SetUpInstance& c) const {
    return {{instance(), org(c.org_id), user(c.user_id)},
            {org_name_claim(c.org_name), user_name_claim(c.user_name)}};
  }
  template <class OfOneUser>
  Needs operator()(const OfOneUser& c) const {
    return {{user(c.user_id)}, {}};
  }
};

}  // namespace

Needs needs_of(const CommandRequest& request) {
  return std::visit(NeedsOf{request.org}, request.command);
}

}  // namespace usermeta
