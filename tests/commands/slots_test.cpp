#include <map>
#include <random>

#include <gtest/gtest.h>

#include "commands/needs.hpp"
#include "tests/commands/given.hpp"

// events/log.hpp promises that a decision needs of an aggregate no more than its first and last event, the
// last of "state", "email", "metadata" and of all keys, and the last of each slot that the command looks at.

namespace usermeta::rules {
namespace {

using Random = std::mt19937;

std::string any(Random& random, std::initializer_list<const char*> texts) {
  return texts.begin()[random() % texts.size()];
}

Command any_command(Random& random) {
  const auto key = [&] { return any(random, {"a", "b", "c", "d"}); };
  const auto value = [&] { return any(random, {"1", "2"}); };
  const auto token_id = [&] { return any(random, {"7", "8", "9"}); };
  switch (random() % 16) {
    case 0:
      return AddHumanUser{kUser, human(), random() % 2 == 0};
    case 1:
      return AddMachineUser{kUser, machine()};
    case 2:
      return DeactivateUser{kUser};
    case 3:
      return ReactivateUser{kUser};
    case 4:
      return LockUser{kUser};
    case 5:
      return UnlockUser{kUser};
    case 6:
      return random() % 4 == 0 ? Command(RemoveUser{kUser}) : Command(LockUser{kUser});
    case 7:
      return AddPersonalAccessToken{kUser, token_id(), sha256("t"), {}};
    case 8:
      return RemovePersonalAccessToken{kUser, token_id()};
    case 9:
      return RemoveUserMetadata{kUser, key()};
    case 10:
      return BulkRemoveUserMetadata{kUser, {key(), key()}};
    case 11:
      return BulkSetUserMetadata{kUser, {entry(key(), value()), entry(key(), value())}};
    default:
      return SetUserMetadata{kUser, entry(key(), value())};
  }
}

Decision decide_on(const CommandRequest& request, const Needed& needed, const std::vector<Fact>& facts) {
  AggregateCache cache(1 << 20);
  cache.fill(needed, facts);
  return decide(request, cache, kNoon, {});
}

// What Needed names of that history, by sequence.
std::vector<Fact> chosen(const Needed& needed, const std::vector<Fact>& history) {
  std::map<Sequence, Fact> picked;
  std::map<std::string, Fact> last;
  for (const Fact& fact : history) {
    const std::string slot = slot_of(fact.event);
    last[slot] = fact;
    if (slot.starts_with("metadata/")) last["any key"] = fact;
  }
  std::vector<std::string> slots = needed.slots;
  slots.insert(slots.end(), {"state", "email", "metadata", "any key"});
  for (const std::string& slot : slots)
    if (const auto found = last.find(slot); found != last.end())
      picked.emplace(found->second.sequence, found->second);
  if (!history.empty()) {
    picked.emplace(history.front().sequence, history.front());
    picked.emplace(history.back().sequence, history.back());
  }
  std::vector<Fact> facts;
  for (const auto& [sequence, fact] : picked) facts.push_back(fact);
  return facts;
}

void check_history(unsigned seed) {
  Random random(seed);
  std::vector<Event> events;
  for (int step = 0; step < 60; ++step) {
    const Allowed allowed = [](std::string_view) { return std::nullopt; };
    const CommandRequest request{any_command(random), kOrg, kUser, allowed, {}};
    const Needed needed = needs_of(request).aggregates.front();
    const std::vector<Fact> history = facts_of(events);
    const Decision on_all = decide_on(request, needed, history);
    const Decision on_chosen = decide_on(request, needed, chosen(needed, history));
    ASSERT_EQ(describe(on_chosen), describe(on_all)) << "seed " << seed << ", step " << step;
    if (const auto* decided = std::get_if<Decided>(&on_all))
      for (const Emitted& emitted : decided->events) events.push_back(emitted.event);
    // Nobody can ask for it here, but another's history may hold it.
    if (!events.empty() && random() % 16 == 0) events.push_back(MetadataRemovedAll{});
    if (!events.empty() && random() % 16 == 0)
      events.push_back(MetadataValuesErased{any(random, {"a", "b", ""})});
  }
}

TEST(Slots, TheLastEventOfEachSlotIsEnough) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    check_history(seed);
    if (testing::Test::HasFailure()) return;
  }
}

// The same when the slots are loaded one after another into a user that is there already.
TEST(Slots, MayBeLoadedLater) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Random random(seed);
    std::vector<Event> events{machine()};
    for (int i = 0; i < 20; ++i) {
      const std::string key = any(random, {"a", "b", "c"});
      const auto kind = random() % 8;
      if (kind == 0)
        events.push_back(MetadataRemovedAll{});
      else if (kind == 1)
        events.push_back(MetadataValuesErased{random() % 4 == 0 ? "" : key});
      else if (kind < 4)
        events.push_back(MetadataRemoved{key});
      else
        events.push_back(metadata(key, any(random, {"1", "2"})));
    }
    const std::vector<Fact> history = facts_of(events);
    const AggregateId id = history.front().aggregate;
    AggregateCache all(1 << 20);
    AggregateCache later(1 << 20);
    all.fill({id, true, {"metadata/a", "metadata/b", "metadata/c"}}, history);
    later.fill({id, true, {}}, chosen({id, true, {}}, history));
    for (const char* slot : {"metadata/a", "metadata/b", "metadata/c"}) {
      if (!later.missing({id, true, {slot}})) continue;
      std::vector<Fact> last;
      for (const Fact& fact : history)
        if (slot_of(fact.event) == slot) last = {fact};
      later.fill({id, false, {slot}}, last);
    }
    ASSERT_EQ(later.user(kUser).metadata, all.user(kUser).metadata) << "seed " << seed;
  }
}

}  // namespace
}  // namespace usermeta::rules
