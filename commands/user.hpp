#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "commands/decision.hpp"

namespace usermeta {

// The user aggregate: humans and machines, their state, tokens and metadata.
struct User {
  enum class State : std::uint8_t { absent, initial, active, inactive, locked, removed };

  State state = State::absent;
  bool machine = false;
  std::string owner;
  std::string user_name;
  Sequence sequence = 0;
  Time changed_at{};
  // The last metadata event: what a set that changes nothing answers with.
  Sequence metadata_sequence = 0;
  Time metadata_changed_at{};
  Sequence metadata_cleared = 0;  // the last event that took all values
  // Only what was loaded or has happened since: a key that is not here is not known; nothing: the key has no
  // value.
  std::unordered_map<std::string, std::optional<Digest>> metadata;
  std::unordered_map<std::string, bool> tokens;  // whether the token exists

  bool exists() const { return state != State::absent && state != State::removed; }
};

// What the user is after that event. Facts come in the order of their sequence; those between may be missing
// when they were replaced by later ones of the same slot.
void evolve(User& user, const Fact& fact);
// A slot that was loaded later than the rest of the user: `sequence` and the like stay.
void evolve_slot(User& user, const Fact& fact);

// What every command on a user asks first: the caller's permission in the organisation acted in, and the user
// there (`unknown` when it is none). In the user's own organisation it is the user first.
std::optional<Refusal> check_user(const User& user, const Context& context, Refusal unknown);
// The same for a user that may have been removed.
std::optional<Refusal> check_user_of_any_time(const User& user, const Context& context, Refusal unknown);

Decision decide(const SetUserMetadata& command, const User& user, const Context& context);
Decision decide(const BulkSetUserMetadata& command, const User& user, const Context& context);
Decision decide(const RemoveUserMetadata& command, const User& user, const Context& context);
Decision decide(const BulkRemoveUserMetadata& command, const User& user, const Context& context);
Decision decide(const EraseMetadataValues& command, const User& user, const Context& context);
Decision decide(const AddHumanUser& command, const User& user, const Context& context);
Decision decide(const AddMachineUser& command, const User& user, const Context& context);
Decision decide(const DeactivateUser& command, const User& user, const Context& context);
Decision decide(const ReactivateUser& command, const User& user, const Context& context);
Decision decide(const LockUser& command, const User& user, const Context& context);
Decision decide(const UnlockUser& command, const User& user, const Context& context);
Decision decide(const RemoveUser& command, const User& user, const Context& context);
Decision decide(const AddPersonalAccessToken& command, const User& user, const Context& context);
Decision decide(const RemovePersonalAccessToken& command, const User& user, const Context& context);

}  // namespace usermeta
