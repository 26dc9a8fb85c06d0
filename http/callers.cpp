#include "http/callers.hpp"

#include "http/token.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kPatience{2000};

Directory::Permits permits(Permission permission) {
  return [permission](std::string_view role) { return grants(role, permission); };
}

// Whether it is worth to look again: the token may have been made by another process just now.
bool may_be_new(const std::variant<Caller, Refusal>& recognised, const CallInfo& call) {
  const auto* refusal = std::get_if<Refusal>(&recognised);
  if (!refusal || *refusal != Refusal::token_unknown) return false;
  return looks_like_token(*bearer_token(*call.authorization));
}

// Why the user with that token may not do it in that organisation.
std::optional<Refusal> refusal_in(const Directory& directory, const Digest& token_hash,
                                  const std::string& user_id, std::string_view org, Permission permission,
                                  Refusal without_permission) {
  if (!directory.is_live(token_hash, current_time())) return Refusal::token_unknown;
  switch (directory.standing(user_id, org, permits(permission))) {
    case Directory::Standing::permitted:
      return std::nullopt;
    case Directory::Standing::no_permission:
      return without_permission;
    case Directory::Standing::no_role:
      break;
  }
  return Refusal::no_role;
}

}  // namespace

std::variant<Caller, Refusal> Callers::recognise(const CallInfo& call) const {
  if (!call.authorization) return Refusal::no_token;
  const auto token = bearer_token(*call.authorization);
  if (!token) return Refusal::token_malformed;
  if (auto caller = directory_.find(hash_of_token(*token), current_time())) return std::move(*caller);
  return Refusal::token_unknown;
}

asio::awaitable<std::variant<Caller, Refusal>> Callers::authenticate(const CallInfo& call) const {
  auto recognised = recognise(call);
  if (may_be_new(recognised, call)) {
    co_await writer_.level(kPatience);
    recognised = recognise(call);
  }
  co_return recognised;
}

asio::awaitable<std::variant<Permitted, Refusal>> Callers::authorise(const CallInfo& call,
                                                                     Permission permission) const {
  auto recognised = recognise(call);
  // Only then: a coroutine within a coroutine costs a piece of memory.
  if (may_be_new(recognised, call)) recognised = co_await authenticate(call);
  if (const auto* refusal = std::get_if<Refusal>(&recognised)) co_return *refusal;
  Permitted permitted{std::get<Caller>(std::move(recognised)), call.org};
  if (permitted.org.empty()) permitted.org = permitted.caller.org;
  if (refused(permitted.caller, permitted.org, permission)) {
    co_await writer_.level(kPatience);
    if (const auto refusal = refused(permitted.caller, permitted.org, permission)) co_return *refusal;
  }
  co_return std::move(permitted);
}

std::optional<Refusal> Callers::refused(const Caller& caller, const std::string& org,
                                        Permission permission) const {
  if (!directory_.org_exists(org)) return Refusal::org_unknown;
  return refusal_in(directory_, caller.token_hash, caller.user_id, org, permission,
                    Refusal::permission_missing);
}

Allowed Callers::still_allowed(const Caller& caller, Permission permission) const {
  return allowed(caller, permission, Refusal::permission_missing);
}

Allowed Callers::allowed_on_user(const Caller& caller, Permission permission) const {
  return allowed(caller, permission, Refusal::permission_missing_v2);
}

Directory::Scope Callers::scope(const Caller& caller, Permission permission) const {
  return directory_.scope(caller.user_id, permits(permission));
}

Allowed Callers::allowed(const Caller& caller, Permission permission, Refusal without_permission) const {
  return [&directory = directory_, hash = caller.token_hash, user = caller.user_id, permission,
          without_permission](std::string_view org) {
    return refusal_in(directory, hash, user, org, permission, without_permission);
  };
}

}  // namespace usermeta
