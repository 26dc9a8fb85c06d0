#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/time.hpp"
#include "events/value.hpp"

namespace usermeta {

enum class AggregateType : std::uint8_t { instance, org, user };

struct AggregateId {
  AggregateType type;
  std::string id;
  friend auto operator<=>(const AggregateId&, const AggregateId&) = default;
};

// What can have happened. Names and members are storage and, but for the last one, ZITADEL's own: they are
// never renamed.

struct InstanceAdded {
  std::string name;
};
struct InstanceMemberAdded {
  std::string user_id;
  std::vector<std::string> roles;
};
struct InstanceMemberRemoved {
  std::string user_id;
};
struct OrgAdded {
  std::string name;
};
struct OrgMemberAdded {
  std::string user_id;
  std::vector<std::string> roles;
};
struct OrgMemberRemoved {
  std::string user_id;
};
struct HumanAdded {
  std::string user_name, first_name, last_name, nick_name, display_name, preferred_language;
  int gender = 0;  // 0 unspecified, 1 female, 2 male, 3 diverse
  std::string email;
};
struct HumanEmailVerified {};
struct MachineAdded {
  std::string user_name, name, description;
  int access_token_type = 0;  // 0 bearer, 1 JWT
};
struct PatAdded {
  std::string token_id;
  Time expiration;
  std::vector<std::string> scopes;
  // SHA-256 of the token as the caller sends it. None: its user was not active, so the token is dead from its
  // start.
  std::optional<Digest> token_hash;
};
struct PatRemoved {
  std::string token_id;
};
struct UserLocked {};
struct UserUnlocked {};
struct UserDeactivated {};
struct UserReactivated {};
struct UserRemoved {};
struct MetadataSet {
  std::string key;
  Value value;
  bool erased = false;  // the value was removed from the log later: `value` is empty
};
struct MetadataRemoved {
  std::string key;
};
struct MetadataRemovedAll {};
// Ours, not ZITADEL's: the values that the user's events before it have had are removed from the log, and the
// user has none of them any more.
struct MetadataValuesErased {
  std::string key;  // empty: of all keys
};

using Event =
    std::variant<InstanceAdded, InstanceMemberAdded, InstanceMemberRemoved, OrgAdded, OrgMemberAdded,
                 OrgMemberRemoved, HumanAdded, HumanEmailVerified, MachineAdded, PatAdded, PatRemoved,
                 UserLocked, UserUnlocked, UserDeactivated, UserReactivated, UserRemoved, MetadataSet,
                 MetadataRemoved, MetadataRemovedAll, MetadataValuesErased>;

// An event type's stored name, its payload's revision, and the kind of aggregate that it belongs to.
struct EventType {
  std::string_view name;
  int revision;
  AggregateType aggregate;
  // Whether it changes who may do what: tokens, members, organisations, and the states that end tokens.
  bool changes_access;
};
const EventType& type_of(const Event& event);
// The type of that stored name, or null.
const EventType* find_type(std::string_view name);
// The index of that type's alternative in Event.
std::size_t event_type_index(const EventType& type);
// The names of all types with `changes_access`.
std::vector<std::string_view> access_types();

// The part of its aggregate that an event replaces. The last event of each slot is all that a decision needs,
// so an aggregate's state can be read without its history:
//   "state"  "email"  "metadata" (all keys at once)  "metadata/KEY"  "token/ID"  "member/USER"
std::string slot_of(const Event& event);

std::string metadata_slot(std::string_view key);
std::string token_slot(std::string_view token_id);
std::string member_slot(std::string_view user_id);

// The payload as it is stored: a JSON object with ZITADEL's member names, members that are empty left out.
std::string encode_payload(const Event& event);

// A stored event that this program cannot read: an unknown type or revision, or a damaged payload.
class UnreadableEvent : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads a stored payload; throws UnreadableEvent. A newer revision than ours is unreadable; older ones are
// upcast (revision 1 and 2 of all types here have the same members).
Event decode_payload(std::string_view type, int revision, std::string_view payload);

std::string_view name_of(AggregateType type);
std::optional<AggregateType> find_aggregate_type(std::string_view name);

}  // namespace usermeta
