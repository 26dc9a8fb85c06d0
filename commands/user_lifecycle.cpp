#include <algorithm>

#include "commands/name.hpp"
#include "commands/user.hpp"

namespace usermeta {
namespace {

using State = User::State;

AggregateId id_of(const std::string& user_id) {
  return {AggregateType::user, user_id};
}

// One event in the stream of an existing user.
Decided happens(const std::string& user_id, const User& user, Event event) {
  Decided decided;
  decided.events.push_back({id_of(user_id), user.owner, std::move(event)});
  return decided;
}

// A removed user's id stays taken: its stream goes on to be that user's.
std::optional<Refusal> check_new(const User& user, const std::string& user_name, const Context& context) {
  if (const auto refusal = context.allowed(context.org)) return refusal;
  if (user.sequence != 0) return Refusal::user_id_taken;
  if (std::ranges::find(context.taken, user_name_claim(user_name)) != context.taken.end())
    return Refusal::name_taken;
  return std::nullopt;
}

std::optional<Refusal> check(const User& user, bool there, const Context& context, Refusal unknown) {
  const bool users_own = context.org.empty();
  if (!users_own)
    if (const auto refusal = context.allowed(context.org)) return refusal;
  if (!there || (!users_own && context.org != user.owner)) return unknown;
  return users_own ? context.allowed(user.owner) : std::nullopt;
}

}  // namespace

std::optional<Refusal> check_user(const User& user, const Context& context, Refusal unknown) {
  return check(user, user.exists(), context, unknown);
}

std::optional<Refusal> check_user_of_any_time(const User& user, const Context& context, Refusal unknown) {
  return check(user, user.state != State::absent, context, unknown);
}

Decision decide(const AddHumanUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_new(user, command.human.user_name, context)) return *refusal;
  HumanAdded human = command.human;
  if (human.display_name.empty()) human.display_name = human.first_name + " " + human.last_name;
  Decided decided;
  decided.events.push_back({id_of(command.user_id), context.org, human});
  if (command.email_verified)
    decided.events.push_back({id_of(command.user_id), context.org, HumanEmailVerified{}});
  decided.claims.emplace_back(user_name_claim(human.user_name), command.user_id);
  return decided;
}

Decision decide(const AddMachineUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_new(user, command.machine.user_name, context)) return *refusal;
  Decided decided;
  decided.events.push_back({id_of(command.user_id), context.org, command.machine});
  decided.claims.emplace_back(user_name_claim(command.machine.user_name), command.user_id);
  return decided;
}

Decision decide(const DeactivateUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown_deactivate)) return *refusal;
  if (user.state == State::inactive) return Refusal::user_already_inactive;
  return happens(command.user_id, user, UserDeactivated{});
}

Decision decide(const ReactivateUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown_reactivate)) return *refusal;
  if (user.state != State::inactive) return Refusal::user_not_inactive;
  return happens(command.user_id, user, UserReactivated{});
}

Decision decide(const LockUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown_lock)) return *refusal;
  if (user.state != State::active && user.state != State::initial) return Refusal::user_not_lockable;
  return happens(command.user_id, user, UserLocked{});
}

Decision decide(const UnlockUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown_unlock)) return *refusal;
  if (user.state != State::locked) return Refusal::user_not_locked;
  return happens(command.user_id, user, UserUnlocked{});
}

Decision decide(const RemoveUser& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::user_unknown_remove)) return *refusal;
  Decided decided = happens(command.user_id, user, UserRemoved{});
  decided.releases.push_back(user_name_claim(user.user_name));
  return decided;
}

// A token of a user that is not active is dead from its start: it gets no hash, so nothing ever matches it.
Decision decide(const AddPersonalAccessToken& command, const User& user, const Context& context) {
  if (command.expiration && *command.expiration < context.now) return Refusal::token_expiry_past;
  if (const auto refusal = check_user(user, context, Refusal::token_owner_unknown)) return *refusal;
  if (!user.machine) return Refusal::token_owner_human;
  PatAdded added{command.token_id, command.expiration.value_or(kNoExpiry), {}, std::nullopt};
  if (user.state == State::active) added.token_hash = command.token_hash;
  return happens(command.user_id, user, added);
}

Decision decide(const RemovePersonalAccessToken& command, const User& user, const Context& context) {
  if (const auto refusal = check_user(user, context, Refusal::token_id_unknown)) return *refusal;
  const auto token = user.tokens.find(command.token_id);
  if (token == user.tokens.end() || !token->second) return Refusal::token_id_unknown;
  return happens(command.user_id, user, PatRemoved{command.token_id});
}

}  // namespace usermeta
