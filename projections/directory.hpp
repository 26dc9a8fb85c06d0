#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "events/log.hpp"

namespace usermeta {

// Who a token belongs to.
struct Caller {
  std::string user_id;
  std::string org;  // the user's own organisation
  std::string token_id;
  Digest token_hash{};
};

// Who is this, and what may it do: a projection of tokens, members and organisations that is kept in memory.
// Its size grows with those, never with the number of users.
//
// Threads: any number may ask at a time; `apply` is called by one, with every event that changes access, in
// the log's order.
class Directory {
 public:
  void apply(const Fact& fact);

  // The live token with that hash: not expired, not removed, its user neither locked, deactivated nor removed
  // since.
  std::optional<Caller> find(const Digest& token_hash, Time now) const;

  // Whether there still is one: find() without the caller.
  bool is_live(const Digest& token_hash, Time now) const;

  bool org_exists(const std::string& org) const;

  // Whether a role, by its name, includes what is asked for.
  using Permits = std::function<bool(std::string_view role)>;

  enum class Standing { no_role, no_permission, permitted };
  // What the user's roles in that organisation (with those of the instance, which hold everywhere) come to.
  Standing standing(const std::string& user_id, std::string_view org, const Permits& permits) const;

  // Where the user has that permission.
  struct Scope {
    bool any_role = false;  // the user has a role somewhere
    bool everywhere = false;
    std::vector<std::string> orgs;
  };
  Scope scope(const std::string& user_id, const Permits& permits) const;

  // All that have not ended, expired ones too, by user and token id.
  std::vector<std::pair<Caller, Time>> tokens() const;

  // The instance's owners that are users with a token: for operators who look for the administrator.
  std::vector<std::string> instance_owners() const;

 private:
  struct Token {
    std::string user_id;
    std::string org;
    std::string token_id;
    Time expiration;
  };
  struct Hash {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  using Roles = std::vector<std::string>;

  struct Apply;
  // On the locked mutex; null for none.
  const Token* live_token(const Digest& token_hash, Time now) const;
  void end_tokens(const std::string& user_id);

  mutable std::shared_mutex mutex_;  // guards all below
  std::unordered_map<Digest, Token, Hash> tokens_;
  std::unordered_map<std::string, std::vector<Digest>> tokens_of_;  // by user
  std::unordered_set<std::string> orgs_;
  std::unordered_map<std::string, Roles> instance_members_;  // by user
  std::unordered_map<std::string, std::unordered_map<std::string, Roles>>
      org_members_;  // by user, then organisation
};

}  // namespace usermeta
