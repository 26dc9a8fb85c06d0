#include <algorithm>

#include "commands/user.hpp"

namespace usermeta {
namespace {

std::optional<Digest> current(const User& user, const std::string& key) {
  const auto found = user.metadata.find(key);
  return found == user.metadata.end() ? std::nullopt : found->second;
}

Decided nothing_yet(const User& user) {
  return {{}, {user.metadata_sequence, user.metadata_changed_at, user.owner}, {}, {}};
}

void set(Decided& decided, const std::string& user_id, const User& user, const MetadataEntry& entry) {
  if (current(user, entry.key) == entry.value.digest()) return;
  decided.events.push_back({{AggregateType::user, user_id}, user.owner, MetadataSet{entry.key, entry.value}});
}

void remove(Decided& decided, const std::string& user_id, const User& user, const std::string& key) {
  decided.events.push_back({{AggregateType::user, user_id}, user.owner, MetadataRemoved{key}});
}

}  // namespace

Decision decide(const SetUserMetadata& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown)) return *refusal;
  Decided decided = nothing_yet(user);
  set(decided, command.user_id, user, command.entry);
  return decided;
}

// Each entry is compared with the state before the command, so a key that is named twice gives two events.
Decision decide(const BulkSetUserMetadata& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown)) return *refusal;
  Decided decided = nothing_yet(user);
  for (const MetadataEntry& entry : command.entries) set(decided, command.user_id, user, entry);
  return decided;
}

Decision decide(const RemoveUserMetadata& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown)) return *refusal;
  if (!current(user, command.key)) return Refusal::metadata_key_unknown;
  Decided decided = nothing_yet(user);
  remove(decided, command.user_id, user, command.key);
  return decided;
}

Decision decide(const BulkRemoveUserMetadata& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown)) return *refusal;
  const auto has_value = [&](const std::string& key) { return current(user, key).has_value(); };
  if (!std::ranges::all_of(command.keys, has_value)) return Refusal::metadata_bulk_key_unknown;
  Decided decided = nothing_yet(user);
  for (const std::string& key : command.keys) remove(decided, command.user_id, user, key);
  return decided;
}

// Each time it is asked for: that somebody has asked is worth an event, whether there was a value or not.
Decision decide(const EraseMetadataValues& command, const User& user, const Context& context) {
  if (const auto refusal = check_user_of_any_time(user, context, Refusal::user_not_found)) return *refusal;
  Decided decided = nothing_yet(user);
  decided.events.push_back(
      {{AggregateType::user, command.user_id}, user.owner, MetadataValuesErased{command.key}});
  return decided;
}

}  // namespace usermeta
