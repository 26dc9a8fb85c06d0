#include "projections/directory.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

namespace usermeta {

struct Directory::Apply {
  Directory& directory;
  const Fact& fact;

  const std::string& id() const { return fact.aggregate.id; }

  void operator()(const OrgAdded&) const { directory.orgs_.insert(id()); }
  void operator()(const InstanceMemberAdded& e) const { directory.instance_members_[e.user_id] = e.roles; }
  void operator()(const InstanceMemberRemoved& e) const { directory.instance_members_.erase(e.user_id); }
  void operator()(const OrgMemberAdded& e) const { directory.org_members_[e.user_id][id()] = e.roles; }
  void operator()(const OrgMemberRemoved& e) const {
    const auto member = directory.org_members_.find(e.user_id);
    if (member == directory.org_members_.end()) return;
    member->second.erase(id());
    if (member->second.empty()) directory.org_members_.erase(member);
  }
  void operator()(const PatAdded& e) const {
    if (!e.token_hash) return;
    const Token token{id(), fact.owner, e.token_id, e.expiration};
    const bool fresh = directory.tokens_.insert_or_assign(*e.token_hash, token).second;
    if (fresh) directory.tokens_of_[id()].push_back(*e.token_hash);
  }
  void operator()(const PatRemoved& e) const {
    const auto of_user = directory.tokens_of_.find(id());
    if (of_user == directory.tokens_of_.end()) return;
    const auto has_id = [&](const Digest& hash) { return directory.tokens_.at(hash).token_id == e.token_id; };
    const auto token = std::ranges::find_if(of_user->second, has_id);
    if (token == of_user->second.end()) return;
    directory.tokens_.erase(*token);
    of_user->second.erase(token);
    if (of_user->second.empty()) directory.tokens_of_.erase(of_user);
  }
  void operator()(const UserLocked&) const { directory.end_tokens(id()); }
  void operator()(const UserDeactivated&) const { directory.end_tokens(id()); }
  void operator()(const UserRemoved&) const {
    directory.end_tokens(id());
    directory.instance_members_.erase(id());
    directory.org_members_.erase(id());
  }
  template <class WithoutEffect>
  void operator()(const WithoutEffect&) const {}
};

void Directory::apply(const Fact& fact) {
  const std::unique_lock lock(mutex_);
  std::visit(Apply{*this, fact}, fact.event);
}

void Directory::end_tokens(const std::string& user_id) {
  const auto of_user = tokens_of_.find(user_id);
  if (of_user == tokens_of_.end()) return;
  for (const Digest& hash : of_user->second) tokens_.erase(hash);
  tokens_of_.erase(of_user);
}

const Directory::Token* Directory::live_token(const Digest& token_hash, Time now) const {
  const auto token = tokens_.find(token_hash);
  // The table finds by the hash's first bytes; the whole is compared without telling how much of it was
  // right.
  if (token == tokens_.end() || !equal_in_constant_time(token->first, token_hash)) return nullptr;
  return token->second.expiration <= now ? nullptr : &token->second;
}

std::optional<Caller> Directory::find(const Digest& token_hash, Time now) const {
  const std::shared_lock lock(mutex_);
  const Token* const token = live_token(token_hash, now);
  if (!token) return std::nullopt;
  return Caller{token->user_id, token->org, token->token_id, token_hash};
}

bool Directory::is_live(const Digest& token_hash, Time now) const {
  const std::shared_lock lock(mutex_);
  return live_token(token_hash, now) != nullptr;
}

bool Directory::org_exists(const std::string& org) const {
  const std::shared_lock lock(mutex_);
  return orgs_.contains(org);
}

Directory::Standing Directory::standing(const std::string& user_id, std::string_view org,
                                        const Permits& permits) const {
  const std::shared_lock lock(mutex_);
  bool any_role = false;
  if (const auto member = instance_members_.find(user_id); member != instance_members_.end()) {
    any_role = !member->second.empty();
    if (std::ranges::any_of(member->second, permits)) return Standing::permitted;
  }
  if (const auto member = org_members_.find(user_id); member != org_members_.end()) {
    if (const auto in_org = member->second.find(std::string(org)); in_org != member->second.end()) {
      any_role = true;
      if (std::ranges::any_of(in_org->second, permits)) return Standing::permitted;
    }
  }
  return any_role ? Standing::no_permission : Standing::no_role;
}

Directory::Scope Directory::scope(const std::string& user_id, const Permits& permits) const {
  const std::shared_lock lock(mutex_);
  Scope scope;
  if (const auto member = instance_members_.find(user_id); member != instance_members_.end()) {
    scope.any_role = !member->second.empty();
    scope.everywhere = std::ranges::any_of(member->second, permits);
  }
  if (const auto member = org_members_.find(user_id); member != org_members_.end()) {
    scope.any_role = true;
    for (const auto& [org, roles] : member->second)
      if (std::ranges::any_of(roles, permits)) scope.orgs.push_back(org);
  }
  return scope;
}

std::vector<std::pair<Caller, Time>> Directory::tokens() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<Caller, Time>> tokens;
  for (const auto& [hash, token] : tokens_)
    tokens.push_back({{token.user_id, token.org, token.token_id, hash}, token.expiration});
  std::ranges::sort(tokens, {},
                    [](const auto& entry) { return std::tie(entry.first.user_id, entry.first.token_id); });
  return tokens;
}

std::vector<std::string> Directory::instance_owners() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> owners;
  for (const auto& [user_id, roles] : instance_members_)
    if (std::ranges::find(roles, "IAM_OWNER") != roles.end()) owners.push_back(user_id);
  std::ranges::sort(owners);
  return owners;
}

}  // namespace usermeta
