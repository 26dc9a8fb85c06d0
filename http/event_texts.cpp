#include "http/event_texts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace usermeta {
namespace {

using Text = std::pair<std::string_view, std::string_view>;

constexpr std::array kEventTypes{
    Text{"instance.added", "Instance added"},
    Text{"instance.member.added", "Instance member added"},
    Text{"instance.member.removed", "Instance member removed"},
    Text{"org.added", "Organization added"},
    Text{"org.member.added", "Organization member added"},
    Text{"org.member.removed", "Organization member removed"},
    Text{"user.human.added", "Person added"},
    Text{"user.human.email.verified", "Email address verified"},
    Text{"user.machine.added", "Machine user added"},
    Text{"user.pat.added", "Personal access token added"},
    Text{"user.pat.removed", "Personal access token removed"},
    Text{"user.locked", "User locked"},
    Text{"user.unlocked", "User unlocked"},
    Text{"user.deactivated", "User deactivated"},
    Text{"user.reactivated", "User reactivated"},
    Text{"user.removed", "User removed"},
    Text{"user.metadata.set", "User metadata set"},
    Text{"user.metadata.removed", "User metadata removed"},
    Text{"user.metadata.removed.all", "All user metadata removed"},
    Text{"user.metadata.values.erased", "User metadata values erased"},
};

constexpr std::array kAggregateTypes{
    Text{"instance", "Instance"},
    Text{"org", "Organization"},
    Text{"user", "User"},
};

std::string_view text_in(const auto& texts, std::string_view type) {
  const auto* found = std::ranges::find(texts, type, &Text::first);
  return found == texts.end() ? std::string_view() : found->second;
}

}  // namespace

std::string_view event_type_text(std::string_view type) {
  return text_in(kEventTypes, type);
}

std::string_view aggregate_type_text(std::string_view type) {
  return text_in(kAggregateTypes, type);
}

}  // namespace usermeta
