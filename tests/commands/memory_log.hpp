#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/log.hpp"

namespace usermeta {

// A log in memory with the promises of events/log.hpp, but without waiting: for scripts and simulations.
class MemoryLog {
 public:
  Head head() const;
  std::vector<Recorded> read(Position after, std::size_t limit = SIZE_MAX) const;
  // Nothing: an event that was asked for cannot be read.
  std::optional<Loaded> load(const std::vector<Needed>& aggregates, const std::vector<Name>& names) const;
  Appended append(const Batch& batch);

  // Another process appends the next event of that aggregate, with the names that it claims or releases.
  void foreign(const AggregateId& id, const std::string& owner, const Event& event, Time time);
  // And one of a type that this program does not know.
  void foreign_unreadable(const AggregateId& id, const std::string& owner, Time time);

  const std::vector<Recorded>& events() const { return events_; }
  const std::map<Name, std::string>& names() const { return names_; }
  // The events up to that position that can be read.
  std::vector<Fact> facts(const AggregateId& id, Position until = INT64_MAX) const;
  // Who holds which name after that position, as the events say.
  std::map<Name, std::string> names_at(Position until) const;

 private:
  Sequence next_sequence(const AggregateId& id) const;
  void push(Recorded recorded, std::optional<Event> event);

  std::vector<Recorded> events_;
  std::vector<std::optional<Event>> decoded_;  // one an event; a value by its digest
  std::map<AggregateId, std::vector<std::size_t>> streams_;
  std::map<Name, std::string> names_;
};

}  // namespace usermeta
