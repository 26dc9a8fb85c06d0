#include "projections/leaf_tail.hpp"

#include <algorithm>

#include "proof/audit_entry.hpp"

namespace usermeta {

void LeafTail::add(const Batch& batch, std::string_view source) {
  if (leaves_.size() + batch.events.size() > bound_ ||
      before_ + static_cast<Position>(leaves_.size()) != batch.known.position)
    clear();
  if (batch.events.size() > bound_) return;
  if (leaves_.empty()) before_ = batch.known.position;
  Position position = batch.known.position;
  try {
    for (const NewEvent& event : batch.events) {
      const Digest payload = payload_hash(event.salt, encode_payload(event.event));
      leaves_.push_back(leaf_hash(audit_entry({event, ++position, batch.created_at}, source, payload)));
    }
  } catch (const std::exception&) {
    clear();  // whoever reads it from the log meets the same, and can say so
  }
}

std::vector<Digest> LeafTail::take(Position position, std::size_t most) {
  const auto known = static_cast<Position>(leaves_.size());
  if (position < before_) return {};
  if (position > before_ + known) {
    clear();
    return {};
  }
  const auto first = leaves_.begin() + (position - before_);
  const auto last = first + std::min(static_cast<std::ptrdiff_t>(most), leaves_.end() - first);
  std::vector<Digest> taken(first, last);
  before_ = position + static_cast<Position>(taken.size());
  leaves_.erase(leaves_.begin(), last);
  return taken;
}

}  // namespace usermeta
