#include "cli/event_line.hpp"

#include <algorithm>
#include <cstdio>

#include "http/target.hpp"

namespace usermeta {
namespace {

constexpr std::size_t kLongestShown = 60;  // bytes, of each text

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

// Whether a terminal shows it and does nothing else: no control character of ASCII, nor of U+0080 to U+009F.
bool is_plain(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

std::string shown(std::string_view text) {
  if (!is_plain(text)) return "(" + std::to_string(text.size()) + " bytes)";
  if (text.size() <= kLongestShown) return std::string(text);
  std::size_t end = kLongestShown;
  while (is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string shown(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + shown(text);
  return all;
}

// What it is about.
struct About {
  std::string operator()(const MetadataSet& e) const { return shown(e.key) + " = " + shown(e.value.bytes()); }
  std::string operator()(const MetadataRemoved& e) const { return shown(e.key); }
  std::string operator()(const HumanAdded& e) const { return shown(e.user_name); }
  std::string operator()(const MachineAdded& e) const { return shown(e.user_name); }
  std::string operator()(const OrgAdded& e) const { return shown(e.name); }
  std::string operator()(const InstanceAdded& e) const { return shown(e.name); }
  std::string operator()(const PatAdded& e) const { return shown(e.token_id); }
  std::string operator()(const PatRemoved& e) const { return shown(e.token_id); }
  std::string operator()(const OrgMemberAdded& e) const { return shown(e.user_id) + ": " + shown(e.roles); }
  std::string operator()(const OrgMemberRemoved& e) const { return shown(e.user_id); }
  std::string operator()(const InstanceMemberAdded& e) const {
    return shown(e.user_id) + ": " + shown(e.roles);
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
