#include "commands/organisation.hpp"

#include <algorithm>

#include "commands/name.hpp"
#include "commands/roles.hpp"

namespace usermeta {
namespace {

struct EvolveMembership {
  Membership& membership;
  const Fact& fact;

  void operator()(const InstanceAdded&) const { exists(); }
  void operator()(const OrgAdded&) const { exists(); }
  void operator()(const InstanceMemberAdded& e) const { membership.members[e.user_id] = true; }
  void operator()(const OrgMemberAdded& e) const { membership.members[e.user_id] = true; }
  void operator()(const InstanceMemberRemoved& e) const { membership.members[e.user_id] = false; }
  void operator()(const OrgMemberRemoved& e) const { membership.members[e.user_id] = false; }
  template <class OfAnotherAggregate>
  void operator()(const OfAnotherAggregate&) const {}

  void exists() const {
    membership.exists = true;
    membership.owner = fact.owner;
  }
};

AggregateId instance_id() {
  return {AggregateType::instance, kInstanceId};
}

bool is_member(const Membership& membership, const std::string& user_id) {
  const auto found = membership.members.find(user_id);
  return found != membership.members.end() && found->second;
}

Decided nothing_yet(const Membership& membership) {
  return {{}, {membership.sequence, membership.changed_at, membership.owner}, {}, {}};
}

}  // namespace

void evolve(Membership& membership, const Fact& fact) {
  std::visit(EvolveMembership{membership, fact}, fact.event);
  membership.sequence = fact.sequence;
  membership.changed_at = fact.created_at;
}

void evolve_slot(Membership& membership, const Fact& fact) {
  std::visit(EvolveMembership{membership, fact}, fact.event);
}

// An organisation belongs to itself, and its creator becomes its owner by a second event.
Decision decide(const AddOrg& command, const Membership& org, const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return *refusal;
  if (org.sequence != 0 || !context.taken.empty()) return Refusal::name_taken;
  const AggregateId id{AggregateType::org, command.org_id};
  Decided decided;
  decided.events.push_back({id, command.org_id, OrgAdded{command.name}});
  decided.events.push_back({id, command.org_id, OrgMemberAdded{command.creator_id, {"ORG_OWNER"}}});
  decided.claims.emplace_back(org_name_claim(command.name), command.org_id);
  return decided;
}

Decision decide(const AddOrgMember& command, const Membership& org, const User& user,
                const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return *refusal;
  if (command.roles.empty()) return Refusal::member_roles_missing;
  if (!are_org_roles(command.roles)) return Refusal::member_role_unknown;
  if (!user.exists()) return Refusal::member_user_unknown;
  if (is_member(org, command.user_id)) return Refusal::member_exists;
  Decided decided;
  decided.events.push_back(
      {{AggregateType::org, context.org}, org.owner, OrgMemberAdded{command.user_id, command.roles}});
  return decided;
}

Decision decide(const RemoveOrgMember& command, const Membership& org, const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return *refusal;
  Decided decided = nothing_yet(org);
  if (is_member(org, command.user_id))
    decided.events.push_back(
        {{AggregateType::org, context.org}, org.owner, OrgMemberRemoved{command.user_id}});
  return decided;
}

Decision decide(const AddInstanceMember& command, const Membership& instance, const User& user,
                const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return *refusal;
  if (!std::ranges::all_of(command.roles, is_instance_role)) return Refusal::instance_member_role_unknown;
  if (!user.exists()) return Refusal::instance_member_user_unknown;
  if (is_member(instance, command.user_id)) return Refusal::instance_member_exists;
  Decided decided;
  decided.events.push_back(
      {instance_id(), instance.owner, InstanceMemberAdded{command.user_id, command.roles}});
  return decided;
}

Decision decide(const RemoveInstanceMember& command, const Membership& instance, const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return *refusal;
  Decided decided = nothing_yet(instance);
  if (is_member(instance, command.user_id))
    decided.events.push_back({instance_id(), instance.owner, InstanceMemberRemoved{command.user_id}});
  return decided;
}

Decision decide(const SetUpInstance& command, const Membership& instance) {
  if (instance.exists) return Refusal::instance_exists;
  const AggregateId org{AggregateType::org, command.org_id};
  const AggregateId user{AggregateType::user, command.user_id};
  Decided decided;
  decided.events.push_back({instance_id(), kInstanceId, InstanceAdded{command.name}});
  decided.events.push_back({org, command.org_id, OrgAdded{command.org_name}});
  decided.events.push_back({user, command.org_id, MachineAdded{command.user_name, command.user_name, {}, 0}});
  decided.events.push_back(
      {user, command.org_id, PatAdded{command.token_id, kNoExpiry, {}, command.token_hash}});
  decided.events.push_back({instance_id(), kInstanceId, InstanceMemberAdded{command.user_id, {"IAM_OWNER"}}});
  decided.claims.emplace_back(org_name_claim(command.org_name), command.org_id);
  decided.claims.emplace_back(user_name_claim(command.user_name), command.user_id);
  return decided;
}

}  // namespace usermeta
