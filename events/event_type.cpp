#include <algorithm>
#include <array>

#include "events/event.hpp"

namespace usermeta {
namespace {

using enum AggregateType;

// In the order of Event's alternatives.
constexpr std::array<EventType, std::variant_size_v<Event>> kTypes{{
    {"instance.added", 1, instance, false},
    {"instance.member.added", 1, instance, true},
    {"instance.member.removed", 1, instance, true},
    {"org.added", 1, org, true},
    {"org.member.added", 1, org, true},
    {"org.member.removed", 1, org, true},
    {"user.human.added", 2, user, false},
    {"user.human.email.verified", 2, user, false},
    {"user.machine.added", 2, user, false},
    {"user.pat.added", 2, user, true},
    {"user.pat.removed", 2, user, true},
    {"user.locked", 2, user, true},
    {"user.unlocked", 2, user, false},
    {"user.deactivated", 2, user, true},
    {"user.reactivated", 2, user, false},
    {"user.removed", 2, user, true},
    {"user.metadata.set", 2, user, false},
    {"user.metadata.removed", 2, user, false},
    {"user.metadata.removed.all", 2, user, false},
    {"user.metadata.values.erased", 1, user, false},
}};

constexpr std::array<std::string_view, 3> kAggregateNames{"instance", "org", "user"};

struct SlotOf {
  std::string operator()(const InstanceMemberAdded& e) const { return member_slot(e.user_id); }
  std::string operator()(const InstanceMemberRemoved& e) const { return member_slot(e.user_id); }
  std::string operator()(const OrgMemberAdded& e) const { return member_slot(e.user_id); }
  std::string operator()(const OrgMemberRemoved& e) const { return member_slot(e.user_id); }
  std::string operator()(const PatAdded& e) const { return token_slot(e.token_id); }
  std::string operator()(const PatRemoved& e) const { return token_slot(e.token_id); }
  std::string operator()(const MetadataSet& e) const { return metadata_slot(e.key); }
  std::string operator()(const MetadataRemoved& e) const { return metadata_slot(e.key); }
  std::string operator()(const MetadataRemovedAll&) const { return "metadata"; }
  std::string operator()(const MetadataValuesErased& e) const {
    return e.key.empty() ? "metadata" : metadata_slot(e.key);
  }
  std::string operator()(const HumanEmailVerified&) const { return "email"; }
  template <class StateChange>
  std::string operator()(const StateChange&) const {
    return "state";
  }
};

}  // namespace

const EventType& type_of(const Event& event) {
  return kTypes[event.index()];
}

const EventType* find_type(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &EventType::name);
  return found == kTypes.end() ? nullptr : found;
}

std::size_t event_type_index(const EventType& type) {
  return static_cast<std::size_t>(&type - kTypes.data());
}

std::vector<std::string_view> access_types() {
  std::vector<std::string_view> names;
  for (const EventType& type : kTypes)
    if (type.changes_access) names.push_back(type.name);
  return names;
}

std::string slot_of(const Event& event) {
  return std::visit(SlotOf{}, event);
}

std::string metadata_slot(std::string_view key) {
  return "metadata/" + std::string(key);
}
std::string token_slot(std::string_view token_id) {
  return "token/" + std::string(token_id);
}
std::string member_slot(std::string_view user_id) {
  return "member/" + std::string(user_id);
}

std::string_view name_of(AggregateType type) {
  return kAggregateNames[static_cast<std::size_t>(type)];
}

std::optional<AggregateType> find_aggregate_type(std::string_view name) {
  const auto* found = std::ranges::find(kAggregateNames, name);
  if (found == kAggregateNames.end()) return std::nullopt;
  return static_cast<AggregateType>(found - kAggregateNames.begin());
}

}  // namespace usermeta
