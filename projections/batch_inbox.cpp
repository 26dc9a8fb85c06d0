#include "projections/batch_inbox.hpp"

#include <utility>

#include "projections/log_tail.hpp"

namespace usermeta {

bool BatchInbox::put(std::shared_ptr<const Batch> batch) {
  const std::size_t bytes = memory_of(*batch);
  const std::lock_guard lock(mutex_);
  const bool had_room = bytes_ <= bound_;
  bytes_ += bytes;
  batches_.push_back(std::move(batch));
  return batches_.size() == 1 || (had_room && bytes_ > bound_);
}

bool BatchInbox::crowded() const {
  const std::lock_guard lock(mutex_);
  return bytes_ > bound_;
}

std::vector<std::shared_ptr<const Batch>> BatchInbox::take() {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  return std::exchange(batches_, {});
}

}  // namespace usermeta
