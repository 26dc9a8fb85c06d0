#pragma once

#include <vector>

#include "events/cloud_event.hpp"
#include "proof/audit_entry.hpp"
#include "proof/log_check.hpp"

namespace usermeta {

// A log as a verifier is given it, whose roots are signed after each event, and whatever a test does to it
// afterwards.
class SignedLog {
 public:
  // The next event of a user.
  void add(const std::string& user, const Event& event) {
    Evidence next;
    Recorded& row = next.event;
    row.position = static_cast<Position>(events.size()) + 1;
    row.aggregate = {AggregateType::user, user};
    for (const Evidence& before : events)
      if (before.event.aggregate == row.aggregate) row.sequence = before.event.sequence;
    ++row.sequence;
    row.type = type_of(event).name;
    row.revision = type_of(event).revision;
    row.created_at = std::chrono::sys_days{std::chrono::May / 4 / 2025} + std::chrono::seconds(row.position);
    row.creator = "creator";
    row.owner = "o";
    row.payload = encode_payload(event);
    row.salt.fill(static_cast<std::byte>(row.position));
    row.origin = {"r", "", "192.0.2.7"};
    if (row.position == 1) instance = instance_of(row);
    next.leaf = leaf(next);
    tree.add(*next.leaf);
    events.push_back(next);
    roots.push_back({origin_of(instance), tree.size(), tree.root()});
  }
  // As an erasure does it.
  void erase(Position position, Position by) {
    Evidence& evidence = events.at(static_cast<std::size_t>(position) - 1);
    evidence.payload_hash = payload_hash(evidence.event.salt, evidence.event.payload);
    evidence.erased_by = by;
    const auto set = std::get<MetadataSet>(decode(evidence.event));
    evidence.event.payload = encode_payload(MetadataSet{set.key, Value(""), true});
    evidence.event.salt = salt_of_erased(evidence.event.salt);
  }
  // As one does who can write to the database but has not the key.
  void hash_again() {
    for (Evidence& evidence : events) evidence.leaf = leaf(evidence);
  }
  Digest leaf(const Evidence& evidence) const {
    const Recorded& event = evidence.event;
    const Digest hash =
        evidence.payload_hash ? *evidence.payload_hash : payload_hash(event.salt, event.payload);
    return leaf_hash(audit_entry(event, source_of({instance, {}}), hash));
  }
  const Checkpoint& root(std::size_t size) const { return roots.at(size - 1); }

  std::string instance;
  std::vector<Evidence> events;
  TreeEdge tree;
  std::vector<Checkpoint> roots;
};

}  // namespace usermeta
