#include "projections/user_metadata_batch.hpp"

namespace usermeta {

void UserMetadataBatch::apply(const Recorded& event) {
  // Decoded even when it has no effect here: an event that cannot be read might have had one.
  Event decoded = decode(event);
  const std::string& user_id = event.aggregate.id;
  if (auto* set = std::get_if<MetadataSet>(&decoded)) {
    const auto [row, fresh] = set_.try_emplace({user_id, set->key});
    if (fresh) row->second.created_at = event.created_at;
    row->second.value = set->value.bytes();
    row->second.owner = event.owner;
    row->second.changed_at = event.created_at;
    row->second.sequence = event.sequence;
  } else if (const auto* removed = std::get_if<MetadataRemoved>(&decoded)) {
    set_.erase({user_id, removed->key});
    removed_.emplace_back(user_id, removed->key);
  } else if (std::holds_alternative<MetadataRemovedAll>(decoded) ||
             std::holds_alternative<UserRemoved>(decoded)) {
    clear(user_id);
  }
  position_ = event.position;
}

void UserMetadataBatch::clear(const std::string& user_id) {
  const auto first = set_.lower_bound({user_id, ""});
  auto last = first;
  while (last != set_.end() && last->first.first == user_id) ++last;
  set_.erase(first, last);
  cleared_users_.push_back(user_id);
}

}  // namespace usermeta
