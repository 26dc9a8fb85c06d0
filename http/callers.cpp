#include "http/callers.hpp"

#include "http/token.hpp"

namespace usermeta {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kPatience{2000};

Time now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Directory::Permits permits(Permission permission) {
  return [permission](std::string_view role) { return grants(role, permission); };
}

}  // namespace

asio::awaitable<std::variant<Caller, Refusal>> Callers::authenticate(const CallInfo& call) const {
  if (!call.authorization) co_return Refusal::no_token;
  const auto token = bearer_token(*call.authorization);
  if (!token) co_return Refusal::token_malformed;
  const Digest hash = hash_of_token(*token);
  if (auto caller = directory_.find(hash, now())) co_return std::move(*caller);
  if (!looks_like_token(*token)) co_return Refusal::token_unknown;
  co_await writer_.level(kPatience);
  if (auto caller = directory_.find(hash, now())) co_return std::move(*caller);
  co_return Refusal::token_unknown;
}

asio::awaitable<std::variant<Permitted, Refusal>> Callers::authorise(const CallInfo& call,
                                                                     Permission permission) const {
  auto authenticated = co_await authenticate(call);
  if (const auto* refusal = std::get_if<Refusal>(&authenticated)) co_return *refusal;
  Permitted permitted{std::get<Caller>(std::move(authenticated)), call.org};
  if (permitted.org.empty()) permitted.org = permitted.caller.org;
  const Allowed allowed = still_allowed(permitted.caller, permission);
  const auto look = [&] {
    return directory_.org_exists(permitted.org) ? allowed(permitted.org) : Refusal::org_unknown;
  };
  if (look()) {
    co_await writer_.level(kPatience);
    if (const auto refusal = look()) co_return *refusal;
  }
  co_return permitted;
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
  return [&directory = directory_, caller, permission,
          without_permission](std::string_view org) -> std::optional<Refusal> {
    if (!directory.find(caller.token_hash, now())) return Refusal::token_unknown;
    switch (directory.standing(caller.user_id, org, permits(permission))) {
      case Directory::Standing::permitted:
        return std::nullopt;
      case Directory::Standing::no_permission:
        return without_permission;
      case Directory::Standing::no_role:
        break;
    }
    return Refusal::no_role;
  };
}

}  // namespace usermeta
