#pragma once

#include <source_location>
#include <string>
#include <vector>

#include "commands/decide.hpp"
#include "events/event.hpp"

// The vocabulary of rules:
//
//   given(machine("bot"), metadata("a", "1")).when(SetUserMetadata{...}).then(metadata("a", "2"));
//
// Events of users happened to `kUser`, those of organisations to `kOrg`; each took a second from `kNoon` on.
namespace usermeta::rules {

inline const std::string kUser = "200000000000000001";
inline const std::string kOrg = "100000000000000001";
inline const std::string kOtherOrg = "100000000000000002";
inline constexpr Time kNoon = std::chrono::sys_days{std::chrono::May / 4 / 2025} + std::chrono::hours{12};

class Then {
 public:
  Then(Decision decision, std::source_location where) : decision_(std::move(decision)), where_(where) {}

  // Exactly these events, all of them owned by kOrg (the instance's own by itself).
  template <class... Events>
  const Then& then(Events... events) const {
    return expect_events({Event(std::move(events))...});
  }
  const Then& then_refused(Refusal refusal) const;
  const Then& then_unchanged(const Details& details) const;
  const Then& then_claims(const std::vector<std::pair<Name, std::string>>& claims) const;
  const Then& then_releases(const std::vector<Name>& names) const;

 private:
  const Then& expect_events(std::vector<Event> events) const;
  void expect(const std::string& actual, const std::string& expected) const;

  Decision decision_;
  std::source_location where_;
};

class Given {
 public:
  explicit Given(std::vector<Event> events) : events_(std::move(events)) {}

  // The organisation acted in (kOrg unless told); empty: the user's own.
  Given in(std::string org) const;
  Given taken(Name name) const;
  Given at(Time now) const;
  // The caller may do nothing there.
  Given refused_in(std::string org, Refusal refusal) const;

  Then when(const Command& command, std::source_location where = std::source_location::current()) const;

 private:
  std::vector<Event> events_;
  std::string org_ = kOrg;
  std::vector<Name> taken_;
  Time now_ = kNoon + std::chrono::hours{1};
  std::string forbidden_org_;
  std::optional<Refusal> forbidden_;
};

template <class... Events>
Given given(Events... events) {
  return Given({Event(std::move(events))...});
}

AggregateId user_id(const std::string& id);
// The aggregate that such an event happens to, and the events of a history as facts.
AggregateId home_of(const Event& event);
std::vector<Fact> facts_of(const std::vector<Event>& events);

// For messages: all that a decision says, and all that an event says.
std::string describe(const Event& event);
std::string describe(const Decision& decision);
std::string describe(const Details& details);

HumanAdded human(const std::string& user_name = "ada");
MachineAdded machine(const std::string& user_name = "bot");
MetadataSet metadata(const std::string& key, const std::string& value);
MetadataEntry entry(const std::string& key, const std::string& value);
PatAdded token(const std::string& id);

}  // namespace usermeta::rules
