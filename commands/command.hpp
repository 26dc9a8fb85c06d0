#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "commands/refusal.hpp"
#include "events/recorded.hpp"

namespace usermeta {

// When a token ends that was made without an end.
inline constexpr Time kNoExpiry =
    std::chrono::sys_days{std::chrono::January / 1 / 10000} - std::chrono::seconds{1};

// What can be asked of the aggregates. Ids, tokens' hashes and keys come with the command: rules make up
// nothing.

struct MetadataEntry {
  std::string key;
  Value value;
};

struct SetUserMetadata {
  std::string user_id;
  MetadataEntry entry;
};
struct BulkSetUserMetadata {
  std::string user_id;
  std::vector<MetadataEntry> entries;
};
struct RemoveUserMetadata {
  std::string user_id;
  std::string key;
};
struct BulkRemoveUserMetadata {
  std::string user_id;
  std::vector<std::string> keys;
};
// The values themselves are removed from the log afterwards, by projections/value_eraser.
struct EraseMetadataValues {
  std::string user_id;
  std::string key;  // empty: of all keys
};
struct AddHumanUser {
  std::string user_id;
  HumanAdded human;
  bool email_verified = false;
};
struct AddMachineUser {
  std::string user_id;
  MachineAdded machine;
};
struct DeactivateUser {
  std::string user_id;
};
struct ReactivateUser {
  std::string user_id;
};
struct LockUser {
  std::string user_id;
};
struct UnlockUser {
  std::string user_id;
};
struct RemoveUser {
  std::string user_id;
};
struct AddPersonalAccessToken {
  std::string user_id;
  std::string token_id;
  Digest token_hash{};
  std::optional<Time> expiration;  // none: never
};
struct RemovePersonalAccessToken {
  std::string user_id;
  std::string token_id;
};
struct AddOrg {
  std::string org_id;
  std::string name;
  std::string creator_id;  // becomes its ORG_OWNER
};
struct AddOrgMember {
  std::string user_id;
  std::vector<std::string> roles;
};
struct RemoveOrgMember {
  std::string user_id;
};
struct AddInstanceMember {
  std::string user_id;
  std::vector<std::string> roles;
};
struct RemoveInstanceMember {
  std::string user_id;
};
// The first start: the instance, an organisation, and a machine user in it that is IAM_OWNER and has a token.
struct SetUpInstance {
  std::string name;
  std::string org_id;
  std::string org_name;
  std::string user_id;
  std::string user_name;
  std::string token_id;
  Digest token_hash{};
};

using Command =
    std::variant<SetUserMetadata, BulkSetUserMetadata, RemoveUserMetadata, BulkRemoveUserMetadata,
                 EraseMetadataValues, AddHumanUser, AddMachineUser, DeactivateUser, ReactivateUser, LockUser,
                 UnlockUser, RemoveUser, AddPersonalAccessToken, RemovePersonalAccessToken, AddOrg,
                 AddOrgMember, RemoveOrgMember, AddInstanceMember, RemoveInstanceMember, SetUpInstance>;

// Whether the caller may do this in that organisation, as of now. Asked each time that a command is decided,
// on the directory as of the head that the decision rests on: a token that was ended meanwhile decides
// nothing.
using Allowed = std::function<std::optional<Refusal>(std::string_view org)>;

struct CommandRequest {
  Command command;
  std::string org;      // the organisation acted in; empty: the user's own, whichever that is
  std::string creator;  // user id of the caller
  Allowed allowed;
  Origin origin;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// What answers call "details": the state of the aggregate that the command was about.
struct Details {
  Sequence sequence = 0;
  Time changed_at{};
  std::string owner;
};

// Unknown outcome or not begun in time: the command may be in the log or not, and nothing is half-done.
struct Unavailable {};

struct Done {
  Details details;
  Position position = 0;  // of its last event; of the head it rests on when there was nothing to change
};

using Answer = std::variant<Done, Refusal, Unavailable>;

}  // namespace usermeta
