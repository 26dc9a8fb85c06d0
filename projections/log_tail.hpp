#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "events/log.hpp"

namespace usermeta {

// What it takes to keep a batch, estimated, in bytes.
std::size_t memory_of(const Batch& batch);

// The log's newest events, as far as this process has appended them: a projection that keeps up takes them
// from here and need not read them back. They are one run without gaps; where other processes have appended
// in between, or when a projection falls behind by more than the bound, the older ones are forgotten, and the
// log has them. Not thread-safe.
class LogTail {
 public:
  // `bytes`: what is kept at most, as estimated from the events.
  explicit LogTail(std::size_t bytes) : bound_(bytes) {}

  // The log was appended to.
  void add(std::shared_ptr<const Batch> batch);

  // The batches that go on from `position`, oldest first, about so many events of them; none when they are
  // not here. The first may begin with events that are at or before `position`. What is given out or lies
  // before is forgotten.
  std::vector<std::shared_ptr<const Batch>> take(Position position, std::size_t events);

  void clear();
  bool empty() const { return batches_.empty(); }

 private:
  struct Kept {
    std::shared_ptr<const Batch> batch;
    std::size_t bytes;
  };
  void drop_first();

  std::size_t bound_;
  std::size_t bytes_ = 0;
  std::deque<Kept> batches_;
};

}  // namespace usermeta
