#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "events/log.hpp"

namespace usermeta {

// What was appended, on its way from the thread that appends to a projection on another one. To wake a thread
// costs more than to append an event, and a projection that gathers is in no hurry: so it is woken by the
// first batch after it has taken what was here, and once more when more is here than may wait.
//
// Threads: any.
class BatchInbox {
 public:
  // `bytes`: how much may wait, as estimated from the events (see memory_of).
  explicit BatchInbox(std::size_t bytes = 1 << 20) : bound_(bytes) {}

  // Whether the owner is to be woken.
  bool put(std::shared_ptr<const Batch> batch);

  // Whether more is here than may wait: the owner, once woken, is to take it at once.
  bool crowded() const;

  // Everything, oldest first.
  std::vector<std::shared_ptr<const Batch>> take();

 private:
  const std::size_t bound_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::shared_ptr<const Batch>> batches_;
  std::size_t bytes_ = 0;
};

}  // namespace usermeta
