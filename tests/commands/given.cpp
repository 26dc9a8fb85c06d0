#include "tests/commands/given.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "commands/needs.hpp"

namespace usermeta::rules {

AggregateId user_id(const std::string& id) {
  return {AggregateType::user, id};
}

AggregateId home_of(const Event& event) {
  switch (type_of(event).aggregate) {
    case AggregateType::instance:
      return {AggregateType::instance, kInstanceId};
    case AggregateType::org:
      return {AggregateType::org, kOrg};
    default:
      return user_id(kUser);
  }
}

namespace {

std::string owner_of(const AggregateId& id) {
  return id.type == AggregateType::instance ? kInstanceId : kOrg;
}

std::string describe_emitted(const AggregateId& id, const std::string& owner, const Event& event) {
  return std::string(name_of(id.type)) + ' ' + id.id + " of " + owner + ": " + describe(event) + '\n';
}

}  // namespace

std::vector<Fact> facts_of(const std::vector<Event>& events) {
  std::map<AggregateId, Sequence> sequences;
  std::vector<Fact> facts;
  Time time = kNoon;
  for (const Event& event : events) {
    const AggregateId id = home_of(event);
    time += std::chrono::seconds{1};
    facts.push_back({id, ++sequences[id], time, owner_of(id), event});
  }
  return facts;
}

std::string describe(const Event& event) {
  return std::string(type_of(event).name) + ' ' + encode_payload(event);
}

std::string describe(const Details& details) {
  return std::to_string(details.sequence) + " at " + to_rfc3339(details.changed_at) + " of " + details.owner;
}

std::string describe(const Decision& decision) {
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    const RefusalText& text = text_of(*refusal);
    return "refused: " + std::string(text.id) + ' ' + std::string(text.message) + '\n';
  }
  const auto& decided = std::get<Decided>(decision);
  if (decided.events.empty()) return "unchanged: " + describe(decided.unchanged) + '\n';
  std::string text;
  for (const Emitted& e : decided.events) text += describe_emitted(e.aggregate, e.owner, e.event);
  return text;
}

void Then::expect(const std::string& actual, const std::string& expected) const {
  if (actual == expected) return;
  GTEST_MESSAGE_AT_(where_.file_name(), static_cast<int>(where_.line()), "decided otherwise",
                    testing::TestPartResult::kNonFatalFailure)
      << "\nexpected:\n"
      << expected << "actual:\n"
      << actual;
}

const Then& Then::expect_events(std::vector<Event> events) const {
  std::string expected;
  for (const Event& event : events)
    expected += describe_emitted(home_of(event), owner_of(home_of(event)), event);
  expect(describe(decision_), expected);
  return *this;
}

const Then& Then::then_refused(Refusal refusal) const {
  expect(describe(decision_), describe(Decision(refusal)));
  return *this;
}

const Then& Then::then_unchanged(const Details& details) const {
  expect(describe(decision_), describe(Decision(Decided{{}, details, {}, {}})));
  return *this;
}

const Then& Then::then_claims(const std::vector<std::pair<Name, std::string>>& claims) const {
  const auto* decided = std::get_if<Decided>(&decision_);
  const auto text = [](const std::vector<std::pair<Name, std::string>>& all) {
    std::string lines;
    for (const auto& [name, holder] : all) lines += name.scope + ' ' + name.name + " for " + holder + '\n';
    return lines;
  };
  expect(decided ? text(decided->claims) : describe(decision_), text(claims));
  return *this;
}

const Then& Then::then_releases(const std::vector<Name>& names) const {
  const auto* decided = std::get_if<Decided>(&decision_);
  const auto text = [](const std::vector<Name>& all) {
    std::string lines;
    for (const Name& name : all) lines += name.scope + ' ' + name.name + '\n';
    return lines;
  };
  expect(decided ? text(decided->releases) : describe(decision_), text(names));
  return *this;
}

Given Given::in(std::string org) const {
  Given other = *this;
  other.org_ = std::move(org);
  return other;
}

Given Given::taken(Name name) const {
  Given other = *this;
  other.taken_.push_back(std::move(name));
  return other;
}

Given Given::at(Time now) const {
  Given other = *this;
  other.now_ = now;
  return other;
}

Given Given::refused_in(std::string org, Refusal refusal) const {
  Given other = *this;
  other.forbidden_org_ = std::move(org);
  other.forbidden_ = refusal;
  return other;
}

// As the command handler does it: only what the command needs is looked at.
Then Given::when(const Command& command, std::source_location where) const {
  const Allowed allowed = [this](std::string_view org) {
    return forbidden_ && org == forbidden_org_ ? forbidden_ : std::nullopt;
  };
  const CommandRequest request{command, org_, kUser, allowed, {}};
  const Needs needs = needs_of(request);
  const std::vector<Fact> facts = facts_of(events_);
  AggregateCache cache(1 << 20);
  for (const Needed& needed : needs.aggregates) {
    std::vector<Fact> own;
    std::ranges::copy_if(facts, std::back_inserter(own),
                         [&](const Fact& fact) { return fact.aggregate == needed.aggregate; });
    cache.fill(needed, own);
  }
  std::vector<Name> held;
  std::ranges::copy_if(taken_, std::back_inserter(held),
                       [&](const Name& name) { return std::ranges::count(needs.names, name) > 0; });
  return {decide(request, cache, now_, held), where};
}

HumanAdded human(const std::string& user_name) {
  return {user_name, "Ada", "Byron", "", "Ada Byron", "", 0, "ada@example.com"};
}
MachineAdded machine(const std::string& user_name) {
  return {user_name, "Bot", "", 0};
}
MetadataSet metadata(const std::string& key, const std::string& value) {
  return {key, Value(value)};
}
MetadataEntry entry(const std::string& key, const std::string& value) {
  return {key, Value(value)};
}
PatAdded token(const std::string& id) {
  return {id, kNoExpiry, {}, sha256("secret of " + id)};
}

}  // namespace usermeta::rules
