#include "projections/user_metadata_batch.hpp"

namespace usermeta {

void UserMetadataBatch::apply(const Recorded& event) {
  // Decoded even when it has no effect here: an event that cannot be read might have had one.
  apply(event, decode(event));
}

void UserMetadataBatch::apply(const Recorded& event, const Event& decoded) {
  apply(decoded, event.aggregate.id, event.owner, event.created_at, event.sequence);
  position_ = event.position;
}

void UserMetadataBatch::apply(const NewEvent& event, Position position, Time created_at) {
  apply(event.event, event.aggregate.id, event.owner, created_at, event.sequence);
  position_ = position;
}

void UserMetadataBatch::apply(const Event& event, const std::string& user_id, const std::string& owner,
                              Time created_at, Sequence sequence) {
  if (const auto* set = std::get_if<MetadataSet>(&event)) {
    // The event that erased it is behind it, and takes the key away as well: until then it has no value.
    if (set->erased) removed_.emplace_back(user_id, set->key);
    const auto [row, fresh] = set_.try_emplace({user_id, set->key});
    if (fresh) row->second.created_at = created_at;
    row->second.value = set->value.bytes();
    row->second.owner = owner;
    row->second.changed_at = created_at;
    row->second.sequence = sequence;
    row->second.erased = set->erased;
  } else if (const auto* removed = std::get_if<MetadataRemoved>(&event)) {
    remove(user_id, removed->key);
  } else if (const auto* erased = std::get_if<MetadataValuesErased>(&event); erased && !erased->key.empty()) {
    remove(user_id, erased->key);
  } else if (erased || std::holds_alternative<MetadataRemovedAll>(event) ||
             std::holds_alternative<UserRemoved>(event)) {
    clear(user_id);
  }
}

void UserMetadataBatch::remove(const std::string& user_id, const std::string& key) {
  set_.erase({user_id, key});
  removed_.emplace_back(user_id, key);
}

void UserMetadataBatch::forget_what_went() {
  cleared_users_.clear();
  removed_.clear();
}

void UserMetadataBatch::clear(const std::string& user_id) {
  const auto first = set_.lower_bound({user_id, ""});
  auto last = first;
  while (last != set_.end() && last->first.first == user_id) ++last;
  set_.erase(first, last);
  cleared_users_.push_back(user_id);
}

}  // namespace usermeta
