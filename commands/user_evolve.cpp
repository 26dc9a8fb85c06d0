#include "commands/user.hpp"

namespace usermeta {
namespace {

using State = User::State;

struct EvolveUser {
  User& user;
  const Fact& fact;

  void clear() const {
    for (auto& [key, digest] : user.metadata) digest.reset();
    user.metadata_cleared = fact.sequence;
  }
  void operator()(const HumanAdded& e) const {
    user.state = State::initial;
    user.user_name = e.user_name;
    user.owner = fact.owner;
  }
  void operator()(const MachineAdded& e) const {
    user.state = State::active;
    user.machine = true;
    user.user_name = e.user_name;
    user.owner = fact.owner;
  }
  void operator()(const HumanEmailVerified&) const {
    if (user.state == State::initial) user.state = State::active;
  }
  void operator()(const UserLocked&) const { user.state = State::locked; }
  void operator()(const UserUnlocked&) const { user.state = State::active; }
  void operator()(const UserDeactivated&) const { user.state = State::inactive; }
  void operator()(const UserReactivated&) const { user.state = State::active; }
  void operator()(const UserRemoved&) const {
    user.state = State::removed;
    user.tokens.clear();
    user.metadata.clear();
  }
  void operator()(const PatAdded& e) const { user.tokens[e.token_id] = true; }
  void operator()(const PatRemoved& e) const { user.tokens[e.token_id] = false; }
  void operator()(const MetadataSet& e) const {
    if (fact.sequence <= user.metadata_cleared) return;
    user.metadata[e.key] = e.erased ? std::nullopt : std::optional(e.value.digest());
  }
  void operator()(const MetadataRemoved& e) const { user.metadata[e.key] = std::nullopt; }
  void operator()(const MetadataRemovedAll&) const { clear(); }
  void operator()(const MetadataValuesErased& e) const {
    if (e.key.empty())
      clear();
    else
      user.metadata[e.key] = std::nullopt;
  }
  template <class OfAnotherAggregate>
  void operator()(const OfAnotherAggregate&) const {}
};

bool is_metadata(const Event& event) {
  return std::holds_alternative<MetadataSet>(event) || std::holds_alternative<MetadataRemoved>(event) ||
         std::holds_alternative<MetadataRemovedAll>(event) ||
         std::holds_alternative<MetadataValuesErased>(event);
}

}  // namespace

void evolve(User& user, const Fact& fact) {
  std::visit(EvolveUser{user, fact}, fact.event);
  user.sequence = fact.sequence;
  user.changed_at = fact.created_at;
  if (!is_metadata(fact.event)) return;
  user.metadata_sequence = fact.sequence;
  user.metadata_changed_at = fact.created_at;
}

void evolve_slot(User& user, const Fact& fact) {
  std::visit(EvolveUser{user, fact}, fact.event);
}

}  // namespace usermeta
