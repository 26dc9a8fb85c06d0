#pragma once

#include <string>
#include <unordered_map>

#include "commands/decision.hpp"
#include "commands/user.hpp"

namespace usermeta {

// The organisation aggregate, and the instance, which is the same to its members: one of each is kept by this
// type.
struct Membership {
  bool exists = false;
  std::string owner;
  Sequence sequence = 0;
  Time changed_at{};
  std::unordered_map<std::string, bool>
      members;  // only those loaded or changed since; whether the user is one
};

void evolve(Membership& membership, const Fact& fact);
void evolve_slot(Membership& membership, const Fact& fact);

// There is one instance in a database, and this is its aggregate's id.
inline const std::string kInstanceId = "instance";

Decision decide(const AddOrg& command, const Membership& org, const Context& context);
Decision decide(const AddOrgMember& command, const Membership& org, const User& user, const Context& context);
Decision decide(const RemoveOrgMember& command, const Membership& org, const Context& context);
Decision decide(const AddInstanceMember& command, const Membership& instance, const User& user,
                const Context& context);
Decision decide(const RemoveInstanceMember& command, const Membership& instance, const Context& context);
Decision decide(const SetUpInstance& command, const Membership& instance);

}  // namespace usermeta
