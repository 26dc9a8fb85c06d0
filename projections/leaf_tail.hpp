#pragma once

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

#include "events/log.hpp"
#include "proof/merkle_tree.hpp"

namespace usermeta {

// The leaves of the log's newest events, as far as this process has appended them: a tree that keeps up takes
// them from here and need not read the events back. They are one run without gaps, of events that nothing
// else is kept of; where other processes have appended in between, or when the tree falls behind by more than
// the bound, they are forgotten, and the log has the events. Not thread-safe.
class LeafTail {
 public:
  // `bound`: how many are kept at most.
  explicit LeafTail(std::size_t bound) : bound_(bound) {}

  // The log was appended to. `source`: see source_of. Where no leaf can be made of an event (see audit_entry)
  // nothing is kept of its batch, nor of what came before.
  void add(const Batch& batch, std::string_view source);

  // The leaves of the events behind `position`, in their order, so many at most; none when they are not here.
  // What is given out or lies before is forgotten.
  std::vector<Digest> take(Position position, std::size_t most);

  void clear() { leaves_.clear(); }
  bool empty() const { return leaves_.empty(); }

 private:
  std::size_t bound_;
  Position before_ = 0;  // of the first
  std::deque<Digest> leaves_;
};

}  // namespace usermeta
