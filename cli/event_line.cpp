#include "cli/event_line.hpp"

#include "cli/shown_text.hpp"

namespace usermeta {
namespace {

std::string all_shown(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + shown(text);
  return all;
}

// What it is about.
struct About {
  std::string operator()(const MetadataSet& e) const {
    return shown(e.key) + (e.erased ? " erased" : " = " + shown(e.value.bytes()));
  }
  std::string operator()(const MetadataRemoved& e) const { return shown(e.key); }
  std::string operator()(const MetadataValuesErased& e) const { return shown(e.key); }
  std::string operator()(const HumanAdded& e) const { return shown(e.user_name); }
  std::string operator()(const MachineAdded& e) const { return shown(e.user_name); }
  std::string operator()(const OrgAdded& e) const { return shown(e.name); }
  std::string operator()(const InstanceAdded& e) const { return shown(e.name); }
  std::string operator()(const PatAdded& e) const { return shown(e.token_id); }
  std::string operator()(const PatRemoved& e) const { return shown(e.token_id); }
  std::string operator()(const OrgMemberAdded& e) const {
    return shown(e.user_id) + ": " + all_shown(e.roles);
  }
  std::string operator()(const OrgMemberRemoved& e) const { return shown(e.user_id); }
  std::string operator()(const InstanceMemberAdded& e) const {
    return shown(e.user_id) + ": " + all_shown(e.roles);
  }
  std::string operator()(const InstanceMemberRemoved& e) const { return shown(e.user_id); }
  template <class SaysItAll>
  std::string operator()(const SaysItAll&) const {
    return {};
  }
};

// An event that is newer than this program is shown as it is stored.
std::string about(const Recorded& event) {
  try {
    return std::visit(About{}, decode(event));
  } catch (const UnreadableEvent&) {
    return shown(event.payload);
  }
}

}  // namespace

std::string event_line(const Recorded& event) {
  std::string line = std::to_string(event.position) + "  " + to_rfc3339(event.created_at) + "  " +
                     shown(event.type) + "  " + shown(event.aggregate.id);
  const std::string what = about(event);
  if (!what.empty()) line += "  " + what;
  return line;
}

}  // namespace usermeta
