#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>

#include "commands/organisation.hpp"
#include "commands/user.hpp"
#include "events/log.hpp"

namespace usermeta {

using Aggregate = std::variant<User, Membership>;

// The aggregates that decisions have looked at lately, each with the slots that were loaded or have changed
// since. Bounded in bytes (estimated): `shrink` drops those looked at longest ago, but none that is pinned.
// Not thread-safe.
class AggregateCache {
 public:
  explicit AggregateCache(std::size_t bytes) : bound_(bytes) {}

  // The part of `needed` that is not here; nothing when all of it is.
  std::optional<Needed> missing(const Needed& needed) const;

  // Takes in what the log holds of `asked`: the facts of that aggregate, by sequence.
  void fill(const Needed& asked, std::span<const Fact> facts);

  // An aggregate that is here; throws std::logic_error otherwise.
  const User& user(const std::string& id) const;
  const Membership& membership(const AggregateId& id) const;
  Sequence sequence(const AggregateId& id) const;

  // The next event of a stream. Nothing happens when the aggregate is not here or has seen it; one that has
  // missed an event in between is dropped.
  void apply(const Fact& fact);
  bool contains(const AggregateId& id) const { return entries_.contains(id); }

  // A pinned aggregate is never dropped by `shrink`: events that are not in the log yet were applied to it.
  // Pins count; an aggregate that is not here can be pinned too. To pin one is to look at it.
  void pin(const AggregateId& id);
  void unpin(const AggregateId& id);
  void drop(const AggregateId& id);

  void shrink();
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const AggregateId& id) const { return std::hash<std::string>()(id.id); }
  };
  struct Entry {
    Aggregate aggregate;
    std::size_t slots = 0;  // how many were weighed
    std::size_t bytes = 0;
    int pins = 0;
    std::list<AggregateId>::iterator use;
  };

  Entry& touch(const AggregateId& id);
  void look_at(const Entry& entry) { by_use_.splice(by_use_.begin(), by_use_, entry.use); }
  // After a change that may have brought `fresh` slots with names of so many bytes in all.
  void weigh(Entry& entry, std::size_t fresh, std::size_t names);
  const Entry& at(const AggregateId& id) const;

  std::size_t bound_;
  std::size_t bytes_ = 0;
  std::unordered_map<AggregateId, Entry, Hash> entries_;
  std::list<AggregateId> by_use_;                    // the one looked at last in front
  std::unordered_map<AggregateId, int, Hash> pins_;  // of what is not here
};

}  // namespace usermeta
