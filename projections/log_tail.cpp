#include "projections/log_tail.hpp"

#include <utility>

namespace usermeta {
namespace {

// What an event costs in memory beside its value.
constexpr std::size_t kNewEventBytes = 600;

Position end_of(const Batch& batch) {
  return batch.known.position + static_cast<Position>(batch.events.size());
}

}  // namespace

std::size_t memory_of(const Batch& batch) {
  std::size_t bytes = 0;
  for (const NewEvent& event : batch.events) {
    bytes += kNewEventBytes;
    if (const auto* set = std::get_if<MetadataSet>(&event.event))
      bytes += set->key.size() + set->value.bytes().size();
  }
  return bytes;
}

void LogTail::add(std::shared_ptr<const Batch> batch) {
  if (!batches_.empty() && end_of(*batches_.back().batch) != batch->known.position) clear();
  const std::size_t bytes = memory_of(*batch);
  bytes_ += bytes;
  batches_.push_back({std::move(batch), bytes});
  while (bytes_ > bound_) drop_first();
}

std::vector<std::shared_ptr<const Batch>> LogTail::take(Position position, std::size_t events) {
  while (!batches_.empty() && end_of(*batches_.front().batch) <= position) drop_first();
  std::vector<std::shared_ptr<const Batch>> taken;
  if (batches_.empty() || batches_.front().batch->known.position > position) return taken;
  for (std::size_t count = 0; !batches_.empty() && count < events; drop_first()) {
    count += batches_.front().batch->events.size();
    taken.push_back(batches_.front().batch);
  }
  return taken;
}

void LogTail::clear() {
  batches_.clear();
  bytes_ = 0;
}

void LogTail::drop_first() {
  bytes_ -= batches_.front().bytes;
  batches_.pop_front();
}

}  // namespace usermeta
