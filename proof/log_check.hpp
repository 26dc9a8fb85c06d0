#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "events/recorded.hpp"
#include "proof/checkpoint.hpp"
#include "proof/merkle_tree.hpp"

namespace usermeta {

// What a verifier is given of an event.
struct Evidence {
  Recorded event;
  // Where the payload that was signed is not at hand: its hash. The value was erased then, unless this is an
  // entry, which has no payload.
  std::optional<Digest> payload_hash = {};
  bool is_entry = false;
  Position erased_by = 0;           // of one whose value was erased: what asked for that
  std::optional<Digest> leaf = {};  // what the tree is said to have of it
  // By what it is found where it is kept (see slot_of): no entry has it, for it follows from the payload.
  std::optional<std::string> slot = {};
};

// Where a log is not what was signed, and how.
struct Difference {
  Position position = 0;
  std::string what;
};

// Goes through a log's events in order and says where they are not what was signed: each makes the leaf that
// the tree is said to have, all together make the signed roots, positions and every aggregate's sequences
// have no gap, no date goes back, and what is erased is what an event asked for to be erased.
//
// A log may be checked from behind some position on: then each aggregate's first sequence is taken as it
// comes.
class LogCheck {
 public:
  // `origin`: of the log's checkpoints; `before`: the tree up to where the check begins.
  LogCheck(const std::string& origin, TreeEdge before);

  // A root that was signed, in ascending order of sizes, and each before the log has come so far.
  void expect(const Checkpoint& checkpoint) { expected_.push_back(checkpoint); }

  // The next event; what is wrong with it, or, where only a root tells, with it or one before it. Nothing
  // more may be added then.
  std::optional<Difference> add(const Evidence& evidence);
  // The log ends here: what it has less than was signed, and what is erased without a word why. `whole`: that
  // is the log's own end, and not one of a part.
  std::optional<Difference> end(bool whole) const;

  const TreeEdge& tree() const { return tree_; }
  // How many events were erased as an event asks for; how many are said to be, by one that is not there.
  std::int64_t erased() const { return erased_; }
  std::int64_t unasked() const;
  const std::string& instance() const { return instance_; }  // of the log

 private:
  struct Erasure {
    std::string user;
    std::map<std::string, Position> keys;  // with the first event that lost its value
    std::int64_t events = 0;
  };

  std::optional<std::string> check_place(const Recorded& event);
  std::optional<std::string> check_erased(const Evidence& evidence);
  std::optional<Difference> check_erasure(const Recorded& event);
  std::optional<Difference> check_root();

  std::string instance_;
  std::string source_;
  TreeEdge tree_;
  Position begin_;
  Position proven_;  // up to here a root has told that all is well
  Time last_date_{};
  std::int64_t erased_ = 0;
  std::deque<Checkpoint> expected_;
  std::unordered_map<std::string, Sequence> sequences_;  // by subject
  std::map<Position, Erasure> erasures_;                 // that are still to come, by their position
};

}  // namespace usermeta
